"""`surmesure schedule`: when briefs are executed, published and measured by themselves, as long as `surmesure serve` runs."""

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
OptionalBrief = Annotated[
    str | None,
    typer.Argument(metavar="[BRIEF]", help="The brief's id; none with --measure.", show_default=False),
]
PublishOption = Annotated[
    bool, typer.Option("--publish", help="The schedule of its publishing, not that of its runs.")
]

MeasureOption = Annotated[
    bool, typer.Option("--measure", help="The schedule by which campaigns are measured.")
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


def measure(
    cron: Annotated[
        str, typer.Option("--cron", help='Minute, hour, day, month, weekday, such as "0 5 * * *".')
    ],
    timezone: Annotated[str, typer.Option("--timezone", help="An IANA name, such as Europe/Paris.")] = "UTC",
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Measure every campaign by itself, or change when; the next three times are shown.

    Outcomes that came in are collected, and each campaign gets a new report and a line on the page of results.
    Example: surmesure schedule measure --cron "0 5 * * *" --timezone Europe/Paris
    """
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        schedule = schedules.set_measure_schedule(session, cron, timezone, by=_name(), now=workplace.now)
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
        measured = schedules.measure_schedule(session)
    everything: list[AnySchedule] = [*found, *published, *([measured] if measured else [])]
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
    brief: OptionalBrief = None,
    publish: PublishOption = False,
    measure: MeasureOption = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Let a schedule rest.

    Example: surmesure schedule pause weekly-newsletter --publish
    """
    _set_paused(*_chosen(brief, publish, measure), True, brand, json)


def resume(
    brief: OptionalBrief = None,
    publish: PublishOption = False,
    measure: MeasureOption = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Let a paused schedule go on; what fell due meanwhile is not caught up.

    Example: surmesure schedule resume weekly-newsletter
    """
    _set_paused(*_chosen(brief, publish, measure), False, brand, json)


def remove(
    brief: OptionalBrief = None,
    publish: PublishOption = False,
    measure: MeasureOption = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Execute a brief, publish it, or measure, only when a person asks for it.

    Example: surmesure schedule remove weekly-newsletter
    """
    from content_store import schedules

    name, table = _chosen(brief, publish, measure)
    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        schedules.remove_schedule(session, name, of=table)
    if json:
        print_line({"brief": name or None, "kind": _kind(table), "removed": True})
    else:
        done = {
            "run": f"{name} is executed",
            "publish": f"{name} is published",
            "measure": "Campaigns are measured",
        }
        typer.echo(f"{done[_kind(table)]} only when a person asks for it.")


def _set_paused(brief: str, table: type[AnySchedule], paused: bool, brand: BrandOption, json: bool) -> None:
    from content_store import schedules

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        schedule = schedules.set_paused(session, brief, paused, by=_name(), now=workplace.now, of=table)
    _print(schedule, workplace.now, json=json)


def _chosen(brief: str | None, publish: bool, measure: bool) -> tuple[str, type[AnySchedule]]:
    """The name and the table of the schedule that is meant."""
    from content_store.models import MeasureSchedule, PublishSchedule, Schedule
    from content_store.schedules import ALL

    if measure:
        if brief is not None or publish:
            raise BadInput("--measure is for all campaigns; name no brief with it, and no --publish.")
        return ALL, MeasureSchedule
    if brief is None:
        raise BadInput("name the brief whose schedule is meant, or add --measure for that of measuring.")
    return brief, PublishSchedule if publish else Schedule


def _kind(table: type[AnySchedule]) -> str:
    """What a schedule of this table does."""
    return {"schedules": "run", "publish_schedules": "publish", "measure_schedules": "measure"}[
        table.__tablename__
    ]


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
    from content_store.models import MeasureSchedule, PublishSchedule

    if isinstance(schedule, MeasureSchedule):
        return "measure every campaign"
    if isinstance(schedule, PublishSchedule):
        return f"publish {schedule.brief_id} to {schedule.destination} as {schedule.form}"
    return f"run {schedule.brief_id}"


def _values(schedule: AnySchedule) -> dict[str, Any]:
    kind = _kind(type(schedule))
    names = ["cron", "time_zone", "paused", "changed_by", "changed_at"]
    names += ["destination", "form"] if kind == "publish" else []
    return {"brief": schedule.brief_id or None, "kind": kind} | {
        name: getattr(schedule, name) for name in names
    }


def _name() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
