"""Gate: the copy is one finished, calm text: not empty, looping, shouting, decorated beyond the brand's style or cut off."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
import unicodedata
from collections import Counter

from content_store.brand_folder.instructions import mixed_alphabets
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import plain, words

GATE = "form"

_CAPITALS = re.compile(r"\b[A-Z][A-Z'&-]{2,}\b")
_LONGER = re.compile(r"[^\W\d_]{4,}")
_REPEATED_MARK = re.compile(r"([!?,;:])\1|\.{4,}|!\?|\?!|(?<!\.)\.\.(?!\.)")
_DANGLING = frozenset(
    "a an the and or but our your their its my of with from if because than that's very".split()
)
# "To choose from", "the one you're proud of".
_STRANDED = re.compile(
    r"\bto (?:be )?[a-z]+ (?:from|with|of)\W*$|\b(?:you|we|they|i|he|she)(?:'re|'ve|'ll|'d|'m)?(?: (?!an?\b|the\b|your\b|our\b)[a-z']+){1,2} (?:from|with|of)\W*$",
    re.IGNORECASE,
)
# "Once upon a...": a few words of their own after a whole sentence, left open on purpose.
_TRAILS_OFF = re.compile(r"[.!?] (?:[A-Z][\w'-]*)(?: [a-z][\w'-]*){1,4}\.\.\.$")
_OPEN_END = re.compile(r"(?:[,;:\-(&/]| \.\.\.)$")
_TWICE_ALLOWED = frozenset(
    "that had very really so long bye no yes many more well now there knock ha far tick big never nous vous sie die".split()
)
_TWICE = re.compile(r"\b([^\W\d_]+(?:'[a-z]+)?) \1\b(?![-'])", re.IGNORECASE)
_STRETCHED = re.compile(r"([^\W\d_])\1{4,}", re.IGNORECASE)
_SPACED_OUT = re.compile(r"(?<![^\W_])(?:[^\W\d_][ .*_-]){5,}[^\W\d_](?![^\W_])")
# What changes the picture before it: skin tones, variants, a picture joined to it.
_ATTACHED = re.compile("\u200d.|[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff]")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_TEXT_SIGNS = "™®©°℃℉№"
# Marks without a width that some scripts need; anything else that cannot be seen hides something.
_HARMLESS = "\u00ad\u200c\u200d\ufeff"


def check_form(copy: Copy, policy: Policy) -> Verdict:
    text = plain(copy.text)
    fault = (
        _empty(text)
        or _loop(text, copy.facts)
        or _shouting(text, copy, policy)
        or _hidden(copy.text)
        or _decoration(copy.text, copy, policy)
        or _punctuation(text, copy, policy)
        or _unfinished(text)
    )
    return refuses(GATE, fault) if fault else passes(GATE)


def _empty(text: str) -> str:
    return "" if words(text) else "The text is empty."


def _loop(text: str, facts: tuple[str, ...]) -> str:
    """The same word twice in a row, a run of four words that comes back (in the facts once), or a shorter one that makes up most of the text."""
    for twice in _TWICE.finditer(text):
        if twice[1].lower() not in _TWICE_ALLOWED:
            return f'"{twice[0]}" repeats itself.'
    if stretched := _STRETCHED.search(text):
        return f'"{stretched[0][:12]}" repeats one letter.'
    if spaced := _SPACED_OUT.search(text):
        return f'"{spaced[0][:24]}" sets letters apart; write whole words.'
    said = words(text)
    if len(said) - len(set(said)) < 3:
        return ""
    for size, times, share in ((2, 3, 0.5), (3, 3, 0.5), (4, 2, 0.0)):
        runs = Counter(zip(*(said[i:] for i in range(size)), strict=False))
        if max(runs.values(), default=0) < times:
            continue
        for run, count in runs.most_common():
            if count < times or count * size < share * len(said):
                break
            if _times_in(facts, run) < 2:
                return f'"{" ".join(run)}" stands in the text {count} times.'
    return ""


def _times_in(facts: tuple[str, ...], run: tuple[str, ...]) -> int:
    own = [words(fact) for fact in facts]
    return sum(said[i : i + len(run)] == run for said in own for i in range(len(said)))


def _shouting(text: str, copy: Copy, policy: Policy) -> str:
    allowed = policy.style.capitals
    if allowed == "free":
        return ""
    if allowed == "sentence" and (title := _title_case(text, copy, policy)):
        return f'"{title}" is in title case; only names and the first word have a capital.'
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


def _title_case(text: str, copy: Copy, policy: Policy) -> str:
    """The first of at least two longer words that are capitalised though no fact writes them so, in a text of few others."""
    if copy.locale.startswith("de"):
        return ""
    given = {word for source in (*copy.support, *policy.lexicon) for word in _LONGER.findall(plain(source))}
    longer = [word for word in _LONGER.findall(text)[1:] if word not in given]
    raised = [word for word in longer if word[0].isupper()]
    return raised[0] if len(raised) > 1 and 2 * len(raised) > len(longer) else ""


def _hidden(text: str) -> str:
    if text.isascii() and text.isprintable():
        return ""
    for character in text:
        kind = unicodedata.category(character)
        if (kind == "Cc" and character not in "\n\t") or (kind == "Cf" and character not in _HARMLESS):
            return f"The text holds the hidden character U+{ord(character):04X}; remove it."
    mixed = mixed_alphabets(unicodedata.normalize("NFKC", text))
    return f'"{mixed}" mixes the letters of two alphabets; type it anew.' if mixed else ""


def _decoration(text: str, copy: Copy, policy: Policy) -> str:
    allowed = policy.style.emoji
    if text.isascii() or allowed == "free":
        return ""
    given = "".join(copy.keep)
    found = [picture for picture in _pictures(text) if picture not in given]
    if allowed == "sparingly":
        return f"There are {len(found)} emoji; the brand allows one." if len(found) > 1 else ""
    return f'"{found[0]}" is an emoji or a decorative sign; use words.' if found else ""


def _pictures(text: str) -> list[str]:
    """Emoji and decorative signs; one that is put together of several counts once."""
    return [
        character
        for character in _FLAG.sub("⚑", _ATTACHED.sub("", text))
        if ord(character) > 0x2000
        and unicodedata.category(character) in ("So", "Sk", "Cn", "Co", "Cs")
        and character not in _TEXT_SIGNS
    ]


def _punctuation(text: str, copy: Copy, policy: Policy) -> str:
    allowed = policy.style.exclamation_marks
    loud = text.count("!") - sum(plain(f).count("!") for f in copy.keep)
    if loud > allowed:
        count = "is 1 exclamation mark" if loud == 1 else f"are {loud} exclamation marks"
        return f"There {count}; the brand allows {allowed or 'none'}."
    if found := _REPEATED_MARK.search(text):
        return f'"{found[0]}" is a repeated punctuation mark.'
    if text.count('"') % 2 and not re.search(r'\d"', text):
        return "A quotation mark is opened and not closed."
    if text.count("(") != text.count(")"):
        return "A bracket is opened and not closed."
    return ""


def _unfinished(text: str) -> str:
    said = words(text)
    if _TRAILS_OFF.search(text):
        return ""
    if (said[-1] in _DANGLING and not _STRANDED.search(text)) or _OPEN_END.search(text):
        return f'The text breaks off after "{said[-1]}".'
    return ""
