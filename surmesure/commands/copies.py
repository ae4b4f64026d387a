"""`surmesure check` and `surmesure draft`: lint copy, and write copy, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line


def check(
    file: Annotated[
        Path,
        typer.Argument(
            help='JSON Lines with "copy", "facts", "keep", "audience", "slot"; - reads standard input.'
        ),
    ],
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Say of each copy whether it passes the gates, and why not.

    Numbers and names may come from the facts or the audience; every keep phrase must appear. "tone", "max_chars" and
    "locale" may be given. Exit code 0 whatever the verdicts are: the verdicts are the answer.
    Example: surmesure check copies.jsonl --json
    """
    from evaluation.gates.gate import Copy
    from flows.steps.copies import check_copies
    from surmesure.lines import CopyLine, read_lines

    lines = read_lines(file, CopyLine)
    copies = [
        Copy(
            line.copy_text,
            line.slot,
            tuple(line.facts),
            tuple(line.keep),
            line.audience,
            line.tone,
            line.max_chars,
            line.locale,
        )
        for line in lines
    ]
    workplace = open_workplace(brand, neutral=True)
    passed = 0
    for copy, result in zip(copies, check_copies(workplace, copies), strict=True):
        passed += result["passed"]
        if json:
            print_line(result)
            continue
        typer.echo(f"{'ok      ' if result['passed'] else 'refused '} {copy.text[:300]}")
        for gate in result["gates"]:
            if not gate["passed"]:
                typer.echo(f"         {gate['gate']}: {gate['reason']}")
    if not json:
        typer.echo(f"{passed} of {len(copies)} pass.")


def draft(
    file: Annotated[
        Path,
        typer.Argument(
            help='JSON Lines with "slot", "facts", "keep", "audience", "tone", "max_chars"; - reads standard input.'
        ),
    ],
    candidates: Annotated[int, typer.Option("-n", min=1, max=64, help="Candidates for each line.")] = 8,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Write copy from facts: the best candidate that passes the gates, or the approved facts themselves.

    Example: surmesure draft briefs.jsonl -n 8 --json
    """
    from flows.steps.copies import Wanted, draft_copies
    from surmesure.lines import DraftLine, read_lines
    from surmesure.progress import shown_progress

    lines = read_lines(file, DraftLine)
    wanted = [
        Wanted(line.slot, line.facts, line.keep, line.audience, line.tone, line.max_chars, line.locale)
        for line in lines
    ]
    workplace = open_workplace(brand, neutral=True)
    with shown_progress(quiet=json):
        for line, result in zip(lines, draft_copies(workplace, wanted, candidates), strict=True):
            if json:
                print_line(result)
                continue
            chosen = result["chosen"]
            note = "   [approved facts: no candidate passed]" if chosen["fallback"] else ""
            typer.echo(f"{line.slot}: {chosen['copy']}{note}")
