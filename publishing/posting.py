"""A delivery as webhooks: several requests at a time, and what got no answer goes out again under the same id."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import NamedTuple

import httpcore
import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.database import Sessions, insert_into
from content_store.errors import WorkFailed
from content_store.models import Delivery, DisabledDestination, Occurrence, Publication, PublicationStatus
from content_store.sending_settings import WebhookSettings
from publishing import deliveries
from publishing.answers import Answer, put_back, settle, waiting
from publishing.channels import webhook
from publishing.channels.webhook import Post, Posted
from publishing.deliveries import LEASE, Held
from publishing.intents import commit_intents
from publishing.outbound import target
from publishing.quiet_hours import all_asleep_until
from publishing.worker import Worker

#: Requests between two transactions.
CHUNK = 100

#: The first pause when the receiver takes nothing, and the longest, whatever it asks for.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)

#: What a delivery may wait for, beside the night.
_RECEIVER = "the receiver did not take some requests yet"

#: Receivers know a publication by its id, so an intent of before is sent again.
_OPEN = (PublicationStatus.PLANNED, PublicationStatus.INTENT)


class Chunk(NamedTuple):
    """What goes out between two transactions."""

    last: int
    #: publication -> its request
    posts: dict[int, Post]
    #: those that were sent before, and may have arrived
    again: frozenset[int]


def post_delivery(settings: WebhookSettings) -> Callable[[Sessions, Held, Occurrence, Worker], None]:
    """What hands a delivery to the receiver. WorkFailed when it wants nothing from us, and then all of it stays as it is."""
    url = target(settings.url or "", settings.allow)

    def hand_over(sessions: Sessions, held: Held, occurrence: Occurrence, worker: Worker) -> None:  # noqa: ARG001
        after, taken, pause = 0, False, None
        with asyncio.Runner() as runner:
            pool = webhook.connections(settings)
            try:
                while pause is None and (chunk := _intend(sessions, held, worker, url, after)):
                    posted = _post(sessions, held, worker, chunk, runner, pool, url, settings)
                    # What there was no time for comes first in the next chunk.
                    whole = not posted or len(posted) == len(chunk.posts)
                    after, pause = chunk.last if whole else max(posted), _pause(posted.values())
                    taken |= any(item.answer.status is PublicationStatus.ACCEPTED for item in posted.values())
            finally:
                runner.run(pool.aclose())
        with sessions.begin() as session:
            # From here on nobody puts anything back into it.
            deliveries.confirm(session, held, worker.clock())
            if not waiting(session, held.delivery_id, _OPEN):
                deliveries.finish(session, held, worker.moment(), file=None, sha256=None)
                return
            morning = all_asleep_until(session, held.delivery_id, worker.brief, worker.clock())
            lost = waiting(session, held.delivery_id, [PublicationStatus.INTENT])
            if pause is None and morning is not None and not lost:
                deliveries.postpone(session, held, morning, deliveries.NIGHT)
                return
            attempts = 1 if taken else session.get_one(Delivery, held.delivery_id).attempts + 1
            until = worker.clock() + pause_before(attempts, pause or timedelta(0))
            deliveries.postpone(session, held, until, _RECEIVER, attempts=attempts)

    return hand_over


def pause_before(attempts: int, asked: timedelta) -> timedelta:
    """How long to wait after so many failures in a row: twice as long each time, spread out, at least what was asked."""
    longest = min(FIRST_PAUSE * (1 << min(attempts - 1, 10)), LONGEST_PAUSE)
    return min(max(longest * random.uniform(0.5, 1), asked), LONGEST_PAUSE)


def disabled_name(url: str) -> str:
    """What a receiver is called in the list of those that want nothing any more; its path may hold a secret."""
    return f"{httpx.URL(url).host[:100]} {hashlib.sha256(url.encode()).hexdigest()[:16]}"


def _intend(sessions: Sessions, held: Held, worker: Worker, url: httpx.URL, after: int) -> Chunk | None:
    """The next few, each asked about once more; None when there are none."""
    with sessions.begin() as session:
        deliveries.confirm(session, held, worker.clock())
        if found := session.get(DisabledDestination, disabled_name(str(url))):
            raise _gone(url, found.reason)
        rows = session.execute(
            select(Publication.id, Publication.status)
            .where(
                Publication.delivery_id == held.delivery_id,
                Publication.status.in_(_OPEN),
                Publication.id > after,
            )
            .order_by(Publication.id)
            .limit(CHUNK)
        ).all()
        if not rows:
            return None
        outgoing = commit_intents(
            session,
            session.get_one(Delivery, held.delivery_id),
            worker,
            of=_OPEN,
            only=[row.id for row in rows],
            may_have_arrived=True,
            at_once=True,
        )
        return Chunk(
            last=rows[-1].id,
            posts={item.publication.id: webhook.build(item, worker.suppression_key) for item in outgoing},
            again=frozenset(row.id for row in rows if row.status is PublicationStatus.INTENT),
        )


def _post(
    sessions: Sessions,
    held: Held,
    worker: Worker,
    chunk: Chunk,
    runner: asyncio.Runner,
    pool: httpcore.AsyncConnectionPool,
    url: httpx.URL,
    settings: WebhookSettings,
) -> dict[int, Posted]:
    """Send them and write the answers down, whatever interrupts it; WorkFailed when the receiver refuses all of them."""
    posted: dict[int, Posted] = {}
    try:
        runner.run(_post_all(chunk.posts, posted, worker, pool, url, settings))
    finally:
        _settle(sessions, held, worker, chunk, posted, url)
    for item in posted.values():
        if item.gone:
            raise _gone(url, item.refusal or "")
        if item.refusal:
            raise WorkFailed(
                f"nothing more goes to the webhook at {url.host}: {item.refusal} Put that right and publish again: it goes"
                " on from there."
            )
    return posted


async def _post_all(
    posts: dict[int, Post],
    posted: dict[int, Posted],
    worker: Worker,
    pool: httpcore.AsyncConnectionPool,
    url: httpx.URL,
    settings: WebhookSettings,
) -> None:
    """As many at a time as there are connections, in turn, until all are sent or the receiver wants a pause."""
    loop = asyncio.get_running_loop()
    begun, first = worker.clock(), loop.time()
    waiting_ones = enumerate(posts.items())

    async def lane() -> None:
        for place, (number, post) in waiting_ones:
            turn = place / settings.per_second if settings.per_second else 0
            if turn > LEASE.total_seconds() / 2:
                return
            await asyncio.sleep(first + turn - loop.time())
            # A receiver that takes its time must not outlast the lease.
            if worker.clock() - begun > LEASE / 2 or any(_stops(item) for item in posted.values()):
                return
            posted[number] = Posted(Answer(PublicationStatus.INTENT, "it was stopped before the answer"))
            posted[number] = await webhook.send(pool, url, post, settings, worker.clock())

    async with asyncio.TaskGroup() as lanes:
        for _ in range(settings.connections):
            lanes.create_task(lane())


def _stops(item: Posted) -> bool:
    return item.refusal is not None or item.pause is not None


def _pause(posted: Collection[Posted]) -> timedelta | None:
    """How long to leave the receiver alone: what it asked for, or anything when nothing of a chunk got an answer."""
    asked = [item.pause for item in posted if item.pause is not None]
    if asked:
        return max(asked)
    shut = posted and all(item.answer.status in _OPEN for item in posted)
    return timedelta(0) if shut else None


def _settle(
    sessions: Sessions, held: Held, worker: Worker, chunk: Chunk, posted: dict[int, Posted], url: httpx.URL
) -> None:
    with sessions.begin() as session:
        settle(session, {number: item.answer for number, item in posted.items()}, worker.moment())
        for item in posted.values():
            if item.gone:
                _disable(session, url, worker, item.refusal or "")
    untouched = {number: Answer(PublicationStatus.PLANNED) for number in chunk.posts}
    answers = untouched | {number: item.answer for number, item in posted.items()}
    with sessions.begin() as session:
        deliveries.confirm(session, held, worker.clock())
        put_back(session, {number: answer for number, answer in answers.items() if number not in chunk.again})


def _gone(url: httpx.URL, reason: str) -> WorkFailed:
    return WorkFailed(
        f"{url.host} wants nothing any more: {reason} Nothing is sent there until you publish with --reopen."
    )


def _disable(session: Session, url: httpx.URL, worker: Worker, reason: str) -> None:
    insert = insert_into(session, DisabledDestination)
    values = {"name": disabled_name(str(url)), "disabled_at": worker.clock(), "reason": reason}
    session.execute(insert.on_conflict_do_nothing(index_elements=["name"]), values)
