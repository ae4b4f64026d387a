"""What was found of a campaign in a few lines of Markdown."""

from __future__ import annotations

from evaluation.measurement.numbers import Numbers, unit_of
from evaluation.measurement.results import CampaignResults
from evaluation.measurement.trust import shows_effects


def summary(results: CampaignResults) -> str:
    """The headline, the effect on each metric, the return, and what to do next."""
    numbers = Numbers("en", results.currency)
    lines = [f"**{results.headline}**", ""]
    if shows_effects(results) and results.overall:
        lines += [
            "| measure | with messages | held out | difference | 95 % interval |",
            "|---|---:|---:|---:|---|",
        ]
        for line in results.overall:
            ends = numbers.ends(line.lift_low, line.lift_high, line.metric)
            points = " points" if unit_of(line.metric) == "share" else ""
            lines.append(
                f"| {line.metric} | {numbers.amount(line.mean, line.metric)} | {numbers.amount(line.control_mean, line.metric)}"
                f" | {numbers.difference(line.lift, line.metric)}{points} | {ends['low']} to {ends['high']}{points} |"
            )
        lines.append("")
    lines += [results.worth.sentence, "", *(f"1. {step}" for step in results.next_steps)]
    return "\n".join(lines).rstrip() + "\n"
