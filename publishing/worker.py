"""Who sends, and with what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.models import Publication


class Worker(NamedTuple):
    """Who sends, and for what."""

    name: str
    brief: BriefFile
    brand: Brand
    #: the moment that blocks are valid at and the ledger says; a setting may hold it still
    moment: Callable[[], datetime]
    #: for leases
    clock: Callable[[], datetime]
    #: where the unsubscribe link of a publication leads
    opt_out: Callable[[Publication], str]
    #: of the list of those who are not reached any more
    suppression_key: bytes
    #: counts a step of sending, as the last statement before its commit; see content_store/marks.py
    mark: Callable[[Session], None]
    #: where a publication leads, given its landing page: there, or to a link that counts the click
    landing: Callable[[Publication, str], str] = lambda _, page: page
    #: the picture that counts opens, for customers who agreed to that; None where the brand counts none
    pixel: Callable[[Publication], str] | None = None
