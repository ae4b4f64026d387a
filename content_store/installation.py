"""The name of this database, for whoever takes what it sends."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from content_store.models import Installation


def identity(session: Session) -> str:
    """32 letters and digits that no other database has, made on first use; of two who ask at once both get the same."""
    known = session.scalar(select(Installation.identity))
    if known is None:
        insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert(
            Installation
        )
        values = {"id": 1, "identity": secrets.token_hex(16), "mark": 0}
        session.execute(insert.on_conflict_do_nothing(index_elements=["id"]), values)
        known = session.scalars(select(Installation.identity)).one()
    return known
