"""The run report: what it reads from the database, and what its page says, escapes and leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from content_store.errors import BadInput
from content_store.models import Base, Origin, ReviewStatus
from evaluation.run_records import collect
from evaluation.run_report import Report, SlotCard, Stage, group_by_brief, headline, next_steps, render
from tests.evaluation.small_run import HOSTILE, POINTS, SECONDS, add_second_run, fill

VOID = {"br", "hr", "img", "input", "link", "meta", "path", "circle", "rect"}


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def report(session: Session) -> Report:
    return collect(session, 1, [1], POINTS, SECONDS, 1_200, 0.36, brand="Fairlow Market")


@pytest.fixture
def empty() -> Report:
    return Report(
        as_of=datetime(2018, 1, 2, tzinfo=UTC),
        customers=0,
        segments=(),
        points=(),
        goals={},
        messages=(),
        candidates=0,
        passed=0,
        refused=(),
        warnings=(),
        stages=(),
        tokens=0,
        tokens_per_second=None,
        price_per_hour=0,
        sources=(),
        provenance=(),
    )


class Page(HTMLParser):
    """Collects what a page would load, its ids and links, its text, and tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += f" {data.strip()}" if data.strip() else ""

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


def test_a_report_says_what_waits_for_how_many_segments(report: Report) -> None:
    assert headline(report) == "3 messages for 2 segments are waiting for a decision"


def test_one_message_is_spoken_of_in_the_singular(report: Report) -> None:
    assert headline(replace(report, messages=report.messages[:1])) == (
        "1 message for 1 segment is waiting for a decision"
    )


def test_messages_that_were_decided_do_not_wait(report: Report) -> None:
    decided = tuple(message._replace(status=ReviewStatus.APPROVED) for message in report.messages)

    assert headline(replace(report, messages=decided)) == "No message is waiting for a decision"


def test_a_segment_card_carries_what_was_measured(report: Report) -> None:
    card = report.segments[0]

    assert (card.name, card.size, card.share, card.drift) == ("Coffee and yogurt", 60, 0.6, None)
    assert card.distinctive[0] == ("coffee: ground", 4.25, 3.2, 0.81)
    assert card.behaviour == {"median_days_since_last": 4.0, "spend_per_customer": 1830.5}
    assert card.exemplars == ("17", "23")


def test_each_sentence_stands_on_a_block_version(report: Report) -> None:
    opening = report.messages[0].slots[1]

    assert (opening.origin, opening.seed) == (Origin.GENERATED, 77)
    assert [(s.text, s.block, s.version, s.similarity) for s in opening.sentences] == [
        ("House Blend is $5.99.", "coffee-opening", 2, 0.91),
        ("Twelve ounces a bag.", "coffee-opening", 2, 0.74),
    ]


def test_refusals_are_counted_by_gate_with_at_most_five_different_texts(report: Report) -> None:
    assert [(gate.gate, gate.refused, len(gate.examples)) for gate in report.refused] == [
        ("numbers", 7, 5),
        ("length", 1, 1),
    ]
    assert report.refused[0].examples[0] == ("opening", "Only $4.90!", "The facts do not say “$4.90”.")
    assert (report.candidates, report.passed) == (8, 1)


def test_cost_is_time_at_the_price_per_hour(report: Report) -> None:
    assert report.stages == (Stage("segment", 10.0, 0.001), Stage("generate", 40.0, 0.004))
    assert report.tokens_per_second == 30


def test_a_source_shows_its_newest_state_and_first_rows_set_aside_without_their_content(
    report: Report,
) -> None:
    assert [(row.kind, row.accepted, row.quarantined) for row in report.sources] == [
        ("customers", 100, 0),
        ("consents", 90, 4),
    ]
    assert report.sources[1].first[0] == (2, "at", "not a moment")
    assert len(report.sources[1].first) == 3
    assert "secret@example.com" not in render(report)


def test_provenance_names_model_prompt_seed_and_encoder(report: Report) -> None:
    provenance = dict(report.provenance)

    assert provenance["Model"] == "m" * 64
    assert provenance["Prompt"] == "line.v2"
    assert provenance["Encoder"] == "e" * 64
    assert provenance["Seeds"].startswith("8, one for each candidate")
    assert provenance["Runs"] == "1 (newsletter, finished)"


def test_a_run_that_changed_nothing_shows_the_messages_that_stand(session: Session) -> None:
    add_second_run(session)

    report = collect(session, 1, [2], POINTS, SECONDS, 0, 0)

    assert [(message.id, message.new) for message in report.messages] == [(1, False), (2, False), (3, False)]
    assert report.candidates == 8
    assert "unchanged since an earlier run" in Page(render(report)).text
    assert "No tokens were written" in Page(render(report)).text


def test_at_most_three_thousand_points_are_kept_evenly(session: Session) -> None:
    many = [(float(n), 0.0, 1) for n in range(9_000)]

    kept = collect(session, 1, [1], many, {}, 0, 0).points

    assert len(kept) == 3_000
    assert [x for x, _, _ in kept[:3]] == [0, 3, 6]


def test_an_unknown_segmentation_is_a_clear_error(session: Session) -> None:
    with pytest.raises(BadInput, match="there is no segmentation 9"):
        collect(session, 9, [], [], {}, 0, 0)


def test_briefs_hold_segments_as_on_the_map_and_arms_by_letter(report: Report) -> None:
    [brief] = group_by_brief(report)

    assert [(s.number, s.name, [m.arm for m in s.messages]) for s in brief.segments] == [
        (1, "Coffee and yogurt", ["A", "B"]),
        (2, "Pet food", ["A"]),
    ]
    assert brief.origins == [("written", 1), ("approved text", 2), ("verbatim", 1)]


def test_next_steps_lead_to_the_queue_the_warnings_and_the_rows_set_aside(report: Report) -> None:
    assert [(step.command, step.section) for step in next_steps(report)] == [
        ("surmesure messages list --status pending", ""),
        ("surmesure messages show 1", ""),
        ("", "warnings"),
        ("surmesure ingest", "data"),
    ]


def test_the_page_says_what_it_must(report: Report) -> None:
    text = Page(render(report)).text

    for expected in (
        "3 messages for 2 segments are waiting for a decision",
        "Fairlow Market",
        "Coffee and yogurt",
        "first run",
        "House Blend is $5.99. Twelve ounces a bag.",
        "coffee-opening  v2 · similarity 0.91",
        "approved text",
        "not yet calibrated",
        "The facts do not say “$4.90”.",
        "Pet food: only 7 customers can be reached by sms; nothing written.",
        "1,200 tokens were written, 30 a second.",
        "The cost is the time at USD 0.36 an hour.",
        "0.0040",
        "not a moment",
    ):
        assert " ".join(expected.split()) in " ".join(text.split())


def test_hostile_text_is_shown_and_never_run(report: Report) -> None:
    html = render(report)
    page = Page(html)

    assert HOSTILE in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert not {"script", "img", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_every_field_is_escaped(report: Report) -> None:
    attack = "\"'><img src=x onerror=alert(1)>"
    slot = SlotCard(attack, attack, Origin.FALLBACK, (), {attack: 0.5}, None, (attack,))
    hostile = replace(
        report,
        brand=attack,
        currency=attack,
        goals={attack: attack},
        messages=(
            report.messages[0]._replace(
                brief=attack, segment=attack, theme=attack, arm=attack, slots=(slot,)
            ),
        ),
        segments=(report.segments[0]._replace(name=attack, audience=attack, exemplars=(attack,)),),
        stages=(Stage(attack, 1.0, 1.0),),
        provenance=((attack, attack),),
        tried=({attack: 1.0},),
    )

    page = Page(render(hostile))

    assert "img" not in page.tags
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_the_page_loads_nothing(report: Report) -> None:
    page = Page(render(report))

    assert all(value.startswith(("#", "data:")) for value in page.values("href") + page.values("src"))
    assert not [tag for tag in page.tags if tag in {"script", "iframe", "audio", "video", "source"}]
    assert "@import" not in render(report)
    assert any("default-src 'none'" in value for value in page.values("content"))


def test_tags_are_balanced_ids_unique_and_links_lead_somewhere(report: Report) -> None:
    page = Page(render(report))
    ids = page.values("id")

    assert page.open == []
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(ids)
    assert {label for labels in page.values("aria-labelledby") for label in labels.split()} <= set(ids)


def test_headings_go_down_one_level_at_a_time_and_tables_have_captions(report: Report) -> None:
    page = Page(render(report))
    levels = [int(tag[1]) for tag in page.tags if tag in {"h1", "h2", "h3", "h4", "h5"}]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.tags.count("caption") == page.tags.count("table") == 5


def test_a_run_of_nothing_has_a_page_too(empty: Report) -> None:
    page = Page(render(empty))

    assert page.open == []
    assert "No message is waiting for a decision" in page.text
    assert "surmesure run" in page.text
    assert "table" not in page.tags


def test_the_same_report_gives_the_same_page(report: Report) -> None:
    assert render(report) == render(report)
