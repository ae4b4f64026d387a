"""What people sent back or rejected: texts that a later run does not choose again at their place."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from content_store.models import Action, Decision, Message, MessageVariant, ReviewStatus, Variant
from flows.steps.jobs import Job

REFUSED = (ReviewStatus.SENT_BACK, ReviewStatus.REJECTED)


class Refusals(NamedTuple):
    """The refused texts and messages of a brief, by their places."""

    #: (segment, channel, locale, theme, slot) -> texts
    texts: dict[tuple[int, str, str, str, str], set[str]]
    #: (segment, channel, locale, content hash)
    messages: set[tuple[int, str, str, str]]

    def of(self, job: Job) -> set[str]:
        """The texts that were refused where this job writes."""
        return self.texts.get((job.segment_id, job.channel, job.locale, job.theme, job.slot), set())

    def has(self, message: Message) -> bool:
        """Whether just this message was refused."""
        place = (message.segment_id, message.channel, message.locale)
        return (*place, message.content_hash) in self.messages


def read_refusals(session: Session, brief_id: str) -> Refusals:
    """Everything of a brief that stands refused, or was superseded after it was sent back.

    A refusal that was taken back counts no more. The texts that people had replaced before they refused the message are
    refused with it.
    """
    written_again = select(Decision.message_id).where(
        Decision.action == Action.SUPERSEDE, Decision.from_status == ReviewStatus.SENT_BACK
    )
    refused = (
        Message.brief_id == brief_id,
        or_(Message.status.in_(REFUSED), Message.id.in_(written_again)),
    )
    ids = select(Message.id).where(*refused)
    replaced = session.scalars(
        select(Decision.details).where(
            Decision.message_id.in_(ids), Decision.action.in_([Action.EDIT, Action.SWAP])
        )
    )
    standing = select(MessageVariant.variant_id).where(MessageVariant.message_id.in_(ids))
    numbers = {*session.scalars(standing), *(details["from_variant"] for details in replaced)}
    texts: dict[tuple[int, str, str, str, str], set[str]] = {}
    for segment, channel, locale, theme, slot, text in session.execute(
        select(
            Variant.segment_id, Variant.channel, Variant.locale, Variant.theme, Variant.slot, Variant.text
        ).where(Variant.id.in_(numbers))
    ):
        texts.setdefault((segment, channel, locale, theme, slot), set()).add(text)
    messages = session.execute(
        select(Message.segment_id, Message.channel, Message.locale, Message.content_hash).where(*refused)
    )
    return Refusals(
        texts, {(segment, channel, locale, hashed) for segment, channel, locale, hashed in messages}
    )
