"""The languages of the page: English, in which its texts are written, and what a catalogue translates them to."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from pathlib import Path

from content_store.languages import accepted_languages, catalogue

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "review"

#: Language -> its own name; the first is that of the texts in the code.
LANGUAGES = {"en": "English", "fr": "Français"}

COOKIE = "language"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language."""
    return catalogue(LOCALES, DOMAIN, language)


def language_of(chosen: str | None, of_user: str | None, accepted: str | None) -> str:
    """The language for a request: chosen on the page, else that of the user, else the first that the browser accepts."""
    for language in (chosen, of_user, *accepted_languages(accepted or "")):
        if language in LANGUAGES:
            return language
    return next(iter(LANGUAGES))
