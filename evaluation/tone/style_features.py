"""How a text is built, as numbers: lengths, marks, small words, and words that give a voice away."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import math
import re
import unicodedata
from collections import Counter
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from evaluation.gates.text import plain, words
from evaluation.sentences import sentences
from evaluation.tone.voice_words import KINDS, voice_words

#: Small words by what they do in a sentence; each name is a feature, the share of the text's words.
SMALL_WORDS: dict[str, str] = {
    "second_person": "you your yours yourself you're you'll you've you'd",
    "first_person_plural": "we our ours us we're we'll we've we'd let's",
    "first_person": "i me my mine i'm i'll i've i'd",
    "third_person": "he she they them their his her its it it's",
    "contractions": "i'm you're we're they're it's that's there's here's what's who's don't doesn't didn't won't can't isn't "
    "aren't wasn't needn't you'll we'll it'll you've we've i've i'll you'd we'd let's haven't hasn't couldn't wouldn't shouldn't",
    "negations": "no not never none nobody nothing without don't doesn't didn't won't can't isn't aren't needn't cannot",
    "hedges": "may might perhaps could maybe usually often some about around if",
    "intensifiers": "so such very really totally absolutely completely super too quite extremely seriously simply just even ever",
    "absolutes": "all every everything everyone everybody always nobody nothing never only anyone forever",
    "articles": "the a an",
    "prepositions": "of to in for on at from with by until through before after between over under",
    "conjunctions": "and or but so because while when whether",
    "auxiliaries": "is are was were be been being has have had will would do does did can",
    "demonstratives": "this that these those here there now",
    "pleases": "please thank thanks sorry welcome",
    "imperatives": "add ask bring book buy call check choose clip collect come compare count discover do don't enjoy experience "
    "feel find get give go grab have join keep leave let live look make meet open order pack pay pick plan put read register "
    "return save see send set show sign start step stop swap take tell try turn use visit wait watch write",
}
_SHAPE = ("words", "words_per_sentence", "longest_sentence", "letters_per_word", "long_words", "noun_endings",
          "adverb_endings", "figures", "questions", "exclaiming", "fragments", "imperative_sentences",
          "single_sentence", "passives")  # fmt: skip
_MARKS = ("exclamation_marks", "capitals", "stretched_letters", "repeated_marks", "repeated_words", "signs",
          "ellipses", "quotes", "colons", "dashes", "commas")  # fmt: skip
NAMES: tuple[str, ...] = (*_SHAPE, *_MARKS, *SMALL_WORDS, *KINDS)

#: Small words are counted against this many more words than there are, so that two words are no extreme.
SMOOTHING = 4
MOST = 3

_OF_WORD: dict[str, tuple[int, ...]] = {}
for _number, _listed in enumerate(SMALL_WORDS.values()):
    for _word in _listed.split():
        _OF_WORD[_word] = (*_OF_WORD.get(_word, ()), _number)
_IMPERATIVES = frozenset(SMALL_WORDS["imperatives"].split())
_BEING = frozenset("is are was were be been being".split())
_KIND_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
_CAPITALS = re.compile(r"\b[A-Z][A-Z']{2,}\b")
_STRETCHED = re.compile(r"([a-z])\1\1", re.IGNORECASE)
_REPEATED_MARK = re.compile(r"([!?$*>])\s?\1|\?!|!\?")
_NOUN = re.compile(r"(?:tion|sion|ment|ance|ence|ity|ness|ability)s?$")


def style_features(text: str, allowed: str = "") -> NDArray[np.float32]:
    """The numbers named by `NAMES`; words in `allowed` give no voice away and do not shout.

    Lengths are in words and letters, `questions` to `imperative_sentences` are shares of the sentences, marks and
    kinds of words are counts of at most `MOST`, small words are shares of all words.
    """
    text = plain(text)
    said = words(text)
    count = max(1, len(said))
    vector = np.zeros(len(NAMES), np.float32)
    vector[: len(_SHAPE)] = _shape(text, said, count)
    vector[len(_SHAPE) : len(_SHAPE) + len(_MARKS)] = _marks(text, said, allowed)
    first = len(_SHAPE) + len(_MARKS)
    small = vector[first : first + len(SMALL_WORDS)]
    for word in said:
        for number in _OF_WORD.get(word, ()):
            small[number] += 1
    small /= count + SMOOTHING
    kinds = vector[first + len(SMALL_WORDS) :]
    for found in voice_words(said, allowed):
        kinds[_KIND_NUMBER[found.kind]] += 1
    np.minimum(kinds, MOST, out=kinds)
    return vector


def _shape(text: str, said: tuple[str, ...], count: int) -> tuple[float, ...]:
    parts = sentences(text) or [""]
    of_part = [words(part) for part in parts]
    lengths = [len(part) for part in of_part]
    return (
        math.log1p(len(said)),
        sum(lengths) / len(parts),
        max(lengths),
        sum(map(len, said)) / count,
        sum(len(word) > 8 for word in said) / (count + SMOOTHING),
        sum(len(word) > 6 and _NOUN.search(word) is not None for word in said) / (count + SMOOTHING),
        sum(len(word) > 4 and word.endswith("ly") for word in said) / (count + SMOOTHING),
        sum(word[0].isdigit() for word in said) / (count + SMOOTHING),
        sum(part.endswith("?") for part in parts) / len(parts),
        sum(part.endswith("!") for part in parts) / len(parts),
        sum(length <= 2 for length in lengths) / len(parts),
        sum(bool(part) and part[0] in _IMPERATIVES for part in of_part) / len(parts),
        len(parts) == 1,
        sum(b.endswith("ed") and a in _BEING for a, b in pairwise(said)) / (count + SMOOTHING),
    )


def _marks(text: str, said: tuple[str, ...], allowed: str) -> list[float]:
    capitals = [
        word for word in _CAPITALS.findall(text) if len(word) > 3 and f" {word.lower()} " not in allowed
    ]
    signs = (
        0 if text.isascii() else sum(unicodedata.category(character) in ("So", "Sk") for character in text)
    )
    repeated = sum(count - 1 for count in Counter(said).values() if count > 2)
    counts = (
        text.count("!"),
        len(capitals),
        len(_STRETCHED.findall(text)),
        len(_REPEATED_MARK.findall(text)),
        repeated,
        signs,
        text.count("..."),
        text.count('"'),
        text.count(":"),
        text.count(" - "),
        text.count(","),
    )
    return [min(MOST, number) for number in counts]
