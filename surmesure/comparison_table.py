"""The comparison of models as people read it: measures in rows, models in columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.table import Table

from surmesure.summary import GATES

if TYPE_CHECKING:
    from evaluation.intervals import Estimate
    from evaluation.model_comparison import Cost, JudgedCase, Measures

#: Gates named for each model, those that refuse most first.
MOST_GATES = 5


class Tested(NamedTuple):
    """One model: its name as it was given, its cases, what was measured, and the cost where prices were given."""

    name: str
    cases: Sequence[JudgedCase]
    measures: Measures
    cost: Cost | None


def comparison_table(tested: Sequence[Tested], title: str) -> Table:
    """All measures side by side; shares with their 95 % interval."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for one in tested:
        table.add_column(one.name, justify="right", overflow="fold")
    rows = [_rows(one) for one in tested]
    for name in dict.fromkeys(name for own in rows for name in own):
        table.add_row(name, *(own.get(name, "") for own in rows))
    return table


def refusals(one: Tested) -> str:
    """What refuses most of a model's candidates, in words."""
    most = list(one.measures.refused_by.items())[:MOST_GATES]
    named = [f"{count:,} {GATES.get(gate, gate.replace('_', ' '))}" for gate, count in most]
    return f"Refused most, {one.name}: {'; '.join(named) or 'nothing'}."


def cost_note(tested: Sequence[Tested]) -> str:
    """Which approval rate the cost stands on."""
    told = [(one.name, one.cost) for one in tested if one.cost]
    rates = [
        f"{name} {cost.approval_rate:.0%} of {cost.decisions} texts that people decided on"
        if cost.decisions
        else f"{name} assumed 100 %, since too few of its texts were decided on"
        for name, cost in told
    ]
    return f"Approval rate behind the cost: {'; '.join(rates)}."


def _rows(one: Tested) -> dict[str, str]:
    found, cost = one.measures, one.cost
    slots = {
        f"  fall-backs, {slot}": f"{count.fell_back} of {count.cases}"
        for slot, count in found.fall_backs_by_slot.items()
    }
    paid = {} if cost is None else {"Cost of an approved variant": _number(cost.per_approved, "{:.4f}")}
    return {
        "Cases with a candidate that passes": _share(found.cases_with_one),
        "Candidates that pass": _share(found.candidates_that_pass),
        "Fall-backs": f"{found.fall_backs} of {found.cases}",
        **slots,
        "Tokens a second": f"{found.tokens_per_second:,.0f}",
        "Seconds of writing": f"{found.seconds:,.1f}",
        **paid,
        "Chosen: words beyond the facts": _number(found.words_beyond_facts, "{:.0%}"),
        "Chosen: different openings": _number(found.distinct_openings, "{:.0%}"),
        **{f"Chosen: {name}": f"{value:.2f}" for name, value in found.scores.items()},
    }


def _share(share: Estimate) -> str:
    return f"{share.value * 100:.1f} % ({share.low * 100:.0f} to {share.high * 100:.0f})"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
