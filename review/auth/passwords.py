"""Passwords: which ones are good enough, and how they are kept and checked (argon2id)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from content_store.errors import BadInput

#: NIST SP 800-63B-4, 3.1.1.2: fifteen where the password is the only factor, as here; at least 64 must be possible.
SHORTEST = 15
LONGEST = 256

#: RFC 9106, second recommended option: 64 MiB, three passes, four lanes
HASHER = PasswordHasher()

#: Words that passwords are made of when people want to be done with it.
_LAZY_WORDS = """
password passwort passord wachtwoord contrasena senha motdepasse passphrase letmein welcome willkommen bienvenue admin
administrator administrateur root user login signin changeme change secret geheim test testing demo default iloveyou
monkey dragon football baseball sunshine princess superman qwerty azerty qwertz master shadow soleil doudou loulou bonjour
hello please access trustno january february march april may june july august september october november december
spring summer autumn winter monday tuesday wednesday thursday friday saturday sunday
my the a is this our mon ma est and for to me it in
"""
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop",
         "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm")  # fmt: skip
_LEET = str.maketrans("0134578@$!|", "oleastbasil")

# One check takes 64 MiB; many at once must not take the machine's memory.
_at_once = BoundedSemaphore(4)


def check_password(password: str, *, about: Iterable[str]) -> None:
    """Raise BadInput for a password that is too short or easily guessed; `about` are names nobody should use in one.

    NIST SP 800-63B-4, 3.1.1.2: length, no rules of composition, and the whole password is compared with what is commonly
    used or expected. We carry no list of leaked passwords; rules stand in for it: one dictionary word, runs of keys,
    repetition, and nothing but the names of the user, the brand or the product and words such as "password".
    """
    wanted = _normal(password)
    if len(wanted) < SHORTEST:
        raise BadInput(
            f"the password has {len(wanted)} characters; use {SHORTEST} or more, such as four or five words."
        )
    if len(wanted) > LONGEST:
        raise BadInput(f"the password has {len(wanted)} characters; use {LONGEST} at most.")
    if reason := _weakness(wanted, about):
        raise BadInput(f"the password is easily guessed: {reason}; use other words, four or five of them.")


def hash_password(password: str) -> str:
    """What is kept of a password: its argon2id hash with salt and parameters."""
    with _at_once:
        return HASHER.hash(_bytes(password))


def verify_password(kept: str | None, password: str) -> bool:
    """True for the password that was kept; without one the same work is done, so that the time tells nothing."""
    with _at_once:
        try:
            return HASHER.verify(kept or _nobodys_hash(), _bytes(password)[:4096]) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """True for a hash with other parameters than today's."""
    return HASHER.check_needs_rehash(kept)


@cache
def _nobodys_hash() -> str:
    return HASHER.hash(b"the password of nobody")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    # A terminal or JSON may hand over half a character.
    return _normal(password).encode("utf-8", "surrogatepass")


def _weakness(password: str, about: Iterable[str]) -> str | None:
    """Why the whole password is expected, or None."""
    text = _plain(password)
    if len(set(text)) < 5 or _repeats(text):
        return "it repeats itself"
    if len(_without_runs(text)) < 5:
        return "it consists of neighbouring letters, digits or keys"
    letters = re.sub(r"[\W\d_]", "", text)
    # Signs at the ends were put there; signs inside stand for letters.
    read = re.sub(r"[\W\d_]", "", re.sub(r"^[\W_]+|[\W_]+$", "", text).translate(_LEET))
    if letters in _vocabulary() or read in _vocabulary():
        return "it is one word of a dictionary"
    names = {part for name in about for part in re.findall(r"\w{3,}", _plain(name))}
    names |= {re.sub(r"[\W_]", "", _plain(name)) for name in about}
    if min(_left(letters, names), _left(read, names)) < 4:
        return "it holds only names and words that many passwords hold"
    return None


def _plain(text: str) -> str:
    """Lower case, without accents."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _repeats(text: str) -> bool:
    """True when some beginning, repeated, gives the whole."""
    return any(
        text.startswith(text[size:]) and len(text) >= 2 * size for size in range(1, len(text) // 2 + 1)
    )


def _without_runs(text: str) -> str:
    """What is left without four or more neighbours on the alphabet or a keyboard, and without one key pressed again."""
    neighbours = {a + b for row in _ROWS for a, b in pairwise(row)}
    left, run = "", text[:1]
    for key in text[1:]:
        last = run[-1]
        if key == last or last + key in neighbours or key + last in neighbours:
            run += key
            continue
        left += run if len(run) < 4 else ""
        run = key
    return left + (run if len(run) < 4 else "")


def _left(letters: str, names: set[str]) -> int:
    """How many letters are left without names and lazy words; the longest go first."""
    words = {*names, *_LAZY_WORDS.split()}
    for word in sorted((word for word in words if len(word) > 3), key=len, reverse=True):
        letters = letters.replace(word, " ")
    return sum(len(piece) for piece in letters.split() if piece not in words)


@cache
def _vocabulary() -> frozenset[str]:
    """Words of four languages, without accents."""
    from spellchecker import SpellChecker

    known = SpellChecker(language=["en", "fr", "de", "es"]).word_frequency.dictionary
    return frozenset(_plain(word) for word in known if len(word) > 6)
