"""Which occurrence of a brief is meant, and whether it can be sent at all."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from content_store.brand_folder.briefs import Audience, BriefFile
from content_store.errors import BadInput
from content_store.models import (
    Delivery,
    Occurrence,
    Publication,
    PublicationStatus,
    Run,
    RunStatus,
    SegmentSnapshot,
)
from content_store.shares import newest_policy
from flows.steps.ways import Way, check_way
from flows.steps.workplace import Workplace
from publishing.planning import approved_messages


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
        check_same(occurrence, brief, way, wanted)
    return Asked(occurrence, wanted, moment)


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
        policy_id = newest_policy(session, brief.id)
    return Occurrence(
        brief_id=brief.id,
        at=at,
        purpose=brief.purpose,
        audience=wanted,
        segmentation_id=run.segmentation_id,
        destination=way.destination,
        form=way.form,
        policy_id=policy_id,
    )


def begin(workplace: Workplace, new: Occurrence) -> Occurrence:
    """The occurrence in the database; of two who begin it at once both get the same."""
    same = select(Occurrence).where(Occurrence.brief_id == new.brief_id, Occurrence.at == new.at)
    try:
        with workplace.sessions.begin() as session:
            session.add(new)
    except IntegrityError:
        with workplace.sessions() as session:
            return session.scalars(same).one()
    return new


def re_aim(workplace: Workplace, brief: BriefFile, way: Way, at: datetime | None) -> None:
    """Let an occurrence go another way as long as nothing of it was handed over and nobody is about to: a wrong folder or
    bucket was given.
    """
    with workplace.sessions.begin() as session:
        found = _known(session, brief, at, workplace.as_of(None))
        if found is None or found.finished_at is not None or Way(found.destination, found.form) == way:
            return
        occurrence = session.get_one(Occurrence, found.id, with_for_update=True, populate_existing=True)
        touched = select(Publication.id).where(
            Publication.brief_id == occurrence.brief_id,
            Publication.occurrence == occurrence.at,
            Publication.status.not_in([PublicationStatus.PLANNED, PublicationStatus.SUPPRESSED]),
        )
        held = select(Delivery.id).where(
            Delivery.occurrence_id == occurrence.id,
            or_(Delivery.owner.is_not(None), Delivery.done_at.is_not(None)),
        )
        carried = all(way.carries(channel) for channel in occurrence.audience["channels"])
        if carried and session.scalar(touched.limit(1)) is None and session.scalar(held.limit(1)) is None:
            occurrence.destination, occurrence.form = way


def check_same(occurrence: Occurrence, brief: BriefFile, way: Way, wanted: dict[str, Any]) -> None:
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


def segments_of(session: Session, segmentation_id: int, audience: Audience) -> list[int] | None:
    """The segments of the audience by id; None for all."""
    if not audience.segments:
        return None
    query = select(SegmentSnapshot.segment_id).where(
        SegmentSnapshot.segmentation_id == segmentation_id, SegmentSnapshot.name.in_(audience.segments)
    )
    return list(session.scalars(query))
