"""A small database for the run report: two segments, three messages, eight candidates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from content_store.models import (
    Brief,
    Candidate,
    Message,
    MessageVariant,
    Origin,
    QuarantinedRow,
    ReviewStatus,
    Run,
    RunStatus,
    Segment,
    Segmentation,
    SegmentSnapshot,
    Source,
    SourceKind,
    Variant,
)

NOW = datetime(2018, 1, 2, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>"
SECONDS = {"segment": 10.0, "generate": 40.0}
POINTS = [(x / 10, (x % 7) / 7, 1) for x in range(60)] + [(5 + x / 10, (x % 5) / 5, 2) for x in range(40)]


def fill(session: Session) -> None:
    """Run 1 of the brief "newsletter" on segmentation 1, committed."""
    _add_segments(session)
    session.add(
        Brief(id="newsletter", content_hash="b" * 64, content={"goal": "Bring them back."}, updated_at=NOW)
    )
    session.flush()
    warning = "Pet food: only 7 customers can be reached by sms; nothing written."
    session.add(_run(counts={"candidates_new": 8, "candidates_reused": 0}, warnings=[warning]))
    session.flush()
    _add_candidates(session)
    subject = _variant(session, 1, "subject", "Mornings, sorted", Origin.FALLBACK, "coffee")
    opening = _variant(
        session, 1, "opening", "House Blend is $5.99. Twelve ounces a bag.", Origin.GENERATED, "coffee", 1
    )
    hostile = _variant(session, 1, "subject", HOSTILE, Origin.FALLBACK, "yogurt")
    legal = _variant(session, 2, "subject", "Offer ends January 7.", Origin.VERBATIM, "pet")
    _message(session, 1, "A", "coffee", [subject, opening])
    _message(session, 1, "B", "yogurt", [hostile])
    _message(session, 2, "A", "pet", [legal])
    _add_sources(session)
    session.commit()


def add_second_run(session: Session) -> None:
    """A run that found every input unchanged and wrote nothing."""
    session.add(_run(counts={"candidates_new": 0, "candidates_reused": 8}, warnings=[]))
    session.commit()


def _run(counts: dict[str, int], warnings: list[str]) -> Run:
    return Run(
        brief_id="newsletter",
        segmentation_id=1,
        as_of=NOW,
        status=RunStatus.FINISHED,
        started_at=NOW,
        counts=counts,
        warnings=warnings,
    )


def _add_segments(session: Session) -> None:
    session.add_all([Segment(created_at=NOW), Segment(created_at=NOW)])
    session.add(
        Segmentation(
            input_hash="i" * 64,
            as_of=NOW,
            customers=100,
            clusters=2,
            criterion={"chosen": 2, "tried": [{"k": 2, "stability": 0.9}, {"k": 3, "stability": 0.4}]},
            encoder="e" * 64,
            created_at=NOW,
        )
    )
    session.flush()
    for segment_id, name, size in ((1, "Coffee and yogurt", 60), (2, "Pet food", 40)):
        session.add(
            SegmentSnapshot(
                segmentation_id=1,
                segment_id=segment_id,
                name=name,
                audience="weekly shoppers who often buy coffee",
                size=size,
                share=size / 100,
                distinctive=[{"item": "coffee: ground", "score": 4.25, "lift": 3.2, "reach": 0.81}],
                exemplars=["17", "23"],
                behaviour={
                    "customers": size,
                    "share": size / 100,
                    "median_days_since_last": 4.0,
                    "spend_per_customer": 1830.5,
                },
                centroid=b"",
            )
        )


def _add_candidates(session: Session) -> None:
    texts = [
        "House Blend is $5.99. Twelve ounces a bag.",
        *(f"Only $4.9{n}!" for n in range(6)),
        "Only $4.90!",
    ]
    for number, text in enumerate(texts):
        refusals: list[dict[str, Any]] = []
        if number:
            refusals.append(
                {"gate": "numbers", "passed": False, "reason": f"The facts do not say “{text[5:-1]}”."}
            )
        if number == 1:
            refusals.append({"gate": "length", "passed": False, "reason": "It is too long."})
        session.add(
            Candidate(
                run_id=1,
                input_hash="h" * 64,
                number=number,
                slot="opening",
                text=text,
                prompt="line.v2",
                prompt_hash="p" * 64,
                model="m" * 64,
                seed=77 + number,
                tokens=12,
                block_version_ids=[1],
                passed=not refusals,
                refusals=refusals,
                scores={},
            )
        )
    session.flush()


def _variant(
    session: Session,
    segment_id: int,
    slot: str,
    text: str,
    origin: Origin,
    theme: str,
    candidate_id: int | None = None,
) -> Variant:
    sentences = [f"{part.removesuffix('.')}." for part in text.split(". ")] if ". " in text else [text]
    variant = Variant(
        run_id=1,
        brief_id="newsletter",
        segment_id=segment_id,
        channel="email",
        locale="en-US",
        slot=slot,
        theme=theme,
        text=text,
        content_hash=f"{theme}-{slot}",
        origin=origin,
        status=ReviewStatus.PENDING,
        block_version_ids=[2],
        sentences=[
            {
                "text": sentence,
                "block": f"{theme}-{slot}",
                "version": 2,
                "block_version_id": 2,
                "fact": "House Blend is $5.99 for 12 oz.",
                "similarity": similarity,
            }
            for sentence, similarity in zip(sentences, (0.91, 0.74), strict=False)
        ],
        verdicts=[{"gate": "length", "passed": True, "reason": ""}],
        scores={"relevance": 0.41, "tone": 0.55},
        created_at=NOW,
        candidate_id=candidate_id,
    )
    session.add(variant)
    session.flush()
    return variant


def _message(session: Session, segment_id: int, arm: str, theme: str, variants: list[Variant]) -> None:
    message = Message(
        run_id=1,
        brief_id="newsletter",
        segment_id=segment_id,
        channel="email",
        locale="en-US",
        arm=arm,
        theme=theme,
        content_hash=f"{segment_id}{arm}",
        personal_fields={},
        status=ReviewStatus.PENDING,
        created_at=NOW,
    )
    session.add(message)
    session.flush()
    session.add_all(
        MessageVariant(message_id=message.id, slot=variant.slot, position=position, variant_id=variant.id)
        for position, variant in enumerate(variants)
    )


def _add_sources(session: Session) -> None:
    for kind, fingerprint, accepted, quarantined in (
        (SourceKind.CUSTOMERS, "1", 100, 0),
        (SourceKind.CONSENTS, "2", 10, 84),
        (SourceKind.CONSENTS, "3", 90, 4),
    ):
        session.add(
            Source(
                kind=kind,
                location=f"data/{kind.value}.csv",
                fingerprint=fingerprint,
                accepted=accepted,
                quarantined=quarantined,
                ingested_at=NOW,
            )
        )
        session.flush()
    session.add_all(
        QuarantinedRow(source_id=3, line=line, column="at", reason="not a moment", raw="secret@example.com")
        for line in (2, 5, 8, 11)
    )
