"""The grammar of copy that cannot invent, as llguidance reads it.

Lower-case words are free, so that the text stays fluent. Digits, currencies, percents, units after a number, dates,
addresses and capitalised words inside a sentence are those of the facts, the audience and the brand's lexicon.
A banned phrase cannot be completed. Length and keep phrases are counted outside (see grounded_decoding).
"""

import re
from collections.abc import Iterable

from generators.grounding import UNITS, Ground, Value, names, values

_QUOTE_OPEN, _QUOTE_CLOSE = r"[\"“«(]?", r"(?:,?[\"”»)])?"
# Letters of Western Europe: the classes of all scripts make a grammar that is many times larger.
_SMALL, _LARGE = "a-zà-öø-ÿßœ", "A-ZÀ-ÖØ-ÞŒ"
_LOWER = rf"[{_SMALL}]+(?:['’][{_SMALL}]+)?['’]?"
_CAPITALISED = rf"[{_LARGE}][{_SMALL}]*(?:['’][{_LARGE}{_SMALL}][{_SMALL}]*)?"
_FIRST_PERSON = r"I(?:['’](?:m|ve|d|ll))?"
_BETWEEN = r"(?:[,;]? | [–—-] )"
_ENDS = r"(?: ?[.!?:…])"
#: Names that need no fact.
ALWAYS = frozenset(("Mum", "Mom", "Dad", "TV", "OK"))
#: Languages that capitalise ordinary nouns.
_CAPITALS_FREE = ("de", "lb")


def lark(ground: Ground) -> str:
    """The grammar of one text: a single lexeme, which is the shape of a text without what is forbidden."""
    found = values(ground.texts)
    rules = {"SHAPE": _shape(found, ground)}
    if ground.banned:
        rules["BANNED"] = _anywhere(_any(_spelled(phrase) for phrase in ground.banned))
    if wrong := _wrong_units(found):
        rules["WRONG_UNIT"] = wrong
    text = " & ".join(name if name == "SHAPE" else f"~{name}" for name in rules)
    lines = [f"{name}: /{pattern}/" for name, pattern in rules.items()]
    return "\n".join(["start: TEXT", f"TEXT: {text}", *lines, ""])


def _shape(found: list[Value], ground: Ground) -> str:
    """Sentences of words; a sentence begins with a capital, a number or a name, and after a colon anything goes."""
    known = {form for value in found for form in _forms(value)} | {
        form for name in names(ground.texts) for form in _numbers(name)
    }
    literals = _any(map(_escaped, sorted(known | ALWAYS, key=lambda form: (-len(form), form))))
    literal = rf"{literals}(?:['’]s?)?"
    words = [_LOWER, literal]
    if pointed := sorted(form for form in known if form.endswith(".")):
        # The point of "8 p.m." ends a sentence as well.
        words.append(f"{_any(map(_escaped, pointed))} {_CAPITALISED}")
    if ground.locale.startswith("en"):
        words.append(_FIRST_PERSON)
    if ground.locale.split("-")[0] in _CAPITALS_FREE:
        words.append(_CAPITALISED)
    word = _any(words)
    between = f"(?:{_BETWEEN}| & )" if any("&" in text for text in ground.texts) else _BETWEEN
    item = rf"{_QUOTE_OPEN}{word}(?:[-–\/]{word})*{_QUOTE_CLOSE}"
    first = f"[¿¡]?{_QUOTE_OPEN}{_any([_CAPITALISED, literal])}(?:[-–]{word})*{_QUOTE_CLOSE}"
    sentence = f"{first}(?:{between}{item})*"
    after_colon = f"{item}(?:{between}{item})*"
    return f"{sentence}(?:{_ENDS}{_QUOTE_CLOSE} {sentence}|: {after_colon})*(?:{_ENDS}{_QUOTE_CLOSE})?"


def _forms(value: Value) -> set[str]:
    """How a value may be written: "9 hours" also as "9-hour"."""
    if not value.unit:
        return {value.text}
    return {f"{value.text}{joint}{unit}" for joint in (" ", "-") for unit in _numbers(value.unit)}


def _numbers(word: str) -> set[str]:
    """A word in the plural also in the singular."""
    return {word, word[:-1]} if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else {word}


def _wrong_units(found: list[Value]) -> str:
    """A number of the facts followed by a unit that it does not have there: 20 chairs must not become 20 kg."""
    units: dict[str, set[str]] = {}
    for value in found:
        if value.text[-1:].isdigit():
            units.setdefault(value.text, set()).update(_numbers(value.unit))
    alike: dict[frozenset[str], list[str]] = {}
    for number in sorted({value.text for value in found if not value.unit} & units.keys()):
        alike.setdefault(UNITS - units[number], []).append(number)
    patterns = [
        f"{_any(map(_escaped, numbers))}[ -]?{_any(map(_escaped, sorted(wrong)))}"
        for wrong, numbers in alike.items()
    ]
    return _anywhere(_any(patterns)) if patterns else ""


def _anywhere(pattern: str) -> str:
    return rf"(?s:(?:.*[^{_SMALL}{_LARGE}0-9])?{pattern}(?:[^{_SMALL}{_LARGE}0-9].*)?)"


def _spelled(phrase: str) -> str:
    return "[ -]".join(_any_case(part) for part in re.split(r"[\s-]+", phrase.strip()) if part)


def _any(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _any_case(text: str) -> str:
    # The library reads (?i:…) and leaves it without effect.
    return "".join(f"[{char.lower()}{char.upper()}]" if char.isalpha() else _escaped(char) for char in text)


def _escaped(text: str) -> str:
    # The library reads \< and \> as the edges of a word.
    return re.sub(r"([!-/:;=?@\[-`{-~])", r"\\\1", text)
