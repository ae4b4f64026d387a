"""An outcome that can be taken: whom it is about is known, and its moment can be right."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from content_store.models import OutcomeKind, Publication


class Outcome(NamedTuple):
    """What became of a publication, or what a customer did."""

    #: unique in the inbox: where it comes from and what it is called there
    external_id: str
    origin: str
    kind: OutcomeKind
    at: datetime
    customer_id: str
    #: None for what a customer did without a publication that is known of
    row: Publication | None
    value: float | None = None
    margin: float | None = None
    code: str | None = None
    gone: bool = False
    to: str | None = None
    link: str | None = None
    flag: str | None = None


def body(one: Outcome) -> dict[str, Any]:
    """What the inbox keeps of it beside its columns; what is not known is missing."""
    told = {
        "outcome": one.kind.value,
        "at": one.at.isoformat(),
        "origin": one.origin,
        "value": one.value,
        "margin": one.margin,
        "code": one.code,
        "link": one.link,
        "flag": one.flag,
    }
    return {name: value for name, value in told.items() if value is not None}
