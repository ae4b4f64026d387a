"""What one text may stand on, and the numbers, addresses and names in it that the text may use."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from typing import NamedTuple

UNITS = frozenset(
    "kg g mg lb oz km m cm mm inch inches ft feet foot mi mile miles l L ml cl W kW kWh V mAh Hz GHz MB GB TB px MP dB rpm "
    "psi sec second seconds min minute minutes h hr hrs hour hours day days week weeks month months year years night nights "
    "gram grams kilo kilos litre litres liter liters metre metres meter meters kilometre kilometres pound pounds ounce ounces "
    "p pence cent cents dollar dollars euro euros percent % °C °F m² m³ km² cm² m2 m3 € $ £ degrees million billion thousand "
    "hundred am pm a.m. p.m. watt watts volt volts point points times x".split()
)
_MONTHS = frozenset(
    "January February March April May June July August September October November December Jan Feb Mar Apr Jun Jul Aug "
    "Sep Sept Oct Nov Dec".split()
)
# Words that open a sentence with a capital and are no names.
_OPENERS = frozenset(
    "a an the our your my his her its their this that these those each every all any both no some many most more "
    "new now on in at by for from with without within until till before after between during under over up to of "
    "you we they it he she there here if when where while as and or but not only once is are was were has have can "
    "may will please every".split()
)
_MEASURES = UNITS | _MONTHS
_TOKEN = re.compile(r"[^\s\"“”«»()\[\]]+")
_LEFT, _RIGHT = ".,;:!?'’–—-", ".,;:!?'’–—"
_VALUE = re.compile(r"[\d$€£¥%@#/]|\w\.\w")
_CAPITAL = re.compile(r"[^\W\d_]*[A-ZÀ-ÖØ-Þ]")
_HALF_DAY = re.compile(r"(?:\d[\d:.]*)?[ap]\.m\.", re.IGNORECASE)
_NEGATIVE = re.compile(r"[-−]\d")
_SENTENCE_END = re.compile(r"[.!?:]$")


class Ground(NamedTuple):
    """What one text may stand on; `max_chars` None means no limit."""

    facts: tuple[str, ...]
    keep: tuple[str, ...] = ()
    audience: str = ""
    lexicon: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    max_chars: int | None = None
    locale: str = "en-US"

    @property
    def texts(self) -> tuple[str, ...]:
        return (*self.facts, *self.keep, self.audience, *self.lexicon)


class Value(NamedTuple):
    """A word with a digit, a currency or an address in it; `unit` is the unit or month that follows it, or ''."""

    text: str
    unit: str


def values(texts: tuple[str, ...]) -> list[Value]:
    """The values of the texts, each once, in their order."""
    found: dict[Value, None] = {}
    for text in texts:
        tokens = [_trimmed(token) for token in _TOKEN.findall(text)]
        for token, after in zip(tokens, [*tokens, ""][1:], strict=True):
            if _VALUE.search(token) and token not in _MEASURES:
                measured = token.lstrip("-−")[:1].isdigit() and token[-1:].isdigit()
                unit = after if measured and after in _MEASURES else ""
                found[Value(token, unit)] = None
    return list(found)


def names(texts: tuple[str, ...]) -> list[str]:
    """The capitalised words of the texts, each once; a common word that only opens a sentence is none."""
    found: dict[str, None] = {}
    for text in texts:
        opens = True
        for token in _TOKEN.findall(text):
            word = _trimmed(token)
            if _CAPITAL.match(word) and not (opens and word.lower() in _OPENERS):
                found[word.removesuffix("'s").removesuffix("’s")] = None
            opens = _SENTENCE_END.search(token) is not None
    return [name for name in found if name]


def _trimmed(token: str) -> str:
    """A word without the marks around it; the minus of a number and the point of "a.m." belong to it."""
    if match := _HALF_DAY.match(token):
        return match[0]
    bare = token.rstrip(_RIGHT)
    return bare if _NEGATIVE.match(bare) else bare.lstrip(_LEFT)
