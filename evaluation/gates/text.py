"""Comparing text: one plain form for what people type, one skeleton for what they disguise, words and stems."""

import re
import sys
import unicodedata
from functools import lru_cache

from confusable_homoglyphs import confusables

CACHED_TEXTS = 50_000
# Sets of all the words of a copy's facts: its candidates follow one another, and what is kept, Python's collector reads.
CACHED_FACTS = 64

_TYPOGRAPHIC = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′`´", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘－", "-"),
        "⁄": "/",
        "…": "...",
        "×": "x",
    }
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FORMS = (
    "spend spent", "send sent", "keep kept", "buy bought", "pay paid", "sell sold", "make made", "hold held", "give gave given", "take took taken",
    "wear wore worn", "bring brought", "build built", "child children", "woman women", "man men", "foot feet", "tooth teeth", "drink drank drunk",
    "eat ate eaten", "write wrote written", "choose chose chosen", "win won winner", "grow grew grown", "lend lent", "meet met", "freeze froze frozen",
    "teach taught", "catch caught", "think thought", "seek sought", "fight fought", "sleep slept", "feel felt", "leave left", "lose lost", "mean meant",
    "deal dealt", "stand stood", "understand understood", "tell told", "find found", "hear heard", "lead led", "feed fed", "read read", "speak spoke spoken",
    "break broke broken", "steal stole stolen", "wake woke woken", "drive drove driven", "ride rode ridden", "rise rose risen", "fly flew flown",
    "know knew known", "throw threw thrown", "draw drew drawn", "show shown", "sing sang sung", "swim swam swum", "begin began begun", "run ran",
    "sit sat", "shine shone", "weave wove woven", "spin spun", "bake baked", "sew sewn", "sow sown", "lay laid", "hide hidden", "fall fell fallen",
    "hang hung", "dig dug", "stick stuck", "swing swung", "bind bound", "wind wound", "grind ground", "mouse mice", "goose geese", "knife knives", "leaf leaves",
    "lens lenses", "light lit", "lay laid", "prove proven", "shake shook shaken", "shrink shrank shrunk", "strike struck", "tear tore torn", "bend bent", "bite bit bitten", "blow blew blown", "forget forgot forgotten", "forgive forgave forgiven", "mow mown", "ring rang rung", "shoot shot", "slide slid", "spring sprang sprung", "sweep swept", "swear sworn", "undertake undertook undertaken", "withdraw withdrew withdrawn", "shut shut", "assemble assembly", "half halves", "loaf loaves", "shelf shelves", "life lives", "wife wives", "wolf wolves", "scarf scarves",
)  # fmt: skip
_IRREGULAR = {form: first for first, *others in map(str.split, _FORMS) for form in others}
# Their "ly" is none of an adverb's.
_NO_ADVERBS = frozenset(
    ("apply", "supply", "reply", "imply", "comply", "multiply", "rely", "rally", "tally", "bully")
)
_ENDINGS = re.compile(r"(?:'s|s'|')$")


@lru_cache(CACHED_TEXTS)
def plain(text: str) -> str:
    """NFKC, without invisible characters, straight quotes, hyphens for dashes, single spaces; case is kept."""
    if text.isascii():
        return " ".join(text.split())
    text = unicodedata.normalize("NFKC", _spaced_fractions(text).translate(_TYPOGRAPHIC)).translate(
        _TYPOGRAPHIC
    )
    return " ".join(_invisible().sub("", text).split())


@lru_cache(CACHED_TEXTS)
def skeleton(text: str) -> str:
    """The plain form with look-alike letters folded to Latin ones (Unicode TS 39) and without case."""
    text = plain(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_lookalikes()))
        text = "".join(c for c in text if not unicodedata.combining(c))
    return text.casefold()


@lru_cache(CACHED_TEXTS)
def words(text: str) -> tuple[str, ...]:
    """The words of a text in plain lower-case form; "don't" is one word."""
    # Of ASCII the plain form only changes the white space, of which no word has any.
    return tuple(_WORD.findall((text if text.isascii() else plain(text)).lower()))


@lru_cache(CACHED_TEXTS)
def stems(text: str) -> tuple[str, ...]:
    """The words of a text, each cut to its stem."""
    return tuple(map(stem, words(text)))


@lru_cache(CACHED_FACTS)
def forms(texts: tuple[str, ...]) -> frozenset[str]:
    """The words and the stems of the texts."""
    return frozenset().union(*map(words, texts), *map(stems, texts))


@lru_cache(CACHED_TEXTS)
def stem(word: str) -> str:
    """A light English stem: possessive, plural, -ed, -ing, -ly and a final e or y are cut.

    It only has to bring the forms of one word together; it need not be a word.
    """
    word = _ENDINGS.sub("", word)
    word = _IRREGULAR.get(word, word)
    if (len(word) > 4 and word.endswith("ies")) or (len(word) > 5 and word.endswith("ied")):
        word = word[:-3]
    elif len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        word = word[:-2]
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    if len(word) > 6 and word.endswith("eed"):
        word = word[:-1]
    for ending in ("ing", "ed", "ly") if word not in _NO_ADVERBS else ():
        if word.endswith(ending) and len(word) - len(ending) >= 3 and word[-len(ending) - 1] not in "aeiou":
            word = _undoubled(word[: -len(ending)])
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("y") else word


def _undoubled(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz" else word


def _spaced_fractions(text: str) -> str:
    """NFKC would turn 1½ into 11/2."""
    return text.replace("½", " 1/2").replace("¼", " 1/4").replace("¾", " 3/4")


@lru_cache(1)
def _invisible() -> re.Pattern[str]:
    """Formatting and control characters, but for the white space."""
    found = (c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) in ("Cf", "Cc"))
    return re.compile("[" + "".join(re.escape(c) for c in found if c not in "\n\t\r") + "]")


@lru_cache(1)
def _lookalikes() -> dict[int, str]:
    """Each non-ASCII letter that Unicode lists as confusable with an ASCII letter, and that letter."""
    table: dict[int, str] = {}
    for character, twins in confusables.confusables_data.items():
        if len(character) == 1 and not character.isascii() and character.isalnum():
            latin = next(
                (t["c"] for t in twins if len(t["c"]) == 1 and t["c"].isascii() and t["c"].isalnum()), None
            )
            if latin:
                table[ord(character)] = latin
    return table
