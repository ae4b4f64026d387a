"""A few mails in one go: sent in turn, each answer written down, whatever interrupts it."""

from __future__ import annotations

from smtplib import SMTP
from typing import NamedTuple

from content_store import suppressions
from content_store.database import Sessions
from content_store.errors import BadInput, WorkFailed
from content_store.models import PublicationStatus, SuppressionReason
from content_store.sending_settings import SmtpSettings
from publishing import deliveries
from publishing.answers import Answer, put_back, settle
from publishing.channels import smtp
from publishing.deliveries import LEASE, Held
from publishing.domain_limits import DomainLimits
from publishing.intents import Outgoing
from publishing.message_names import message_name
from publishing.worker import Worker


class Chunk(NamedTuple):
    """What became of a few mails."""

    #: publication's id -> answer, in the order of sending
    answers: dict[int, Answer]
    #: whether all of them had their turn, on a connection that holds
    whole: bool

    @property
    def taken(self) -> bool:
        """Whether the server decided on one of them."""
        return self._has(PublicationStatus.ACCEPTED, PublicationStatus.REJECTED)

    @property
    def later(self) -> bool:
        """Whether it wants one of them later."""
        return self._has(PublicationStatus.PLANNED)

    @property
    def in_doubt(self) -> bool:
        """Whether the answer to one of them was lost."""
        return self._has(PublicationStatus.UNKNOWN)

    def _has(self, *statuses: PublicationStatus) -> bool:
        return any(answer.status in statuses for answer in self.answers.values())


def mail_chunk(
    sessions: Sessions,
    held: Held,
    server: SMTP,
    outgoing: list[Outgoing],
    worker: Worker,
    settings: SmtpSettings,
    limits: DomainLimits,
) -> Chunk:
    """Send them in turn. Whatever interrupts it, only the mail on its way stays an intent: what was not tried waits."""
    begun, answers = worker.clock(), dict[int, Answer]()
    waiting = {item.publication.id: item for item in outgoing}
    nobody_at: dict[int, str] = {}
    whole = True
    try:
        for number, item in list(waiting.items()):
            # A server that takes its time must not outlast the lease.
            if server.sock is None or worker.clock() - begun > LEASE / 2:
                whole = False
                break
            if not limits.admit(item.address, worker.clock()):
                continue
            del waiting[number]
            try:
                answers[number] = _sent(server, item, worker, settings)
            except WorkFailed:
                waiting[number] = item
                raise
            if answers[number].no_such_address:
                nobody_at[number] = item.address
    finally:
        untried = dict.fromkeys(waiting, Answer(PublicationStatus.PLANNED))
        _settle(sessions, held, worker, answers | untried, nobody_at)
    return Chunk(answers, whole and server.sock is not None)


def _sent(server: SMTP, item: Outgoing, worker: Worker, settings: SmtpSettings) -> Answer:
    row = item.publication
    try:
        mail = smtp.build(
            item.rendered,
            worker.brief.sender,
            item.address,
            worker.opt_out(row),
            message_name(row.id, item.rendered.rendered_hash),
            worker.moment(),
            bounces_to=settings.bounce_address,
        )
    except BadInput as error:
        return Answer(PublicationStatus.REJECTED, str(error))
    return smtp.send(server, smtp.sign(mail, settings))


def _settle(
    sessions: Sessions, held: Held, worker: Worker, answers: dict[int, Answer], nobody_at: dict[int, str]
) -> None:
    """An answer is written down whoever holds the delivery by now; what was not tried waits, unless another took it over."""
    with sessions.begin() as session:
        settle(session, answers, worker.moment())
        hashes = {
            suppressions.of_address(worker.suppression_key, address): number
            for number, address in nobody_at.items()
        }
        # In one order, so that two workers who learn the same do not wait for each other both.
        for key_hash, number in sorted(hashes.items()):
            suppressions.suppress(
                session,
                key_hash,
                "email",
                SuppressionReason.BOUNCED,
                at=worker.moment(),
                proof=f"the mail server's answer to publication {number}",
            )
    with sessions.begin() as session:
        deliveries.confirm(session, held, worker.clock())
        put_back(session, answers)
