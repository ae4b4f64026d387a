"""Gate: the copy is one finished, calm text: not empty, looping, shouting, decorated or cut off."""

import re
import unicodedata
from collections import Counter

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import plain, words

GATE = "form"

_CAPITALS = re.compile(r"\b[A-Z][A-Z'&-]{2,}\b")
_REPEATED_MARK = re.compile(r"([!?,;:])\1|\.{4,}|!\?|\?!|(?<!\.)\.\.(?!\.)")
_DANGLING = frozenset("a an the and or but our your their its my of with from if because than that's very".split())
_OPEN_END = re.compile(r"[,;:\-(&/]$")
_TWICE_ALLOWED = frozenset("that had very really so long bye no yes many more well now there knock ha far tick big never long".split())
_LINE_BREAK = re.compile(r"\n\s*\n|\n\s*[-*•\d]")


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
    said = words(text)
    for i in range(len(said) - 1):
        adjacent = re.search(rf"\b{re.escape(said[i])} {re.escape(said[i + 1])}\b", text, re.IGNORECASE)
        if said[i] == said[i + 1] and adjacent and said[i] not in _TWICE_ALLOWED and not said[i].isdigit():
            return f'"{said[i]} {said[i]}" repeats itself.'
    for size, times in ((2, 3), (3, 3), (4, 2), (5, 2)):
        runs = Counter(zip(*(said[i:] for i in range(size)), strict=False))
        run, count = runs.most_common(1)[0] if runs else ((), 0)
        if count >= times and count * size * 2 >= len(said):
            return f'"{" ".join(run)}" stands in the text {count} times.'
    return ""


def _shouting(text: str, copy: Copy, policy: Policy) -> str:
    known = " ".join((*copy.support, *copy.keep, *policy.lexicon)).lower()
    loud = [w for w in _CAPITALS.findall(text) if w.lower() not in known and len(w) > 3]
    if loud:
        return f'"{loud[0]}" is in capitals; write it in lower case.'
    letters = [c for c in text if c.isalpha()]
    own = [c for c in plain(" ".join(copy.facts)) if c.isalpha()]
    upper, allowed = sum(map(str.isupper, letters)), sum(map(str.isupper, own)) * 2
    if len(letters) >= 8 and upper > 0.6 * len(letters) and allowed < len(own):
        return "The text is in capitals; write it in lower case."
    return ""


def _decoration(text: str) -> str:
    for character in text:
        if ord(character) > 0x2000 and unicodedata.category(character) in ("So", "Sk", "Cn", "Co", "Cs"):
            if character not in "™®©°℃℉№":
                return f'"{character}" is an emoji or a decorative sign; use words.'
    strange = next((c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\t"), "")
    return f"The text holds the control character U+{ord(strange):04X}; remove it." if strange else ""


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
