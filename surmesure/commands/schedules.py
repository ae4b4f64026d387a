"""`surmesure schedule`: when briefs are executed and published by themselves, as long as `surmesure serve` runs."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from datetime import datetime

    from content_store.schedules import AnySchedule
    from flows.steps.workplace import Workplace

BriefArgument = Annotated[str, typer.Argument(metavar="BRIEF", help="The brief's id.", show_default=False)]
PublishOption = Annotated[
    bool, typer.Option("--publish", help="The schedule of its publishing, not that of its runs.")
]


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


def publish(
    brief: BriefArgument,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="The folder that the files are written to, or its address; or smtp, webhook or apprise.",
        ),
    ],
    cron: Annotated[
        str, typer.Option("--cron", help='Minute, hour, day, month, weekday, such as "0 7 * * 1".')
    ],
    timezone: Annotated[str, typer.Option("--timezone", help="An IANA name, such as Europe/Paris.")],
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or parquet.")] = "csv",
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Publish a brief by itself, or change when and where to; the next three times are shown.

    At each of them what is approved by then goes out, once to each customer. What was begun is ended, after a crash and
    after a server that was away too; what falls due while `surmesure serve` does not run is not caught up.
    Example: surmesure schedule publish weekly-newsletter --to smtp --cron "0 7 * * 1" --timezone Europe/Paris
    """
    from content_store import schedules
    from flows.steps.ways import way_to
    from surmesure.commands.publishing import is_address

    if is_address(to):
        raise BadInput(f"--to {to}: an address gets proofs, and those are sent by `surmesure publish` only.")
    destination, written = way_to(to, form)
    workplace = open_workplace(brand)
    workplace.briefs([brief])
    with workplace.sessions.begin() as session:
        schedule = schedules.set_publish_schedule(
            session,
            brief,
            cron,
            timezone,
            destination=destination,
            form=written,
            by=_name(),
            now=workplace.now,
        )
    _print(schedule, workplace.now, json=json)


def list_(brand: BrandOption = None, json: JsonOption = False) -> None:
    """List the schedules with their next three times, and the briefs whose file proposes one.

    Example: surmesure schedule list --json
    """
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        found = schedules.all_schedules(session)
        published = schedules.all_publish_schedules(session)
    everything: list[AnySchedule] = [*found, *published]
    for schedule in everything:
        _print(schedule, workplace.now, json=json)
    if json:
        return
    if not everything:
        typer.echo("Nothing is scheduled.")
    known = {schedule.brief_id for schedule in found}
    for brief in workplace.briefs():
        if brief.schedule is not None and brief.id not in known:
            own = f"{brief.schedule.cron}, {brief.schedule.timezone}"
            typer.echo(f"{brief.id} proposes {own}: `surmesure schedule add {brief.id}` takes it.")


def pause(
    brief: BriefArgument, publish: PublishOption = False, brand: BrandOption = None, json: JsonOption = False
) -> None:
    """Let a schedule rest.

    Example: surmesure schedule pause weekly-newsletter --publish
    """
    _set_paused(brief, True, publish, brand, json)


def resume(
    brief: BriefArgument, publish: PublishOption = False, brand: BrandOption = None, json: JsonOption = False
) -> None:
    """Let a paused schedule go on; what fell due meanwhile is not caught up.

    Example: surmesure schedule resume weekly-newsletter
    """
    _set_paused(brief, False, publish, brand, json)


def remove(
    brief: BriefArgument, publish: PublishOption = False, brand: BrandOption = None, json: JsonOption = False
) -> None:
    """Execute a brief, or publish it, only when a person asks for it.

    Example: surmesure schedule remove weekly-newsletter
    """
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        schedules.remove_schedule(session, brief, of=_table(publish))
    if json:
        print_line({"brief": brief, "kind": "publish" if publish else "run", "removed": True})
    else:
        done = "published" if publish else "executed"
        typer.echo(f"{brief} is {done} only when a person asks for it.")


def _set_paused(brief: str, paused: bool, publish: bool, brand: BrandOption, json: bool) -> None:
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        schedule = schedules.set_paused(
            session, brief, paused, by=_name(), now=workplace.now, of=_table(publish)
        )
    _print(schedule, workplace.now, json=json)


def _table(publish: bool) -> type[AnySchedule]:
    from content_store.models import PublishSchedule, Schedule

    return PublishSchedule if publish else Schedule


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


def _print(schedule: AnySchedule, now: datetime, *, json: bool) -> None:
    from content_store.schedules import next_times

    upcoming = [] if schedule.paused else next_times(schedule.cron, schedule.time_zone, now)
    if json:
        print_line(_values(schedule) | {"next": [moment.isoformat() for moment in upcoming]})
        return
    what = _what(schedule)
    typer.echo(f"{what}: {schedule.cron}, {schedule.time_zone}{', paused' * schedule.paused}")
    for moment in upcoming:
        typer.echo(f"    {moment:%a %Y-%m-%d %H:%M %Z}")


def _what(schedule: AnySchedule) -> str:
    from content_store.models import Schedule

    if isinstance(schedule, Schedule):
        return f"run {schedule.brief_id}"
    return f"publish {schedule.brief_id} to {schedule.destination} as {schedule.form}"


def _values(schedule: AnySchedule) -> dict[str, Any]:
    from content_store.models import Schedule

    kind = "run" if isinstance(schedule, Schedule) else "publish"
    names = ["cron", "time_zone", "paused", "changed_by", "changed_at"]
    names += ["destination", "form"] if kind == "publish" else []
    return {"brief": schedule.brief_id, "kind": kind} | {name: getattr(schedule, name) for name in names}


def _name() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
