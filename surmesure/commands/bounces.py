"""`surmesure bounces`: mails that came back are read, and who is not there is not written again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from publishing.bounce_intake import Taken


def bounces(
    place: Annotated[
        str,
        typer.Argument(
            metavar="PLACE", help="An mbox, a mail, a Maildir, or - for one mail on standard input."
        ),
    ],
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Read mails that came back: addresses that are none and customers who complained are not written again.

    A report counts only when it names a mail of ours by its Message-ID, which nobody else can guess. Each is taken once,
    however often it is read; nothing is changed in the mailbox.
    Example: surmesure bounces /var/mail/bounces
    """
    from content_store import suppressions
    from publishing.bounce_intake import take
    from publishing.bounces import MOST_BYTES, NoReport
    from publishing.mailboxes import raw_mails
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand)
    key = suppressions.load_key(workplace.settings.state_folder)
    found: Counter[str] = Counter()
    with shown_progress(quiet=json):
        for done, raw in enumerate(raw_mails(place, MOST_BYTES), 1):
            try:
                if raw is None:
                    raise NoReport("it cannot be read")
                with workplace.sessions.begin() as session:
                    found[_told(take(session, raw, key, workplace.now))] += 1
            except NoReport as reason:
                found[f"not usable: {reason}"] += 1
            workplace.progress("bounces", done, done)
    for what, number in sorted(found.items()):
        if json:
            print_line({"what": what, "number": number})
        else:
            typer.echo(f"{number:>10,}  {what}")
    if not found and not json:
        typer.echo(f"There is no mail in {place}.")


def _told(taken: Taken) -> str:
    if taken.again:
        return "taken before"
    listed = ", not written there again" if taken.listed else ""
    resolved = ", which answers what was unknown" if taken.resolved else ""
    return f"{taken.kind}{listed}{resolved}"
