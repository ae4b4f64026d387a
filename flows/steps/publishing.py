"""Publishing a brief: its audience becomes rows of the ledger, and what was approved becomes files."""

from __future__ import annotations

import json
import os
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import marks, suppressions
from content_store.brand_folder.briefs import BriefFile
from content_store.durable_files import replace_file
from content_store.errors import WorkFailed
from content_store.models import Delivery, Occurrence, Publication
from content_store.settings import Settings
from content_store.turns import taking_turns
from flows.steps.audiences import members
from flows.steps.holding import owner_of
from flows.steps.occurrences import ask, begin, check_same, re_aim, segments_of
from flows.steps.ways import Way, hand_over_to
from flows.steps.workplace import Workplace
from publishing import deliveries
from publishing.clicks.links import landing_link, pixel_link
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
    re_aim(workplace, brief, way, at)
    asked = ask(workplace, brief, way, at)
    occurrence = asked.occurrence
    if occurrence.id is None:
        occurrence = begin(workplace, occurrence)
        check_same(occurrence, brief, way, asked.wanted)
    if occurrence.finished_at is not None:
        return occurrence
    if occurrence.planned_at is None:
        _plan(workplace, brief, asked.channels, occurrence, asked.moment)
    _deliver(workplace, brief, occurrence)
    return _finish(workplace, occurrence)


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
        _landing(workplace),
        _pixel(workplace),
    )


def _opt_out(settings: Settings, brief: BriefFile) -> Callable[[Publication], str]:
    """The page where there is one, else a mail."""
    if settings.publishing.public_url is None:
        mail = opt_out_by_mail(brief)
        return lambda _: mail
    key = load_key(settings.state_folder)
    return lambda publication: unsubscribe_link(settings.publishing.origin, key, publication.id)


def _landing(workplace: Workplace) -> Callable[[Publication, str], str]:
    """By a link that counts clicks in mails, when there is a page of our own and the brand allows the one it leads to."""
    settings, brand = workplace.settings, workplace.brand
    key = load_key(settings.state_folder)

    def landing(publication: Publication, page: str) -> str:
        return landing_link(settings.publishing, brand, key, publication, page)

    return landing


def _pixel(workplace: Workplace) -> Callable[[Publication], str] | None:
    publishing = workplace.settings.publishing
    if publishing.public_url is None or not workplace.brand.open_pixel:
        return None
    key = load_key(workplace.settings.state_folder)
    return lambda publication: pixel_link(publishing.origin, key, publication.id)


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
