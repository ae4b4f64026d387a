"""Valid rows with their parents: a test overrides only what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.brand_folder.brand import ApprovalRule
from content_store.message_hash import SlotText, message_hash, template_hash, variant_hash
from content_store.models import (
    Base,
    Block,
    BlockMode,
    BlockStatus,
    BlockVersion,
    Brief,
    Candidate,
    Consent,
    Customer,
    Message,
    MessageVariant,
    Origin,
    Policy,
    PolicyShare,
    Publication,
    PublicationStatus,
    ReviewStatus,
    Run,
    RunStatus,
    Segment,
    Segmentation,
    SegmentSnapshot,
    Source,
    SourceKind,
    TemplateVersion,
    User,
    Variant,
    VariantBlock,
)
from content_store.standing import note_blocks

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

#: One reviewer's approval is enough.
RULES = [ApprovalRule(roles=["reviewer"])]

Row = TypeVar("Row", bound=Base)

_numbers = count(1)


def person(session: Session, name: str, *roles: str, **fields: Any) -> User:
    """The user of this name, added when missing; a reviewer unless the test says otherwise."""
    found = session.scalars(select(User).where(User.name == name)).first()
    if found is not None:
        return found
    defaults: dict[str, Any] = {
        "name": name,
        "full_name": name.title(),
        "roles": list(roles or ("reviewer",)),
        "created_at": NOW,
        "sessions_from": NOW,
    }
    return _stored(session, User(**defaults | fields))


def make_source(session: Session, **fields: Any) -> Source:
    defaults: dict[str, Any] = {
        "kind": SourceKind.CUSTOMERS,
        "location": "customers.csv",
        "fingerprint": _hash(),
        "accepted": 1,
        "quarantined": 0,
        "ingested_at": NOW,
    }
    return _stored(session, Source(**defaults | fields))


def make_customer(session: Session, **fields: Any) -> Customer:
    defaults: dict[str, Any] = {
        "id": f"customer-{next(_numbers)}",
        "source_id": fields.pop("source_id", None) or make_source(session).id,
    }
    return _stored(session, Customer(**defaults | fields))


def make_consent(session: Session, customer: Customer, **fields: Any) -> Consent:
    defaults: dict[str, Any] = {
        "customer_id": customer.id,
        "source_id": customer.source_id,
        "purpose": "marketing",
        "channel": "email",
        "granted": True,
        "at": NOW,
    }
    return _stored(session, Consent(**defaults | fields))


def make_block_version(session: Session, **fields: Any) -> BlockVersion:
    defaults: dict[str, Any] = {
        "block_id": f"block-{next(_numbers)}",
        "number": 1,
        "content_hash": _hash(),
        "slot": "opening",
        "text": "Our medium roast comes in 12 oz bags.",
        "mode": BlockMode.REWRITE,
        "locale": "en-US",
        "channels": ["email"],
        "themes": ["coffee"],
        "facts": [],
        "status": BlockStatus.APPROVED,
        "owner": "coffee team",
        "created_at": NOW,
    }
    version = BlockVersion(**defaults | fields)
    if session.get(Block, version.block_id) is None:
        _stored(session, Block(id=version.block_id, created_at=NOW))
    return _stored(session, version)


def make_brief(session: Session, **fields: Any) -> Brief:
    defaults: dict[str, Any] = {
        "id": f"brief-{next(_numbers)}",
        "content_hash": _hash(),
        "content": {},
        "updated_at": NOW,
    }
    return _stored(session, Brief(**defaults | fields))


def make_segment(session: Session) -> Segment:
    return _stored(session, Segment(created_at=NOW))


def make_segmentation(session: Session, **fields: Any) -> Segmentation:
    defaults: dict[str, Any] = {
        "input_hash": _hash(),
        "as_of": NOW,
        "customers": 100,
        "clusters": 2,
        "criterion": {},
        "encoder": "encoder",
        "created_at": NOW,
    }
    return _stored(session, Segmentation(**defaults | fields))


def make_snapshot(
    session: Session, segmentation: Segmentation, segment: Segment, **fields: Any
) -> SegmentSnapshot:
    defaults: dict[str, Any] = {
        "segmentation_id": segmentation.id,
        "segment_id": segment.id,
        "name": "Coffee drinkers",
        "audience": "People who buy coffee each week.",
        "size": 60,
        "share": 0.6,
        "distinctive": [],
        "exemplars": [],
        "behaviour": {},
        "centroid": b"",
    }
    return _stored(session, SegmentSnapshot(**defaults | fields))


def make_run(session: Session, **fields: Any) -> Run:
    defaults: dict[str, Any] = {
        "brief_id": fields.pop("brief_id", None) or make_brief(session).id,
        "segmentation_id": fields.pop("segmentation_id", None) or make_segmentation(session).id,
        "as_of": NOW,
        "status": RunStatus.FINISHED,
        "started_at": NOW - timedelta(minutes=5),
    }
    return _stored(session, Run(**defaults | fields))


def make_template(session: Session, **fields: Any) -> TemplateVersion:
    defaults: dict[str, Any] = {
        "name": "newsletter",
        "number": 1,
        "content_hash": template_hash(fields.get("mjml", "<mjml></mjml>"), fields.get("text", "")),
        "mjml": "<mjml></mjml>",
        "text": "",
        "created_at": NOW,
    }
    return _stored(session, TemplateVersion(**defaults | fields))


def make_candidate(session: Session, run: Run, **fields: Any) -> Candidate:
    defaults: dict[str, Any] = {
        "run_id": run.id,
        "input_hash": _hash(),
        "number": 0,
        "slot": "subject",
        "text": f"Fresh coffee, candidate {next(_numbers)}.",
        "prompt": "line.v2",
        "prompt_hash": _hash(),
        "model": _hash(),
        "seed": 1,
        "tokens": 10,
        "block_version_ids": [1],
        "passed": True,
        "refusals": [],
        "scores": {},
    }
    return _stored(session, Candidate(**defaults | fields))


def make_variant(session: Session, run: Run, **fields: Any) -> Variant:
    text = fields.get("text", f"Fresh coffee, text {next(_numbers)}.")
    defaults: dict[str, Any] = {
        "run_id": run.id,
        "brief_id": run.brief_id,
        "segment_id": fields.pop("segment_id", None) or make_segment(session).id,
        "channel": "email",
        "locale": "en-US",
        "slot": "subject",
        "theme": "coffee",
        "text": text,
        "content_hash": variant_hash(text, fields.get("block_version_ids", [1])),
        "origin": Origin.GENERATED,
        "status": ReviewStatus.PENDING,
        "block_version_ids": [1],
        "sentences": [],
        "verdicts": [],
        "scores": {},
        "created_at": NOW,
    }
    variant = _stored(session, Variant(**defaults | fields))
    known = session.scalars(
        select(BlockVersion.id)
        .where(BlockVersion.id.in_(variant.block_version_ids))
        .order_by(BlockVersion.id)
    ).all()
    session.add_all(VariantBlock(variant_id=variant.id, block_version_id=version) for version in known)
    session.flush()
    return variant


def make_message(
    session: Session, *, slots: Mapping[str, str] | None = None, run: Run | None = None, **fields: Any
) -> Message:
    """A message whose slots hold a variant each; its hash is that of its content unless the test gives one.

    `block_version_ids` are what its texts stand on.
    """
    standing = {"block_version_ids": fields.pop("block_version_ids")} if "block_version_ids" in fields else {}
    run = run or make_run(session)
    segment_id = fields.pop("segment_id", None) or make_segment(session).id
    variants = [
        make_variant(session, run, segment_id=segment_id, slot=slot, text=text, **standing)
        for slot, text in (
            slots or {"subject": "Coffee is on.", "opening": "Our roast comes in 12 oz bags."}
        ).items()
    ]
    template = session.get(TemplateVersion, fields.get("template_version_id") or 0)
    content = [SlotText(variant.slot, variant.text, variant.block_version_ids) for variant in variants]
    personal_fields = fields.get("personal_fields", {})
    defaults: dict[str, Any] = {
        "run_id": run.id,
        "brief_id": run.brief_id,
        "segment_id": segment_id,
        "channel": "email",
        "locale": "en-US",
        "arm": "A",
        "theme": "coffee",
        "content_hash": message_hash(
            content,
            template_hash(template.mjml, template.text) if template else None,
            personal_fields,
            fields.get("ai_notice"),
        ),
        "personal_fields": personal_fields,
        "status": ReviewStatus.PENDING,
        "created_at": NOW,
    }
    message = _stored(session, Message(**defaults | fields))
    session.add_all(
        MessageVariant(message_id=message.id, slot=variant.slot, position=position, variant_id=variant.id)
        for position, variant in enumerate(variants)
    )
    session.flush()
    note_blocks(session, message)
    session.flush()
    return message


def make_policy(
    session: Session, brief_id: str, places: Mapping[tuple[int, str, str], Mapping[str, float]], **fields: Any
) -> Policy:
    """A policy with the share of each arm by segment, channel and locale."""
    defaults: dict[str, Any] = {
        "brief_id": brief_id,
        "method": "thompson",
        "floor": 0.1,
        "as_of": NOW,
        "made_at": NOW,
        "made_by": "rita",
    }
    policy = _stored(session, Policy(**defaults | fields))
    session.add_all(
        PolicyShare(
            policy_id=policy.id, segment_id=segment_id, channel=channel, locale=locale, arm=arm, share=share
        )
        for (segment_id, channel, locale), arms in places.items()
        for arm, share in arms.items()
    )
    session.flush()
    return policy


def make_publication(session: Session, message: Message, **fields: Any) -> Publication:
    defaults: dict[str, Any] = {
        "brief_id": message.brief_id,
        "occurrence": NOW,
        "customer_id": f"customer-{next(_numbers)}",
        "channel": message.channel,
        "message_id": message.id,
        "approved_hash": message.content_hash,
        "status": PublicationStatus.PLANNED,
        "propensity": 0.5,
        "planned_at": NOW,
        "step": next(_numbers),
    }
    return _stored(session, Publication(**defaults | fields))


def _stored(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row


def _hash() -> str:
    return sha256(str(next(_numbers)).encode()).hexdigest()
