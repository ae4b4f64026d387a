"""Comparing text: one plain form for what people type, one skeleton for what they disguise, words and stems."""

import re
import unicodedata
from functools import lru_cache

from confusable_homoglyphs import confusables

CACHED_TEXTS = 50_000

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
_SPACES = re.compile(r"\s+")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_IRREGULAR = {
    "spent": "spend", "sent": "send", "kept": "keep", "bought": "buy", "paid": "pay", "sold": "sell", "made": "make", "held": "hold",
    "given": "give", "gave": "give", "taken": "take", "took": "take", "worn": "wear", "brought": "bring", "built": "build",
    "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth", "drunk": "drink", "eaten": "eat",
    "written": "write", "chosen": "choose", "won": "win", "grown": "grow", "lent": "lend", "met": "meet", "frozen": "freeze", "froze": "freeze",
}  # fmt: skip
_ENDINGS = re.compile(r"(?:'s|s'|')$")


@lru_cache(CACHED_TEXTS)
def plain(text: str) -> str:
    """NFKC, without invisible characters, straight quotes, hyphens for dashes, single spaces; case is kept."""
    if text.isascii():
        return _SPACES.sub(" ", text).strip()
    text = unicodedata.normalize("NFKC", _spaced_fractions(text).translate(_TYPOGRAPHIC)).translate(
        _TYPOGRAPHIC
    )
    visible = "".join(c for c in text if not _invisible(c))
    return _SPACES.sub(" ", visible).strip()


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
    return tuple(_WORD.findall(plain(text).lower()))


@lru_cache(CACHED_TEXTS)
def stems(text: str) -> tuple[str, ...]:
    """The words of a text, each cut to its stem."""
    return tuple(stem(word) for word in words(text))


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
    for ending in ("ing", "ed", "ly"):
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


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cc") and character not in "\n\t\r "


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
