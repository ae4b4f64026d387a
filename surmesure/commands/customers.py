"""`surmesure customers`: what is held of a customer, given to them, stopped or erased."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from content_store.errors import BadInput, WorkFailed
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

CustomerArgument = Annotated[str, typer.Argument(metavar="ID", help="The customer's id.")]

#: Field of the customer -> what people call it.
LABELS = {
    "email": "mail",
    "phone": "phone",
    "first_name": "first name",
    "locale": "language",
    "time_zone": "time zone",
}


def show(customer: CustomerArgument, brand: BrandOption = None, json: JsonOption = False) -> None:
    """Show what is held of a customer: data, consents, segments, and every message with all that it stood on.

    Example: surmesure customers show C0001
    """
    from flows.steps.receipts import shown

    told = shown(open_workplace(brand), customer)
    if json:
        print_line(told)
        return
    for line in _lines(told):
        typer.echo(line)


def export(
    customer: CustomerArgument,
    to: Annotated[Path, typer.Option("--to", metavar="FILE.json", help="A new file, for its owner alone.")],
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Write all that is held of a customer into a file, to give to them (GDPR, articles 15 and 20).

    Example: surmesure customers export C0001 --to c0001.json
    """
    from json import dumps

    from content_store.durable_files import create_file
    from flows.steps.receipts import everything

    told = everything(open_workplace(brand), customer)
    content = dumps(told, indent=2, ensure_ascii=False, default=_written).encode() + b"\n"
    try:
        made = create_file(to, content, mode=0o600)
    except OSError as error:
        raise WorkFailed(f"{to}: {error.strerror}; give a file in a folder that can be written to.") from None
    if not made:
        raise BadInput(f"{to} is there already; give a name that is not used yet.")
    if json:
        print_line({"customer": customer, "file": str(to), "bytes": len(content)})
    else:
        typer.echo(
            f"All that is held of {customer} is in {to}: messages: {len(told['publications']):,}, events: {len(told['events']):,}."
        )


def stop(
    customer: CustomerArgument,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Send a customer nothing more, on any channel for any purpose, and group them no more (GDPR, article 21).

    Example: surmesure customers stop C0001
    """
    from content_store.models import Customer
    from content_store.withdrawals import withdraw_everything

    workplace = open_workplace(brand)
    with workplace.sessions.begin() as session:
        if session.get(Customer, customer) is None:
            raise BadInput(f"there is no customer {customer!r}; check the spelling of the id.")
        new = withdraw_everything(session, customer, at=workplace.now, proof="surmesure customers stop")
    if json:
        print_line({"customer": customer, "stopped": True, "new": new})
        return
    typer.echo(
        f"{customer} gets nothing more of any kind. The next run leaves them out of the segments."
        if new
        else f"{customer} gets nothing already."
    )


def forget(
    customers: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The customers' ids.", show_default=False)
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="LIST", help="A text file with an id on each line.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Erase customers from all that is ours, for good (GDPR, article 17); a keyed hash keeps sources from bringing them back.

    First nothing is sent to them any more. Stopped or killed, the same command goes on.
    Example: surmesure customers forget C0001
    """
    from flows.steps.forgetting import forget as forget_customers
    from surmesure.progress import shown_progress

    ids = [*(customers or []), *(_ids_in(file) if file else [])]
    if not ids:
        raise BadInput("nobody is named; give ids, or --file LIST with an id on each line.")
    workplace = open_workplace(brand)
    if not yes:
        _ask(ids)
    with shown_progress(quiet=json):
        done = forget_customers(workplace, ids)
    if json:
        print_line(done._asdict())
        return
    typer.echo(f"{done.customers:,} {'customer is' if done.customers == 1 else 'customers are'} erased.")
    if done.sharing:
        typer.echo(
            f"Not reached at the same address any more, and not updated by sources: {', '.join(done.sharing)}."
        )
    if done.left:
        typer.echo("Left to do by hand:")
    for sentence in done.left:
        typer.echo(f"  - {sentence}")


def _ask(ids: list[str]) -> None:
    if not sys.stdin.isatty():
        raise BadInput("nobody is there to confirm that customers are erased for good; add --yes.")
    named = ids[0] if len(ids) == 1 else f"{len(ids):,} customers"
    typer.confirm(f"Erase {named} for good?", abort=True)


def _ids_in(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            f"{file} cannot be read ({error}); give a text file with an id on each line."
        ) from None
    return [line.strip() for line in lines if line.strip()]


def _lines(told: dict[str, Any]) -> Iterator[str]:
    customer = told["customer"]
    yield customer["id"]
    fields = {label: customer[name] for name, label in LABELS.items()} | customer["attributes"]
    for label, value in fields.items():
        if value:
            yield f"  {label}: {value}"
    yield f"  from {customer['source']}, read on {customer['read_at']:%Y-%m-%d}"
    for item in told["not_reached"]:
        yield f"  not reached on {item['channel']} since {item['at']:%Y-%m-%d}: {item['reason']} ({item['proof']})"
    yield "Consents, the newest first"
    for item in told["consents"]:
        what = "everything" if item["everything"] else f"{item['purpose']} by {item['channel']}"
        shown = f', shown: "{item["wording"]}"' if item["wording"] else ""
        proof = f", proof: {item['proof']}" if item["proof"] else ""
        yield f"  {item['at']:%Y-%m-%d %H:%M} UTC  {'yes' if item['granted'] else 'no '} to {what}{shown}{proof}, from {item['source']}"
    yield "Segments"
    for item in told["segments"]:
        yield f"  {item['name']}: {item['audience']}"
    if told["outcomes"]:
        yield "Outcomes, the newest first"
    for item in told["outcomes"]:
        yield f"  {_outcome(item)}"
    yield "Messages, the newest first"
    for item in told["publications"]:
        yield from _publication(item)


def _outcome(item: dict[str, Any]) -> str:
    worth = f", worth {item['value']:g}" if item["value"] is not None else ""
    about = f" (publication {item['publication_id']})" if item["publication_id"] is not None else ""
    flag = f", not by a person: {item['flag']}" if item["flag"] else ""
    return f"{item['at']:%Y-%m-%d %H:%M} UTC  {item['kind']}{worth}{flag}{about}"


def _publication(item: dict[str, Any]) -> Iterator[str]:
    when = item["sent_at"] or item["planned_at"]
    reason = f": {item['reason']}" if item["reason"] else ""
    yield ""
    yield (
        f"  {when:%Y-%m-%d %H:%M} UTC  {item['brief']} of {item['occurrence']:%Y-%m-%d}, {item['channel']},"
        f" {item['status']}{reason} (publication {item['publication']})"
    )
    yield f"    {item['why']}"
    agreed = item["consent"]
    if agreed:
        yield f"    Consent: yes to {agreed['purpose']} by {agreed['channel']} on {agreed['at']:%Y-%m-%d}, from {agreed['source']}"
    else:
        yield "    Consent: none is held"
    for by in item["approved"]:
        yield f"    Approved by {by['name']} as {', '.join(by['roles'])} on {by['at']:%Y-%m-%d %H:%M} UTC"
    yield f"    Text: {item['checked']}"
    if item["subject"]:
        yield f"    | {item['subject']}"
    for line in (item["text"] or "").splitlines():
        yield f"    | {line}"
    for slot in item["slots"]:
        yield f"    {slot['slot']}: {slot['written_by']}"
        for sentence in slot["sentences"]:
            on = f"{sentence['block']} version {sentence['version']}" if sentence["block"] else "no block"
            yield f"      {on}: {sentence['text']}"


def _written(value: Any) -> str:
    """What JSON has no word for: moments, as ISO 8601 writes them."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
