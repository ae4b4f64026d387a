"""`surmesure publish` and `surmesure status`: what was approved leaves, and where everything is."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from content_store.models import Occurrence
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

    if re.fullmatch(r"[^@\s/]+@[^@\s/]+\.[A-Za-z]{2,}", to):
        _send_proofs(open_workplace(brand), brief, to, json=json)
        return
    way = ways.way_to(to, form)
    workplace = open_workplace(brand)
    (wanted,) = workplace.briefs([brief])
    at = occurrence.replace(tzinfo=UTC) if occurrence else None
    if reopen:
        ways.reopen(workplace, way)
    with shown_progress(quiet=json):
        found = publish_brief(workplace, wanted, way, at)
    _tell(workplace, found, json=json)


def status(
    brief: Annotated[str | None, typer.Argument(metavar="[BRIEF]", help="Only this brief.")] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Tell where every publication is: the newest occurrences first.

    Example: surmesure status weekly-newsletter
    """
    from sqlalchemy import select

    from content_store.models import Occurrence

    workplace = open_workplace(brand)
    query = select(Occurrence).order_by(Occurrence.at.desc(), Occurrence.id.desc())
    with workplace.sessions() as session:
        found = session.scalars(query if brief is None else query.where(Occurrence.brief_id == brief)).all()
    for item in found:
        _tell(workplace, item, json=json)
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


def _tell(workplace: Workplace, occurrence: Occurrence, *, json: bool) -> None:
    from flows.steps.publishing import told

    with workplace.sessions() as session:
        facts = told(session, occurrence)
    if json:
        print_line(facts)
        return
    state = "finished" if facts["finished"] else "under way" if facts["planned"] else "being planned"
    typer.echo(f"{facts['brief']}, {occurrence.at:%Y-%m-%d %H:%M} UTC: {state}, to {facts['destination']}")
    for line in facts["publications"]:
        typer.echo(_line(line))
    for reason, number in facts["left_out"].items():
        typer.echo(f"{number:>10,}  not planned: {reason}")


def _line(line: dict[str, Any]) -> str:
    reason = f": {line['reason']}" if line["reason"] else ""
    return f"{line['number']:>10,}  {line['channel']} {line['status']}{reason}"
