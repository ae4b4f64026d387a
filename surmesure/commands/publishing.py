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
    from content_store.models import Occurrence
    from flows.steps.workplace import Workplace

BriefArgument = Annotated[str, typer.Argument(metavar="BRIEF", help="The brief to publish.")]


def publish(
    brief: BriefArgument,
    to: Annotated[
        str,
        typer.Option(
            "--to", help="The folder that the files are written to, or smtp; a mail address gets proofs."
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
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Send the approved messages of a brief: as files for any e-mail or advertising tool, or as mails.

    Consent, caps, approvals and blocks are looked at once more right before. Called again, it goes on where it was
    stopped, and nothing is sent twice.
    Example: surmesure publish weekly-newsletter --to out
    """
    from datetime import UTC

    from flows.steps.publishing import SMTP, Way
    from flows.steps.publishing import publish as publish_brief
    from publishing.channels.file import FORMS
    from surmesure.progress import shown_progress

    if form not in FORMS:
        raise BadInput(f"--format {form} is not known; take one of {', '.join(FORMS)}.")
    if "://" in to or (to != SMTP and to.lower() == SMTP):
        raise BadInput(f"--to {to} is not known; give a folder of this machine, smtp, or a mail address.")
    if re.fullmatch(r"[^@\s/]+@[^@\s/]+\.[A-Za-z]{2,}", to):
        _send_proofs(open_workplace(brand), brief, to, json=json)
        return
    if to != SMTP and Path(to).exists() and not Path(to).is_dir():
        raise BadInput(f"--to {to} is no folder; give the folder that the files are written to.")
    way = Way(SMTP, "mail") if to == SMTP else Way(str(Path(to).resolve()), form)
    workplace = open_workplace(brand)
    (wanted,) = workplace.briefs([brief])
    at = occurrence.replace(tzinfo=UTC) if occurrence else None
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
    for wait in facts["waits"]:
        until = datetime.fromisoformat(wait["until"])
        typer.echo(
            f"            more from {until:%Y-%m-%d %H:%M} UTC on, by the same command: {wait['waits_for']}"
        )
    for reason, number in facts["left_out"].items():
        typer.echo(f"{number:>10,}  not planned: {reason}")


def _line(line: dict[str, Any]) -> str:
    reason = f": {line['reason']}" if line["reason"] else ""
    return f"{line['number']:>10,}  {line['channel']} {line['status']}{reason}"
