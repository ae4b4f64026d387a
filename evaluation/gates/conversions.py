"""Measures in the units of another system: 508 mm are 20 inches, 8 km about five miles."""

import math
import re

from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.text import plain
from evaluation.gates.units import UNITS

# Each unit in millimetres, grams, millilitres or square metres.
_SIZES: dict[str, tuple[str, float]] = {
    "length": ("length", 1), "inch": ("length", 25.4), "foot": ("length", 304.8), "yard": ("length", 914.4), "mile": ("length", 1_609_344),
    "mass": ("mass", 1), "ounce": ("mass", 28.349_523),
    "volume": ("volume", 1), "fluid ounce": ("volume", 28.413_06), "gallon": ("volume", 4_546.09),
    "area": ("area", 1), "square foot": ("area", 0.092_903_04), "acre": ("area", 4_046.856),
    "speed": ("speed", 1.609_344), "metric speed": ("speed", 1),
}  # fmt: skip
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|nearly|almost|approximately|some|or so|just (?:over|under)|close to) $",
    re.IGNORECASE,
)
_HOW_LARGE = re.compile(
    r" (?:wide|long|tall|high|deep|across|thick|heavy|in (?:length|width|height))\b", re.IGNORECASE
)
_UNIT_ASKED = re.compile(r"\b(?:in|of) ([a-z]+)\b", re.IGNORECASE)
_POUND = 453.592_37
_EXACT, _ROUNDED = 0.005, 0.04
_HALF_A_DEGREE = 0.5


def is_converted(quantity: Quantity, copy_text: str, facts: tuple[str, ...]) -> bool:
    """Whether a measure is one of the facts in another unit; "about" may round it."""
    text = plain(copy_text)
    if quantity.unit in ("celsius", "fahrenheit", "degree"):
        return _is_as_warm(quantity, text, facts)
    near = _ROUNDED if _ABOUT.search(text[: quantity.start]) else _EXACT
    sizes = _sizes_of(quantity, text)
    return bool(sizes) and any(
        kind == own and math.isclose(size, value, rel_tol=near)
        for fact in facts
        for q in quantities(fact)
        if q.kind == "measure" and q.unit != quantity.unit
        for own, value in _measured(q)
        for kind, size in sizes
    )


def _is_as_warm(quantity: Quantity, text: str, facts: tuple[str, ...]) -> bool:
    """ "About 75°F" for 24°C: whole degrees after "about", exact ones without."""
    near = _HALF_A_DEGREE if _ABOUT.search(text[: quantity.start]) else 0.05
    return any(
        (quantity.unit != "celsius" and math.isclose(quantity.value, q.value * 1.8 + 32, abs_tol=near))
        if q.unit == "celsius"
        else quantity.unit != "fahrenheit"
        and math.isclose(quantity.value, (q.value - 32) / 1.8, abs_tol=near)
        for fact in facts
        for q in quantities(fact)
        if q.unit in ("celsius", "fahrenheit") and q.unit != quantity.unit
    )


def _sizes_of(quantity: Quantity, text: str) -> list[tuple[str, float]]:
    if quantity.kind == "measure":
        return _measured(quantity)
    if quantity.kind != "count" or not _HOW_LARGE.match(text, quantity.end):
        return []
    units = [UNITS[name] for name in _UNIT_ASKED.findall(text.lower()) if name in UNITS]
    return [
        (_SIZES[unit.dimension][0], quantity.value * unit.factor * _SIZES[unit.dimension][1])
        for unit in units
        if unit.dimension in _SIZES
    ]


def _measured(quantity: Quantity) -> list[tuple[str, float]]:
    if quantity.unit == "pound":
        return [("mass", quantity.value * _POUND)]
    if quantity.unit not in _SIZES:
        return []
    kind, factor = _SIZES[quantity.unit]
    return [(kind, quantity.value * factor)]
