"""A database of two teams on the same blocks, in which nearly every action finds something that it may be done to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import recall
from content_store.models import (
    BlockStatus,
    Decision,
    Message,
    MessageVariant,
    Publication,
    ReviewStatus,
    RunRequest,
    Schedule,
    User,
    Variant,
)
from tests.factories import (
    make_block_version,
    make_brief,
    make_message,
    make_publication,
    make_run,
    make_variant,
    person,
)
from tests.review.api.conftest import NOW

OURS, THEIRS = "our-brief", "brief-of-others"
#: Stands in every text, reason and customer of the other team.
THEIR_WORD = "Zanzibar"


def add_two_teams(session: Session, blocks: int) -> None:
    """Blocks with an approved version, one that waits and one that was recalled, and messages of both teams on them."""
    rita: User = person(session, "rita")
    person(session, "ben", briefs=[OURS])
    for brief in (OURS, THEIRS):
        make_brief(session, id=brief)
        session.add(
            Schedule(
                brief_id=brief,
                cron="0 6 * * *",
                time_zone="UTC",
                paused=False,
                changed_by="rita",
                changed_at=NOW,
            )
        )
    for number in range(blocks):
        block = f"block-of-both-{number}"
        used, _, gone = (
            make_block_version(session, block_id=block, number=place, status=status).id
            for place, status in enumerate(
                (BlockStatus.APPROVED, BlockStatus.DRAFT, BlockStatus.DRAFT), start=1
            )
        )
        for _ in range(2):
            _add_message(session, OURS, "Coffee", used)
        _add_message(session, OURS, "Coffee", used, approved=True)
        _add_message(session, OURS, "Coffee", gone)
        for version in (used, gone):
            make_publication(
                session,
                _add_message(session, THEIRS, THEIR_WORD, version),
                customer_id=f"{THEIR_WORD}-{version}",
            )
        recall.recall(session, gone, by=rita, at=NOW, reason="the price was wrong")


def their_rows(session: Session) -> list[list[Any]]:
    """All that the database holds of the other team's brief."""
    tables = [model.__table__ for model in (Message, Variant, Publication, RunRequest)]
    queries = [select(table).where(table.c.brief_id == THEIRS).order_by(table.c.id) for table in tables]
    standing = (
        select(MessageVariant.message_id, MessageVariant.slot, MessageVariant.variant_id)
        .join(Message, Message.id == MessageVariant.message_id)
        .where(Message.brief_id == THEIRS)
        .order_by(MessageVariant.message_id, MessageVariant.position)
    )
    return [list(session.execute(query).all()) for query in (*queries, standing)]


def last_entry(session: Session) -> int:
    """The id of the newest entry of the decision log."""
    return session.scalar(select(func.max(Decision.id))) or 0


def _add_message(session: Session, brief: str, word: str, version: int, *, approved: bool = False) -> Message:
    """A message with an alternative of its subject."""
    run = make_run(session, brief_id=brief, reason=f"{word} run")
    message = make_message(
        session,
        run=run,
        slots={"subject": f"{word} is on.", "opening": f"{word} comes in bags."},
        block_version_ids=[version],
        status=ReviewStatus.APPROVED if approved else ReviewStatus.PENDING,
    )
    if approved:
        message.approved_hash = message.content_hash
    for text in (f"{word}, dark.", f"{word}, warm."):
        make_variant(session, run, segment_id=message.segment_id, text=text, block_version_ids=[version])
    session.flush()
    return message
