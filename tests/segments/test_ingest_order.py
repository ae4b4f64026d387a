"""Storing what was read: in one order, so that an import and a publisher wait for each other and never both."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from content_store.database import Sessions
from content_store.models import Consent, Customer, SourceKind
from segments.ingest import ingest
from segments.sources import SourceSpec
from tests.factories import NOW, make_customer

CUSTOMERS = "id,first_name\nc3,Cleo\nc1,Ana\nc2,Ben\n"
CONSENTS = "customer_id,purpose,channel,granted,at\n" + "".join(
    f"{customer},marketing,email,true,2026-01-01T00:00:00Z\n" for customer in ("c3", "c1", "c2")
)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "content"), [(SourceKind.CUSTOMERS, CUSTOMERS), (SourceKind.CONSENTS, CONSENTS)]
)
def test_an_import_takes_customers_in_the_order_of_their_ids_as_publishers_do(
    sessions: Sessions, tmp_path: Path, kind: SourceKind, content: str
) -> None:
    with sessions.begin() as session:
        for customer_id in ("c1", "c2", "c3"):
            make_customer(session, id=customer_id)
    importer = Thread(target=_ingest, args=(sessions, tmp_path, kind, content))
    with sessions.begin() as session:
        _lock(session, "c1")
        importer.start()
        while not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass
        # It waits for the first and holds none of the others, so a publisher that has the first gets them.
        _lock(session, "c2")
        _lock(session, "c3")
    importer.join()
    with sessions() as session:
        table = Customer if kind is SourceKind.CUSTOMERS else Consent
        assert session.scalar(select(func.count()).select_from(table)) == 3


def _lock(session: Session, customer_id: str) -> None:
    session.scalars(select(Customer).where(Customer.id == customer_id).with_for_update(nowait=True)).one()


def _ingest(sessions: Sessions, folder: Path, kind: SourceKind, content: str) -> None:
    file = folder / f"{kind}.csv"
    file.write_text(content)
    with sessions.begin() as session:
        ingest(
            session,
            SourceSpec(kind, file),
            file.name,
            folder / "events",
            partitions=1,
            as_of=NOW,
            suppression_key=bytes(32),
        )
