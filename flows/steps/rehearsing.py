"""A dry run: an occurrence is planned and looked at as if it went out, portion by portion, and every portion is taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput, WorkFailed
from content_store.models import (
    Delivery,
    Message,
    Occurrence,
    Publication,
    PublicationStatus,
    SegmentSnapshot,
)
from flows.steps.audiences import members
from flows.steps.occurrences import ask, segments_of
from flows.steps.publishing import worker_of
from flows.steps.ways import WEBHOOK, Way
from flows.steps.workplace import Workplace
from publishing.channels import smtp
from publishing.intents import Outgoing, commit_intents
from publishing.opt_out import PATH, opt_out_by_mail
from publishing.planning import PORTION, Member, Messages, approved_messages, plan_portion
from publishing.worker import Worker


class Findings:
    """What a dry run saw so far: counts, and which messages have their sample."""

    def __init__(self) -> None:
        #: channel, message -> how many would get it
        self.out: Counter[tuple[str, int]] = Counter()
        #: channel, status, reason -> how many get nothing now
        self.others: Counter[tuple[str, PublicationStatus, str | None]] = Counter()
        self.left_out: Counter[str] = Counter()
        self.sampled: set[int] = set()


def rehearse(
    workplace: Workplace, brief: BriefFile, way: Way, at: datetime | None = None, samples: Path | None = None
) -> dict[str, Any]:
    """What `publish` would do now, as counts; the database stays as it is, and nothing is sent.

    With `samples` the first of each message is written to that folder as the customer would get it, but for the
    unsubscribe link, which leads nowhere.
    """
    asked = ask(workplace, brief, way, at)
    worker = worker_of(workplace, brief)._replace(
        mark=lambda _: None,
        opt_out=lambda _: _dead_link(workplace, brief),
        # Whoever opens a sample must not count as the customer.
        landing=lambda _, page: page,
        pixel=None,
    )
    seen, occurrence = Findings(), asked.occurrence
    with workplace.sessions() as session:
        messages = approved_messages(session, brief.id, asked.moment.date())
        named = segments_of(session, occurrence.segmentation_id, brief.audience)
    folder = workplace.settings.membership_folder(occurrence.segmentation_id)
    with members(folder, brief.audience, named) as found:
        total = -(-found.size // PORTION)
        for number, portion in enumerate(found.portions(PORTION), 1):
            # Never committed. All channels together, because a cap counts what went out on another one.
            with workplace.sessions() as session:
                own = _own(session, occurrence)
                for channel in asked.channels:
                    outgoing = _portion(
                        session,
                        own,
                        channel,
                        number,
                        portion,
                        messages,
                        worker,
                        asked.moment,
                        workplace,
                        seen,
                    )
                    if samples is not None:
                        _write_samples(samples, outgoing, worker, seen)
            workplace.progress("plan", number, total)
    return _told(workplace, occurrence, seen)


def _own(session: Session, occurrence: Occurrence) -> Occurrence:
    """The occurrence in this transaction; one that is not begun is begun in it."""
    if occurrence.id is not None:
        return session.get_one(Occurrence, occurrence.id)
    fields = ("brief_id", "at", "purpose", "audience", "segmentation_id", "destination", "form")
    new = Occurrence(**{name: getattr(occurrence, name) for name in fields})
    session.add(new)
    session.flush()
    return new


def _portion(
    session: Session,
    occurrence: Occurrence,
    channel: str,
    number: int,
    portion: list[Member],
    messages: Messages,
    worker: Worker,
    moment: datetime,
    workplace: Workplace,
    seen: Findings,
) -> list[Outgoing]:
    """What would go out of one portion on a channel; the rest is counted with its reason."""
    if occurrence.planned_at is None:
        left_out = plan_portion(
            session, occurrence, channel, number, portion, messages, worker.brief, workplace.brand, moment
        )
        seen.left_out.update(left_out or {})
    delivery = session.scalars(
        select(Delivery).where(
            Delivery.occurrence_id == occurrence.id, Delivery.channel == channel, Delivery.number == number
        )
    ).first()
    if delivery is None:
        return []
    way = Way(occurrence.destination, occurrence.form)
    outgoing = (
        []
        if delivery.done_at
        else commit_intents(
            session,
            delivery,
            worker,
            of=way.open_statuses,
            may_have_arrived=way.destination == WEBHOOK,
            at_once=not way.is_folder,
        )
    )
    seen.out.update((channel, item.publication.message_id) for item in outgoing)
    rows = session.execute(
        select(Publication.status, Publication.reason, func.count())
        .where(
            Publication.delivery_id == delivery.id,
            Publication.id.not_in([item.publication.id for item in outgoing]),
        )
        .group_by(Publication.status, Publication.reason)
    )
    for status, reason, size in rows:
        seen.others[channel, status, reason] += size
    return outgoing


def _write_samples(folder: Path, outgoing: Iterable[Outgoing], worker: Worker, seen: Findings) -> None:
    """The first of each message that has none yet; a customer whose address is none gives no sample."""
    for item in outgoing:
        message_id = item.publication.message_id
        if message_id in seen.sampled:
            continue
        try:
            parts = _parts(item, worker)
        except BadInput:
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for suffix, content in parts.items():
                file = folder / f"message-{message_id}{suffix}"
                file.write_bytes(content)
                # A customer's name may stand in it.
                file.chmod(0o640)
        except OSError as error:
            raise WorkFailed(f"{folder}: {error.strerror}; the samples are written there.") from None
        seen.sampled.add(message_id)


def _parts(item: Outgoing, worker: Worker) -> dict[str, bytes]:
    """Suffix of a file -> its content."""
    rendered = item.rendered
    parts = {".txt": rendered.text.encode()}
    if rendered.html is not None:
        parts[".html"] = rendered.html.encode()
    if rendered.channel == "email":
        mail = smtp.build(
            rendered, worker.brief.sender, item.address, item.unsubscribe_url, "sample", worker.moment()
        )
        parts[".eml"] = mail.content
    return parts


def _dead_link(workplace: Workplace, brief: BriefFile) -> str:
    """In the place of a customer's own link: whoever opens a sample must not stop somebody's mails by it."""
    settings = workplace.settings.publishing
    if settings.public_url is None:
        return opt_out_by_mail(brief)
    return f"{settings.origin}{PATH}sample"


def _told(workplace: Workplace, occurrence: Occurrence, seen: Findings) -> dict[str, Any]:
    with workplace.sessions() as session:
        rows = session.execute(
            select(Message, SegmentSnapshot.name)
            .outerjoin(
                SegmentSnapshot,
                (SegmentSnapshot.segment_id == Message.segment_id)
                & (SegmentSnapshot.segmentation_id == occurrence.segmentation_id),
            )
            .where(Message.id.in_({message_id for _, message_id in seen.out}))
        )
        known = {message.id: (message.arm, name or f"segment {message.segment_id}") for message, name in rows}
    return {
        "brief": occurrence.brief_id,
        "occurrence": occurrence.at.isoformat(),
        "destination": occurrence.destination,
        "begun": occurrence.id is not None,
        "finished": occurrence.finished_at is not None,
        "would_go_out": [
            {
                "channel": channel,
                "segment": known[message_id][1],
                "arm": known[message_id][0],
                "message": message_id,
                "number": number,
            }
            for (channel, message_id), number in sorted(seen.out.items())
        ],
        "others": [
            {"channel": channel, "status": status.value, "reason": reason, "number": number}
            for (channel, status, reason), number in sorted(seen.others.items(), key=str)
        ],
        "left_out": dict(Counter(occurrence.left_out) + seen.left_out),
    }
