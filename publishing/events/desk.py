"""What outcomes are taken in with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from content_store.database import Sessions


class Desk(NamedTuple):
    """What outcomes are taken in with."""

    sessions: Sessions
    #: signs receipts; see publishing.opt_out
    receipt_key: bytes
    #: of the list of those who are not reached any more
    suppression_key: bytes
    #: the brand's
    currency: str
    #: whether the brand counts opens
    counts_opens: bool
    now: Callable[[], datetime]
