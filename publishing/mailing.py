"""A delivery as mails: intents of a few at a time, each mail's answer written down, and nothing sent twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTP

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.errors import BadInput, WorkFailed
from content_store.models import Delivery, Occurrence, Publication, PublicationStatus
from content_store.settings import SmtpSettings
from publishing import deliveries
from publishing.channels import smtp
from publishing.channels.smtp import Answer
from publishing.deliveries import LEASE, Held
from publishing.intents import Outgoing, commit_intents
from publishing.opt_out import opt_out_by_mail
from publishing.worker import Worker

#: Mails between two transactions; of so many nobody knows the answer when the process is killed.
CHUNK = 10

#: After which a server that said "later" is asked again.
LATER = timedelta(minutes=5)


def mail_delivery(settings: SmtpSettings) -> Callable[[Sessions, Held, Occurrence, Worker], None]:
    """What hands a delivery to the server."""

    def hand_over(sessions: Sessions, held: Held, occurrence: Occurrence, worker: Worker) -> None:  # noqa: ARG001
        smtp.trial(worker.brief.sender, opt_out_by_mail(worker.brief), settings, worker.moment())
        with sessions.begin() as session:
            deliveries.confirm(session, held, worker.clock())
            _lose_old_intents(session, held.delivery_id)
        after = 0
        with smtp.connected(settings) as server:
            while server.sock is not None and (last := _last_of_chunk(sessions, held, after)):
                outgoing = _intend(sessions, held, worker, after)
                _mail(sessions, server, outgoing, worker, settings)
                after = last
        with sessions.begin() as session:
            # From here on nobody puts anything back into it.
            deliveries.confirm(session, held, worker.clock())
            if _waiting(session, held.delivery_id):
                deliveries.postpone(session, held, worker.clock() + LATER)
            else:
                deliveries.finish(session, held, worker.moment(), file=None, sha256=None)

    return hand_over


def _last_of_chunk(sessions: Sessions, held: Held, after: int) -> int | None:
    """The last id of the next few that wait; None when none does."""
    chunk = (
        select(Publication.id)
        .where(
            Publication.delivery_id == held.delivery_id,
            Publication.status == PublicationStatus.PLANNED,
            Publication.id > after,
        )
        .order_by(Publication.id)
        .limit(CHUNK)
        .subquery()
    )
    with sessions() as session:
        last: int | None = session.scalar(select(func.max(chunk.c.id)))
    return last


def _intend(sessions: Sessions, held: Held, worker: Worker, after: int) -> list[Outgoing]:
    with sessions.begin() as session:
        deliveries.confirm(session, held, worker.clock())
        delivery = session.get_one(Delivery, held.delivery_id)
        return commit_intents(
            session,
            delivery,
            worker,
            after=after,
            most=CHUNK,
        )


def _mail(
    sessions: Sessions,
    server: SMTP,
    outgoing: list[Outgoing],
    worker: Worker,
    settings: SmtpSettings,
) -> None:
    """Send them in turn. Whatever interrupts it, only the mail on its way stays an intent: what was not tried waits."""
    begun, answers = worker.clock(), dict[int, Answer]()
    waiting = [item.publication.id for item in outgoing]
    try:
        for item in outgoing:
            # A server that takes its time must not outlast the lease.
            if server.sock is None or worker.clock() - begun > LEASE / 2:
                break
            waiting.remove(item.publication.id)
            try:
                answers[item.publication.id] = _sent(server, item, worker, settings)
            except WorkFailed:
                waiting.append(item.publication.id)
                raise
    finally:
        answers |= dict.fromkeys(waiting, Answer(PublicationStatus.PLANNED))
        _settle(sessions, worker, answers)


def _sent(server: SMTP, item: Outgoing, worker: Worker, settings: SmtpSettings) -> Answer:
    row = item.publication
    # Nobody can guess the name of another's mail.
    name = f"{row.id}.{item.rendered.rendered_hash[:24]}"
    try:
        mail = smtp.build(
            item.rendered, worker.brief.sender, item.address, worker.opt_out(row), name, worker.moment()
        )
    except BadInput as error:
        return Answer(PublicationStatus.REJECTED, str(error))
    return smtp.send(server, smtp.sign(mail, settings))


def _settle(sessions: Sessions, worker: Worker, answers: dict[int, Answer]) -> None:
    """An answer is written down whoever holds the delivery by now; what was not tried waits, unless another took it over."""
    intent = (PublicationStatus.INTENT,)
    with sessions.begin() as session:
        for number, answer in answers.items():
            given = answer.status is not PublicationStatus.PLANNED
            sent_at = worker.moment() if answer.status is PublicationStatus.ACCEPTED else None
            session.execute(
                update(Publication)
                .where(
                    Publication.id == number,
                    Publication.status.in_((*intent, PublicationStatus.UNKNOWN) if given else intent),
                )
                .values(status=answer.status, reason=answer.reason, sent_at=sent_at),
                execution_options={"synchronize_session": False},
            )


def _lose_old_intents(session: Session, delivery_id: int) -> None:
    """What a worker was about to send when it died: it may have been sent, so it is never sent again by itself."""
    session.execute(
        update(Publication)
        .where(Publication.delivery_id == delivery_id, Publication.status == PublicationStatus.INTENT)
        .values(
            status=PublicationStatus.UNKNOWN,
            reason="the worker stopped before the answer; look in the server's log",
        ),
        execution_options={"synchronize_session": False},
    )


def _waiting(session: Session, delivery_id: int) -> int:
    query = select(func.count()).where(
        Publication.delivery_id == delivery_id, Publication.status == PublicationStatus.PLANNED
    )
    return session.scalar(query) or 0
