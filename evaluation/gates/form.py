"""Gate: the copy is one finished, calm text: not empty, looping, shouting, decorated or cut off."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
import unicodedata
from collections import Counter

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import plain, words

GATE = "form"

_CAPITALS = re.compile(r"\b[A-Z][A-Z'&-]{2,}\b")
_REPEATED_MARK = re.compile(r"([!?,;:])\1|\.{4,}|!\?|\?!|(?<!\.)\.\.(?!\.)")
_DANGLING = frozenset(
    "a an the and or but our your their its my of with from if because than that's very".split()
)
_OPEN_END = re.compile(r"[,;:\-(&/]$")
_TWICE_ALLOWED = frozenset(
    "that had very really so long bye no yes many more well now there knock ha far tick big never long".split()
)
_TWICE = re.compile(r"\b([^\W\d_]+(?:'[a-z]+)?) \1\b(?![-'])", re.IGNORECASE)


def check_form(copy: Copy, policy: Policy) -> Verdict:
    text = plain(copy.text)
    fault = (
        _empty(text)
        or _loop(text)
        or _shouting(text, copy, policy)
        or _decoration(copy.text)
        or _punctuation(text, copy)
        or _unfinished(text)
    )
    return refuses(GATE, fault) if fault else passes(GATE)


def _empty(text: str) -> str:
    return "" if words(text) else "The text is empty."


def _loop(text: str) -> str:
    """The same word twice in a row, or a run of words that comes back and makes up most of the text."""
    for twice in _TWICE.finditer(text):
        if twice[1].lower() not in _TWICE_ALLOWED:
            return f'"{twice[0]}" repeats itself.'
    said = words(text)
    if len(said) - len(set(said)) < 3:
        return ""
    for size, times in ((2, 3), (3, 3), (4, 2), (5, 2)):
        runs = Counter(zip(*(said[i:] for i in range(size)), strict=False))
        run, count = runs.most_common(1)[0] if runs else ((), 0)
        if count >= times and count * size * 2 >= len(said):
            return f'"{" ".join(run)}" stands in the text {count} times.'
    return ""


def _shouting(text: str, copy: Copy, policy: Policy) -> str:
    capitals = _CAPITALS.findall(text)
    if not capitals:
        return ""
    known = " ".join((*copy.support, *copy.keep, *policy.lexicon)).lower()
    loud = [w for w in capitals if w.lower() not in known and len(w) > 3]
    if loud:
        return f'"{loud[0]}" is in capitals; write it in lower case.'
    as_approved = sum(len(_CAPITALS.findall(plain(fact))) for fact in copy.facts)
    if len(capitals) > max(2, 2 * as_approved):
        return "The text is in capitals; write it in lower case."
    return ""


def _decoration(text: str) -> str:
    if text.isascii() and text.isprintable():
        return ""
    for character in text:
        kind = unicodedata.category(character)
        if ord(character) > 0x2000 and kind in ("So", "Sk", "Cn", "Co", "Cs") and character not in "™®©°℃℉№":
            return f'"{character}" is an emoji or a decorative sign; use words.'
        if kind == "Cc" and character not in "\n\t":
            return f"The text holds the control character U+{ord(character):04X}; remove it."
    return ""


def _punctuation(text: str, copy: Copy) -> str:
    if text.count("!") > 1 + sum(plain(f).count("!") for f in copy.keep):
        return "There is more than one exclamation mark."
    if found := _REPEATED_MARK.search(text):
        return f'"{found[0]}" is a repeated punctuation mark.'
    if text.count('"') % 2 and not re.search(r'\d"', text):
        return "A quotation mark is opened and not closed."
    if text.count("(") != text.count(")"):
        return "A bracket is opened and not closed."
    return ""


def _unfinished(text: str) -> str:
    said = words(text)
    if said[-1] in _DANGLING or _OPEN_END.search(text):
        return f'The text breaks off after "{said[-1]}".'
    return ""
