"""What a fact excepts, a copy that uses the fact excepts too, to the last item: "except sale items and boots"."""

import re
from functools import lru_cache

from evaluation.gates.carried import kin, root
from evaluation.gates.function_words import content_stems
from evaluation.gates.gate import Copy
from evaluation.gates.negation_words import SOFT
from evaluation.gates.quantities import quantities
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems, words
from evaluation.gates.usage import uses, uses_clause
from evaluation.sentences import sentences

Exceptions = tuple[int, tuple[tuple[str, frozenset[str]], ...]]
_EXCEPTS = SHARED.compile(
    r"\b(?:except(?:ing)?(?: for)?|excluding|excludes?|with the exceptions? of|apart from|other than|but not|not including|not counting|leaving out) (?P<list>[^.;:]+?)"
    r"(?=,? (?:and|but|so) (?:is|are|has|have|can|may|must|will|it|they|comes?|costs?|lasts?|takes?|gets?|holds?|the [a-z]+ (?:is|are))\b|[.;:]|$)",
    re.IGNORECASE,
)
_ITEM = re.compile(r",? (?:and|or|nor) |, ")
# Where an item ends: "boots until Sunday". At its start such a word belongs to it: "on Mondays".
_ENDS = re.compile(
    r"(?<=\w) (?:until|on|in|at|from|for|when|if|during|within|that|which|who|is|are|can|may|will|must|but|every|each|with|by|to|of)\b.*"
)
_UN = re.compile(r"\b(?:un|non-?)([a-z]{3,})", re.IGNORECASE)
_ALLUDED = re.compile(
    r"\b(?:exclusions?|exceptions?|exempt|selected|most|nearly all|almost all|some)\b", re.IGNORECASE
)


def exception_fault(copy: Copy) -> str:
    """A sentence on an excepted item that the copy does not name; empty when none."""
    for fact in copy.facts:
        found = _excepted(fact)
        if (
            found
            and uses(copy.text, plain(fact)[: found[0][0]], copy.facts)
            and (fault := _left_out(found, fact, copy))
        ):
            return fault
    return ""


def _left_out(found: tuple[Exceptions, ...], fact: str, copy: Copy) -> str:
    if _ALLUDED.search(copy.text):
        return ""
    said = frozenset(stems(copy.text))
    # "Unsigned copies" leave out the signed ones.
    said |= {stem(found[1].lower()) for found in _UN.finditer(copy.text)}
    near = said | frozenset(map(root, said)) | frozenset(k for s in said for k in kin(s))
    for start, items in found:
        if not uses_clause(fact, start, copy.text):
            continue
        left_out = [item for item, own in items if own and not own & near]
        if left_out and (len(left_out) < len(items) or not _denies(fact, copy.text)):
            return f'The fact leaves out "{left_out[0]}"; the copy does not say so.'
    return ""


def _denies(fact: str, text: str) -> bool:
    """Whether a sentence on the fact denies anything: "not all parts are covered"."""
    own, said = content_stems(fact), words(fact)
    about = (sentence for sentence in sentences(plain(text)) if own & content_stems(sentence))
    # The "spare" of spare parts denies nothing.
    return any(sign[0].lower() not in said for sentence in about for sign in SOFT.finditer(sentence))


@lru_cache(CACHED_TEXTS)
def _excepted(fact: str) -> tuple[Exceptions, ...]:
    """Where each list of exceptions starts, and its items with the stems by which they are known."""
    shown = plain(fact)
    found = []
    for match in _EXCEPTS.finditer(shown):
        rest = content_stems(shown[: match.start()])
        items = [_ENDS.sub("", part) for part in _ITEM.split(match["list"])]
        known = tuple(
            # Days and dates are compared elsewhere.
            (item, frozenset() if quantities(item) else own | frozenset(map(root, own)))
            for item in items
            if (own := content_stems(item) - rest or content_stems(item))
        )
        if known:
            found.append((match.start(), known))
    return tuple(found)
