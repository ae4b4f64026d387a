"""Who is not reached any more, whatever a source says: keyed hashes of addresses and customers' ids.

The key stays with the installation, so the list tells nobody who stands in it, and survives the erasure of those who do
(GDPR, art. 17(3)(b) and 21(3)).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from content_store import keys
from content_store.models import Suppression, SuppressionReason

KEY = "suppression.key"

#: The channel of a suppression that holds for all of them.
EVERY_CHANNEL = ""


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
    """Put a hash on the list; it stays as it is when it stands there already."""
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(Suppression)
    values = {"key_hash": key_hash, "channel": channel, "reason": reason, "at": at, "proof": proof}
    session.execute(insert.on_conflict_do_nothing(index_elements=["key_hash", "channel"]), values)


def suppressed(session: Session, hashes: Collection[str], channel: str) -> dict[str, SuppressionReason]:
    """Those of the hashes that are not reached on a channel, and why."""
    here = or_(Suppression.channel == channel, Suppression.channel == EVERY_CHANNEL)
    rows = session.execute(
        select(Suppression.key_hash, Suppression.reason).where(Suppression.key_hash.in_(hashes), here)
    )
    return dict(rows.all())


def _hash(key: bytes, kind: str, value: str) -> str:
    return hmac.new(key, f"{kind}\0{value}".encode(), hashlib.sha256).hexdigest()
