"""Gate: the text is written in the language of its locale."""

import unicodedata
from functools import lru_cache
from typing import Any

from evaluation.gates.common_words import COMMON_WORDS
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import plain, words

GATE = "language"

#: Languages that are told apart; a locale of any other language is not judged.
LANGUAGES = {
    "da": "Danish", "de": "German", "en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "sv": "Swedish",
}  # fmt: skip
#: A text is foreign when its own language is less likely than this; of 1,938 English copies written by people none was
#: below 0.2, and of 150 sentences in five other languages each was below 0.05.
UNLIKELY = 0.05
#: Letters below which nothing can be said.
LEAST_LETTERS = 12
#: Share of common English words that settles it: true of 92 in 100 English copies, and of no foreign sentence above.
PLAINLY_ENGLISH = 0.6


def check_language(copy: Copy, policy: Policy) -> Verdict:
    own = copy.locale.partition("-")[0]
    if own not in LANGUAGES:
        return passes(GATE)
    text = plain(copy.text)
    if not text.isascii() and _other_letters(text):
        return refuses(GATE, f"The text is not written in the letters of {LANGUAGES[own]}.")
    if own == "en" and _common_share(text) >= PLAINLY_ENGLISH:
        return passes(GATE)
    found = foreign_language(text, own)
    if found and foreign_language(_without_given(text, copy, policy), own):
        return refuses(GATE, f"The text reads like {LANGUAGES[found]}; {copy.locale} needs {LANGUAGES[own]}.")
    return passes(GATE)


def foreign_language(text: str, own: str) -> str | None:
    """The language of a text that is hardly in its `own`, or None; also None when it is too short to tell."""
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    language, likely = _identifier().classify(text.lower())
    # The likelihoods add up to 1, so that a language that is likelier than this leaves its rivals below the limit.
    if language == own or (likely < 1 - UNLIKELY and _likelihood(text, own) >= UNLIKELY):
        return None
    return str(language)


def _likelihood(text: str, language: str) -> float:
    return float(dict(_identifier().rank(text.lower()))[language])


def _without_given(text: str, copy: Copy, policy: Policy) -> str:
    """The text without the words that it was given, such as a French dish in an English fact."""
    given = {word for phrase in (*copy.facts, *copy.keep, *policy.lexicon) for word in words(phrase)}
    return " ".join(word for word in words(text) if word not in given)


def _common_share(text: str) -> float:
    said = words(text)
    return sum(map(COMMON_WORDS.__contains__, said)) / max(1, len(said))


def _other_letters(text: str) -> bool:
    """Most letters are none of the Latin alphabet."""
    letters = [c for c in text if c.isalpha()]
    return 2 * sum(not (c.isascii() or unicodedata.name(c, "").startswith("LATIN")) for c in letters) > len(
        letters
    )


@lru_cache(1)
def _identifier() -> Any:
    # It reads five megabytes; commands that judge nothing need not wait for it.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(LANGUAGES))
    return identifier
