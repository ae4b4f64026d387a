"""Whether two quantities are the same, whatever their spelling, kind or unit."""

import math
import re
from itertools import permutations

from evaluation.gates.quantities import Quantity

#: The days of the spans that facts give: Monday to Friday is "0-4".
DAY_SETS = {
    f"{first}-{last}": tuple((first + day) % 7 for day in range((last - first) % 7 + 1))
    for first, last in permutations(range(7), 2)
}
# Of different kinds only these may be the same.
_COMPARED = frozenset({
    ("month", "date"), ("count", "date"), ("count", "month"), ("multiple", "count"), ("count", "multiple"),
    ("code", "count"), ("count", "code"), ("code", "measure"), ("measure", "money"), ("money", "measure"),
})  # fmt: skip
_CENTS = re.compile(r"¢|cents?$", re.IGNORECASE)


def same_quantity(ours: Quantity, theirs: Quantity) -> bool:
    """Equal in value and unit, whatever the spelling: "ten" is 10, "September 12" is 12 September, 1 kg is 1000 g."""
    if ours.kind != theirs.kind:
        return _same_across_kinds(ours, theirs)
    if ours.kind in ("date", "month"):
        return ours.value == theirs.value and (not ours.unit or ours.unit == theirs.unit)
    if ours.kind == "time" and (ours.unit or theirs.unit):
        return ours.value % 720 == theirs.value % 720
    if ours.kind == "weekday":
        return _same_days(ours, theirs)
    same_unit = (
        ours.unit == theirs.unit
        or ours.kind == "count"
        or same_currency(ours, theirs)
        or _is_bare_degree(ours, theirs)
    )
    return same_unit and math.isclose(ours.value, theirs.value, rel_tol=1e-6)


def _is_bare_degree(ours: Quantity, theirs: Quantity) -> bool:
    """ "250 degrees" for 250 °C."""
    return ours.unit == "degree" and theirs.unit in ("celsius", "fahrenheit")


def same_currency(ours: Quantity, theirs: Quantity) -> bool:
    """Of cents nobody can tell whether they are of dollars or of euros."""
    if ours.unit == theirs.unit:
        return True
    cents = any(q.kind == "money" and _CENTS.search(q.text) for q in (ours, theirs))
    return cents and {ours.unit, theirs.unit} == {"USD", "EUR"}


def _same_across_kinds(ours: Quantity, theirs: Quantity) -> bool:
    kinds = (ours.kind, theirs.kind)
    if kinds not in _COMPARED:
        return False
    if kinds == ("month", "date"):
        return theirs.value // 100 == ours.value and (not ours.unit or ours.unit == theirs.unit)
    if kinds == ("count", "date"):
        return (
            ours.unit == "ordinal" and theirs.value % 100 == ours.value
        ) or theirs.unit == f"{ours.value:.0f}"
    if kinds == ("count", "month"):
        return theirs.unit == f"{ours.value:.0f}"
    if kinds in (("multiple", "count"), ("count", "multiple")):
        return ours.value == theirs.value and "x" not in theirs.text.lower()
    if kinds == ("code", "count"):
        return ours.unit == f"{theirs.value / 1000:.0f}k"
    if kinds == ("count", "code"):
        return theirs.unit == f"{ours.value / 1000:.0f}k"
    if kinds == ("code", "measure"):
        return ours.unit == "24/7" and theirs.value == 86400 and theirs.unit == "time"
    if set(kinds) == {"measure", "money"}:
        return (
            "pound" in (ours.unit, theirs.unit)
            and "GBP" in (ours.unit, theirs.unit)
            and ours.value == theirs.value
        )
    return False


def _same_days(ours: Quantity, theirs: Quantity) -> bool:
    if ours.unit or not theirs.unit:
        return ours.unit == theirs.unit and ours.value == theirs.value
    return ours.value in DAY_SETS.get(theirs.unit, ())
