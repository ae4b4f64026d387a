"""Receipts: what exactly a customer got, what it stood on, who approved it, and why they got it (GDPR, art. 15)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.brand import Brand
from content_store.errors import BadInput
from content_store.grounds import approved_texts
from content_store.message_hash import SlotText, message_hash, template_hash
from content_store.models import (
    Action,
    Brief,
    Candidate,
    Consent,
    Decision,
    Message,
    Occurrence,
    Origin,
    Publication,
    PublicationStatus,
    SegmentSnapshot,
    Source,
    TemplateVersion,
    Variant,
)
from publishing.receipt import Agreement, ApprovedBy, Receipt, SentenceOn, SlotReceipt
from publishing.render import Rendered, parts_of, prepare, render

#: Where the unsubscribe links of a publication may have led, the likeliest first.
OptOuts = Callable[[Publication], Sequence[str]]


class Links(NamedTuple):
    """Where the links of a publication may have led."""

    unsubscribe_url: str
    #: given the landing page
    landing: Callable[[str], str] = lambda page: page
    #: the picture that counts opens
    pixel_url: str | None = None


#: The likeliest first.
LinksOf = Callable[[Publication], Sequence[Links]]

SAME = "the same bytes: their SHA-256 is that in the ledger"
NOTHING = "nothing was filled in, so nothing left"
ERASED = "the values that were filled in were erased"
UNTRACED = (
    "the approved texts are not to be found any more; the ledger still has the SHA-256 of what was sent"
)
CHANGED = (
    "this is how it would look today; that it is what was sent cannot be checked, because the address of the unsubscribe"
    " page or brand.yaml{} may have changed since"
)
OTHER = (
    "these are NOT the bytes that were sent: their SHA-256 is not that in the ledger; the channel's suffix in brand.yaml"
    " was changed since, or the ledger was"
)


def receipts(session: Session, customer_id: str, brand: Brand, links: LinksOf) -> list[Receipt]:
    """Every publication of a customer, the newest first."""
    rows = session.scalars(
        select(Publication)
        .where(Publication.customer_id == customer_id)
        .order_by(Publication.occurrence.desc(), Publication.id.desc())
    )
    names = queries.version_names(session)
    return [_receipt(session, row, brand, links(row), names) for row in rows.all()]


def _receipt(
    session: Session,
    row: Publication,
    brand: Brand,
    links: Sequence[Links],
    names: dict[int, tuple[str, int]],
) -> Receipt:
    message = session.get_one(Message, row.message_id)
    occurrence = session.scalars(
        select(Occurrence).where(Occurrence.brief_id == row.brief_id, Occurrence.at == row.occurrence)
    ).first()
    brief = session.get_one(Brief, row.brief_id)
    texts = _texts(session, message, row.approved_hash)
    rendered, checked = _rendered(session, row, message, texts, brand, links, brief)
    purpose = occurrence.purpose if occurrence else str(brief.content.get("purpose", ""))
    return Receipt(
        publication=row.id,
        brief=row.brief_id,
        occurrence=row.occurrence,
        channel=row.channel,
        status=row.status.value,
        reason=row.reason,
        planned_at=row.planned_at,
        sent_at=row.sent_at,
        message=row.message_id,
        why=_why(session, row, message, occurrence, brief),
        subject=rendered.subject if rendered else None,
        text=rendered.text if rendered else None,
        html=rendered.html if rendered else None,
        landing_page=rendered.landing_page if rendered else None,
        filled_in=row.filled_in,
        checked=checked,
        slots=[_slot(session, text, names) for text in texts],
        approved=_approved(session, row),
        consent=_consent(session, row, purpose),
    )


def _texts(session: Session, message: Message, approved_hash: str) -> list[Variant]:
    """The texts under the approved hash, whatever stands in the message by now; none when they do not give that hash."""
    standing = queries.message_variants(session, [message.id]).get(message.id, [])
    template = session.get(TemplateVersion, message.template_version_id or 0)
    for texts in (standing, approved_texts(session, message, approved_hash)):
        slots = [SlotText(text.slot, text.text, text.block_version_ids) for text in texts]
        hashed = template_hash(template.mjml, template.text) if template else None
        if texts and message_hash(slots, hashed, message.personal_fields, message.ai_notice) == approved_hash:
            return texts
    return []


def _rendered(
    session: Session,
    row: Publication,
    message: Message,
    texts: Sequence[Variant],
    brand: Brand,
    links: Sequence[Links],
    brief: Brief,
) -> tuple[Rendered | None, str]:
    """What the customer got, filled in again, and what is known of its being the same."""
    if row.rendered_hash is None:
        return None, NOTHING
    if row.filled_in is None:
        return None, ERASED
    if not texts:
        return None, UNTRACED
    try:
        parts = parts_of(session, message, texts, brand)
        channel = brand.channels.get(row.channel)
        if channel is not None and channel.on_request:
            # The page around it was that of the site.
            parts = parts._replace(template=None)
        prepared = prepare(parts)
        tries = [
            render(
                prepared,
                row.filled_in,
                unsubscribe_url=tried.unsubscribe_url,
                landing_page=tried.landing(prepared.landing_page),
                pixel_url=tried.pixel_url,
            )
            for tried in links
        ]
    except BadInput as error:
        return None, f"it cannot be filled in any more: {error}"
    for rendered in tries:
        if rendered.rendered_hash == row.rendered_hash:
            return rendered, SAME
    if prepared.html is None:
        return tries[0], OTHER
    landing = ", or the landing page of the brief" if brief.updated_at > row.planned_at else ""
    return tries[0], CHANGED.format(landing)


def _why(
    session: Session, row: Publication, message: Message, occurrence: Occurrence | None, brief: Brief
) -> str:
    got = row.status in (PublicationStatus.ACCEPTED, PublicationStatus.UNKNOWN)
    begin = "They got this" if got else "It was meant for them"
    snapshot = session.scalars(
        select(SegmentSnapshot)
        .where(SegmentSnapshot.segment_id == message.segment_id)
        # As it was when the brief was published; else as it is now.
        .order_by(
            (SegmentSnapshot.segmentation_id == (occurrence.segmentation_id if occurrence else 0)).desc(),
            SegmentSnapshot.id.desc(),
        )
        .limit(1)
    ).first()
    segment = (
        f'"{snapshot.name}" ({snapshot.audience.rstrip(".")})' if snapshot else f"number {message.segment_id}"
    )
    content: dict[str, Any] = (occurrence.audience if occurrence else {}) or brief.content
    audience = str((content.get("audience") or {}).get("description") or "").rstrip(".")
    whom = f'"{audience}"' if audience else "that segment"
    chosen = (
        f"chance chose message {message.arm} among those approved for the segment, with a probability of"
        f" {row.propensity:.0%}"
        if row.propensity < 1
        else f"message {message.arm} was the only one approved for the segment"
    )
    return (
        f"{begin} because they are in the segment {segment}, because brief {row.brief_id} is"
        f" for {whom}, and because {chosen}."
    )


def _slot(session: Session, text: Variant, names: dict[int, tuple[str, int]]) -> SlotReceipt:
    sentences = [
        SentenceOn(str(item["text"]), *(names.get(int(item.get("block_version_id") or 0)) or (None, None)))
        for item in text.sentences
    ]
    if not sentences:
        on = [names[number] for number in text.block_version_ids if number in names]
        sentences = [SentenceOn(text.text, *place) for place in on] or [SentenceOn(text.text, None, None)]
    return SlotReceipt(text.slot, text.text, _written_by(session, text), sentences)


def _written_by(session: Session, text: Variant) -> str:
    if text.origin is Origin.EDITED:
        return f"people wrote it: {text.edited_by}"
    if text.origin is not Origin.GENERATED:
        return "people wrote it: approved text, word for word"
    candidate = session.get(Candidate, text.candidate_id or 0)
    if candidate is None:
        return "a model wrote it; which one is not noted"
    return f"a model wrote it: {candidate.model}, prompt {candidate.prompt}, seed {candidate.seed}"


def _approved(session: Session, row: Publication) -> list[ApprovedBy]:
    entries = session.scalars(
        select(Decision)
        .where(
            Decision.message_id == row.message_id,
            Decision.action == Action.APPROVE,
            Decision.content_hash == row.approved_hash,
        )
        .order_by(Decision.id)
    )
    return [ApprovedBy(item.by, list(item.details.get("roles", ())), item.at) for item in entries]


def _consent(session: Session, row: Publication, purpose: str) -> Agreement | None:
    """The newest answer before it was sent, when that was a yes."""
    found = session.execute(
        select(Consent, Source.location)
        .join(Source, Source.id == Consent.source_id)
        .where(
            Consent.customer_id == row.customer_id,
            Consent.purpose == purpose,
            Consent.channel == row.channel,
            Consent.at <= (row.sent_at or row.planned_at),
        )
        .order_by(Consent.at.desc())
        .limit(1)
    ).first()
    if found is None or not found[0].granted:
        return None
    consent, location = found
    return Agreement(consent.purpose, consent.channel, consent.at, consent.wording, consent.proof, location)
