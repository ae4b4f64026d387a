"""`surmesure measure`: what an experiment shows, or what was none; what another policy would have earned; what a test needs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from evaluation.measurement.comparison import Comparison
    from evaluation.measurement.foresight import Foreseen, Price
    from evaluation.measurement.observing import Observed
    from evaluation.measurement.off_policy import Value
    from evaluation.measurement.power import Plan
    from flows.steps.foreseeing import Foresight

#: People read so many covariates, the most unlike first; programs read all.
MOST_COVARIATES = 8

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, Parquet or JSON Lines file.")]


def analyze(
    file: FileArgument,
    arm: Annotated[str, typer.Option(help="The column that says which arm a row is in.")],
    control: Annotated[str, typer.Option(help="The arm that the others are compared with.")],
    metric: Annotated[
        list[str], typer.Option(help="NAME:mean, NAME:proportion or NAME:ratio:DENOMINATOR; several times.")
    ],
    unit: Annotated[
        str | None,
        typer.Option(
            help="The column of the unit that was assigned; each row is one without it.", show_default=False
        ),
    ] = None,
    covariate: Annotated[
        str | None,
        typer.Option(
            help="A column from before the experiment that narrows the intervals (CUPED).", show_default=False
        ),
    ] = None,
    share: Annotated[
        list[str] | None,
        typer.Option(help="ARM=0.5 for each arm where they were not meant to be equal.", show_default=False),
    ] = None,
    planned: Annotated[
        int,
        typer.Option(
            min=2, help="Units at which the sequential interval is narrowest; decide before looking."
        ),
    ] = 10_000,
    json: JsonOption = False,
) -> None:
    """Compare the arms of an experiment with its control: lift, 95 % interval, and whether the split can be trusted.

    Rows of one unit are added up when --unit names it.
    Example: surmesure measure analyze results.csv --arm segment --control none --metric visit:proportion --metric spend:mean
    """
    from evaluation.measurement.analysis import analyze as analyze_table
    from evaluation.measurement.tables import labels, metric_of, open_table

    metrics = [metric_of(text) for text in metric]
    labels(metrics)  # before a large file is read
    with open_table(file, arm, metrics, covariate, unit) as table:
        lines = analyze_table(
            table, control, metrics, covariate=covariate, shares=_shares(share or []), planned=planned
        )
        sizes = table.sizes
    if json:
        for line in lines:
            print_line(asdict(line) | {"trusted": line.trusted})
        return
    _tell(lines, control, sizes)


def observe(
    file: FileArgument,
    treated: Annotated[str, typer.Option(help="The column of 0 and 1: who received it.")],
    metric: Annotated[list[str], typer.Option(help="NAME:mean or NAME:proportion; several times.")],
    covariate: Annotated[
        list[str],
        typer.Option(
            help="A column from before, of numbers or of words, to make the groups alike; several times."
        ),
    ],
    exact: Annotated[
        str | None,
        typer.Option(help="Compare only rows that have the same word in this column.", show_default=False),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Compare those who received something with those who did not, where nobody was chosen by chance: not an effect.

    Tells how unlike the groups were before, and the difference among those alike, by overlap weights.
    Example: surmesure measure observe campaign.csv --treated received --metric spend:mean --covariate spend_before --covariate age
    """
    from evaluation.measurement.observed_tables import read_observations
    from evaluation.measurement.observing import observe as observe_metric
    from evaluation.measurement.tables import metric_of

    metrics = [metric_of(text) for text in metric]
    data = read_observations(file, treated, metrics, covariate, exact)
    lines = [observe_metric(data, item) for item in metrics]
    if json:
        for line in lines:
            print_line(asdict(line))
        return
    _tell_observed(lines, treated)


def evaluate_policy(
    file: FileArgument,
    reward: Annotated[str, typer.Option(help="The column of what each choice earned.")],
    propensity: Annotated[str, typer.Option(help="The logged probability of the choice that was made.")],
    target: Annotated[str, typer.Option(help="The other policy's probability of that same choice.")],
    estimate: Annotated[
        list[str] | None,
        typer.Option(
            help="The reward expected of the other policy; given twice, first that of the choice made.",
            show_default=False,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Tell what another policy would have earned, from choices that were made by chance with logged probabilities.

    Example: surmesure measure evaluate-policy log.csv --reward click --propensity p --target q
    """
    from evaluation.measurement.off_policy import evaluate_policy as evaluate

    value = evaluate(file, reward, propensity, target, estimate or [])
    if json:
        print_line(asdict(value))
    else:
        _tell_value(value)


def power(
    baseline: Annotated[float, typer.Option(help="The control's share, or its mean with --deviation.")],
    deviation: Annotated[
        float | None,
        typer.Option(help="The standard deviation of a mean; a share without it.", show_default=False),
    ] = None,
    lift: Annotated[
        float | None,
        typer.Option(help="The smallest difference that matters: how many units?", show_default=False),
    ] = None,
    units: Annotated[
        int | None, typer.Option(help="Units in each arm: which difference is found?", show_default=False)
    ] = None,
    arms: Annotated[int, typer.Option(help="Arms with the control.")] = 2,
    chance: Annotated[
        float, typer.Option("--power", help="How often a true difference is to be found.")
    ] = 0.8,
    alpha: Annotated[float, typer.Option(help="How often one is found where there is none.")] = 0.05,
    json: JsonOption = False,
) -> None:
    """Tell how many units an experiment needs, or what it can find with those there are.

    Example: surmesure measure power --baseline 0.10 --lift 0.01
    """
    from evaluation.measurement.power import lift_found, of_mean, of_share, units_needed

    variance = of_share if deviation is None else of_mean(deviation)
    if lift is not None and units is None:
        plan = units_needed(baseline, variance, lift, arms=arms, power=chance, alpha=alpha)
    elif units is not None and lift is None:
        plan = lift_found(baseline, variance, units, arms=arms, power=chance, alpha=alpha)
    else:
        raise BadInput("give --lift to learn the units, or --units to learn the lift.")
    if json:
        print_line(asdict(plan))
    else:
        _tell_plan(plan)


def plan(
    brief: Annotated[str, typer.Argument(metavar="BRIEF", help="The id of a brief.")],
    lift: Annotated[
        float, typer.Option(min=0.001, help="The smallest relative difference that matters.")
    ] = 0.1,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Tell which differences a brief's audience is big enough to show, and what one, two or three messages would cost.

    The customers' past is that of a window of the same length before the newest segments.
    Example: surmesure measure plan coffee-week --brand my-brand
    """
    from evaluation.measurement.foresight import told_apart
    from flows.steps.foreseeing import foresight

    workplace = open_workplace(brand)
    found = foresight(workplace, workplace.briefs([brief])[0])
    if json:
        print_line(asdict(found) | {"told_apart": told_apart(found.whole, lift)})
    else:
        _tell_foresight(found, lift)


def _shares(given: list[str]) -> dict[str, float] | None:
    shares = {}
    for text in given:
        arm, equals, number = text.rpartition("=")
        try:
            shares[arm] = float(number)
        except ValueError:
            equals = ""
        if not equals:
            raise BadInput(f"--share {text} is not understood; write ARM=0.5.")
    return shares or None


def _tell(lines: list[Comparison], control: str, sizes: dict[str, int]) -> None:
    from evaluation.measurement.comparison import SRM_ALARM

    for note in dict.fromkeys(note for line in lines for note in line.notes):
        typer.echo(note)
    if lines and lines[0].srm_p_value < SRM_ALARM:
        listed = ", ".join(f"{arm} {number:,}" for arm, number in sizes.items())
        typer.echo(
            f"No verdict: the arms' sizes ({listed}) are not what was meant ({_chance('p', lines[0].srm_p_value)}), so units were"
            " lost or assigned by something else than chance. Find out why; --share ARM=0.5 if they were meant to differ."
        )
    for line in lines:
        typer.echo(f"{line.arm} against {control}, {line.metric}: {_line(line)}")


def _line(line: Comparison) -> str:
    if line.lift is None or line.mean is None or line.control_mean is None:
        return f"nothing can be said ({line.n:,} and {line.control_n:,} units with a value)."
    text = f"{line.mean:.5g} against {line.control_mean:.5g}, lift {line.lift:+.4g}"
    if line.lift_low is not None:
        text += f" ({line.lift_low:+.4g} to {line.lift_high:+.4g})"
    if line.relative_lift is not None and line.relative_lift_low is not None:
        text += f", {line.relative_lift:+.1%}"
    if line.p_value is not None and line.q_value is not None:
        text += f", {_chance('p', line.p_value)}, {_chance('q', line.q_value)}"
    if line.lift_low is None or line.lift_high is None or not line.trusted:
        return text
    clear = line.lift_low > 0 or line.lift_high < 0
    return text + ("." if clear else ": it may as well be nothing.")


def _tell_observed(lines: list[Observed], treated: str) -> None:
    from evaluation.measurement.observing import sentence

    typer.echo(lines[0].reason)
    for note in dict.fromkeys(note for line in lines for note in line.notes):
        typer.echo(note)
    listed = ", ".join(
        f"{item.covariate} {item.before:+.2f} ({'unknown' if item.after is None else f'{abs(item.after):.2f}'})"
        for item in lines[0].balance[:MOST_COVARIATES]
    )
    typer.echo(
        f"{lines[0].n:,} with {treated}, {lines[0].control_n:,} without. How unlike they were before, in standard deviations"
        f" (after weighting): {listed}."
    )
    for line in lines:
        if line.mean is not None and line.control_mean is not None:
            interval = (
                ""
                if line.difference_low is None
                else f" ({line.difference_low:+.4g} to {line.difference_high:+.4g})"
            )
            typer.echo(
                f"{line.metric}, as it stands: {line.mean:.5g} against {line.control_mean:.5g}, {line.difference:+.4g}{interval}."
            )
        typer.echo(f"{line.metric}, {sentence(line)}")


def _chance(name: str, value: float) -> str:
    return f"{name} < 0.0001" if value < 0.0001 else f"{name} = {value:.2g}"


def _tell_value(value: Value) -> None:
    if value.refused:
        typer.echo(f"No conclusion: {value.reason}")
    typer.echo(
        f"{value.rows:,} logged choices, worth {value.ess:,.0f} of the target policy's own; they earned {value.logged:.5g} each."
    )
    rows = [
        ("ips", value.ips, value.ips_low, value.ips_high),
        ("snips", value.snips, value.snips_low, value.snips_high),
        ("dm", value.dm, None, None),
        ("dr", value.dr, value.dr_low, value.dr_high),
    ]
    for name, number, low, high in rows:
        if number is not None:
            interval = f" ({low:.5g} to {high:.5g})" if low is not None else ""
            typer.echo(f"{name:>8} {number:.5g}{interval}")


def _tell_plan(plan: Plan) -> None:
    relative = f" ({plan.relative_lift:+.1%})" if plan.relative_lift is not None else ""
    typer.echo(
        f"{plan.units_per_arm:,} units in each of {plan.arms} arms find a lift of {plan.lift:.4g}{relative}"
        f" {plan.power:.0%} of the time, and one where there is none {plan.alpha:.0%} of the time."
    )


def _tell_foresight(found: Foresight, lift: float) -> None:
    from evaluation.measurement.foresight import told_apart

    what = "share who did it" if found.share else f"mean in {found.currency}"
    typer.echo(
        f"{found.brief_id}: {found.whole.customers:,} customers can be written to, of whom {found.holdout_share:.0%} are held"
        f" out. Past: {found.metric} from {found.since:%Y-%m-%d} to {found.until:%Y-%m-%d}, {what}. The smallest differences"
        " that are found 80 times in 100:"
    )
    wide = max(len(item.segment) for item in [*found.segments, found.whole])
    typer.echo(
        f"{'':{wide}} {'customers':>10} {'past':>8} {'to holdout':>16} {'of 2 messages':>16} {'of 3':>16}"
    )
    for item in [*found.segments, found.whole]:
        lifts = [item.against_holdout, item.between.get(2), item.between.get(3)]
        cells = " ".join(f"{_relative_cell(number, item.mean):>16}" for number in lifts)
        typer.echo(f"{item.segment:{wide}} {item.customers:>10,} {item.mean:>8.3g} {cells}")
    for price in found.prices:
        each = "1 message" if price.arms == 1 else f"{price.arms} messages"
        typer.echo(f"{each} in each place: {_price(price, found.currency)}")
    enough = {
        arms: [item.segment for item in found.segments if told_apart(item, lift) == arms] for arms in (3, 2)
    }
    typer.echo(_advice(enough, found.whole, lift))


def _relative_cell(number: float | None, mean: float) -> str:
    if number is None:
        return "nothing"
    return f"{number:.3g} ({number / mean:+.0%})" if mean else f"{number:.3g}"


def _price(price: Price, currency: str) -> str:
    from evaluation.measurement.numbers import Numbers

    parts = []
    if price.model_seconds is not None:
        parts.append(f"{price.model_seconds:,.0f} s of the model")
    if price.reviewer_minutes is not None:
        parts.append(f"{price.reviewer_minutes:,.0f} minutes of reviewers")
    parts += [f"{number:,} sends by {channel}" for channel, number in price.sends.items()]
    told = f"{price.messages:,} messages, {', '.join(parts)}: {Numbers('en', currency).money(price.amount)}"
    unknown = [
        what
        for what, known in (("write", price.model_seconds), ("review", price.reviewer_minutes))
        if known is None
    ]
    if unknown:
        told += f" and what it takes to {' and '.join(unknown)} them, which is not known yet"
    return told + "."


def _advice(enough: dict[int, list[str]], whole: Foreseen, lift: float) -> str:
    told = [f"{arms} messages in {', '.join(names)}" for arms, names in enough.items() if names]
    if told:
        return f"Messages that differ by {lift:.0%} can be told apart: {'; '.join(told)}; one is enough elsewhere."
    least = whole.between.get(2)
    said = f"Messages that differ by {lift:.0%} cannot be told apart in any segment"
    if least is not None and least <= lift * whole.mean:
        return f"{said}, but two can over all segments together."
    return f"{said}, nor over all of them: write one message for each, or look for larger differences."
