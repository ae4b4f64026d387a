"""Reminders: what waits too long goes to who stands in, and is told where the settings say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from content_store.app_settings import ReviewSettings
from content_store.errors import BadInput, WorkFailed
from content_store.handover import HandedOver, Overdue, hand_over, overdue


class Reminder(NamedTuple):
    """What a reminder found."""

    handed_over: list[HandedOver]
    overdue: list[Overdue]


def find_overdue(session: Session, settings: ReviewSettings, now: datetime) -> Reminder:
    """Hand over what waits for somebody who is away, and list what waits too long."""
    return Reminder(
        hand_over(session, now), overdue(session, now - timedelta(hours=settings.remind_after_hours))
    )


def headline(reminder: Reminder) -> str:
    """The reminder in a few words."""
    count = sum(item.messages for item in reminder.overdue)
    return f"{_counted(count)} wait{'s' if count == 1 else ''} for a decision"


def told(reminder: Reminder, origin: str) -> list[str]:
    """The lines of the notification: numbers and names, and nothing of what the messages say."""
    lines = [
        f"{_counted(item.messages)} of {item.brief_id} for {' and '.join(item.roles) or 'nobody'},"
        f" the oldest since {item.oldest:%Y-%m-%d %H:%M} UTC: {origin}/queue?brief={item.brief_id}&status=waiting"
        for item in reminder.overdue
    ]
    return lines + [
        f"{_counted(item.messages)} given to {item.to_name}, as {item.from_name} is away."
        for item in reminder.handed_over
    ]


def notify(urls: str, title: str, lines: Sequence[str]) -> None:
    """Send to every apprise URL; BadInput for one that apprise does not know, WorkFailed when one does not take it.

    The addresses hold passwords, so that a message names only their place.
    """
    from apprise import Apprise, NotifyFormat

    failed = []
    targets = []
    for number, url in enumerate(urls.split(), start=1):
        target = Apprise()
        if not target.add(url):
            raise BadInput(
                f"SURMESURE_REVIEW__NOTIFY: address {number} is not one that apprise knows; correct it."
            )
        targets.append((number, target))
    for number, target in targets:
        if not target.notify(body="\n".join(lines), title=title, body_format=NotifyFormat.TEXT):
            failed.append(str(number))
    if failed:
        raise WorkFailed(
            f"SURMESURE_REVIEW__NOTIFY: address {', '.join(failed)} did not take the reminder; check it and try again."
        )


def _counted(messages: int) -> str:
    return f"{messages} message{'' if messages == 1 else 's'}"
