"""Publishing a brief: its audience becomes rows of the ledger, and what was approved becomes files."""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from content_store import marks, suppressions
from content_store.brand_folder.briefs import Audience, BriefFile
from content_store.durable_files import replace_file
from content_store.errors import BadInput, WorkFailed
from content_store.models import Delivery, Occurrence, Publication, Run, RunStatus, SegmentSnapshot
from content_store.settings import Settings
from content_store.turns import taking_turns
from flows.steps.audiences import members
from flows.steps.holding import owner_of
from flows.steps.ways import Way, check_way, hand_over_to
from flows.steps.workplace import Workplace
from publishing import deliveries
from publishing.delivering import deliver, statuses
from publishing.opt_out import load_key, opt_out_by_mail, unsubscribe_link
from publishing.planning import PORTION, approved_messages, plan_portion
from publishing.remote import place
from publishing.render import AI_HEADER, AI_MARK
from publishing.worker import Worker


def publish(workplace: Workplace, brief: BriefFile, way: Way, at: datetime | None = None) -> Occurrence:
    """Send one occurrence of a brief; called again, it goes on where it was, and sends nothing twice.

    Without `at` it is the one that is not finished, else that of today, so that a command given twice is one occurrence.
    """
    with workplace.sessions() as session:
        marks.check(session, workplace.settings.marks_folder)
    asked = ask(workplace, brief, way, at)
    occurrence = asked.occurrence
    if occurrence.id is None:
        occurrence = _begin(workplace, occurrence)
        _check_same(occurrence, brief, way, asked.wanted)
    if occurrence.finished_at is not None:
        return occurrence
    if occurrence.planned_at is None:
        _plan(workplace, brief, asked.channels, occurrence, asked.moment)
    _deliver(workplace, brief, occurrence)
    return _finish(workplace, occurrence)


class Asked(NamedTuple):
    """What a person or a schedule wants to be published."""

    #: one that is in the database, or a new one without an id
    occurrence: Occurrence
    wanted: dict[str, Any]
    moment: datetime

    @property
    def channels(self) -> list[str]:
        return list(self.wanted["channels"])


def ask(workplace: Workplace, brief: BriefFile, way: Way, at: datetime | None) -> Asked:
    """The occurrence that is meant; BadInput when nothing of it can be sent."""
    moment = workplace.as_of(None)
    sent = [name for name in brief.channels if not workplace.brand.channels[name].on_request]
    if not sent:
        raise BadInput(f"nothing of brief {brief.id} is sent; sites and apps ask for it (docs/decisions.md).")
    channels = [channel for channel in sent if way.carries(channel)]
    if not channels:
        raise BadInput(f"brief {brief.id} has no {way.carried} to send; give a folder: --to FOLDER.")
    check_way(workplace.settings, way)
    # A schedule's moment is one of the clock, wherever a setting holds the day.
    if at is not None and not moment - timedelta(days=366) < at <= max(moment, workplace.now):
        raise BadInput(
            f"--occurrence {at:%Y-%m-%d %H:%M} is more than a year ago or still to come; it is {moment:%Y-%m-%d %H:%M} UTC."
        )
    wanted = {"audience": brief.audience.model_dump(mode="json"), "channels": channels}
    with workplace.sessions() as session:
        occurrence = _known(session, brief, at, moment)
    if occurrence is None:
        occurrence = _new(workplace, brief, way, wanted, at or _today(moment), moment)
    else:
        _check_same(occurrence, brief, way, wanted)
    return Asked(occurrence, wanted, moment)


def told(session: Session, occurrence: Occurrence) -> dict[str, Any]:
    """Where every customer of an occurrence stands, for people and machines."""
    return {
        "brief": occurrence.brief_id,
        "occurrence": occurrence.at.isoformat(),
        "destination": occurrence.destination,
        "planned": occurrence.planned_at is not None,
        "finished": occurrence.finished_at is not None,
        "waits": [
            {"until": wait.until.isoformat(), "waits_for": wait.waits_for}
            for wait in deliveries.waiting(session, occurrence.id)
        ],
        "left_out": dict(occurrence.left_out),
        "publications": [
            {"channel": channel, "status": status.value, "reason": reason, "number": number}
            for (channel, status, reason), number in statuses(session, occurrence).items()
        ],
    }


def _today(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time(), UTC)


def _known(session: Session, brief: BriefFile, at: datetime | None, moment: datetime) -> Occurrence | None:
    """The occurrence asked for; else one of the last two days that is not finished; else the newest of today."""
    mine = select(Occurrence).where(Occurrence.brief_id == brief.id)
    if at is not None:
        return session.scalars(mine.where(Occurrence.at == at)).first()
    recent = (Occurrence.finished_at.is_(None), Occurrence.at > moment - timedelta(days=2))
    unfinished = mine.where(*recent).order_by(Occurrence.at)
    # What a schedule sent today is not sent again at somebody's command.
    today = (Occurrence.at >= _today(moment), Occurrence.at < _today(moment) + timedelta(days=1))
    return (
        session.scalars(unfinished).first()
        or session.scalars(mine.where(*today).order_by(Occurrence.at.desc())).first()
    )


def _new(
    workplace: Workplace, brief: BriefFile, way: Way, wanted: dict[str, Any], at: datetime, moment: datetime
) -> Occurrence:
    """A new occurrence, when there is something to send; it is in no database yet."""
    if brief.valid_until is not None and moment.date() > brief.valid_until:
        raise BadInput(
            f"brief {brief.id} was valid until {brief.valid_until}; nothing of it is sent any more."
        )
    with workplace.sessions() as session:
        run = session.scalars(
            select(Run)
            .where(Run.brief_id == brief.id, Run.status == RunStatus.FINISHED)
            .order_by(Run.id.desc())
            .limit(1)
        ).first()
        if run is None:
            raise BadInput(
                f"brief {brief.id} has no finished run; `surmesure run {brief.id}` writes its messages."
            )
        if not approved_messages(session, brief.id, moment.date()):
            raise BadInput(
                f"no message of {brief.id} is approved; decide on some: `surmesure review` opens the queue."
            )
        if brief.audience.segments and not segments_of(session, run.segmentation_id, brief.audience):
            raise BadInput(
                f"no segment is called {brief.audience.segments[0]!r} any more; correct the audience of {brief.id}."
            )
        if not workplace.settings.membership_folder(run.segmentation_id).is_dir():
            raise BadInput("the lists of the segments' members are gone; `surmesure run` makes them anew.")
    return Occurrence(
        brief_id=brief.id,
        at=at,
        purpose=brief.purpose,
        audience=wanted,
        segmentation_id=run.segmentation_id,
        destination=way.destination,
        form=way.form,
    )


def _begin(workplace: Workplace, new: Occurrence) -> Occurrence:
    """The occurrence in the database; of two who begin it at once both get the same."""
    same = select(Occurrence).where(Occurrence.brief_id == new.brief_id, Occurrence.at == new.at)
    try:
        with workplace.sessions.begin() as session:
            session.add(new)
    except IntegrityError:
        with workplace.sessions() as session:
            return session.scalars(same).one()
    return new


def _check_same(occurrence: Occurrence, brief: BriefFile, way: Way, wanted: dict[str, Any]) -> None:
    """BadInput when an occurrence that was begun is asked for otherwise than it was begun."""
    name = f"{brief.id} of {occurrence.at:%Y-%m-%d %H:%M} UTC"
    if Way(occurrence.destination, occurrence.form) != way:
        where = f"to {occurrence.destination} as {occurrence.form}"
        raise BadInput(
            f"{name} goes {where}; finish it there, or give another --occurrence."
            if occurrence.finished_at is None
            else f"{name} went {where} already; to send again, give another --occurrence."
        )
    if occurrence.finished_at is None and (occurrence.purpose, occurrence.audience) != (
        brief.purpose,
        wanted,
    ):
        raise BadInput(
            f"the purpose, audience or channels of {brief.id} were changed since {name} was begun; change them back until"
            " it is finished, or give another --occurrence."
        )


def _plan(
    workplace: Workplace, brief: BriefFile, channels: list[str], occurrence: Occurrence, moment: datetime
) -> None:
    with workplace.sessions() as session:
        messages = approved_messages(session, brief.id, moment.date())
        named = segments_of(session, occurrence.segmentation_id, brief.audience)
    folder, done = workplace.settings.membership_folder(occurrence.segmentation_id), 0
    with members(folder, brief.audience, named) as found:
        total, pause = len(channels) * -(-found.size // PORTION), taking_turns(workplace.sessions)
        for channel in channels:
            for number, portion in enumerate(found.portions(PORTION), 1):
                with workplace.sessions.begin() as session:
                    # Of several who plan at once each portion is planned by one.
                    row = session.get_one(Occurrence, occurrence.id, with_for_update=True)
                    left_out = plan_portion(
                        session, row, channel, number, portion, messages, brief, workplace.brand, moment
                    )
                    if left_out is not None:
                        row.left_out = dict(Counter(row.left_out) + left_out)
                done += 1
                workplace.progress("plan", done, total)
                pause()
    with workplace.sessions.begin() as session:
        session.get_one(Occurrence, occurrence.id).planned_at = moment


def _deliver(workplace: Workplace, brief: BriefFile, occurrence: Occurrence) -> None:
    with workplace.sessions() as session:
        open_ones = _open(session, occurrence)
    way = Way(occurrence.destination, occurrence.form)
    with hand_over_to(workplace.settings, way) as hand_over:
        deliver(
            workplace.sessions,
            occurrence,
            worker_of(workplace, brief),
            hand_over,
            lambda done: workplace.progress("publish", done, max(open_ones, done)),
        )


def worker_of(workplace: Workplace, brief: BriefFile) -> Worker:
    """This process as one that sends."""
    name = f"{owner_of(os.getpid())}{secrets.token_hex(4)})"
    return Worker(
        name,
        brief,
        workplace.brand,
        lambda: workplace.as_of(None),
        lambda: workplace.now,
        _opt_out(workplace.settings, brief),
        suppressions.load_key(workplace.settings.state_folder),
        lambda session: marks.raise_mark(session, workplace.settings.marks_folder),
    )


def _opt_out(settings: Settings, brief: BriefFile) -> Callable[[Publication], str]:
    """The page where there is one, else a mail."""
    if settings.publishing.public_url is None:
        mail = opt_out_by_mail(brief)
        return lambda _: mail
    key = load_key(settings.state_folder)
    return lambda publication: unsubscribe_link(settings.publishing.origin, key, publication.id)


def _finish(workplace: Workplace, occurrence: Occurrence) -> Occurrence:
    """The manifest, and the end of the occurrence; another worker may still be at it, and then it does both."""
    with workplace.sessions.begin() as session:
        row = session.get_one(Occurrence, occurrence.id, with_for_update=True)
        if _open(session, row):
            return row
        if Way(row.destination, row.form).is_folder:
            _write_manifest(session, row)
        row.finished_at = workplace.as_of(None)
        # From now on its files may be taken away.
        marks.raise_mark(session, workplace.settings.marks_folder)
        return row


def _write_manifest(session: Session, occurrence: Occurrence) -> None:
    folder, base = place(occurrence.destination), f"{occurrence.brief_id}_{occurrence.at:%Y%m%dT%H%M%SZ}"
    file, content = folder / f"{base}_manifest.json", _manifest(session, occurrence)
    try:
        if isinstance(file, Path):
            replace_file(file, content)
            for leftover in file.parent.glob(f"{base}_*.tmp"):
                leftover.unlink(missing_ok=True)
        else:
            file.replace(content)
    except OSError as error:
        raise WorkFailed(
            f"{file}: {error.strerror or error}; put that right and publish again: only the manifest is missing."
        ) from error


def _manifest(session: Session, occurrence: Occurrence) -> bytes:
    done = session.scalars(
        select(Delivery)
        .where(Delivery.occurrence_id == occurrence.id, Delivery.file.is_not(None))
        .order_by(Delivery.id)
    )
    body = {
        "brief": occurrence.brief_id,
        "occurrence": occurrence.at.isoformat(),
        # Rows whose text a model wrote say so in their column ai_disclosure (EU AI Act, article 50(2)).
        AI_HEADER: AI_MARK,
        "files": [{"name": item.file, "sha256": item.sha256} for item in done],
    }
    return (json.dumps(body, indent=2) + "\n").encode()


def _open(session: Session, occurrence: Occurrence) -> int:
    query = select(func.count()).where(Delivery.occurrence_id == occurrence.id, Delivery.done_at.is_(None))
    return session.scalar(query) or 0


def segments_of(session: Session, segmentation_id: int, audience: Audience) -> list[int] | None:
    """The segments of the audience by id; None for all."""
    if not audience.segments:
        return None
    query = select(SegmentSnapshot.segment_id).where(
        SegmentSnapshot.segmentation_id == segmentation_id, SegmentSnapshot.name.in_(audience.segments)
    )
    return list(session.scalars(query))
