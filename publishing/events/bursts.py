"""Bursts of clicks that others tell of: looked at with all that is in the inbox, so that the order of batches does not matter."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import InboxItem, OutcomeKind, Publication
from content_store.models.measurement import OUTCOME
from publishing.clicks.bots import BURST, Seen, flag


def hold(session: Session, publication_ids: Collection[int]) -> None:
    """Of two batches with clicks of the same publication the second waits here, so that one of them sees them all."""
    rows = select(Publication.id).where(Publication.id.in_(publication_ids)).order_by(Publication.id)
    session.execute(rows.with_for_update(key_share=True))


def mark(session: Session, publication_ids: Collection[int]) -> None:
    """Flag the clicks of each second in which there are too many; those in the lake stay as they are."""
    seconds = defaultdict(list)
    rows = select(InboxItem).where(InboxItem.publication_id.in_(publication_ids), InboxItem.kind == OUTCOME)
    for item in session.scalars(rows.order_by(InboxItem.id)):
        if item.body.get("outcome") == OutcomeKind.CLICKED:
            at = datetime.fromisoformat(item.body["at"]).replace(microsecond=0)
            seconds[item.publication_id, at].append(item)
    for items in seconds.values():
        if flag(Seen(in_a_second=len(items))) == BURST:
            for item in items:
                if "flag" not in item.body and item.taken_at is None:
                    item.body = {**item.body, "flag": BURST}
    session.flush()
