"""Who was erased does not come back by a source, and who said stop is not overruled by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import select, text

from content_store.database import Sessions
from content_store.erasure import Person, erase, put_on_list
from content_store.models import Base, Consent, Customer, QuarantinedRow, SourceKind, SuppressionReason
from content_store.queries import agreed_of
from content_store.suppressions import EVERY_CHANNEL, of_address, of_customer, suppress
from content_store.withdrawals import withdraw, withdraw_everything
from segments.ingest import Ingested, ingest
from segments.sources import SourceSpec

KEY = b"k" * 32
AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
STOPPED = datetime(2026, 3, 2, 12, tzinfo=UTC)

CUSTOMERS = (
    "id,email,phone,first_name\n"
    "ana,ana@example.com,+15550001,Ana\n"
    "zqx-7714,other@example.com,,Zqxana\n"
    "ben,Zqx.Mail@example.com,,Zqxben\n"
    "cleo,,+1 (555) 000-7714,Zqxcleo\n"
    "zqx-7714,broken@@example,,Zqxana\n"
    "zqx-7714,too,many,columns,by far\n"
)


def _ingest(sessions: Sessions, folder: Path, kind: SourceKind, content: str) -> Ingested:
    file = folder / f"{kind}.csv"
    file.write_text(content)
    with sessions.begin() as session:
        return ingest(
            session,
            SourceSpec(kind, file),
            file.name,
            folder / "events",
            partitions=2,
            as_of=AS_OF,
            suppression_key=KEY,
        )


def _erase(sessions: Sessions) -> None:
    """Somebody of this id, mail and telephone number is on the list."""
    with sessions.begin() as session:
        for key_hash in (
            of_customer(KEY, "zqx-7714"),
            of_address(KEY, "zqx.mail@example.com"),
            of_address(KEY, "+15550007714"),
        ):
            suppress(session, key_hash, EVERY_CHANNEL, SuppressionReason.ERASED, at=AS_OF, proof="asked")


def test_nobody_comes_back_by_id_mail_or_telephone_nor_under_another_id(
    sessions: Sessions, tmp_path: Path
) -> None:
    _erase(sessions)
    done = _ingest(sessions, tmp_path, SourceKind.CUSTOMERS, CUSTOMERS)
    assert (done.source.accepted, done.source.quarantined) == (1, 0)
    assert [note for note in done.notes if not note.column] == [
        ("", "of customers who were erased, so left out", 5)
    ]
    consents = "customer_id,purpose,channel,granted,at\n" + "".join(
        f"{name},marketing,email,yes,2026-03-01T00:00:00Z\n" for name in ("ana", "zqx-7714", "ben", "cleo")
    )
    done = _ingest(sessions, tmp_path, SourceKind.CONSENTS, consents)
    assert (done.source.accepted, done.source.quarantined) == (1, 0)
    assert done.notes[0].rows == 3
    events = "customer_id,at,kind,item\n" + "".join(
        f"{name},2026-03-01T00:00:00Z,{kind},tea\n"
        for name in ("ana", "zqx-7714", "ben", "cleo")
        for kind in ("purchase", "no kind!")
    )
    done = _ingest(sessions, tmp_path, SourceKind.EVENTS, events)
    assert (done.source.accepted, done.source.quarantined) == (1, 1)
    assert done.notes[0].rows == 6
    with sessions() as session:
        assert session.scalars(select(Customer.id)).all() == ["ana"]
        stored = " ".join(
            str(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
        )
    lake = str([pq.read_table(file).to_pylist() for file in (tmp_path / "events").rglob("*.parquet")])
    for word in ("zqx", "Zqx", "ben", "cleo", "7714"):
        assert word not in stored
        assert word not in lake


def test_a_line_that_cannot_be_read_keeps_its_place_but_not_what_it_says_of_them(
    sessions: Sessions, tmp_path: Path
) -> None:
    _erase(sessions)
    file = tmp_path / "customers.jsonl"
    file.write_text('{"id": "ana"}\n{"id": "zqx-7714", "email"\n{"id": "ben", "phone"\n')
    with sessions.begin() as session:
        ingest(
            session,
            SourceSpec(SourceKind.CUSTOMERS, file),
            file.name,
            tmp_path,
            partitions=2,
            as_of=AS_OF,
            suppression_key=KEY,
        )
        rows = session.execute(select(QuarantinedRow.line, QuarantinedRow.raw).order_by(QuarantinedRow.line))
        assert rows.all() == [(2, ""), (3, '{"id": "ben", "phone"')]


def test_who_shares_an_erased_address_is_left_out_but_does_not_join_the_list(
    sessions: Sessions, tmp_path: Path
) -> None:
    _ingest(sessions, tmp_path, SourceKind.CUSTOMERS, "id,phone\nben,+15550007714\n")
    _erase(sessions)
    _ingest(sessions, tmp_path, SourceKind.CUSTOMERS, "id,phone\nben,+15550007714\n\n")
    with sessions() as session:
        assert session.scalar(text("SELECT count(*) FROM suppressions")) == 3
    done = _ingest(sessions, tmp_path, SourceKind.CUSTOMERS, "id,phone\nben,+15550002222\n")
    assert done.source.accepted == 1


def _consents(*rows: str) -> str:
    return "customer_id,purpose,channel,granted,at,source\n" + "".join(f"{row}\n" for row in rows)


def _stop(sessions: Sessions, folder: Path, *, everything: bool = False) -> None:
    """Ana and Ben agreed to mails on 1 March; Ana unsubscribed on 2 March."""
    _ingest(sessions, folder, SourceKind.CUSTOMERS, "id\nana\nben\n")
    day = "2026-03-01T00:00:00Z"
    agreed = _consents(f"ana,marketing,email,yes,{day},", f"ben,marketing,email,yes,{day},")
    _ingest(sessions, folder, SourceKind.CONSENTS, agreed)
    with sessions.begin() as session:
        if everything:
            assert withdraw_everything(session, "ana", at=STOPPED, proof="she said so")
        else:
            assert withdraw(session, "ana", "marketing", "email", at=STOPPED, proof="she said so")


def test_a_later_yes_without_a_proof_does_not_overrule_the_customer(
    sessions: Sessions, tmp_path: Path
) -> None:
    _stop(sessions, tmp_path)
    day = "2026-03-05T00:00:00Z"
    done = _ingest(
        sessions,
        tmp_path,
        SourceKind.CONSENTS,
        _consents(
            f"ana,marketing,email,yes,{day},",
            f"ana,marketing,sms,yes,{day},",
            f"ben,marketing,email,yes,{day},",
            "ana,marketing,email,yes,2026-03-01T00:00:00Z,",
        ),
    )
    assert (done.source.accepted, done.source.quarantined) == (3, 1)
    with sessions() as session:
        (row,) = session.scalars(select(QuarantinedRow))
        assert (row.line, row.column, row.reason) == (
            *(2, "source"),
            "is missing: they unsubscribed on 2026-03-02; a later consent needs a proof",
        )
        assert agreed_of(session, ["ana", "ben"], "marketing", "email") == {"ben"}
        assert agreed_of(session, ["ana", "ben"], "marketing", "sms") == {"ana"}


def test_a_later_yes_with_a_proof_counts_and_a_later_no_needs_none(
    sessions: Sessions, tmp_path: Path
) -> None:
    _stop(sessions, tmp_path)
    rows = ["ana,marketing,email,yes,2026-03-05T00:00:00Z,signup form"]
    _ingest(sessions, tmp_path, SourceKind.CONSENTS, _consents(*rows))
    with sessions() as session:
        assert agreed_of(session, ["ana"], "marketing", "email") == {"ana"}
    rows.append("ana,marketing,email,no,2026-03-06T00:00:00Z,")
    done = _ingest(sessions, tmp_path, SourceKind.CONSENTS, _consents(*rows))
    assert done.source.quarantined == 0
    with sessions() as session:
        assert agreed_of(session, ["ana"], "marketing", "email") == set()


def test_who_wanted_nothing_more_at_all_is_not_overruled_for_a_new_purpose_either(
    sessions: Sessions, tmp_path: Path
) -> None:
    _stop(sessions, tmp_path, everything=True)
    later = STOPPED + timedelta(days=1)
    row = f"ana,offers,push,yes,{later.isoformat()},"
    done = _ingest(sessions, tmp_path, SourceKind.CONSENTS, _consents(row))
    assert (done.source.accepted, done.source.quarantined) == (0, 1)
    with sessions() as session:
        asked = select(Consent.purpose, Consent.channel, Consent.granted).where(Consent.customer_id == "ana")
        assert set(session.execute(asked)) == {
            ("marketing", "email", True),
            ("marketing", "email", False),
            ("", "", False),
        }


def test_an_erasure_waits_for_an_import_under_way_so_that_nobody_slips_in_behind_it(
    sessions: Sessions, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text("id\nzqx-7714\n")
    put = Thread(target=lambda: _put_on_list(sessions))
    with sessions.begin() as session:
        spec = SourceSpec(SourceKind.CUSTOMERS, file)
        more: dict[str, Any] = {"partitions": 2, "as_of": AS_OF, "suppression_key": KEY}
        ingest(session, spec, file.name, tmp_path, **more)
        put.start()
        # SQLite has one writer, so there it waits before it has read anything.
        if session.get_bind().dialect.name == "postgresql":
            while put.is_alive() and not session.scalar(
                text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
            ):
                pass
        assert put.is_alive()
    put.join()
    with sessions.begin() as session:
        erase(session, KEY, [Person("zqx-7714")])
        file.write_text("id\nzqx-7714\nana\n")
        ingest(session, spec, file.name, tmp_path, **more)
        assert session.scalars(select(Customer.id)).all() == ["ana"]


def _put_on_list(sessions: Sessions) -> None:
    with sessions.begin() as session:
        put_on_list(session, KEY, [Person("zqx-7714")], AS_OF)
