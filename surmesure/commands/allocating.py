"""`surmesure measure allocate`: outcomes decide how often each message is chosen."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from evaluation.measurement.allocation import Allocation
    from evaluation.measurement.proposal import Worth
    from flows.steps.allocating import Proposal


def allocate(
    brief: Annotated[
        str,
        typer.Argument(metavar="BRIEF", help="The brief whose messages are allotted.", show_default=False),
    ],
    launch: Annotated[
        bool,
        typer.Option("--launch", help="Put the shares in force, unless they would have earned less."),
    ] = False,
    equal: Annotated[bool, typer.Option("--equal", help="Go back to equal shares.")] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Propose how often each message is chosen, by what customers did whose window is over; --launch puts it in force.

    A message's share is how likely it is the best of its segment, channel and locale, and the floor at least.
    Example: surmesure measure allocate weekly-newsletter --launch
    """
    from flows.steps import allocating
    from surmesure.progress import shown_progress

    workplace = open_workplace(brand)
    (named,) = workplace.briefs([brief])
    with shown_progress(quiet=json):
        proposal = allocating.propose(workplace, named, equal=equal)
    if not json:
        _tell(proposal)
    policy = allocating.launch(workplace, proposal, _name()) if launch else None
    if json:
        print_line(allocating.told(proposal) | {"policy": policy.id if policy else None})
    elif policy:
        typer.echo(
            f"In force from now on, as policy {policy.id}; occurrences that have begun keep their shares."
        )
    else:
        typer.echo("Nothing was changed; --launch puts the proposed shares in force.")


def _tell(proposal: Proposal) -> None:
    what = {"value": "value of", "margin": "margin of", "conversions": "customers with"}[proposal.metric.of]
    typer.echo(
        f"{proposal.brief_id}: {what} {proposal.metric.kind} in {proposal.window_days} days, of windows that were over on"
        f" {proposal.as_of:%Y-%m-%d %H:%M} UTC."
    )
    share = proposal.metric.of == "conversions"
    for allocation in proposal.allocations:
        _tell_place(allocation, proposal.segments, share=share)
    if proposal.worth is not None:
        _tell_worth(proposal.worth, equal=proposal.equal)


def _tell_place(allocation: Allocation, segments: dict[int, str], *, share: bool) -> None:
    number, channel, locale = allocation.place
    name = segments.get(number, f"segment {number}")
    equal = f"; equal shares: {allocation.note}" if allocation.note else ""
    typer.echo(f"{name}, {channel}, {locale}{equal}")
    for arm in allocation.arms:
        mean = "" if arm.mean is None else (f"{arm.mean:.2%}" if share else f"{arm.mean:,.2f}")
        typer.echo(
            f"  {arm.arm:<24} {arm.customers:>9,} customers {mean:>10}  now {arm.present:>4.0%}  proposed {arm.proposed:>4.0%}"
        )


def _tell_worth(worth: Worth, *, equal: bool) -> None:
    value, which = worth.value, "Equal shares" if equal else "The proposed shares"
    if value.refused:
        typer.echo(f"{which}: {worth.refused}")
        return
    typer.echo(
        f"{which} would have earned {value.dr:.4g} a customer where {value.logged:.4g} was earned, {worth.gain:+.3g}"
        f" ({worth.gain_low:+.3g} to {worth.gain_high:+.3g}); {value.rows:,} choices, worth {value.ess:,.0f} of its own."
    )
    typer.echo(f"  by other estimators: ips {value.ips:.4g}, snips {value.snips:.4g}, dm {value.dm:.4g}")


def _name() -> str:
    """Who is at the keyboard, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"
