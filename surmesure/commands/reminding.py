"""`surmesure remind`: what waits too long for a decision is told to people."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from flows.steps.workplace import Workplace

#: When those are told whom a process of its own tells, in UTC.
MORNING = "0 8 * * *"


def remind(
    each_morning: Annotated[
        bool, typer.Option("--each-morning", help="Keep running, and tell each morning at 8:00 UTC.")
    ] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Tell of messages that wait too long, and give those of people who are away to who stands in.

    Where the reminder goes stands in SURMESURE_REVIEW__NOTIFY (apprise URLs, such as mailto:// or slack://); without it
    nothing is sent. `surmesure serve` calls it each morning where an address is set; without serve, cron can.

    Example: surmesure remind --brand my-brand
    """
    workplace = open_workplace(brand)
    if each_morning:
        every_morning(lambda: _remind(workplace, json), lambda: workplace.now, time.sleep)
    else:
        _remind(workplace, json)


def every_morning(
    tell: Callable[[], None], now: Callable[[], datetime], sleep: Callable[[float], None]
) -> None:
    """Tell at each morning from the next one on: a restart in between neither repeats one nor leaves one out."""
    from content_store.schedules import next_times

    due = next_times(MORNING, "UTC", now(), 1)[0]
    while True:
        # In short naps: a machine that was asleep in between tells when it wakes.
        while (left := (due - now()).total_seconds()) > 0:
            sleep(min(left, 60.0))
        tell()
        due = next_times(MORNING, "UTC", now(), 1)[0]


def _remind(workplace: Workplace, json: bool) -> None:
    from flows.steps import reminders

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
