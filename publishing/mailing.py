"""A delivery as mails: intents of a few at a time, each mail's answer written down, and nothing sent twice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from itertools import islice
from smtplib import SMTP
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.models import (
    Customer,
    Delivery,
    Occurrence,
    Publication,
    PublicationStatus,
)
from content_store.sending_settings import SmtpSettings
from publishing import deliveries
from publishing.answers import lose_intents, waiting
from publishing.channels import smtp
from publishing.channels.smtp_connection import kept
from publishing.deliveries import Held
from publishing.delivering import HandOver
from publishing.domain_limits import DomainLimits
from publishing.intents import Outgoing, commit_intents
from publishing.mail_chunks import mail_chunk
from publishing.opt_out import opt_out_by_mail
from publishing.quiet_hours import first_end
from publishing.worker import Worker

#: Mails between two transactions; of so many nobody knows the answer when the process is killed.
CHUNK = 10

#: Connections in a row on which nothing was taken before the server is left alone for a while; of one, the mail may be
#: to blame.
_LOST_IN_A_ROW = 2

#: Domains at their limit that one query leaves out; SQLite takes no statement that is much longer. Mails to others are
#: held back one by one.
_MOST_SKIPPED = 100

#: What a delivery may wait for.
_SERVER = "the mail server did not take some mails yet"


class _Pass(NamedTuple):
    """What became of a delivery's mails, each having had its turn."""

    #: whether the server decided on one of them
    taken: bool
    #: whether it did not on another
    later: bool


@contextmanager
def mail_delivery(settings: SmtpSettings) -> Iterator[HandOver]:
    """What hands deliveries to the server, on one connection as long as it lasts."""
    limits = DomainLimits(settings.per_minute, settings.per_minute_elsewhere)
    with kept(settings) as ready:

        def hand_over(sessions: Sessions, held: Held, occurrence: Occurrence, worker: Worker) -> None:  # noqa: ARG001
            smtp.trial(worker.brief.sender, opt_out_by_mail(worker.brief), settings, worker.moment())
            with sessions.begin() as session:
                deliveries.confirm(session, held, worker.clock())
                lose_intents(
                    session,
                    held.delivery_id,
                    "the worker stopped before the answer; look in the server's log",
                )
            done = _mail_all(sessions, held, worker, settings, ready, limits)
            with sessions.begin() as session:
                # From here on nobody puts anything back into it.
                deliveries.confirm(session, held, worker.clock())
                _end(session, held, worker, limits, done)

        yield hand_over


def _mail_all(
    sessions: Sessions,
    held: Held,
    worker: Worker,
    settings: SmtpSettings,
    ready: Callable[[], SMTP],
    limits: DomainLimits,
) -> _Pass:
    """Send what waits, chunk by chunk.

    A server that hangs up is called again at once, as many take only so many mails on one connection; but not after a
    lost answer, which could go on until all of them are in doubt.
    """
    after, lost, taken, later, on_this = 0, 0, False, False, False
    server = ready()
    while ids := _next(sessions, held, after, limits.full(worker.clock())):
        if server.sock is None:
            server, on_this = ready(), False
        outgoing = _intend(sessions, held, worker, ids)
        chunk = mail_chunk(sessions, held, server, outgoing, worker, settings, limits)
        on_this, taken, later = on_this or chunk.taken, taken or chunk.taken, later or chunk.later
        last = ids[-1] if chunk.whole or not chunk.answers else next(reversed(chunk.answers))
        if server.sock is None:
            lost = 0 if on_this else lost + 1
            if chunk.in_doubt or lost == _LOST_IN_A_ROW:
                return _Pass(taken, later=True)
            if on_this and chunk.answers[last].status is PublicationStatus.PLANNED:
                # The connection was at its end; that says nothing of this mail.
                last -= 1
        after = last
    return _Pass(taken, later)


def _end(session: Session, held: Held, worker: Worker, limits: DomainLimits, done: _Pass) -> None:
    """Done, or taken up again when the server, a limit or the night allows it."""
    now = worker.clock()
    if not waiting(session, held.delivery_id, [PublicationStatus.PLANNED]):
        deliveries.finish(session, held, worker.moment(), file=None, sha256=None)
    elif done.later:
        deliveries.back_off(session, held, now, _SERVER, taken=done.taken)
    else:
        waits = [
            (until, f"as many mails as a minute allows went to {domain}")
            for domain, until in limits.full(now).items()
        ]
        morning = first_end(session, held.delivery_id, worker.brief, now)
        if morning is not None:
            waits.append((morning, deliveries.NIGHT))
        until, waits_for = min(waits, default=(now + deliveries.LATER, None))
        deliveries.postpone(session, held, until, waits_for)


def _next(sessions: Sessions, held: Held, after: int, full: Collection[str]) -> list[int]:
    """The ids of the next few that wait, without those to domains that get nothing now."""
    query = (
        select(Publication.id)
        .where(
            Publication.delivery_id == held.delivery_id,
            Publication.status == PublicationStatus.PLANNED,
            Publication.id > after,
        )
        .order_by(Publication.id)
        .limit(CHUNK)
    )
    if full:
        address = func.lower(func.coalesce(Customer.email, ""))
        query = query.outerjoin(Customer, Customer.id == Publication.customer_id).where(
            *(~address.endswith(f"@{domain}", autoescape=True) for domain in islice(full, _MOST_SKIPPED))
        )
    with sessions() as session:
        return list(session.scalars(query))


def _intend(sessions: Sessions, held: Held, worker: Worker, ids: list[int]) -> list[Outgoing]:
    with sessions.begin() as session:
        deliveries.confirm(session, held, worker.clock())
        delivery = session.get_one(Delivery, held.delivery_id)
        return commit_intents(session, delivery, worker, only=ids, at_once=True)
