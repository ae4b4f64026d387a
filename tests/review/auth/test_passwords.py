"""Which passwords are taken, and how they are kept."""

from __future__ import annotations

from contextlib import suppress

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from content_store.errors import BadInput
from review.auth import passwords
from review.auth.passwords import check_password, hash_password, is_outdated, verify_password

ABOUT = ("ana.berg", "Ana Berg-Sørensen", "Larkfield Home", "surmesure")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "seven wet kettles sing",
        "vier blaue Katzen im Regen",
        "trois bateaux rouges au port",
        "aVq9-2Lx7-pRt4-wZ",
        "8f3b1c9d2e7a6f50",
        "日本の古い庭園を静かに歩く二人",
        "ana reads wet maps at sea",
        "property of seven foxes",
        "x" * 5 + "correct horse battery" + "y" * 200,
    ],
)
def test_a_long_phrase_of_any_characters_is_taken(password: str) -> None:
    check_password(password, about=ABOUT)


@pytest.mark.parametrize(
    "password, reason",
    [
        ("", "has 0 characters"),
        ("Tr0ub4dor&3 %x", "has 14 characters"),
        ("a1" * 129, "has 258 characters; use 256 at most"),
        ("aaaaaaaaaaaaaaaa", "repeats itself"),
        ("abcabcabcabcabca", "repeats itself"),
        ("password password", "only names"),
        ("kettle!!kettle!!", "repeats itself"),
        ("1111222233334444", "repeats itself"),
        ("abcdefghijklmnop", "neighbouring"),
        ("1234567890123456", "neighbouring"),
        ("qwertyuiopasdfgh", "neighbouring"),
        ("azertyuiop12345678", "neighbouring"),
        ("qwertyuiop-12345-!", "neighbouring"),
        ("internationalization", "one word of a dictionary"),
        ("Constitutionnellement1!", "one word of a dictionary"),
        ("und3rstandabl3!!", "one word of a dictionary"),
        ("larkfieldhome2026", "only names"),
        ("Larkfield-2026-!", "only names"),
        ("surmesure surmesure1", "only names"),
        ("ana.berg.password!", "only names"),
        ("P@ssw0rd-Larkfield", "only names"),
        ("BergSørensen12345", "only names"),
        ("MyPassword2026!!", "only names"),
        ("welcome-to-larkfield", "only names"),
    ],
)
def test_a_short_or_expected_password_is_refused_with_the_reason(password: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        check_password(password, about=ABOUT)


def test_length_counts_characters_after_normalization() -> None:
    # Seven ligatures are fourteen letters in NFKC, so fifteen with one more.
    check_password("ﬁ" * 3 + "xqzvkwpbm", about=())
    with pytest.raises(BadInput, match="has 14 characters"):
        check_password("ﬁ" * 3 + "xqzvkwpb", about=())


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    kept = hash_password("Zürich ﬁndet den Weg")
    assert verify_password(kept, "Zu\u0308rich findet den Weg")
    assert not verify_password(kept, "zürich findet den weg")


@given(st.text(max_size=300))
def test_any_text_can_be_kept_and_checked(password: str) -> None:
    kept = hash_password(password)
    assert verify_password(kept, password)
    assert not verify_password(kept, password + "x")
    assert not verify_password(None, password)


@given(st.text(max_size=300))
def test_any_text_is_judged(password: str) -> None:
    with suppress(BadInput):
        check_password(password, about=ABOUT)


def test_nothing_is_cut_off() -> None:
    kept = hash_password("a" * 255 + "b")
    assert not verify_password(kept, "a" * 255 + "c")


def test_the_hash_is_argon2id_with_the_parameters_of_rfc_9106(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher())
    kept = hash_password("seven wet kettles sing")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not is_outdated(kept)
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=4))
    assert is_outdated(kept)
    assert verify_password(kept, "seven wet kettles sing")


def test_what_is_no_hash_opens_nothing() -> None:
    assert not verify_password("", "")
    assert not verify_password("x", "x")
