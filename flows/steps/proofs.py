"""Proofs: every approved mail of a brief to one address, before it goes to customers."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy.orm import Session

from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput, WorkFailed
from content_store.models import PublicationStatus
from flows.steps.ways import SMTP, Way, check_way
from flows.steps.workplace import Workplace
from publishing.channels import smtp
from publishing.channels.smtp_connection import connected
from publishing.opt_out import opt_out_by_mail
from publishing.planning import approved_messages
from publishing.render import Rendered, message_parts, prepare, render


def send_proofs(workplace: Workplace, brief: BriefFile, to: str) -> list[int]:
    """Every approved mail of a brief to one address, each with its fallbacks in place of a customer's data; nothing stands in the ledger.

    Gives the messages' ids; WorkFailed with the server's words when it does not take one.
    """
    check_way(workplace.settings, Way(SMTP, "mail"))
    moment = workplace.as_of(None)
    with workplace.sessions() as session:
        proofs = [
            (item.message_id, _proof(session, workplace, item.message_id, brief))
            for place, arms in approved_messages(session, brief.id, moment.date()).items()
            if place.channel == "email"
            for item in arms
        ]
    if not proofs:
        raise BadInput(
            f"no mail of {brief.id} is approved; decide on some: `surmesure review` opens the queue."
        )
    settings = workplace.settings.smtp
    smtp.trial(brief.sender, opt_out_by_mail(brief), settings, moment)
    with connected(settings) as server:
        for done, (message_id, rendered) in enumerate(proofs, 1):
            marked = rendered._replace(subject=f"[proof #{message_id}] {rendered.subject}")
            mail = smtp.build(
                marked,
                brief.sender,
                to,
                opt_out_by_mail(brief),
                f"proof.{message_id}.{uuid4()}",
                workplace.now,
                bounces_to=settings.bounce_address,
            )
            answer = smtp.send(server, smtp.sign(mail, settings))
            if answer.status is not PublicationStatus.ACCEPTED:
                raise WorkFailed(f"the proof of message {message_id} was not taken: {answer.reason}.")
            workplace.progress("publish", done, len(proofs))
    return [message_id for message_id, _ in proofs]


def _proof(session: Session, workplace: Workplace, message_id: int, brief: BriefFile) -> Rendered:
    # With the fallbacks: nobody's data goes to whoever looks at proofs.
    prepared = prepare(message_parts(session, message_id, workplace.brand))
    return render(prepared, {}, unsubscribe_url=opt_out_by_mail(brief))
