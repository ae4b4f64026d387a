"""The groups of a run's messages that are alike: compared once, since the texts that a finished run composed do not change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from threading import Lock
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.models import Message, MessageVariant, Run, RunStatus, User, Variant
from content_store.standing import composed
from review.similar import Group, Item, alike_groups

#: Of a larger run the first messages are compared; more would keep a page waiting.
MOST_MESSAGES = 2000

#: Runs of which the groups are kept.
MOST_KEPT = 100

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


class _Members(NamedTuple):
    """Which messages a run has: a finished run gets no new one, but a later run takes over those that it writes again."""

    run_id: int
    number: int
    newest: int | None


class RunGroups:
    """The groups of the runs that somebody has looked at."""

    def __init__(self) -> None:
        self._comparing = Lock()
        self._kept: dict[_Members, list[Group]] = {}

    def of_run(self, reads: Sessions, run_id: int, user: User) -> list[Group]:
        """Every group of a run, the largest first; none of another team's run, nor of one under way.

        Compared with the database closed, so that nobody waits for it with a decision.
        """
        with reads() as session:
            run = session.get(Run, run_id)
            if run is None or not user.sees(run.brief_id) or run.status is not RunStatus.FINISHED:
                return []
            members = _members(session, run_id)
        groups = self._kept.get(members)
        if groups is None:
            # Who comes second waits, and finds what the first compared.
            with self._comparing:
                groups = self._kept.get(members)
                if groups is None:
                    groups = _groups(reads, run_id)
                    self._keep(members, groups)
        return groups

    def _keep(self, members: _Members, groups: list[Group]) -> None:
        if len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[members] = groups


def composed_items(session: Session, run_id: int) -> list[Item]:
    """The texts that a run composed, ready to be compared."""
    messages = _messages(session, run_id)
    return _items(messages, _texts(session, [message.id for message in messages]))


def _groups(reads: Sessions, run_id: int) -> list[Group]:
    with reads() as session:
        items = composed_items(session, run_id)
    return alike_groups(items)


def _members(session: Session, run_id: int) -> _Members:
    query = select(func.count(), func.max(Message.id)).where(Message.run_id == run_id)
    number, newest = session.execute(query).one()
    return _Members(run_id, number, newest)


def _messages(session: Session, run_id: int) -> list[Message]:
    """All of a run, those too that are superseded or recalled: a group must not lose what was found in it."""
    query = select(Message).where(Message.run_id == run_id)
    return list(session.scalars(query.order_by(Message.id).limit(MOST_MESSAGES)))


class _Slot(NamedTuple):
    slot: str
    variant_id: int
    text: str
    block_version_ids: list[int]


def _texts(session: Session, ids: Sequence[int]) -> dict[int, list[_Slot]]:
    """What the run composed, whatever people changed since."""
    composed_first = composed(session, ids)
    rows = session.execute(
        select(MessageVariant.message_id, MessageVariant.slot, MessageVariant.variant_id)
        .where(MessageVariant.message_id.in_(ids))
        .order_by(MessageVariant.message_id, MessageVariant.position)
    )
    first = [(message, slot, composed_first.get((message, slot), variant)) for message, slot, variant in rows]
    texts = {
        variant: (text, blocks)
        for variant, text, blocks in session.execute(
            select(Variant.id, Variant.text, Variant.block_version_ids).where(
                Variant.id.in_({variant for *_, variant in first})
            )
        )
    }
    found: dict[int, list[_Slot]] = {}
    for message, slot, variant in first:
        found.setdefault(message, []).append(_Slot(slot, variant, *texts[variant]))
    return found


def _items(messages: Iterable[Message], texts: dict[int, list[_Slot]]) -> list[Item]:
    """Only messages of the same slots that stand on the same blocks and name the same numbers are compared."""
    items = []
    for message in messages:
        slots = texts.get(message.id, [])
        text = "\n".join(slot.text for slot in slots)
        kind = (
            (message.channel, message.locale, message.template_version_id),
            tuple(slot.slot for slot in slots),
            tuple(sorted({version for slot in slots for version in slot.block_version_ids})),
            tuple(sorted(_NUMBER.findall(text))),
        )
        items.append(Item(message.id, text, kind))
    return items
