"""Numbers of a measurement as people read them: money, shares and counts, rounded to what they can bear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from babel.dates import format_date, format_datetime
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
)

Unit = Literal["money", "share", "number"]

#: Metrics of a customer that are yes or no.
SHARES = {"bounced", "clicked", "complained", "converted", "delivered", "opened", "unsubscribed"}


def unit_of(metric: str) -> Unit:
    """What a metric counts, by its name: a brief's is KIND_value, KIND_margin or KIND (see the brand folder's briefs)."""
    if metric in SHARES:
        return "share"
    return "money" if metric.endswith(("value", "margin")) else "number"


@dataclass(frozen=True)
class Numbers:
    """How numbers are written in one language and currency; a value that is not known is a dash."""

    language: str
    currency: str

    def amount(self, value: float | None, metric: str, *beside: float | None) -> str:
        """A mean of the metric, with as many decimals as the numbers beside it need."""
        return self._written(value, unit_of(metric), beside)

    def difference(self, value: float | None, metric: str, *beside: float | None) -> str:
        """A difference with its sign; of shares in points, without their name."""
        if value is None:
            return "–"
        text = self._difference(value, metric, beside)
        return f"+{text}" if value > 0 else text

    def ends(self, low: float | None, high: float | None, metric: str) -> dict[str, str]:
        """Both ends of an interval of a difference, as the words around them name them."""
        return {
            "low": "–" if low is None else self._difference(low, metric, (high,)),
            "high": "–" if high is None else self._difference(high, metric, (low,)),
        }

    def tick(self, value: float, metric: str, ticks: Sequence[float]) -> str:
        """A number below an axis, with the decimals that its neighbours need."""
        if value == 0:
            return "0"
        unit = unit_of(metric)
        size = 100.0 if unit == "share" else 1.0
        exact = (p for p in range(4) if all(abs(round(size * t, p) - size * t) < 1e-9 for t in ticks))
        places = next(exact, 4)
        if unit == "money" and places == 1:
            places = get_currency_precision(self.currency)
        text = self._money(value, places) if unit == "money" else self._decimal(size * value, places)
        return f"+{text}" if value > 0 else text

    def money(self, value: float | None, *beside: float | None) -> str:
        """An amount in the brand's currency; none of the small coin from a thousand on."""
        return self._written(value, "money", beside)

    def count(self, number: float) -> str:
        """A number of things."""
        return self._decimal(number, 0 if number == int(number) or abs(number) >= 100 else 1)

    def one_place(self, number: float) -> str:
        """A number with one decimal."""
        return self._decimal(number, 1)

    def is_share(self, metric: str) -> bool:
        """Whether differences of the metric are points."""
        return unit_of(metric) == "share"

    def percent(self, share: float | None, places: int = 1) -> str:
        """A share."""
        if share is None:
            return "–"
        space = "\u00a0" if self.language == "fr" else ""
        pattern = "#,##0" + ("." + "0" * places if places else "") + space + "%"
        return _minus(format_percent(share, format=pattern, locale=self.language))

    def relative(self, share: float | None) -> str:
        """A relative difference with its sign; none of the decimals from ten percent on."""
        text = self.percent(share, 0 if abs(share or 0) >= 0.1 else 1)
        return f"+{text}" if share is not None and share > 0 else text

    def chance(self, p_value: float | None) -> str:
        """A probability, as papers write it."""
        if p_value is None:
            return "–"
        if p_value < 0.001:
            return f"< {self._decimal(0.001, 3)}"
        return self._decimal(p_value, 2 if p_value >= 0.01 else 3)

    def named_chance(self, name: str, value: float | None) -> str:
        """A probability with its letter: p = 0.42, or q < 0.001."""
        text = self.chance(value)
        return f"{name} {text}" if text.startswith("<") else f"{name} = {text}"

    def day(self, moment: datetime) -> str:
        """A date in words."""
        return str(format_date(moment, format="long", locale=self.language))

    def short_day(self, moment: datetime) -> str:
        """A date below an axis."""
        return str(format_datetime(moment, "d MMM", locale=self.language))

    def _difference(self, value: float, metric: str, beside: tuple[float | None, ...]) -> str:
        unit = unit_of(metric)
        if unit == "share":
            return self._decimal(100 * value, 2)
        return self._written(value, unit, beside)

    def _written(self, value: float | None, unit: Unit, beside: tuple[float | None, ...]) -> str:
        if value is None:
            return "–"
        if unit == "share":
            return self.percent(value, 2)
        largest = max(abs(number) for number in (value, *beside) if number is not None)
        places = self._places(largest, unit)
        return self._money(value, places) if unit == "money" else self._decimal(value, places)

    def _money(self, value: float, places: int) -> str:
        decimals = "." + "0" * places if places else ""
        pattern = f"#,##0{decimals}\u00a0¤" if self.language == "fr" else f"¤#,##0{decimals}"
        text = format_currency(
            round(value, places) + 0.0,
            self._symbol(),
            format=pattern,
            locale=self.language,
            currency_digits=False,
        )
        return _minus(text)

    def _places(self, largest: float, unit: Unit) -> int:
        if largest >= 1000:
            return 0
        usual = get_currency_precision(self.currency) if unit == "money" else 2
        return usual if largest >= 0.1 or largest == 0 else usual + 2

    def _symbol(self) -> str:
        """The sign where readers know it; else the three letters, with a space that holds them together."""
        symbol = get_currency_symbol(self.currency, locale=self.language)
        return f"{symbol}\u00a0" if symbol == self.currency and self.language != "fr" else symbol

    def _decimal(self, value: float, places: int) -> str:
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return _minus(str(format_decimal(round(value, places) + 0.0, format=pattern, locale=self.language)))


def _minus(text: str) -> str:
    """A minus sign as wide as a plus, for the hyphen."""
    return text.replace("-", "\u2212")
