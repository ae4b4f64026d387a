"""The languages of the page."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from review.i18n import LANGUAGES, LOCALES, language_of, translations
from tests.review.catalogue import interface_texts

OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_of_the_interface_is_translated_and_no_other(language: str) -> None:
    with (LOCALES / language / "LC_MESSAGES" / "review.po").open("rb") as file:
        catalogue = {message.id: message for message in read_po(file, locale=language) if message.id}
    wanted = interface_texts()
    assert sorted(map(str, wanted.keys() - catalogue.keys())) == []
    assert sorted(map(str, catalogue.keys() - wanted.keys())) == []
    for message in catalogue.values():
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_what_its_text_fills_in(language: str) -> None:
    with (LOCALES / language / "LC_MESSAGES" / "review.po").open("rb") as file:
        for message in read_po(file, locale=language):
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            if message.id:
                assert {_filled_in(text) for text in strings} == {_filled_in(message.id)}, message.id


def _filled_in(text: object) -> frozenset[str]:
    """The names between %( and ); of a text with a plural those of the plural."""
    return frozenset(re.findall(r"%\(\w+\)[sd]", str(text[-1] if isinstance(text, tuple) else text)))


def test_the_language_is_the_one_chosen_then_the_users_then_what_the_browser_likes_most() -> None:
    assert language_of("fr", "en", "en") == "fr"
    assert language_of(None, "fr", "en") == "fr"
    assert language_of(None, None, "de-DE, fr-CA;q=0.8, en;q=0.5") == "fr"
    assert language_of(None, None, "fr;q=0, en;q=0.1") == "en"
    assert language_of("xx", None, "q=;;,=") == "en"


def test_a_catalogue_speaks() -> None:
    assert translations("fr").gettext("Approve") == "Approuver"
    assert translations("fr").ngettext("message", "messages", 0) == "message"
    assert translations("en").gettext("Approve") == "Approve"
