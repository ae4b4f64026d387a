"""Gate: every lower-case word is a word of the language, or stands in the facts, the audience or the lexicon."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from spellchecker import SpellChecker

from evaluation.gates.function_words import FUNCTION_WORDS
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import CACHED_TEXTS, forms, plain, stem

GATE = "spelling"

_LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pt")
_WORD = re.compile(r"(?<![^\W\d_])[^\W\d_A-ZÀ-ÖØ-Þ]{3,}(?![^\W\d_]|')")
_CAPITALISED = re.compile(r"(?<![^\W\d_])[A-ZÀ-ÖØ-Þ][^\W\d_]{2,}(?![^\W\d_])")
_NAME = re.compile(r"(?<=[\w,;'-] )[A-ZÀ-ÖØ-Þ][^\W\d_]{2,}(?![^\W\d_])")
# British spellings of what the dictionary holds in American ones.
_BRITISH = (("our", "or"), ("ise", "ize"), ("isa", "iza"), ("isi", "izi"), ("tre", "ter"), ("mme", "m"), ("yre", "ire"), ("lled", "led"),
            ("lling", "ling"), ("ller", "ler"), ("ence", "ense"), ("ogue", "og"), ("lysed", "lyzed"), ("grey", "gray"), ("jewell", "jewel"), ("que", "ck"), ("aught", "aft"), ("kerb", "curb"), ("pyj", "paj"), ("nium", "num"))  # fmt: skip
SHORTEST_PART, LONGEST_COMPOUND = 3, 10
# "Inbox", "onboarding", "preorder": what may stand before a word.
_PREFIXES = ("re", "un", "in", "on", "up", "de", "pre", "non")


def check_spelling(copy: Copy, policy: Policy) -> Verdict:
    language = copy.locale.split("-")[0]
    if language not in _LANGUAGES:
        return passes(GATE)
    given = (*copy.support, *copy.keep, *policy.lexicon)
    names = _names(given, policy.lexicon)
    for word in _WORD.findall(plain(copy.text)):
        if word in names and not _is_listed(word, language):
            return refuses(GATE, f'"{word}" is a name; write it with its capital letter.')
        if not is_word(word, language) and not {word, stem(word)} & forms(given):
            return refuses(GATE, f'"{word}" is no word; write it as it should be, or add it to the lexicon.')
    return passes(GATE)


@lru_cache(CACHED_TEXTS)
def _names(given: tuple[str, ...], lexicon: tuple[str, ...]) -> frozenset[str]:
    """In lower case the names of the lexicon and those inside a sentence, less what is also written small."""
    inside = _NAME.findall(" ".join(plain(text)[1:] for text in given)) + _CAPITALISED.findall(
        " ".join(lexicon)
    )
    if not inside:
        return frozenset()
    small = set(_WORD.findall(" ".join(map(plain, given))))
    return frozenset(name.lower() for name in inside) - small


@lru_cache(CACHED_TEXTS)
def is_word(word: str, language: str) -> bool:
    """In the dictionary, as it is, in American spelling, without its ending, as a compound of two words, or a loan with its accent."""
    if _is_listed(word, language) or any(_is_listed(bare, language) for bare in _bare(word)):
        return True
    cuts = range(SHORTEST_PART, len(word) - SHORTEST_PART + 1) if len(word) <= LONGEST_COMPOUND else ()
    if any(_is_listed(word[:cut], language) and _is_listed(word[cut:], language) for cut in cuts):
        return True
    return not word.isascii() and any(word in _dictionary(other) for other in _LANGUAGES)


def _is_listed(word: str, language: str) -> bool:
    dictionary = _dictionary(language)
    if word in dictionary:
        return True
    return language == "en" and any(word.replace(*pair) in dictionary for pair in _BRITISH if pair[0] in word)


def _bare(word: str) -> Iterator[str]:
    """The word without an ending, or without what stands before it; "inthe" is a slip of two function words."""
    yield from (word.removesuffix("s"), word.removesuffix("able"))
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) >= SHORTEST_PART and rest not in FUNCTION_WORDS:
            yield rest


@lru_cache(8)
def _dictionary(language: str) -> Mapping[str, None]:
    """Python's collector never reads a dict of strings, but again and again a set of them."""
    return dict.fromkeys(SpellChecker(language=language).word_frequency.dictionary)
