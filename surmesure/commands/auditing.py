"""`surmesure audit`: was anything done to the decision log, and the log as a file."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from content_store.errors import BadInput, WorkFailed
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from content_store.audit import Audited
    from flows.steps.workplace import Workplace


def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(
            "--head",
            help="A hash noted earlier that the log must still hold; may be repeated.",
            show_default=False,
        ),
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Read the decision log and all messages again, and say what does not fit.

    Every hash is computed again, every approved message is held against the approval that the log tells of, and the
    newest entries noted at earlier audits (audit.heads in the state folder) must still be there.

    Example: surmesure audit verify --brand my-brand
    """
    from content_store import audit
    from content_store.noted_heads import note_head, read_heads

    workplace = _workplace(brand)
    state = workplace.settings.state_folder
    noted = [item.entry_hash for item in read_heads(state)]
    expected = [*noted, *(_hash(text) for text in head or [])]
    with audit.one_moment(workplace.sessions) as session:
        found = audit.verify(session, expected)
    if not found.problems:
        note_head(state, found.entries, found.head, workplace.now)
    if json:
        print_line({"sound": not found.problems, **found._asdict()})
    else:
        for problem in found.problems:
            typer.echo(problem)
        typer.echo(_told(found))
    if found.problems:
        raise typer.Exit(1)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; - for standard output.")],
    brand: BrandOption = None,
) -> None:
    """Write the decision log as JSON Lines, one entry a line, the oldest first.

    Each line holds what was hashed and its hash, so that the log can be verified without the database. The same log
    gives the same bytes.

    Example: surmesure audit export decisions.jsonl --brand my-brand
    """
    from content_store.audit import log_entries, log_line
    from content_store.database import reading
    from content_store.noted_heads import note_head

    workplace = _workplace(brand)
    last: dict[str, Any] = {"id": 0, "entry_hash": ""}

    def lines() -> Iterator[str]:
        for entry in log_entries(reading(workplace.sessions)):
            yield log_line(entry)
            last.update(entry)

    if str(file) == "-":
        sys.stdout.writelines(lines())
    else:
        _write(file, lines())
    note_head(workplace.settings.state_folder, last["id"], last["entry_hash"], workplace.now)
    typer.echo(f"{last['id']} entries{' in ' + str(file) if str(file) != '-' else ''}.", err=True)


def _workplace(brand: Path | None) -> Workplace:
    """The brand folder, whose database must be there: an audit makes none."""
    from content_store.database import is_made

    workplace = open_workplace(brand)
    if not is_made(workplace.settings.database_url):
        raise BadInput(f"{workplace.settings.brand} has no database yet; `surmesure run` makes one.")
    return workplace


def _hash(text: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise BadInput(
            f"--head {text[:80]!r} is not the hash of an entry; give its 64 digits and letters a to f."
        )
    return text


def _told(found: Audited) -> str:
    read = f"{found.entries} entries and {found.messages} messages"
    if not found.problems:
        return f"{read}: everything fits. The newest entry is {found.head}."
    count = len(found.problems)
    return f"{read}: {count} thing{'' if count == 1 else 's'} {'does' if count == 1 else 'do'} not fit."


def _write(file: Path, lines: Iterable[str]) -> None:
    """The whole file or nothing of it."""
    try:
        handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(lines)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise WorkFailed(
            f"{file} cannot be written ({error.strerror}); give a file that you may write."
        ) from None
