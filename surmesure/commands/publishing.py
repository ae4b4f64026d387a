"""`surmesure publish` and `surmesure status`: what was approved leaves, and where everything is."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from content_store.brand_folder.briefs import BriefFile
    from content_store.models import Occurrence, ScheduledOccurrence
    from flows.steps.ways import Way
    from flows.steps.workplace import Workplace

BriefArgument = Annotated[str, typer.Argument(metavar="BRIEF", help="The brief to publish.")]


def publish(
    brief: BriefArgument,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            help="The folder that the files are written to, or its address such as s3://bucket/prefix; or smtp, webhook"
            " or apprise; a mail address gets proofs.",
        ),
    ],
    form: Annotated[str, typer.Option("--format", help="csv, jsonl or parquet.")] = "csv",
    occurrence: Annotated[
        datetime | None,
        typer.Option(
            help="Which date of the brief this is, in UTC; without it the one that is not finished, else today's.",
            show_default=False,
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would go out; nothing is sent or written down.")
    ] = False,
    samples: Annotated[
        Path | None,
        typer.Option(
            help="With --dry-run: the folder for the first of each message, as its customer would get it.",
            show_default=False,
        ),
    ] = None,
    reopen: Annotated[
        bool,
        typer.Option(
            "--reopen", help="Send again to a webhook whose receiver said that it wants nothing any more."
        ),
    ] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Send the approved messages of a brief: as files for any tool, as mails, webhooks, text messages or notifications.

    Consent, caps, approvals and blocks are looked at once more right before. Called again, it goes on where it was
    stopped, and nothing is sent twice.
    Example: surmesure publish weekly-newsletter --to out
    """
    from datetime import UTC

    from flows.steps import ways
    from flows.steps.publishing import publish as publish_brief
    from surmesure.progress import shown_progress

    if samples is not None and not dry_run:
        raise BadInput("--samples goes with --dry-run only; proofs by mail go to an address: --to ADDRESS.")
    if is_address(to):
        _send_proofs(open_workplace(brand), brief, to, json=json)
        return
    way = ways.way_to(to, form)
    workplace = open_workplace(brand)
    (wanted,) = workplace.briefs([brief])
    at = occurrence.replace(tzinfo=UTC) if occurrence else None
    if dry_run:
        _rehearse(workplace, wanted, way, at, samples, json=json)
        return
    if reopen:
        ways.reopen(workplace, way)
    with shown_progress(quiet=json):
        found = publish_brief(workplace, wanted, way, at)
    _tell(workplace, found, json=json)


def is_address(to: str) -> bool:
    """Whether that gets proofs."""
    return re.fullmatch(r"[^@\s/]+@[^@\s/]+\.[A-Za-z]{2,}", to) is not None


def status(
    brief: Annotated[str | None, typer.Argument(metavar="[BRIEF]", help="Only this brief.")] = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="One line for each publication whose answer was lost.")
    ] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Tell where every publication is: the newest occurrences first.

    Example: surmesure status weekly-newsletter
    """
    from sqlalchemy import select

    from content_store import scheduled_occurrences
    from content_store.models import Occurrence

    workplace = open_workplace(brand)
    if unknown:
        _tell_doubts(workplace, brief, json=json)
        return
    query = select(Occurrence).order_by(Occurrence.id.desc())
    with workplace.sessions() as session:
        begun = {(item.brief_id, item.at): item for item in session.scalars(query)}
        scheduled = scheduled_occurrences.by_moment(session)
    found = [key for key in {**begun, **scheduled} if brief is None or key[0] == brief]
    for key in sorted(found, key=lambda key: key[1], reverse=True):
        _tell(workplace, begun.get(key), scheduled.get(key), json=json)
    if not found and not json:
        typer.echo(
            f"Nothing{f' of {brief}' if brief else ''} was published yet; `surmesure publish BRIEF --to FOLDER` does."
        )


def _send_proofs(workplace: Workplace, brief: str, to: str, *, json: bool) -> None:
    from flows.steps.proofs import send_proofs
    from surmesure.progress import shown_progress

    (wanted,) = workplace.briefs([brief])
    with shown_progress(quiet=json):
        sent = send_proofs(workplace, wanted, to)
    if json:
        print_line({"brief": brief, "to": to, "messages": sent})
    else:
        typer.echo(f"{len(sent)} proofs of {brief} were sent to {to}; nothing went to customers.")


def _rehearse(
    workplace: Workplace,
    brief: BriefFile,
    way: Way,
    at: datetime | None,
    samples: Path | None,
    *,
    json: bool,
) -> None:
    from flows.steps.rehearsing import rehearse
    from surmesure.progress import shown_progress

    with shown_progress(quiet=json):
        facts = rehearse(workplace, brief, way, at, samples)
    if json:
        print_line(facts)
        return
    state = "finished" if facts["finished"] else "under way" if facts["begun"] else "not begun"
    typer.echo(
        f"{brief.id}, {facts['occurrence'][:16].replace('T', ' ')} UTC: {state}; a dry run, nothing was sent"
    )
    for line in facts["would_go_out"]:
        what = (
            f"{line['channel']} would go out: {line['segment']}, arm {line['arm']}, message {line['message']}"
        )
        typer.echo(f"{line['number']:>10,}  {what}")
    for line in facts["others"]:
        typer.echo(_line(line))
    for reason, number in facts["left_out"].items():
        typer.echo(f"{number:>10,}  not planned: {reason}")


def _tell_doubts(workplace: Workplace, brief: str | None, *, json: bool) -> None:
    from content_store.database import reading
    from publishing.resolving import doubts

    found = 0
    with reading(workplace.sessions)() as session:
        for item in doubts(session, brief):
            found += 1
            if json:
                print_line(item._asdict())
                continue
            at = f" at {item.domain}" if item.domain else ""
            typer.echo(
                f"{item.publication_id:>10}  {item.brief_id} of {item.occurrence:%Y-%m-%d %H:%M} UTC by {item.channel} to"
                f" {item.customer_id}{at}, planned {item.planned_at:%Y-%m-%d %H:%M} UTC: {item.reason}"
            )
    if not json:
        typer.echo(
            f"{found:,} are unknown; say what became of them: `surmesure resolve ID --as sent`."
            if found
            else "Nothing is unknown."
        )


def _tell(
    workplace: Workplace,
    occurrence: Occurrence | None,
    scheduled: ScheduledOccurrence | None = None,
    *,
    json: bool,
) -> None:
    facts = _facts(workplace, occurrence, scheduled)
    if json:
        print_line(facts)
        return
    if occurrence is None:
        state = "not published" if scheduled and scheduled.again_at is None else "being begun"
    else:
        state = "finished" if facts["finished"] else "under way" if facts["planned"] else "being planned"
    at = datetime.fromisoformat(facts["occurrence"])
    typer.echo(f"{facts['brief']}, {at:%Y-%m-%d %H:%M} UTC: {state}, to {facts['destination']}")
    if facts["reason"]:
        typer.echo(f"            {facts['reason']}")
    if facts["again_at"]:
        again_at = datetime.fromisoformat(facts["again_at"])
        when = f"at {again_at:%Y-%m-%d %H:%M} UTC, " if again_at > workplace.now else ""
        typer.echo(f"            it goes on by itself, {when}while `surmesure serve` runs")
    for line in facts["publications"]:
        typer.echo(_line(line))
    how = "" if facts["again_at"] else ", by the same command"
    for wait in facts["waits"]:
        until = datetime.fromisoformat(wait["until"])
        typer.echo(f"            more from {until:%Y-%m-%d %H:%M} UTC on{how}: {wait['waits_for']}")
    for reason, number in facts["left_out"].items():
        typer.echo(f"{number:>10,}  not planned: {reason}")


def _facts(
    workplace: Workplace, occurrence: Occurrence | None, scheduled: ScheduledOccurrence | None
) -> dict[str, Any]:
    """Where everybody stands, and what became of it when a schedule published it."""
    from content_store import scheduled_occurrences
    from flows.steps.publishing import told

    facts: dict[str, Any] = {"reason": None, "again_at": None}
    if scheduled is not None and (occurrence is None or occurrence.finished_at is None):
        again_at = scheduled_occurrences.goes_on_at(scheduled, workplace.now)
        facts = {"reason": scheduled.reason, "again_at": again_at.isoformat() if again_at else None}
    if occurrence is not None:
        with workplace.sessions() as session:
            return told(session, occurrence) | facts
    assert scheduled is not None
    return {
        "brief": scheduled.brief_id,
        "occurrence": scheduled.at.isoformat(),
        "destination": scheduled.destination,
        "planned": False,
        "finished": False,
        "left_out": {},
        "waits": [],
        "publications": [],
    } | facts


def _line(line: dict[str, Any]) -> str:
    reason = f": {line['reason']}" if line["reason"] else ""
    return f"{line['number']:>10,}  {line['channel']} {line['status']}{reason}"
