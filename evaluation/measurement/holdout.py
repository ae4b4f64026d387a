"""The effect of a campaign: those whom it was for against those of them who were held out by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from scipy import stats

from evaluation.measurement.analysis import NUMBERS, analyze, with_q_values
from evaluation.measurement.arms import FEWEST_CONVERTED, expected_converted
from evaluation.measurement.comparison import Comparison
from evaluation.measurement.customers import HELD, NAME, WRITTEN, Customers
from evaluation.measurement.results import SegmentEffect
from evaluation.measurement.shrinkage import Shrunk, shrink
from evaluation.measurement.splits import Split
from evaluation.measurement.tables import Metric

CONVERTED = Metric("converted", "proportion")
CONVERSIONS, VALUE, MARGIN = (Metric(name, "mean") for name in ("conversions", "value", "margin"))

#: Units are compared with those of the same past (CUPED) by this column.
PAST = "before"


def main_metric(conversion: str, customers: Customers) -> Metric:
    """What the brief counts as success: `KIND_value` and `KIND_margin` are amounts, any other kind is a share."""
    if conversion.endswith("_margin"):
        return MARGIN if customers.margins_known else VALUE
    return VALUE if conversion.endswith("_value") else CONVERTED


def overall(customers: Customers, split: Split, *, adjusted: bool) -> list[Comparison]:
    """A line for each metric, the margin only where it is known of every conversion; none without a holdout.

    `adjusted` says that nothing that was sent can have changed the customers' past: then it narrows the intervals.
    """
    if not customers.held or not customers.written:
        return []
    metrics = [CONVERTED, CONVERSIONS, VALUE, *([MARGIN] if customers.margins_known else [])]
    covariate = PAST if adjusted and customers.past_known else None
    units = customers.held + customers.written
    lines = analyze(customers.table, HELD, metrics, covariate=covariate, planned=units)
    return [replace(line, srm_p_value=split.p_value) for line in lines]


def too_few(line: Comparison, converted: int) -> bool:
    """Whether so few conversions are to be expected of the smaller side that no interval can be believed."""
    return expected_converted(line.n, line.control_n, converted) < FEWEST_CONVERTED


def by_segment(
    customers: Customers,
    metric: Metric,
    split: Split,
    names: Mapping[int, str],
    whole: Sequence[Comparison],
    *,
    adjusted: bool,
) -> list[SegmentEffect]:
    """The effect in each segment, by id, and the same after shrinkage towards that on the `whole`.

    Where too few conversions are to be expected there is no interval of the segment's own. It is shrunk nevertheless, as the
    spread of its customers is known from those who were written to: what comes out is nearly the effect of all, with an
    interval that says so.
    """
    covariate = PAST if adjusted and customers.past_known else None
    measured, shown = [], []
    for segment_id, converted, sizes in (segments := _segments(customers)):
        one = customers.table._replace(
            name=f"(from {NAME} where segment_id = {segment_id})", sizes=sizes, notes=[]
        )
        (line,) = analyze(one, HELD, [metric], covariate=covariate, planned=sum(sizes.values()))
        measured.append(line)
        shown.append(without_interval(line, converted) if too_few(line, converted) else line)
    lines = with_q_values([replace(line, srm_p_value=split.p_value) for line in shown])
    drawn = _shrunk(measured, next((line for line in whole if line.metric == metric.name), None))
    return [
        SegmentEffect(
            segment_id, names.get(segment_id, f"segment {segment_id}"), line, *drawn.get(place, (None,) * 3)
        )
        for place, ((segment_id, *_), line) in enumerate(zip(segments, lines, strict=True))
    ]


def without_interval(line: Comparison, converted: int) -> Comparison:
    """The line with its difference only, and the reason."""
    nothing: dict[str, Any] = dict.fromkeys([*NUMBERS, "q_value"]) | {"lift": line.lift}
    return replace(line, **nothing, notes=[*line.notes, _too_few_sentence(line, converted)])


def _too_few_sentence(line: Comparison, converted: int) -> str:
    number, side = min((line.control_n, "held out"), (line.n, "written to"))
    if not number:
        return f"Nobody was {side}."
    if not converted:
        return f"{number:,} {side}, and nobody converted."
    needed = ceil(number * FEWEST_CONVERTED / expected_converted(line.n, line.control_n, converted))
    return f"Too few {side}: {number:,}; about {needed:,} are needed."


def standard_error(line: Comparison) -> float | None:
    """Of a lift, from its interval; a little too large where there are few units."""
    if line.lift_low is None or line.lift_high is None:
        return None
    return (line.lift_high - line.lift_low) / (2 * float(stats.norm.ppf(0.975)))


def _segments(customers: Customers) -> list[tuple[int, int, dict[str, int]]]:
    rows = customers.table.connection.execute(
        f"select segment_id, sum(converted)::bigint, count(*) filter (arm = $held), count(*) filter (arm = $written)"
        f" from {NAME} group by segment_id order by segment_id",
        {"held": HELD, "written": WRITTEN},
    ).fetchall()
    return [
        (segment, converted, {HELD: held, WRITTEN: written}) for segment, converted, held, written in rows
    ]


def _shrunk(lines: Sequence[Comparison], whole: Comparison | None) -> dict[int, Shrunk]:
    error = standard_error(whole) if whole else None
    if whole is None or whole.lift is None or not error:
        return {}
    known = {place: own for place, line in enumerate(lines) if (own := standard_error(line))}
    drawn = shrink([lines[place].lift or 0.0 for place in known], list(known.values()), (whole.lift, error))
    return dict(zip(known, drawn, strict=True)) if drawn else {}
