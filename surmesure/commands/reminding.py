"""`surmesure remind`: what waits too long for a decision is told to people."""

from __future__ import annotations

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line


def remind(brand: BrandOption = None, json: JsonOption = False) -> None:
    """Tell of messages that wait too long, and give those of people who are away to who stands in.

    Where the reminder goes stands in SURMESURE_REVIEW__NOTIFY (apprise URLs, such as mailto:// or slack://); without it
    nothing is sent. Call it from cron, such as each morning.

    Example: surmesure remind --brand my-brand
    """
    from flows.steps import reminders

    workplace = open_workplace(brand)
    review = workplace.settings.review
    with workplace.sessions.begin() as session:
        found = reminders.find_overdue(session, review, workplace.now)
    lines = reminders.told(found, review.origin)
    if review.notify is not None and lines:
        title = f"{workplace.brand.name}: {reminders.headline(found)}"
        reminders.notify(review.notify.get_secret_value(), title, lines)
    if json:
        for overdue in found.overdue:
            print_line({"kind": "overdue", **overdue._asdict()})
        for given in found.handed_over:
            print_line({"kind": "handed_over", **given._asdict()})
        return
    for line in lines:
        typer.echo(line)
    if not lines:
        typer.echo(f"Nothing waits longer than {review.remind_after_hours:g} hours.")
    elif review.notify is None:
        typer.echo("Nobody was told: SURMESURE_REVIEW__NOTIFY is not set.")
