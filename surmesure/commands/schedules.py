"""`surmesure schedule`: when briefs are executed by themselves, as long as `surmesure serve` runs."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from datetime import datetime

    from content_store.models import Schedule
    from flows.steps.workplace import Workplace

BriefArgument = Annotated[str, typer.Argument(metavar="BRIEF", help="The brief's id.", show_default=False)]


def add(
    brief: BriefArgument,
    cron: Annotated[
        str | None,
        typer.Option(
            "--cron",
            help='Minute, hour, day, month, weekday, such as "0 6 * * 1"; the brief\'s own without it.',
            show_default=False,
        ),
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option(
            "--timezone",
            help="An IANA name, such as Europe/Paris; the brief's own without it.",
            show_default=False,
        ),
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Execute a brief by itself, or change when; the next three times are shown.

    Without --cron and --timezone, those of the brief's file are taken. The hours are those of the time zone, in summer
    and in winter. What falls due while `surmesure serve` does not run is not caught up.
    Example: surmesure schedule add weekly-newsletter --cron "0 6 * * 1" --timezone Europe/Paris
    """
    from content_store import schedules

    workplace = open_workplace(brand)
    line, zone = _wanted(workplace, brief, cron, timezone)
    with workplace.sessions.begin() as session:
        schedule = schedules.set_schedule(session, brief, line, zone, by=_name(), now=workplace.now)
    _print(schedule, workplace.now, json=json)


def list_(brand: BrandOption = None, json: JsonOption = False) -> None:
    """List the schedules with their next three times, and the briefs whose file proposes one.

    Example: surmesure schedule list --json
    """
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        found = schedules.all_schedules(session)
    for schedule in found:
        _print(schedule, workplace.now, json=json)
    if json:
        return
    if not found:
        typer.echo("Nothing is scheduled.")
    known = {schedule.brief_id for schedule in found}
    for brief in workplace.briefs():
        if brief.schedule is not None and brief.id not in known:
            own = f"{brief.schedule.cron}, {brief.schedule.timezone}"
            typer.echo(f"{brief.id} proposes {own}: `surmesure schedule add {brief.id}` takes it.")


def pause(brief: BriefArgument, brand: BrandOption = None, json: JsonOption = False) -> None:
    """Let a schedule rest.

    Example: surmesure schedule pause weekly-newsletter
    """
    _set_paused(brief, True, brand, json)


def resume(brief: BriefArgument, brand: BrandOption = None, json: JsonOption = False) -> None:
    """Let a paused schedule go on; what fell due meanwhile is not caught up.

    Example: surmesure schedule resume weekly-newsletter
    """
    _set_paused(brief, False, brand, json)


def remove(brief: BriefArgument, brand: BrandOption = None, json: JsonOption = False) -> None:
    """Execute a brief only when a person asks for it.

    Example: surmesure schedule remove weekly-newsletter
    """
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        schedules.remove_schedule(session, brief)
    if json:
        print_line({"brief": brief, "removed": True})
    else:
        typer.echo(f"{brief} is executed only when a person asks for it.")


def _set_paused(brief: str, paused: bool, brand: BrandOption, json: bool) -> None:
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        schedule = schedules.set_paused(session, brief, paused, by=_name(), now=workplace.now)
    _print(schedule, workplace.now, json=json)


def _wanted(workplace: Workplace, brief_id: str, cron: str | None, zone: str | None) -> tuple[str, str]:
    """The cron line and the zone given, or those of the brief's file; BadInput where there are none."""

    [brief] = workplace.briefs([brief_id])
    own = brief.schedule
    if cron is None and own is None:
        raise BadInput(
            f"brief {brief_id} proposes no schedule; give one, such as --cron '0 6 * * 1' --timezone Europe/Paris."
        )
    if zone is None and own is None:
        raise BadInput("--cron needs a zone here; add one, such as --timezone Europe/Paris.")
    return cron or (own.cron if own else ""), zone or (own.timezone if own else "")


def _print(schedule: Schedule, now: datetime, *, json: bool) -> None:
    from content_store.schedules import next_times

    upcoming = [] if schedule.paused else next_times(schedule.cron, schedule.time_zone, now)
    if json:
        print_line(_values(schedule) | {"next": [moment.isoformat() for moment in upcoming]})
        return
    typer.echo(f"{schedule.brief_id}: {schedule.cron}, {schedule.time_zone}{', paused' * schedule.paused}")
    for moment in upcoming:
        typer.echo(f"    {moment:%a %Y-%m-%d %H:%M %Z}")


def _values(schedule: Schedule) -> dict[str, Any]:
    names = ("cron", "time_zone", "paused", "changed_by", "changed_at")
    return {"brief": schedule.brief_id} | {name: getattr(schedule, name) for name in names}


def _name() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
