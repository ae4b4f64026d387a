"""How long it is from one clock of a fact to another."""

import math
import re
from itertools import combinations

from evaluation.gates.quantities import Quantity, quantities

_CLOCK = re.compile(r"(\d{1,2})[.:](\d\d)")


def is_span(quantity: Quantity, fact: str) -> bool:
    clocks = [minutes for q in quantities(fact) for minutes in _minutes(q)]
    return quantity.unit == "time" and any(
        math.isclose(quantity.value, (b - a) % 1440 * 60) for a, b in combinations(clocks, 2) if a != b
    )


def _minutes(quantity: Quantity) -> list[float]:
    if quantity.kind == "time":
        return [quantity.value]
    written = _CLOCK.fullmatch(quantity.text)
    return [int(written[1]) * 60 + int(written[2])] if written else []
