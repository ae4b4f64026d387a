"""Quiet hours: when it is night where a customer is, and when that ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from content_store.brand_folder.briefs import BriefFile, QuietHours
from content_store.models import Customer, Publication, PublicationStatus


def quiet_until(hours: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours in which a moment lies end (UTC); None outside of them.

    They begin with `start` and end before `end`, by the clock on the wall; there are none when both are the same. It is
    never too early: where the clock is put forward over the end, it is as long after it as the clock jumps.
    """
    local = now.astimezone(zone)
    clock = local.time()
    over_midnight = hours.start > hours.end
    after_start, before_end = clock >= hours.start, clock < hours.end
    if not (after_start or before_end if over_midnight else after_start and before_end):
        return None
    day = local.date() + timedelta(days=1 if over_midnight and after_start else 0)
    wall = datetime.combine(day, hours.end)
    # Where the clock shows it twice, the first may be over; where it never shows it, one of the two is before it.
    ends = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(end for end in ends if end > now and end.astimezone(zone).replace(tzinfo=None) >= wall)


def zone_of(*names: str | None) -> ZoneInfo:
    """The first of the time zones that there is; UTC when none is."""
    return next((zone for zone in map(_zone, names) if zone is not None), ZoneInfo("UTC"))


def customer_quiet_until(brief: BriefFile, time_zone: str | None, now: datetime) -> datetime | None:
    """When the brief's quiet hours of a customer end: by their own clock, else by that of the brief's schedule."""
    return quiet_until(brief.quiet_hours, zone_of(time_zone, *_usual(brief)), now)


def first_end(session: Session, delivery_id: int, brief: BriefFile, now: datetime) -> datetime | None:
    """When the first of those who wait in a delivery has no quiet hours any more; None when nobody has any."""
    ends = (
        customer_quiet_until(brief, zone, now) for zone in session.scalars(_zones_of_waiting(delivery_id))
    )
    return min((end for end in ends if end is not None), default=None)


def all_asleep_until(session: Session, delivery_id: int, brief: BriefFile, now: datetime) -> datetime | None:
    """When the first of those who wait in a delivery has no quiet hours any more; None when somebody has none now."""
    zones = session.scalars(_zones_of_waiting(delivery_id))
    ends = [customer_quiet_until(brief, zone, now) for zone in zones]
    return None if None in ends else min((end for end in ends if end is not None), default=None)


def _zones_of_waiting(delivery_id: int) -> Select[str | None]:
    return (
        select(Customer.time_zone)
        .join(Publication, Publication.customer_id == Customer.id)
        .where(Publication.delivery_id == delivery_id, Publication.status == PublicationStatus.PLANNED)
        .distinct()
    )


def _usual(brief: BriefFile) -> Sequence[str]:
    return [brief.schedule.timezone] if brief.schedule else []


@cache
def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    # A folder of zones, such as Europe, is an OSError.
    except (KeyError, ValueError, OSError):
        return None
