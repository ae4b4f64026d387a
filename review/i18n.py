"""The languages of the page: English, in which its texts are written, and what a catalogue translates them to."""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
DOMAIN = "review"

#: Language -> its own name; the first is that of the texts in the code.
LANGUAGES = {"en": "English", "fr": "Français"}

COOKIE = "language"


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language, read from its .po file."""
    path = LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_of(chosen: str | None, of_user: str | None, accepted: str | None) -> str:
    """The language for a request: chosen on the page, else that of the user, else the first that the browser accepts."""
    for language in (chosen, of_user, *_accepted(accepted or "")):
        if language in LANGUAGES:
            return language
    return next(iter(LANGUAGES))


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, the most wanted first (RFC 9110, 12.5.4)."""
    found = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.partition(";q=")
        try:
            found.append((-float(weight or 1), place, tag.strip().partition("-")[0].lower()))
        except ValueError:
            continue
    return [language for weight, _, language in sorted(found) if weight < 0]
