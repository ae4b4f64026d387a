"""`surmesure blocks`: import, search and list approved content."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line


def import_(
    path: Annotated[Path, typer.Argument(help="A folder of .md files, one .md file, or a .jsonl file.")],
    approve: Annotated[
        bool, typer.Option("--approve", help="Mark them approved; you vouch for them.")
    ] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Take blocks into the library: what changed becomes a new version.

    Example: surmesure blocks import blocks/
    """
    from flows.steps.blocks import import_blocks, open_index
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand, neutral=True)
    with shown_progress(quiet=json), workplace.sessions() as session:
        counts = import_blocks(session, workplace, path, approve=approve)
        from content_store.library import count_blocks

        standing = count_blocks(session)
        if standing.get("approved"):
            open_index(session, workplace)
    if json:
        print_line({**counts._asdict(), "library": standing})
        return
    typer.echo(
        f"{counts.new} new, {counts.moved} changed status, {counts.unchanged} unchanged, {counts.held} held for a person."
    )
    typer.echo(
        "The library now holds "
        + ", ".join(f"{count} {status}" for status, count in sorted(standing.items()))
        + "."
    )


def search(
    text: Annotated[str | None, typer.Argument(help="What to look for.", show_default=False)] = None,
    queries: Annotated[
        Path | None, typer.Option("--queries", help='JSON Lines with "id" and "text".', show_default=False)
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="Hits for each query.")] = 10,
    locale: Annotated[
        str | None, typer.Option("--locale", help="Only this locale.", show_default=False)
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Only this channel.", show_default=False)
    ] = None,
    slot: Annotated[str | None, typer.Option("--slot", help="Only this slot.", show_default=False)] = None,
    theme: Annotated[str | None, typer.Option("--theme", help="Only this theme.", show_default=False)] = None,
    valid_on: Annotated[
        str | None,
        typer.Option("--valid-on", help="Only what is valid on this day, YYYY-MM-DD.", show_default=False),
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Find the approved blocks nearest in meaning to a text.

    Example: surmesure blocks search "warm drinks for cold mornings" -k 5
    """
    from flows.steps.blocks import search_blocks
    from surmesure.lines import Query, parse_day, read_lines, read_query

    wanted = read_lines(queries, Query) if queries else [read_query(text)]
    workplace = open_workplace(brand, neutral=True)
    with workplace.sessions() as session:
        found = search_blocks(
            session,
            workplace,
            [query.text for query in wanted],
            k,
            day=parse_day(valid_on),
            locale=locale,
            channel=channel,
            slot=slot,
            theme=theme,
        )
    for query, hits in zip(wanted, found, strict=True):
        if json:
            print_line({"id": query.id, "hits": [hit._asdict() for hit in hits]})
            continue
        typer.echo(query.text)
        for hit in hits:
            typer.echo(f"    {hit.score:.3f}  {hit.block} version {hit.version}")


def list_(
    status: Annotated[
        str | None, typer.Option("--status", help="Only with this status.", show_default=False)
    ] = None,
    theme: Annotated[str | None, typer.Option("--theme", help="Only this theme.", show_default=False)] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """List the blocks of the library with their versions.

    Example: surmesure blocks list --theme coffee
    """
    from flows.steps.blocks import list_blocks

    workplace = open_workplace(brand, neutral=True)
    with workplace.sessions() as session:
        versions = list_blocks(session)
    shown = [
        v for v in versions if (not status or v.status.value == status) and (not theme or theme in v.themes)
    ]
    for version in shown:
        if json:
            print_line(
                {
                    "block": version.block_id,
                    "version": version.number,
                    "status": version.status.value,
                    "slot": version.slot,
                    "channels": version.channels,
                    "locale": version.locale,
                    "themes": version.themes,
                    "mode": version.mode.value,
                    "text": version.text,
                    "facts": version.facts,
                    "valid_from": version.valid_from,
                    "valid_until": version.valid_until,
                    "owner": version.owner,
                }
            )
        else:
            held = f" ({version.held_reason})" if version.held_reason else ""
            typer.echo(
                f"{version.block_id} v{version.number} · {version.slot} · {version.status.value}{held}\n    {version.text}"
            )
    if not json:
        typer.echo(f"{len(shown)} block versions.")
