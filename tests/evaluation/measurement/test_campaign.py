"""What a campaign earned against its holdout, and what is said where nothing can be said."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from evaluation.measurement.campaign import campaign_results
from evaluation.measurement.results import CampaignResults, CostLine
from tests.evaluation.measurement.campaigns import AT, campaign, opened, units

DAY = timedelta(days=1)
Bought = tuple[str, datetime, float, float | None]


def _measured(rows: list[dict[str, Any]], bought: list[Bought], **fields: Any) -> CampaignResults:
    with opened(units(rows), bought) as connection:
        return campaign_results(connection, campaign(**fields))


def _staged(
    held: int = 200, written: int = 800, margin: float | None = 4.0, **fields: Any
) -> tuple[list[dict[str, Any]], list[Bought]]:
    """Of those written to every fifth buys for 10, 20 or 30 in turn, of those held out every tenth."""
    rows: list[dict[str, Any]] = []
    bought: list[Bought] = []
    for number in range(held + written):
        customer = f"c{number:04}"
        rows.append({"customer_id": customer, "held": number < held, **fields})
        if number % (10 if number < held else 5) == 0:
            moment = AT + (number // 5 % 6) * DAY + timedelta(hours=1)
            bought.append((customer, moment, 10.0 * (1 + number % 3), margin))
    return rows, bought


def _line(results: CampaignResults, metric: str) -> Any:
    return next(line for line in results.overall if line.metric == metric)


def test_everybody_who_was_planned_is_compared_with_those_held_out() -> None:
    results = _measured(*_staged())
    converted, conversions, value, margin = results.overall
    assert (converted.n, converted.control_n, converted.mean, converted.control_mean) == (800, 200, 0.2, 0.1)
    # sqrt(0.1 * 0.9 / 199 + 0.2 * 0.8 / 799) = 0.0256; 1.967 of them are 0.0502.
    assert (converted.lift_low, converted.lift_high) == pytest.approx((0.0498, 0.1502), abs=1e-4)
    assert (conversions.metric, value.metric, margin.metric) == ("conversions", "value", "margin")
    assert margin.lift == pytest.approx(0.4)
    assert results.trusted
    assert results.experiment
    assert results.why_not is None
    assert results.headline == (
        "It worked: each customer brought €2.06 more than those held out (95 % interval +€0.98 to +€3.14);"
        " +€1,650 in all (+€786 to +€2,514) from 800 customers."
    )


def test_an_interval_that_covers_zero_is_called_nothing() -> None:
    rows, bought = _staged()
    same = [item for item in bought if int(item[0][1:]) % 10 == 0]
    results = _measured(rows, same)
    assert results.headline.startswith("It may as well have changed nothing: each customer brought €0.0")
    assert "the 95 % interval" in results.headline
    assert results.next_steps[0].startswith("If the true effect is what was seen, about ")


def test_a_share_is_told_in_percent_and_harm_is_called_harm() -> None:
    rows, bought = _staged()
    turned = [row | {"held": not row["held"]} for row in rows]
    results = _measured(turned, bought, metric="purchase", holdout_share=0.8)
    assert results.headline.startswith(
        "It did harm: 10.00% fewer of the customers converted than of those held out"
    )
    assert (
        results.next_steps[0]
        == "Stop this campaign or change it: those who got it did less than those held out."
    )


@pytest.mark.parametrize(
    ("staged", "fields", "sentence"),
    [
        (([], []), {}, "There is nothing to measure: nobody was planned for up to the moment that is measured."),
        (
            _staged(held=0),
            {"holdout_share": 0.0},
            "No verdict: of 800 customers nobody was held out, so nobody knows what they would have done without a message."
            " Set holdout_share in brand.yaml before the next campaign.",
        ),
        (
            _staged(held=0, written=7),
            {},
            "No verdict: of 7 customers nobody was held out, so nobody knows what they would have done without a message. With"
            " holdout_share 0.2 in brand.yaml somebody will be once there are more customers.",
        ),
        (
            _staged(closed=False),
            {"as_of": AT + 2 * DAY},
            "Too early for a verdict: the 7 days in which conversions count are over on 2026-03-09.",
        ),
        (
            (_staged()[0], []),
            {},
            "No verdict: none of 1,000 customers converted within 7 days. Look whether conversions come in at all.",
        ),
        (
            _staged(held=20, written=80),
            {},
            "No verdict yet: of 20 customers who were held out 3.6 conversions are to be expected, and 10 are needed. About"
            " 278 customers in all would do with this holdout.",
        ),
        (
            _staged(),
            {"holdout_share": 0.1},
            "No verdict: 200 of 1,000 customers (20.00%) were held out where 10.00% were meant to be, which is no chance"
            " (p < 0.0001). Customers were lost, or held out by something else, or holdout_share was changed; find out which"
            " before you believe any number here.",
        ),
        (
            _staged(propensity=0.5),
            {},
            "No verdict: how often the messages were chosen does not fit their logged probabilities, which is no chance"
            " (p < 0.0001). Find out which customers were lost or chosen by something else before you believe any number here.",
        ),
    ],
)  # fmt: skip
def test_where_nothing_can_be_said_a_sentence_says_why_and_no_verdict_is_given(
    staged: tuple[list[dict[str, Any]], list[Bought]], fields: dict[str, Any], sentence: str
) -> None:
    results = _measured(*staged, **fields, costs=[CostLine("sends", 800.0, 40.0)])
    assert (results.headline, results.why_not) == (sentence, sentence)
    assert results.worth.earned is None
    assert results.worth.sentence == "It cost €40.00; what it brought in is not known."
    assert results.trusted is ("no chance" not in sentence)


def test_who_leaves_the_audience_because_of_a_message_stays_in_the_comparison() -> None:
    # Everybody buys in both weeks; those who were written to are not in the audience of the second.
    rows: list[dict[str, Any]] = []
    bought: list[Bought] = []
    for number in range(1_000):
        customer, held = f"c{number:04}", number < 500
        rows.append({"customer_id": customer, "held": held})
        if held:
            rows.append({"customer_id": customer, "held": held, "occurrence": AT + 7 * DAY})
        bought += [(customer, AT + day * DAY, 1.0, None) for day in (1, 8) if number % 2]
    results = _measured(rows, bought, holdout_share=0.5)
    value = _line(results, "value")
    assert (value.mean, value.control_mean, value.lift) == (1.0, 1.0, 0.0)


def test_windows_that_overlap_and_channels_of_one_occurrence_count_a_conversion_once() -> None:
    rows, bought = _staged()
    again = [row | {"occurrence": AT + 3 * DAY} for row in rows]
    by_mail = [row | {"channel": "email"} for row in rows]
    assert _line(_measured(rows + again + by_mail, bought), "value") == _line(
        _measured(rows, bought), "value"
    )


def test_what_came_before_somebody_entered_or_between_windows_does_not_count() -> None:
    rows, bought = _staged()
    later = [
        {"customer_id": f"late{number}", "held": number < 200, "occurrence": AT + 14 * DAY}
        for number in range(1_000)
    ]
    early: list[Bought] = [(f"late{number}", AT + DAY, 50.0, None) for number in range(1_000)]
    between: list[Bought] = [(f"c{number:04}", AT + 8 * DAY, 50.0, None) for number in range(1_000)]
    value = _line(_measured(rows + later, bought + early + between), "value")
    assert (value.n, value.control_n) == (1_600, 400)
    assert (value.mean, value.control_mean) == (pytest.approx(4.0125 / 2), pytest.approx(1.95 / 2))


def test_occurrences_whose_windows_are_open_are_left_out_with_a_note() -> None:
    rows, bought = _staged()
    newer = [row | {"occurrence": AT + 28 * DAY, "closed": False} for row in rows]
    newer += [row | {"customer_id": f"new{number}"} for number, row in enumerate(newer)]
    results = _measured(rows + newer, [*bought, ("c0999", AT + 29 * DAY, 9_000.0, None)])
    assert _line(results, "value") == _line(_measured(rows, bought), "value")
    assert results.notes[0] == (
        "Occurrences whose 7 days are not over count in the curve only; the next ends on 2026-04-06."
    )
    assert results.next_steps[0] == "Measure again after 2026-04-06, when the next window is over."


def test_customers_of_both_sides_are_left_out_when_the_holdout_grew() -> None:
    rows, bought = _staged()
    second = [row | {"occurrence": AT + 7 * DAY, "held": number < 300} for number, row in enumerate(rows)]
    results = _measured(rows + second, bought, holdout_share=0.3)
    value = _line(results, "value")
    assert (value.n, value.control_n) == (700, 200)
    assert results.trusted
    assert results.notes[0].startswith("100 customers were held out of some occurrences only")


def test_the_past_narrows_the_intervals_unless_other_campaigns_wrote_in_it() -> None:
    rows, bought = _staged()
    spent = {customer: value for customer, _, value, _ in bought}
    with_past = [
        row | {"before": spent.get(row["customer_id"], 0.0) + number % 7} for number, row in enumerate(rows)
    ]
    plain, narrow = _line(_measured(rows, bought), "value"), _line(_measured(with_past, bought), "value")
    assert narrow.lift_high - narrow.lift_low < (plain.lift_high - plain.lift_low) / 2
    other = _measured(with_past, bought, others=["tea-week"])
    assert _line(other, "value").lift_low == plain.lift_low
    assert other.notes[0].startswith("The holdout gets nothing of any campaign.")


def test_who_was_held_out_by_something_else_than_chance_shows_in_the_past() -> None:
    rows, bought = _staged()
    richer = [row | {"before": number % 9 + 2.0 * row["held"]} for number, row in enumerate(rows)]
    results = _measured(richer, bought)
    assert results.headline == (
        "No verdict: those held out were not like the others before anything was sent. The arms differed before the experiment"
        f" (before: {sum(number % 9 for number in range(200, 1_000)) / 800:.5g} in written to,"
        f" {2 + sum(number % 9 for number in range(200)) / 200:.5g} in held out); this is not chance. Find out who was held"
        " out by something else than chance before you believe any number here."
    )
    assert (results.trusted, results.worth.earned) == (False, None)
    assert results.next_steps == [
        "Find out why the groups are not what chance makes of them, then measure again."
    ]


def test_margins_count_only_where_all_are_known() -> None:
    rows, bought = _staged()
    partly = [*bought[:-1], (*bought[-1][:3], None)]
    results = _measured(rows, partly, metric="purchase_margin")
    assert (results.metric, results.worth.basis) == ("value", "value")
    assert results.notes[0] == "The margin of some conversions is not known, so their value is compared."


def test_a_return_says_whether_its_interval_covers_zero() -> None:
    rows, bought = _staged()
    # The margin is 0.4 more for each of 800 customers: 320, and 159 to 481.
    for cost, ending in (
        (100.0, "a return of +€220.00 (+€59.30 to +€380.70)."),
        (
            200.0,
            "a return of +€120.00 (−€40.70 to +€280.70); the interval covers zero, so it may have lost money.",
        ),
        (900.0, "a return of −€580.00 (−€740.70 to −€419.30), a loss."),
    ):
        worth = _measured(rows, bought, costs=[CostLine("sends", 800.0, cost)]).worth
        assert (worth.cost, worth.basis) == (cost, "margin")
        assert (
            worth.sentence
            == f"It cost €{cost:.2f}, and €320.00 of margin more came in than without it: {ending}"
        )


def test_the_curve_adds_up_day_by_day_to_the_effect_of_the_closed_window() -> None:
    rows, bought = _staged()
    # Every buyer buys once more on the sixth day.
    bought += [(customer, AT + 5 * DAY + timedelta(hours=2), value, None) for customer, _, value, _ in bought]
    results = _measured(rows, bought)
    value = _line(results, "value")
    last = results.curve[-1]
    assert (last.at, last.units) == (AT + 7 * DAY, 1_000)
    assert last.lift == pytest.approx(value.lift)
    assert last.high - last.low == pytest.approx(value.lift_high - value.lift_low, rel=0.005)
    assert [point.at for point in results.curve] == [AT + day * DAY for day in range(1, 8)]
    assert all(p.sequential_low < p.low < p.lift < p.high < p.sequential_high for p in results.curve)
    # At the end of the first day, by hand.
    today = [value for customer, at, value, _ in bought if at < AT + DAY and customer < "c0200"]
    written = [value for customer, at, value, _ in bought if at < AT + DAY and customer >= "c0200"]
    assert results.curve[0].lift == pytest.approx(sum(written) / 800 - sum(today) / 200)


def test_segments_are_compared_apart_and_those_with_few_conversions_get_no_interval() -> None:
    rows, bought = _staged()
    halves = [row | {"segment_id": 1 + (number % 200 >= 190)} for number, row in enumerate(rows)]
    first, second = _measured(halves, bought).segments
    assert (first.segment, first.effect.n + first.effect.control_n) == ("Coffee drinkers", 950)
    assert first.effect.lift_low is not None
    assert (second.segment, second.effect.lift_low, second.shrunk) == ("Tea drinkers", None, None)
    # Of the 50 one in six converted, so there are 1.7 to be expected of ten.
    assert second.effect.notes == ["Too few held out: 10; about 56 are needed."]


def test_segments_with_too_few_held_out_are_drawn_to_the_effect_of_all_and_say_how_many_are_needed() -> None:
    # 25 segments of 40 customers: of 20 of them 10 are held out, of whom one converts, and of the others nobody.
    rows, bought = _staged()
    many = [row | {"segment_id": number // 10 % 25} for number, row in enumerate(rows)]
    results = _measured(many, bought)
    value = _line(results, "value")
    for item in results.segments[:20]:
        assert item.effect.notes == ["Too few held out: 10; about 58 are needed."]
        assert item.effect.lift_low is None
        assert item.shrunk_low < value.lift < item.shrunk_high
    for item in results.segments[20:]:
        assert (item.effect.notes, item.shrunk) == (["Nobody was held out."], None)


def test_where_no_segment_has_an_interval_none_has_a_chance() -> None:
    rows, bought = _staged()
    many = [row | {"segment_id": number // 10 % 20} for number, row in enumerate(rows)]
    segments = _measured(many, bought).segments
    assert len(segments) == 20
    assert {(item.effect.lift_low, item.effect.p_value, item.effect.q_value) for item in segments} == {
        (None, None, None)
    }


def test_messages_that_are_worse_and_segments_of_which_nothing_is_known_are_named() -> None:
    rows, bought = _staged()
    worse = [
        row | {"arm": "AB"[number % 2], "message_id": 1 + number % 2, "propensity": 0.5}
        | ({"conversions": 1, "value": 10.0} if number % 10 in (0, 2, 4) else {})
        for number, row in enumerate(rows)
    ]  # fmt: skip
    results = _measured(worse, bought)
    better = "message A of Coffee drinkers by sms (en-US): it is probably better (+€6.00 against the others there, q < 0.0001)."
    assert results.next_steps == [f"Send more of {better}"]
    assert [arm.texts for arm in results.arms] == [{"sms": "Coffee is on."}, {"sms": "Hot coffee, now."}]


def test_of_three_messages_the_worse_is_named_too_and_many_are_counted() -> None:
    rows: list[dict[str, Any]] = [
        {
            "customer_id": f"{segment}-{number}",
            "segment_id": segment,
            "arm": "ABC"[number % 3],
            "message_id": number % 3,
            "propensity": 1 / 3,
            "held": number % 10 == 0,
            "conversions": int(number % 3 == 2 or number % 7 == 0),
            "value": float(number % 3 == 2 or number % 7 == 0),
        }
        for segment in range(1, 8)
        for number in range(300)
    ]
    bought: list[Bought] = [(row["customer_id"], AT + DAY, 1.0, None) for row in rows if row["value"]]
    steps = _measured(rows, bought, holdout_share=0.1).next_steps
    assert [step.partition(" of Coffee")[0] for step in steps[1:4]] == [
        "Send less of message A",
        "Send less of message B",
        "Send more of message C",
    ]
    assert "Something like this can be said of 16 more messages; see their table." in steps


def test_a_note_says_when_nothing_is_known_of_the_last_day_that_counts() -> None:
    rows, bought = _staged()
    last = max(moment for _, moment, *_ in bought)
    [note] = [note for note in _measured(rows, bought).notes if "sources are behind" in note]
    assert note.startswith(
        f"The newest conversion that is known is of {last:%Y-%m-%d}, and the last window that counts ended on "
    )
    end = AT + 7 * DAY - timedelta(hours=1)
    fresh = [*bought, ("nobody-planned", end, *bought[0][2:])]
    assert not [note for note in _measured(rows, fresh).notes if "sources are behind" in note]
