"""A delivery as text messages or push notifications: each answer written down, and nothing sent twice."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from content_store.database import Sessions
from content_store.errors import WorkFailed
from content_store.models import Delivery, Occurrence, Publication, PublicationStatus
from content_store.sending_settings import AppriseSettings
from publishing import deliveries
from publishing.answers import Answer, lose_intents, put_back, settle, waiting
from publishing.channels import apprise
from publishing.deliveries import LEASE, Held
from publishing.intents import Outgoing, commit_intents
from publishing.quiet_hours import all_asleep_until
from publishing.worker import Worker

#: Texts between two transactions; of so many nobody knows the answer when the process is killed.
CHUNK = 10

#: When so many in a row fail, it is the gateway and not the customers.
MOST_FAILURES = 3


def notify_delivery(settings: AppriseSettings) -> Callable[[Sessions, Held, Occurrence, Worker], None]:
    """What hands a delivery to the gateway. WorkFailed when several in a row fail; the others stay planned."""
    url = settings.url.get_secret_value() if settings.url else ""
    apprise.check(url)

    def hand_over(sessions: Sessions, held: Held, occurrence: Occurrence, worker: Worker) -> None:  # noqa: ARG001
        with sessions.begin() as session:
            deliveries.confirm(session, held, worker.clock())
            lose_intents(
                session, held.delivery_id, "the worker stopped before the answer; look in the gateway's log"
            )
        failures = after = 0
        while ids := _next(sessions, held, after):
            failures = _notify(sessions, held, worker, _intend(sessions, held, worker, ids), url, failures)
            after = ids[-1]
            if failures >= MOST_FAILURES:
                raise WorkFailed(
                    f"the gateway of SURMESURE_APPRISE__URL did not take the last {failures}, which are now unknown;"
                    " put that right and publish again: it goes on with the others."
                )
        with sessions.begin() as session:
            # From here on nobody puts anything back into it.
            deliveries.confirm(session, held, worker.clock())
            if not waiting(session, held.delivery_id, [PublicationStatus.PLANNED]):
                deliveries.finish(session, held, worker.moment(), file=None, sha256=None)
                return
            now = worker.clock()
            morning = all_asleep_until(session, held.delivery_id, worker.brief, now)
            # What there was no time for goes out at once.
            deliveries.postpone(session, held, morning or now, deliveries.NIGHT if morning else None)

    return hand_over


def _next(sessions: Sessions, held: Held, after: int) -> list[int]:
    """The ids of the next few that wait."""
    with sessions() as session:
        return list(
            session.scalars(
                select(Publication.id)
                .where(
                    Publication.delivery_id == held.delivery_id,
                    Publication.status == PublicationStatus.PLANNED,
                    Publication.id > after,
                )
                .order_by(Publication.id)
                .limit(CHUNK)
            )
        )


def _intend(sessions: Sessions, held: Held, worker: Worker, ids: list[int]) -> list[Outgoing]:
    with sessions.begin() as session:
        deliveries.confirm(session, held, worker.clock())
        delivery = session.get_one(Delivery, held.delivery_id)
        return commit_intents(session, delivery, worker, only=ids, at_once=True)


def _notify(
    sessions: Sessions, held: Held, worker: Worker, outgoing: list[Outgoing], url: str, failures: int
) -> int:
    """Send them in turn, and write the answers down whatever interrupts it; how many in a row failed by now."""
    begun = worker.clock()
    answers = {item.publication.id: Answer(PublicationStatus.PLANNED) for item in outgoing}
    try:
        for item in outgoing:
            # A gateway that takes its time must not outlast the lease.
            if failures >= MOST_FAILURES or worker.clock() - begun > LEASE / 2:
                break
            number = item.publication.id
            answers[number] = Answer(PublicationStatus.INTENT)
            answers[number] = apprise.send(url, item.rendered.channel, item.address, item.rendered.text)
            failures = failures + 1 if answers[number].status is PublicationStatus.UNKNOWN else 0
    finally:
        with sessions.begin() as session:
            settle(session, answers, worker.moment())
        with sessions.begin() as session:
            deliveries.confirm(session, held, worker.clock())
            put_back(session, answers)
    return failures
