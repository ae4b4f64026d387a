"""A run report's values, read from the database: one segmentation and the runs made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.errors import BadInput
from content_store.models import (
    Brief,
    Candidate,
    Message,
    QuarantinedRow,
    ReviewStatus,
    Run,
    Segmentation,
    Source,
    Variant,
)
from evaluation.run_report import (
    Item,
    MessageCard,
    RefusedGate,
    RefusedText,
    Report,
    SegmentCard,
    Sentence,
    SetAside,
    SlotCard,
    SourceRow,
    Stage,
    Warned,
)

#: Points on the map, example texts of a gate, quarantined rows of a source, exemplars, items: no more are shown.
MOST_POINTS, MOST_EXAMPLES, MOST_ROWS, MOST_EXEMPLARS, MOST_ITEMS = 3_000, 5, 3, 5, 8

#: The stage whose seconds the tokens are divided by.
WRITING = "generate"

#: The packages that decide what a run produces.
PACKAGES = (
    "surmesure",
    "torch",
    "transformers",
    "sentence-transformers",
    "faiss-cpu",
    "scikit-learn",
    "numpy",
)


def collect(
    session: Session,
    segmentation_id: int,
    run_ids: Sequence[int],
    points: Sequence[tuple[float, float, int]],
    seconds: Mapping[str, float],
    tokens: int,
    price_per_hour: float,
    *,
    brand: str = "",
    currency: str = "USD",
) -> Report:
    """Read one segmentation and the runs made from it.

    `points` are (x, y, segment id), one a customer; `seconds` is stage -> seconds in the order of the work, and
    `tokens` those written in the stage "generate"; the price is in `currency`. Raises BadInput when there is no
    such segmentation.
    """
    segmentation = session.get(Segmentation, segmentation_id)
    if segmentation is None:
        raise BadInput(f"there is no segmentation {segmentation_id}; run `surmesure segment` first.")
    runs = session.scalars(select(Run).where(Run.id.in_(run_ids)).order_by(Run.id)).all()
    briefs = session.scalars(select(Brief).where(Brief.id.in_({run.brief_id for run in runs}))).all()
    messages = _standing(session, runs)
    texts = queries.message_variants(session, [message.id for message in messages])
    written = _written(session, runs, [variant for group in texts.values() for variant in group])
    seeds = {candidate.id: candidate.seed for candidate in written}
    judged = _judged(session, runs)
    writing = seconds.get(WRITING, 0.0)
    return Report(
        brand=brand,
        as_of=segmentation.as_of,
        customers=segmentation.customers,
        stability_index=segmentation.stability_index,
        segments=_segment_cards(session, segmentation_id),
        points=_thinned(points),
        goals={brief.id: str(brief.content.get("goal", "")) for brief in briefs},
        messages=_message_cards(
            queries.segment_names(session), messages, texts, seeds, {run.id for run in runs}
        ),
        candidates=len(judged),
        passed=sum(candidate.passed for candidate in judged),
        refused=_refused_gates(judged),
        warnings=_warnings(runs),
        stages=tuple(Stage(name, taken, taken / 3600 * price_per_hour) for name, taken in seconds.items()),
        tokens=tokens,
        tokens_per_second=tokens / writing if tokens and writing else None,
        price_per_hour=price_per_hour,
        currency=currency,
        sources=_source_rows(session),
        provenance=_provenance(segmentation, runs, written, texts),
        tried=tuple(segmentation.criterion.get("tried", ())),
    )


def _standing(session: Session, runs: Sequence[Run]) -> Sequence[Message]:
    """Messages of the runs' briefs that stand: a run leaves those alone that it would write the same again."""
    return session.scalars(
        select(Message)
        .where(
            Message.brief_id.in_({run.brief_id for run in runs}),
            Message.run_id <= max((run.id for run in runs), default=0),
            Message.status.not_in([ReviewStatus.SUPERSEDED, ReviewStatus.RECALLED]),
        )
        .order_by(Message.id)
    ).all()


def _written(session: Session, runs: Sequence[Run], variants: Sequence[Variant]) -> Sequence[Candidate]:
    """The candidates behind the texts shown, whichever run wrote them, and all that the runs wrote."""
    used = {variant.candidate_id for variant in variants if variant.candidate_id is not None}
    of_runs = Candidate.run_id.in_([run.id for run in runs])
    return session.scalars(
        select(Candidate).where(or_(of_runs, Candidate.id.in_(used))).order_by(Candidate.id)
    ).all()


def _judged(session: Session, runs: Sequence[Run]) -> Sequence[Candidate]:
    """The candidates that the runs judged.

    A run that found its inputs unchanged judges what was written before: then the earlier runs of the same brief
    on the same segmentation count too.
    """
    ids = {run.id for run in runs}
    for run in runs:
        if run.counts.get("candidates_reused"):
            earlier = (
                Run.brief_id == run.brief_id,
                Run.segmentation_id == run.segmentation_id,
                Run.id < run.id,
            )
            ids |= set(session.scalars(select(Run.id).where(*earlier)))
    return session.scalars(select(Candidate).where(Candidate.run_id.in_(ids)).order_by(Candidate.id)).all()


def _thinned(points: Sequence[tuple[float, float, int]]) -> tuple[tuple[float, float, int], ...]:
    """At most MOST_POINTS, evenly over the order given."""
    shown = min(len(points), MOST_POINTS)
    return tuple(points[place * len(points) // shown] for place in range(shown))


def _segment_cards(session: Session, segmentation_id: int) -> tuple[SegmentCard, ...]:
    return tuple(
        SegmentCard(
            id=snapshot.segment_id,
            name=snapshot.name,
            audience=snapshot.audience,
            size=snapshot.size,
            share=snapshot.share,
            distinctive=tuple(
                Item(str(entry["item"]), float(entry["score"]), entry.get("lift"), entry.get("reach"))
                for entry in snapshot.distinctive[:MOST_ITEMS]
            ),
            # Size and share stand on the card already.
            behaviour={
                key: value for key, value in snapshot.behaviour.items() if key not in ("customers", "share")
            },
            exemplars=tuple(snapshot.exemplars[:MOST_EXEMPLARS]),
            drift=snapshot.drift,
        )
        for snapshot in queries.snapshots(session, segmentation_id)
    )


def _message_cards(
    names: Mapping[int, str],
    messages: Sequence[Message],
    texts: Mapping[int, Sequence[Variant]],
    seeds: Mapping[int, int],
    run_ids: set[int],
) -> tuple[MessageCard, ...]:
    return tuple(
        MessageCard(
            id=message.id,
            brief=message.brief_id,
            segment_id=message.segment_id,
            segment=names.get(message.segment_id, f"segment {message.segment_id}"),
            channel=message.channel,
            locale=message.locale,
            arm=message.arm,
            theme=message.theme,
            status=message.status,
            slots=tuple(_slot_card(variant, seeds) for variant in texts.get(message.id, ())),
            new=message.run_id in run_ids,
        )
        for message in messages
    )


def _slot_card(variant: Variant, seeds: Mapping[int, int]) -> SlotCard:
    return SlotCard(
        slot=variant.slot,
        text=variant.text,
        origin=variant.origin,
        sentences=tuple(_sentence(entry) for entry in variant.sentences),
        scores=variant.scores,
        seed=seeds.get(variant.candidate_id) if variant.candidate_id is not None else None,
        objections=tuple(
            f"{verdict['gate']}: {verdict['reason']}" for verdict in variant.verdicts if not verdict["passed"]
        ),
    )


def _sentence(entry: Mapping[str, Any]) -> Sentence:
    fact, similarity = entry.get("fact"), entry.get("similarity")
    return Sentence(
        text=str(entry["text"]),
        block=entry.get("block"),
        version=entry.get("version"),
        fact=fact if isinstance(fact, str) else "",
        similarity=None if similarity is None else float(similarity),
    )


def _refused_gates(judged: Sequence[Candidate]) -> tuple[RefusedGate, ...]:
    """The gates by how many candidates they refused, each with its first different texts."""
    counts: Counter[str] = Counter()
    examples: dict[str, dict[str, RefusedText]] = {}
    for candidate in judged:
        for refusal in candidate.refusals if not candidate.passed else ():
            gate = str(refusal["gate"])
            counts[gate] += 1
            shown = examples.setdefault(gate, {})
            if len(shown) < MOST_EXAMPLES:
                shown.setdefault(
                    candidate.text, RefusedText(candidate.slot, candidate.text, str(refusal["reason"]))
                )
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(RefusedGate(gate, count, tuple(examples[gate].values())) for gate, count in ranked)


def _warnings(runs: Sequence[Run]) -> tuple[Warned, ...]:
    found = [Warned(run.brief_id, f"The run stopped: {run.reason}") for run in runs if run.reason]
    return tuple(
        dict.fromkeys([*found, *(Warned(run.brief_id, text) for run in runs for text in run.warnings)])
    )


def _source_rows(session: Session) -> tuple[SourceRow, ...]:
    """The newest state of each place that data came from, with the first rows that were set aside."""
    newest: dict[tuple[str, str], Source] = {}
    for source in session.scalars(select(Source).order_by(Source.id)):
        newest[source.kind.value, source.location] = source
    return tuple(
        SourceRow(kind, location, source.accepted, source.quarantined, _set_aside(session, source.id))
        for (kind, location), source in newest.items()
    )


def _set_aside(session: Session, source_id: int) -> tuple[SetAside, ...]:
    rows = session.execute(
        select(QuarantinedRow.line, QuarantinedRow.column, QuarantinedRow.reason)
        .where(QuarantinedRow.source_id == source_id)
        .order_by(QuarantinedRow.line, QuarantinedRow.id)
        .limit(MOST_ROWS)
    )
    return tuple(SetAside(*row) for row in rows)


def _provenance(
    segmentation: Segmentation,
    runs: Sequence[Run],
    written: Sequence[Candidate],
    texts: Mapping[int, Sequence[Variant]],
) -> tuple[tuple[str, str], ...]:
    models = sorted({candidate.model for candidate in written})
    prompts = sorted({candidate.prompt for candidate in written})
    blocks = {number for group in texts.values() for variant in group for number in variant.block_version_ids}
    return (
        ("Runs", ", ".join(f"{run.id} ({run.brief_id}, {run.status.value})" for run in runs) or "none"),
        ("Model", ", ".join(models) or "none; nothing was written"),
        ("Prompt", ", ".join(prompts) or "none"),
        ("Seeds", _listed(sorted({candidate.seed for candidate in written}))),
        ("Encoder", segmentation.encoder),
        ("Segmentation", f"{segmentation.id}, input {segmentation.input_hash}"),
        ("Block versions used", str(len(blocks))),
        ("Packages", ", ".join(f"{name} {found}" for name in PACKAGES if (found := _installed(name)))),
    )


def _listed(seeds: Sequence[int]) -> str:
    if len(seeds) > 3:
        return f"{len(seeds):,}, one for each candidate; those of the texts shown stand beside them"
    return ", ".join(map(str, seeds)) or "none"


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
