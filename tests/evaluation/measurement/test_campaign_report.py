"""The report of a campaign: what it says, what it keeps to itself, and how its numbers are written."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from evaluation.measurement import charts
from evaluation.measurement.analysis import NUMBERS
from evaluation.measurement.campaign_report import render
from evaluation.measurement.comparison import Comparison
from evaluation.measurement.numbers import Numbers
from evaluation.measurement.trust import Standing, main_effect, standing_of, still_open
from tests.evaluation.measurement.small_campaign import AS_OF, FIRST, HOSTILE, OVERALL, campaign

#: Holds a minus sign and its amount in one line.
WORD_JOINER = "\u2060"


def _text(page: str) -> str:
    """What a reader sees, with single spaces."""
    inside = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", inside))).replace(WORD_JOINER, "")


def test_the_first_screen_says_the_result_whether_to_believe_it_and_the_figures_with_units() -> None:
    text = _text(render(campaign(), "Fairlow Market"))
    first = text[: text.index("Can this be believed?")]
    assert "It worked: each customer brought €0.82 more" in first
    assert "A clear effect" in first
    assert "value of a customer, against the holdout between €0.32 and €1.32 +€0.82" in first
    assert "return in value, costs taken off between €4,652 and €21,768 €13,210" in first
    assert "costs €812" in first


def test_why_it_can_be_believed_stands_in_words() -> None:
    text = _text(render(campaign()))
    assert "900 in the holdout are compared with 17,100 who were chosen for a message" in text
    assert "(p = 0.42; below 0.001 there would be no verdict)" in text
    assert "The 14 days in which outcomes count are over for each date" in text
    assert "The interval of the effect leaves zero out." in text


def test_effects_stand_as_differences_with_intervals_in_their_own_unit() -> None:
    text = _text(render(campaign()))
    assert "value €9.84 €9.02 +€0.82 between €0.32 and €1.32 +9.1% 0.001" in text
    assert (
        "customers who converted 14.12% 12.89% +1.23 points between −1.10 and 3.56 points +9.5% 0.30" in text
    )


def test_a_segment_stands_as_measured_and_drawn_towards_all() -> None:
    text = _text(render(campaign()))
    assert "Baby care 1,180 62 −€1.10 between −€3.02 and €0.82 +€0.35 between −€0.55 and €1.25" in text


def test_a_segment_with_too_few_held_out_says_how_many_are_needed_and_what_is_drawn() -> None:
    first, *others = campaign().segments
    nothing: dict[str, Any] = dict.fromkeys(NUMBERS) | {"lift": 2.5}
    effect = replace(first.effect, **nothing, notes=["Too few held out: 12; about 48 are needed."])
    segments = [replace(first, effect=effect), *others]
    page = render(campaign(segments=segments))
    assert "– Too few held out: 12; about 48 are needed. +€1.02 between" in _text(page)
    drawn = charts.forest(OVERALL[0], segments)
    assert drawn is not None
    assert (drawn.rows[1].measured, drawn.rows[1].shrunk is None) == (None, False)


def test_a_line_never_ends_between_a_minus_sign_and_its_amount() -> None:
    harm = replace(campaign(), headline="It cost −€3.02 each.")
    page = render(harm)
    assert f"−{WORD_JOINER}€3.02 each." in page
    assert not re.search(f"−(?!{WORD_JOINER})", page)


def test_differences_that_are_no_column_less_the_other_are_explained() -> None:
    sentence = "so they are not one column less the other"
    lines = [replace(line, covariate_p_value=0.4) for line in campaign().overall]
    assert sentence in _text(render(replace(campaign(), overall=lines)))
    assert sentence not in _text(render(campaign()))


def test_a_message_stands_with_its_whole_text_and_how_it_did() -> None:
    text = _text(render(campaign()))
    assert (
        "Message A · email · en-US Clearly better than the others : +€0.62, between €0.25 and €0.99"
        " 3,100 customers · value €9.91 · q = 0.006 subject Cedar Raised Bed: together in about an hour, without tools"
        " opening The bed comes flat. Two people lift it." in text
    )
    assert "Clearly worse than the others" in text
    assert "No clear difference from the others" in text


def test_costs_the_return_pressure_and_next_steps_stand_there() -> None:
    text = _text(render(campaign()))
    assert "minutes of reviewers 212 €159.00" in text
    assert "return: that less the costs €13,210 between €4,652 and €21,768" in text
    assert "age 65+ 811 9.1 80% 31% they get 9.1 messages in 30 days; more than 8 is a warning." in text
    assert "Leave Baby care alone for a while" in text
    assert "no consent for marketing by email 2,311" in text


@pytest.mark.parametrize(
    ("changes", "standing", "sentence"),
    [
        ({"experiment": False}, Standing.NO_EXPERIMENT, "Nobody was held out by chance"),
        (
            {"trusted": False},
            Standing.NO_VERDICT,
            "Chance alone cannot have made the two groups what they are",
        ),
        ({"why_not": "Too early."}, Standing.UNKNOWN, "there are too few outcomes to say anything"),
    ],
)
def test_no_effect_is_shown_where_none_can_be_believed(
    changes: dict[str, object], standing: Standing, sentence: str
) -> None:
    results = campaign(**changes)
    page = render(results)
    text = _text(page)
    assert standing_of(results) is standing
    assert sentence in text
    assert "€0.82" not in text.replace(results.headline, "")
    assert "€1.02" not in text
    assert "13,210" not in text.replace(results.worth.sentence, "")
    assert 'id="forest-name"' not in page
    assert 'id="curve-name"' not in page
    assert "What differs between the two is what the campaign did" not in text or results.trusted
    assert "Their difference is no effect of the campaign." in text
    # The groups and the costs are facts.
    assert "€9.84" in text
    assert "costs together €812" in text


def test_an_interval_that_covers_zero_is_no_clear_effect() -> None:
    line = replace(OVERALL[0], lift_low=-0.1)
    results = campaign(overall=[line])
    assert standing_of(results) is Standing.UNCLEAR
    assert "the campaign may as well have changed nothing" in _text(render(results))


def test_clear_harm_is_a_clear_effect_too() -> None:
    line = replace(OVERALL[0], lift=-0.5, lift_low=-0.9, lift_high=-0.1)
    results = campaign(overall=[line])
    assert standing_of(results) is Standing.CLEAR
    assert "−€0.50 between −€0.90 and −€0.10" in _text(render(results))


def test_dates_that_are_not_over_are_told() -> None:
    results = campaign(as_of=FIRST.replace(day=25))
    assert still_open(results) == [FIRST.replace(month=10, day=5)]
    assert still_open(campaign(as_of=FIRST.replace(month=10, day=5))) == []
    assert "For 1 of the campaign’s 2 dates these are not over before October 5, 2026" in _text(
        render(results)
    )


def test_a_campaign_of_which_nothing_is_known_yet_has_a_page_too() -> None:
    worth = replace(campaign().worth, cost=0.0, earned=None, earned_low=None, earned_high=None)
    empty = ("overall", "segments", "arms", "curve", "costs", "pressure")
    nothing: dict[str, object] = {name: [] for name in empty}
    results = campaign(**nothing, worth=worth, funnel={}, left_out={}, next_steps=[], notes=[])
    text = _text(render(results))
    for sentence in (
        "Chance holds customers out, but there is nothing to compare yet.",
        "There is nothing to compare yet.",
        "Nothing was sent yet.",
        "No message was compared with another.",
        "Nothing follows from these figures yet.",
    ):
        assert sentence in text
    assert main_effect(results) is None


def test_names_and_texts_are_escaped_and_nothing_is_loaded_or_run() -> None:
    page = render(campaign(), HOSTILE)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", page)


def test_charts_have_a_title_a_description_and_a_table_of_the_same_numbers() -> None:
    page = render(campaign())
    assert page.count('role="img"') == 2
    for name in ("forest", "curve"):
        assert re.search(
            rf'<title id="{name}-name">[^<]+</title>\s*<desc id="{name}-text">[^<]+</desc>', page
        )
    text = _text(page)
    assert "All together Skillet, tea kettle and chef's knife" in text
    assert "On the last day, October 5, 2026, it is +€0.85, between €0.35 and €1.35" in text
    assert "October 5, 2026 18,000 +€0.85 between €0.35 and €1.35 between €0.11 and €1.60" in text
    headers = re.findall(r"<th(?: [^>]*)?>", page)
    assert headers
    assert all("scope=" in header for header in headers)


def test_a_scale_holds_zero_and_has_round_ticks() -> None:
    scale = charts.scale_of([0.32, 1.85])
    assert (scale.low, scale.high, scale.ticks) == (0, 2, [0, 0.5, 1, 1.5, 2])
    assert [scale.at(value) for value in (0, 0.5, 2, 7)] == [0, 25, 100, 100]
    assert scale.cut(7)
    assert charts.scale_of([]).ticks[0] == 0


def test_a_tiny_segment_does_not_flatten_the_others() -> None:
    drawn = charts.forest(OVERALL[0], campaign().segments)
    assert drawn is not None
    assert (drawn.scale.low, drawn.scale.high) == (-1, 2)
    assert drawn.rows[-1].measured is not None
    assert drawn.rows[-1].measured.high == pytest.approx(15.1, abs=0.1)
    assert drawn.left_out == 0


def test_the_curve_is_scaled_to_where_it_ends() -> None:
    drawn = charts.curve(campaign().curve)
    assert drawn is not None
    assert drawn.scale.low < 0 < drawn.scale.high < 6
    assert drawn.line.startswith("M0.0 ")
    assert [moment.day for _, moment in drawn.dates] == [8, 17, 26, 5]
    assert charts.curve(campaign().curve[:1]) is None
    week = charts.curve(campaign().curve[-7:])
    assert week is not None
    assert [across for across, _ in week.dates] == [0, 33.33, 66.67, 100]


def test_a_curve_of_which_all_days_are_narrow_fills_its_chart() -> None:
    last = campaign().curve[-1]
    days = [replace(last, at=last.at - timedelta(days=7 - day)) for day in range(8)]
    drawn = charts.curve(days)
    assert drawn is not None
    assert (drawn.scale.low, drawn.scale.high) == (0, 2)


@pytest.mark.parametrize(
    ("language", "currency", "written"),
    [
        ("en", "EUR", ["€1,234", "−€0.42", "€0.0123", "+€0.42", "+0.26", "+9.1%", "< 0.001"]),
        ("fr", "EUR", ["1 234 €", "−0,42 €", "0,0123 €", "+0,42 €", "+0,26", "+9,1 %", "< 0,001"]),
        ("en", "CHF", ["CHF 1,234", "−CHF 0.42", "CHF 0.0123", "+CHF 0.42", "+0.26", "+9.1%", "< 0.001"]),
        ("en", "JPY", ["¥1,234", "¥0", "¥0.01", "+¥0", "+0.26", "+9.1%", "< 0.001"]),
    ],
)
def test_numbers_are_written_as_their_readers_write_them(
    language: str, currency: str, written: list[str]
) -> None:
    numbers = Numbers(language, currency)
    found = [
        numbers.money(1234.4),
        numbers.money(-0.42),
        numbers.money(0.0123),
        numbers.difference(0.42, "purchase_value"),
        numbers.difference(0.0026, "converted"),
        numbers.relative(0.0909),
        numbers.chance(0.0001),
    ]
    assert [re.sub("[\u00a0\u202f]", " ", text) for text in found] == written


def test_what_is_not_known_is_a_dash() -> None:
    numbers = Numbers("en", "EUR")
    assert {
        numbers.money(None),
        numbers.amount(None, "value"),
        numbers.difference(None, "value"),
        numbers.percent(None),
        numbers.chance(None),
        numbers.relative(None),
    } == {"–"}
    line: Comparison = replace(OVERALL[0], lift_low=None, lift_high=None)
    assert "value €9.84 €9.02 +€0.82 – +9.1%" in _text(render(campaign(overall=[line])))


def test_the_report_is_as_of_a_day() -> None:
    assert f'datetime="{AS_OF.isoformat()}"' in render(campaign())
