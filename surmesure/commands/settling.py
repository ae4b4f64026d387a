"""`surmesure confirm` and `surmesure resolve`: what nobody but a person can know."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from flows.steps.restoring import Holding

#: Publications that are resolved in one transaction.
PORTION = 500


def confirm(
    restored: Annotated[
        bool,
        typer.Option("--restored", help="It is an old copy: whatever is open in it is never sent by itself."),
    ] = False,
    current: Annotated[
        bool,
        typer.Option("--current", help="It is the database in use, and this machine is new to it."),
    ] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Say what a database is that `surmesure publish` does not trust; without an option, see what it holds.

    Look at it first, and pause the schedules of what went out already today.
    Example: surmesure confirm --restored
    """
    from flows.steps.restoring import give_up_open, look, trust

    if restored and current:
        raise BadInput("a database is restored or current; give one of the two options.")
    workplace = open_workplace(brand)
    found = look(workplace)
    if restored and not (found.standing.is_old or found.standing.is_strange):
        raise BadInput("this machine trusts the database already, and nothing is lost in it; just publish.")
    if restored:
        lost = give_up_open(workplace, _name())
        if json:
            print_line({"restored": True, "unknown": lost})
        else:
            typer.echo(
                f"{lost:,} publications are unknown now; `surmesure status --unknown` lists them. This machine publishes again."
            )
    elif current:
        trust(workplace)
        if json:
            print_line({"current": True})
        else:
            typer.echo("This machine publishes from this database from now on.")
    elif json:
        print_line(_facts(found))
    else:
        _tell(found)


def resolve(
    word: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="WORD",
            help="sent, not-sent, or send: it was not sent, and goes out with the next publish.",
        ),
    ],
    publications: Annotated[
        list[int] | None, typer.Argument(metavar="[ID]...", help="The publications' ids.")
    ] = None,
    brief: Annotated[str | None, typer.Option(help="All of this brief.", show_default=False)] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Say what became of publications that are unknown, as `surmesure status --unknown` lists them.

    Your name and the moment are kept as the reason.
    Example: surmesure resolve 17 18 --as sent
    """
    from publishing.resolving import Word, doubts
    from publishing.resolving import resolve as write_down

    if word not in set(Word):
        raise BadInput(f"--as {word} is not known; take one of {', '.join(Word)}.")
    if bool(publications) == bool(brief):
        raise BadInput("give the ids of the publications, or --brief for all of a brief.")
    workplace = open_workplace(brand)
    ids = list(publications or [])
    if brief:
        with workplace.sessions() as session:
            ids = [item.publication_id for item in doubts(session, brief)]
    changed: set[int] = set()
    for start in range(0, len(ids), PORTION):
        with workplace.sessions.begin() as session:
            changed |= write_down(
                session, ids[start : start + PORTION], Word(word), by=_name(), at=workplace.now
            )
    if json:
        print_line({"as": word, "resolved": sorted(changed)})
    else:
        again = "; publish the occurrence again" if word == Word.SEND and changed else ""
        typer.echo(f"{len(changed):,} publications: {word}{again}.")
    if others := [number for number in ids if number not in changed]:
        raise BadInput(
            f"publication {others[0]} is not unknown, so it was left as it is ({len(others)} such)."
        )


def _tell(found: Holding) -> None:
    state = found.standing
    if state.is_old:
        typer.echo(
            f"An old copy: it knows of {state.mark:,} steps of sending, this machine of {state.noted:,}."
        )
    elif state.is_strange:
        typer.echo("This machine never sent from this database; others did.")
    else:
        typer.echo("This machine trusts the database.")
    newest = f"{found.newest:%Y-%m-%d %H:%M} UTC" if found.newest else "nothing"
    typer.echo(f"The newest in its ledger: {newest}. What it holds as open:")
    for item in found.unfinished:
        plan = "" if item.planned else ", its plan is not finished"
        typer.echo(
            f"{item.rows:>10,}  {item.brief_id}, {item.at:%Y-%m-%d %H:%M} UTC, to {item.destination}{plan}"
        )
    if not found.unfinished:
        typer.echo("            nothing")
    if not (state.is_old or state.is_strange):
        return
    typer.echo(
        "What was sent after that, and who said stop, is not known here: take over the consents that were withdrawn since,\n"
        "and pause the schedules of briefs that went out already today, because an occurrence that is not here begins anew.\n"
        "  surmesure confirm --restored   it is an old copy: what is open becomes unknown and is never sent by itself"
    )
    if not state.is_old:
        typer.echo(
            "  surmesure confirm --current    it is the database in use: this machine is new, or lost its notes"
        )


def _facts(found: Holding) -> dict[str, object]:
    state = found.standing
    return {
        "old": state.is_old,
        "strange": state.is_strange,
        "mark": state.mark,
        "noted": state.noted,
        "newest": found.newest.isoformat() if found.newest else None,
        "unfinished": [item._asdict() | {"at": item.at.isoformat()} for item in found.unfinished],
    }


def _name() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
