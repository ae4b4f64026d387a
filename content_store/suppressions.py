"""Who is not reached any more, whatever a source says: keyed hashes of addresses and customers' ids.

The key stays with the installation, so the list tells nobody who stands in it, and survives the erasure of those who do
(GDPR, art. 17(3)(b) and 21(3)).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from content_store import keys
from content_store.database import insert_into
from content_store.models import Suppression, SuppressionReason

KEY = "suppression.key"

#: What the names of erased customers in the ledger begin with.
PSEUDONYM = "erased:"

#: The channel of a suppression that holds for all of them.
EVERY_CHANNEL = ""

_LIST_LOCK = 7_283_902
_BETWEEN_WORDS = re.compile(r"[\s,;|\"'<>]+")


class Erased(NamedTuple):
    """Who asked to be forgotten. It can only be asked about somebody whose id or address is at hand."""

    key: bytes
    hashes: frozenset[str]

    def holds(self, customer_id: str | None, *addresses: str | None) -> bool:
        """Whether this id or one of the addresses is on the list."""
        if not self.hashes:
            return False
        hashes = [of_customer(self.key, customer_id)] if customer_id else []
        hashes += [of_address(self.key, address) for address in addresses if address]
        return not self.hashes.isdisjoint(hashes)

    def named_in(self, words: str) -> bool:
        """Whether a word of a text is an id or address on the list."""
        return any(self.holds(word, word) for word in _BETWEEN_WORDS.split(words) if word)


#: For who keeps no list.
NOBODY = Erased(b"", frozenset())


def load_key(folder: Path) -> bytes:
    """The key of a state folder, made on first use."""
    return keys.load_key(folder, KEY, if_lost="whoever was erased or bounced could be written again")


def of_customer(key: bytes, customer_id: str) -> str:
    """The hash of a customer's id."""
    return _hash(key, "customer", customer_id)


def of_address(key: bytes, address: str) -> str:
    """The hash of a mail address in any case, or of a telephone number however it is spaced."""
    if "@" in address:
        return _hash(key, "mail", address.strip().casefold())
    return _hash(key, "phone", "".join(char for char in address if char.isdigit()))


def suppress(
    session: Session, key_hash: str, channel: str, reason: SuppressionReason, *, at: datetime, proof: str
) -> None:
    """Put a hash on the list; it stays as it is when it stands there already, but an erasure outdoes other reasons."""
    insert = insert_into(session, Suppression)
    values = {"key_hash": key_hash, "channel": channel, "reason": reason, "at": at, "proof": proof}
    same = ["key_hash", "channel"]
    known = (
        insert.on_conflict_do_update(index_elements=same, set_={"reason": reason})
        if reason is SuppressionReason.ERASED
        else insert.on_conflict_do_nothing(index_elements=same)
    )
    session.execute(known, values)


def suppressed(session: Session, hashes: Collection[str], channel: str) -> dict[str, SuppressionReason]:
    """Those of the hashes that are not reached on a channel, and why."""
    here = or_(Suppression.channel == channel, Suppression.channel == EVERY_CHANNEL)
    rows = session.execute(
        select(Suppression.key_hash, Suppression.reason).where(Suppression.key_hash.in_(hashes), here)
    )
    return dict(rows.all())


def erased(session: Session, key: bytes) -> Erased:
    """Everybody who asked to be forgotten."""
    query = select(Suppression.key_hash).where(
        Suppression.reason == SuppressionReason.ERASED, Suppression.channel == EVERY_CHANNEL
    )
    return Erased(key, frozenset(session.scalars(query)))


def pseudonym(key: bytes, customer_id: str) -> str:
    """What an erased customer is called in the ledger: always the same, and without the key nobody's name."""
    return f"{PSEUDONYM}{_hash(key, 'pseudonym', customer_id)}"


def hold_list(session: Session, *, to_erase: bool = False) -> None:
    """Until the transaction ends nobody is erased while others write customers down; SQLite has one writer anyway.

    Who writes down many customers takes it before it reads the list, so that no customer slips in behind an erasure.
    """
    if session.get_bind().dialect.name == "postgresql":
        kind = "" if to_erase else "_shared"
        session.execute(text(f"SELECT pg_advisory_xact_lock{kind}(:lock)"), {"lock": _LIST_LOCK})


def _hash(key: bytes, kind: str, value: str) -> str:
    return hmac.digest(key, f"{kind}\0{value}".encode(), "sha256").hex()
