"""The run report: what one pass over the briefs made, as plain values and as one HTML file without outside parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from content_store.models import Origin, ReviewStatus
from evaluation import segment_map

TEMPLATE = "run_report.html.jinja"

WAITING = {ReviewStatus.PENDING, ReviewStatus.EDITED}

ORIGINS = {Origin.GENERATED: "written", Origin.FALLBACK: "approved text", Origin.VERBATIM: "verbatim"}

#: Behaviour as people say it; what is not here is shown under its own name.
HABITS = {
    "median_days_since_last": "days since the last event (median)",
    "median_days_a_week": "active days a week (median)",
    "events_per_customer": "events per customer",
    "spend_per_customer": "spend per customer",
}


class Sentence(NamedTuple):
    """A sentence of a variant and the block version that it stands on."""

    text: str
    block: str | None
    version: int | None
    fact: str
    similarity: float | None


class SlotCard(NamedTuple):
    """One slot of a message."""

    slot: str
    text: str
    origin: Origin
    sentences: tuple[Sentence, ...]
    #: not yet calibrated by decisions
    scores: dict[str, float]
    #: of the candidate; None where the text is approved text
    seed: int | None = None
    #: "gate: reason" for each gate that the text fails; approved text may
    objections: tuple[str, ...] = ()


class MessageCard(NamedTuple):
    """One arm of one segment's experiment."""

    id: int
    brief: str
    segment_id: int
    segment: str
    channel: str
    locale: str
    arm: str
    theme: str
    status: ReviewStatus
    slots: tuple[SlotCard, ...]
    #: written by one of the report's runs; else it stood already and did not change
    new: bool = True


class Item(NamedTuple):
    """Something that sets a segment apart."""

    item: str
    score: float
    #: times as much of it as among all customers
    lift: float | None = None
    #: share of the segment's customers who touched it, 0 to 1
    reach: float | None = None


class SegmentCard(NamedTuple):
    """A segment as it stands in this pass; `share` is of all customers in a segment, 0 to 1."""

    id: int
    name: str
    audience: str
    size: int
    share: float
    distinctive: tuple[Item, ...]
    behaviour: dict[str, float]
    exemplars: tuple[str, ...]
    #: cosine distance to the last pass; None where there is none
    drift: float | None = None


class RefusedText(NamedTuple):
    """A candidate that a gate refused."""

    slot: str
    text: str
    reason: str


class RefusedGate(NamedTuple):
    """How many candidates one gate refused, with some of them."""

    gate: str
    refused: int
    examples: tuple[RefusedText, ...]


class Stage(NamedTuple):
    """What one stage took; the cost is in the report's currency."""

    name: str
    seconds: float
    cost: float


class SetAside(NamedTuple):
    """A quarantined row, without its content, which may be personal."""

    line: int
    column: str
    reason: str


class SourceRow(NamedTuple):
    """One ingested file or query."""

    kind: str
    location: str
    accepted: int
    quarantined: int
    first: tuple[SetAside, ...] = ()


class Warned(NamedTuple):
    """Something that a brief could not do."""

    brief: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything that the page shows."""

    as_of: datetime
    customers: int
    segments: tuple[SegmentCard, ...]
    #: (x, y, segment id)
    points: tuple[tuple[float, float, int], ...]
    goals: dict[str, str]
    messages: tuple[MessageCard, ...]
    candidates: int
    passed: int
    refused: tuple[RefusedGate, ...]
    warnings: tuple[Warned, ...]
    stages: tuple[Stage, ...]
    tokens: int
    tokens_per_second: float | None
    price_per_hour: float
    sources: tuple[SourceRow, ...]
    #: (what, value)
    provenance: tuple[tuple[str, str], ...]
    #: what was measured for each number of segments that was tried
    tried: tuple[dict[str, float], ...] = ()
    stability_index: float | None = None
    brand: str = ""
    currency: str = "USD"


class Step(NamedTuple):
    """Something to do next: a sentence, and a command or a section of the page."""

    text: str
    command: str = ""
    section: str = ""


class SegmentGroup(NamedTuple):
    """The messages of one segment in one brief; the number is that on the map, 0 for a segment that is gone."""

    number: int
    name: str
    messages: list[MessageCard]


class BriefGroup(NamedTuple):
    """The messages of one brief."""

    id: str
    goal: str
    origins: list[tuple[str, int]]
    segments: list[SegmentGroup]


def render(report: Report) -> str:
    """The page: one HTML document that loads nothing, runs no script and escapes all it shows."""
    shown = segment_map.draw_map(report.points, [(segment.id, segment.name) for segment in report.segments])
    return _environment.get_template(TEMPLATE).render(
        report=report,
        headline=headline(report),
        steps=next_steps(report),
        map=shown,
        briefs=group_by_brief(report),
        origins=_count_origins(report.messages),
    )


def headline(report: Report) -> str:
    """The one sentence to remember."""
    waiting = [message for message in report.messages if message.status in WAITING]
    if not waiting:
        return "No message is waiting for a decision"
    segments = len({message.segment_id for message in waiting})
    verb = "is" if len(waiting) == 1 else "are"
    return f"{_counted(len(waiting), 'message')} for {_counted(segments, 'segment')} {verb} waiting for a decision"


def next_steps(report: Report) -> list[Step]:
    """What to do next, the most useful first."""
    waiting = [message.id for message in report.messages if message.status in WAITING]
    texts = sum(len(message.slots) for message in report.messages)
    approved = dict(_count_origins(report.messages)).get(ORIGINS[Origin.FALLBACK], 0)
    aside = sum(source.quarantined for source in report.sources)
    steps = []
    if waiting:
        steps.append(Step("List what is waiting.", "surmesure messages list --status pending"))
        steps.append(
            Step("Look at one closely, with its alternatives.", f"surmesure messages show {waiting[0]}")
        )
    else:
        steps.append(Step("Write messages for the briefs of this brand folder.", "surmesure run"))
    if report.warnings:
        steps.append(
            Step(
                f"See what could not be written: {_counted(len(report.warnings), 'warning')}.",
                section="warnings",
            )
        )
    if texts and 2 * approved > texts:
        why = f"{approved:,} of {texts:,} texts are the approved text itself, because nothing written passed. See why."
        steps.append(Step(why, section="refused"))
    if aside:
        rows = f"Correct {_counted(aside, 'row')} that {'was' if aside == 1 else 'were'} set aside, then ingest again."
        steps.append(Step(rows, "surmesure ingest", "data"))
    return steps


def group_by_brief(report: Report) -> list[BriefGroup]:
    """Briefs by name, their segments as on the map, their arms by letter."""
    numbers = {segment.id: number for number, segment in enumerate(report.segments, 1)}
    groups: dict[str, dict[int, SegmentGroup]] = {brief: {} for brief in sorted(report.goals)}

    def place(message: MessageCard) -> tuple[str, int, str, str, str, int]:
        number = numbers.get(message.segment_id, len(numbers) + message.segment_id)
        return (message.brief, number, message.channel, message.locale, message.arm, message.id)

    for message in sorted(report.messages, key=place):
        segments = groups.setdefault(message.brief, {})
        empty = SegmentGroup(numbers.get(message.segment_id, 0), message.segment, [])
        segments.setdefault(message.segment_id, empty).messages.append(message)
    return [
        BriefGroup(
            brief,
            report.goals.get(brief, ""),
            _count_origins([message for group in segments.values() for message in group.messages]),
            list(segments.values()),
        )
        for brief, segments in groups.items()
    ]


def _count_origins(messages: Sequence[MessageCard]) -> list[tuple[str, int]]:
    counts = Counter(slot.origin for message in messages for slot in message.slots)
    return [(name, counts[origin]) for origin, name in ORIGINS.items() if counts[origin]]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _percent(share: float) -> str:
    return f"{share:.1%}"


def _duration(seconds: float) -> str:
    if seconds >= 60:
        return f"{int(seconds // 60)} min {seconds % 60:.0f} s"
    return f"{seconds:.1f} s"


def _plain(name: str) -> str:
    """An identifier as words."""
    return HABITS.get(name, name.replace("_", " "))


def _number(value: float) -> str:
    """At most two decimals, none where they would be noise."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}".rstrip("0").rstrip(".")


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {
    "percent": _percent,
    "duration": _duration,
    "plain": _plain,
    "number": _number,
    "counted": _counted,
}
_environment.globals |= {
    "colour": segment_map.colour,
    "shape": segment_map.shape,
    "frame": segment_map,
    "origin_names": ORIGINS,
}
