"""Files of outcomes: what is sound counts once, what is not is set aside with its line, and who says stop is heard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from content_store import suppressions
from content_store.errors import BadInput
from content_store.models import (
    Consent,
    Customer,
    InboxItem,
    Publication,
    PublicationStatus,
    QuarantinedRow,
    Source,
    SourceKind,
    Suppression,
    SuppressionReason,
)
from flows.steps import outcome_files
from flows.steps.outcome_files import Imported, import_outcomes
from flows.steps.workplace import Workplace
from publishing.opt_out import load_key
from publishing.receipt_tokens import receipt
from tests.factories import make_consent
from tests.flows.outcomes import in_lake, opened, sent_to
from tests.publishing.stage import AT, BRAND

HEADER = "id,receipt,customer_id,kind,at,value,margin,currency\n"


@pytest.fixture
def workplace(tmp_path: Path, database_url: str) -> Iterator[Workplace]:
    with opened(tmp_path, database_url) as workplace:
        yield workplace


def _receipts(workplace: Workplace, ids: dict[str, int]) -> dict[str, str]:
    key = load_key(workplace.settings.state_folder)
    return {customer: receipt(key, number) for customer, number in ids.items()}


def _csv(folder: Path, *lines: str, name: str = "outcomes.csv") -> Path:
    file = folder / name
    file.write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return file


def _set_aside(workplace: Workplace) -> list[tuple[int, str, str, str]]:
    with workplace.sessions() as session:
        rows = session.scalars(select(QuarantinedRow).order_by(QuarantinedRow.line)).all()
        return [(row.line, row.column, row.reason, row.raw) for row in rows]


def test_what_a_file_tells_stands_in_the_lake(workplace: Workplace, tmp_path: Path) -> None:
    ids = sent_to(workplace.sessions, tmp_path)
    of = _receipts(workplace, ids)
    file = _csv(
        tmp_path,
        "1,,c01,converted,2026-03-03T10:00:00Z,12.5,4.25,EUR",
        f"2,{of['c02']},,clicked,2026-03-03T11:00:00+01:00,,,",
        f"3,{of['c02']},c02,delivered,2026-03-03T00:00:00Z,,,",
        f"2,{of['c02']},,clicked,2026-03-03T11:00:00+01:00,,,",
    )
    done = import_outcomes(workplace, file)
    assert done == Imported(3, 0, 0, False, ["rows: the same as an earlier row, so counted once (1 rows)"])
    rows = [{name: row[name] for name in row if name != "received_at"} for row in in_lake(workplace)]
    empty: dict[str, Any] = {"value": None, "margin": None, "flag": None}
    assert rows == [
        empty | {"outcome_id": "events:1", "publication_id": None, "customer_id": "c01", "kind": "converted", "at": AT + timedelta(days=1, hours=10), "value": 12.5, "margin": 4.25},
        empty | {"outcome_id": "events:2", "publication_id": ids["c02"], "customer_id": "c02", "kind": "clicked", "at": AT + timedelta(days=1, hours=10)},
        empty | {"outcome_id": "events:3", "publication_id": ids["c02"], "customer_id": "c02", "kind": "delivered", "at": AT + timedelta(days=1)},
    ]  # fmt: skip
    with workplace.sessions() as session:
        (source,) = session.scalars(select(Source).where(Source.kind == SourceKind.OUTCOMES))
        assert (source.location, source.accepted, source.quarantined) == (str(file), 3, 0)


def test_the_same_file_again_and_the_same_ids_elsewhere_change_nothing(
    workplace: Workplace, tmp_path: Path
) -> None:
    sent_to(workplace.sessions, tmp_path)
    lines = [f"{n},,c0{n},converted,2026-03-03T10:00:00Z,1,,EUR" for n in (1, 2, 3)]
    file = _csv(tmp_path, *lines)
    assert import_outcomes(workplace, file) == Imported(3, 0, 0, False, [])
    assert import_outcomes(workplace, file) == Imported(0, 3, 0, True, [])
    other = _csv(tmp_path, *lines, "4,,c01,converted,2026-03-03T10:00:00Z,1,,EUR", name="other.csv")
    assert import_outcomes(workplace, other) == Imported(1, 3, 0, False, [])
    assert [row["outcome_id"] for row in in_lake(workplace)] == [f"events:{n}" for n in (1, 2, 3, 4)]


def test_rows_that_cannot_be_taken_are_set_aside_with_line_and_reason(
    workplace: Workplace, tmp_path: Path
) -> None:
    of = _receipts(workplace, sent_to(workplace.sessions, tmp_path))
    forged = of["c01"][:-3] + "xyz"
    file = _csv(
        tmp_path,
        "1,,c01,converted,2026-03-03T10:00:00Z,1,,USD",
        f"2,{forged},,clicked,2026-03-03T10:00:00Z,,,",
        "3,,nobody,converted,2026-03-03T10:00:00Z,1,,",
        "4,,,converted,2026-03-03T10:00:00Z,1,,",
        f"5,{of['c01']},c02,clicked,2026-03-03T10:00:00Z,,,",
        "6,,c01,seen,2026-03-03T10:00:00Z,,,",
        "7,,c01,converted,2099-01-01T00:00:00Z,1,,",
        "8,,c01,converted,1970-01-01T00:00:00Z,1,,",
        "9,,c01,converted,2026-03-03T10:00:00Z,NaN,,",
        ",,c01,converted,2026-03-03T10:00:00Z,1,,",
        "11,,c01,bounced,2026-03-03T10:00:00Z,,,",
        f"12,{of['c01']},,opened,2026-03-03T10:00:00Z,,,",
        "13,,c01,converted,2026-03-03T10:00:00Z,1,,EUR",
        "14,,c01",
        "15,,c01,converted,2026-03-03T10:00:00,1,,",
        "16,,c01,converted,2026-03-03,1,,",
        "17,,c01,converted,2026-03-03 10:00:00.5+01,1,,",
    )
    done = import_outcomes(workplace, file)
    assert (done.new, done.quarantined) == (2, 15)
    assert [
        (line, column, reason.partition(",")[0]) for line, column, reason, _ in _set_aside(workplace)
    ] == [
        (2, "currency", "is not EUR"),
        (3, "receipt", "is none of ours"),
        (4, "customer_id", "is no customer of the customers source"),
        (5, "receipt", "is missing"),
        (6, "customer_id", "is another customer than the receipt's"),
        (7, "kind", "is none of delivered"),
        (8, "at", "lies in the future"),
        (9, "at", "lies before 1990-01-01: the clock was not set"),
        (10, "value", "is not a finite number"),
        (11, "id", "is missing"),
        (12, "receipt", "is missing: it says which channel bounced"),
        (
            13,
            "kind",
            "opens are not counted without the brand's open_pixel and the customer's consent for that",
        ),
        (15, "", "has not the 8 fields that the header has"),
        (16, "at", "has no offset"),
        (17, "at", "has no offset"),
    ]
    assert _set_aside(workplace)[1][3] == forged


def test_who_stops_complains_or_bounces_is_heard_once(workplace: Workplace, tmp_path: Path) -> None:
    ids = sent_to(workplace.sessions, tmp_path, customers=4)
    of = _receipts(workplace, ids)
    with workplace.sessions.begin() as session:
        lost = update(Publication).where(Publication.id == ids["c04"])
        session.execute(lost.values(status=PublicationStatus.UNKNOWN, sent_at=None))
    file = _csv(
        tmp_path,
        f"1,{of['c01']},,unsubscribed,2026-03-03T10:00:00Z,,,",
        f"2,{of['c02']},,complained,2026-03-03T10:00:00Z,,,",
        f"3,{of['c03']},,bounced,2026-03-03T10:00:00Z,,,",
        f"4,{of['c04']},,delivered,2026-03-03T10:00:00Z,,,",
    )
    assert import_outcomes(workplace, file) == Imported(4, 0, 0, False, [])
    key = suppressions.load_key(workplace.settings.state_folder)
    with workplace.sessions() as session:
        (stopped,) = session.scalars(select(Consent).where(~Consent.granted))
        assert (stopped.customer_id, stopped.purpose, stopped.channel) == ("c01", "marketing", "sms")
        listed = {row.key_hash: row.reason for row in session.scalars(select(Suppression))}
        assert listed[suppressions.of_customer(key, "c02")] is SuppressionReason.COMPLAINED
        assert listed[suppressions.of_address(key, "+155501003")] is SuppressionReason.BOUNCED
        assert session.get_one(Publication, ids["c04"]).status is PublicationStatus.ACCEPTED
    assert [row["kind"] for row in in_lake(workplace)] == [
        "unsubscribed",
        "complained",
        "bounced",
        "delivered",
    ]
    # A consent that is newer than the message stands, though another file tells the same.
    with workplace.sessions.begin() as session:
        customer = session.get_one(Customer, "c01")
        make_consent(session, customer, channel="sms", at=AT + timedelta(days=400))
    again = _csv(
        tmp_path,
        *file.read_text().splitlines()[1:],
        "5,,c01,converted,2026-03-03T00:00:00Z,1,,",
        name="again.csv",
    )
    assert import_outcomes(workplace, again) == Imported(1, 4, 0, False, [])
    with workplace.sessions() as session:
        newest = session.scalars(
            select(Consent).where(Consent.customer_id == "c01").order_by(Consent.at.desc())
        ).first()
        assert newest is not None
        assert newest.granted
        assert len(session.scalars(select(InboxItem)).all()) == 4


def test_programs_that_click_are_flagged_by_the_rules_that_a_file_allows(
    workplace: Workplace, tmp_path: Path
) -> None:
    of = _receipts(workplace, sent_to(workplace.sessions, tmp_path))
    file = _csv(
        tmp_path,
        # Sent at midnight.
        f"1,{of['c01']},,clicked,2026-03-02T00:00:00.500Z,,,",
        f"2,{of['c01']},,clicked,2026-03-02T00:00:01.500Z,,,",
        *(f"{n},{of['c02']},,clicked,2026-03-03T10:00:00.{n}Z,,," for n in (3, 4, 5, 6)),
        *(f"{n},{of['c03']},,clicked,2026-03-03T10:00:00.{n}Z,,," for n in (7, 8, 9)),
    )
    import_outcomes(workplace, file)
    flags = [row["flag"] for row in in_lake(workplace)]
    assert flags == ["at_once", None, "burst", "burst", "burst", "burst", None, None, None]


def test_opens_count_where_the_brand_counts_them_and_the_customer_agreed(
    workplace: Workplace, tmp_path: Path
) -> None:
    of = _receipts(workplace, sent_to(workplace.sessions, tmp_path))
    workplace.brand = BRAND.model_copy(update={"open_pixel": True})
    with workplace.sessions.begin() as session:
        make_consent(session, session.get_one(Customer, "c02"), purpose="open-tracking", channel="sms")
    file = _csv(tmp_path, *(f"{n},{of[f'c0{n}']},,opened,2026-03-03T10:00:00Z,,," for n in (1, 2)))
    done = import_outcomes(workplace, file)
    assert (done.new, done.quarantined) == (1, 1)
    assert [row["customer_id"] for row in in_lake(workplace)] == ["c02"]


def test_parquet_and_json_lines_tell_the_same(workplace: Workplace, tmp_path: Path) -> None:
    sent_to(workplace.sessions, tmp_path)
    rows = [{"id": str(n), "customer_id": f"c0{n}", "kind": "converted", "at": "2026-03-03T10:00:00Z", "value": n / 4} for n in (1, 2, 3)]  # fmt: skip
    lines = tmp_path / "told.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = tmp_path / "told.parquet"
    pq.write_table(pa.Table.from_pylist([{**row, "at": AT} for row in rows]), columns)
    assert import_outcomes(workplace, lines) == Imported(3, 0, 0, False, [])
    assert import_outcomes(workplace, columns) == Imported(0, 3, 0, False, [])
    assert [row["value"] for row in in_lake(workplace)] == [0.25, 0.5, 0.75]


def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(workplace: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "bytes.csv"
    file.write_bytes(HEADER.encode() + b"1,,c01,converted,2026-03-03T00:00:00Z,1,,\xff\n")
    with pytest.raises(BadInput, match=r"line 2: byte \d+ of the file is not UTF-8"):
        import_outcomes(workplace, file)
    with pytest.raises(BadInput, match="cannot be read"):
        import_outcomes(workplace, tmp_path / "missing.csv")
    file.write_text("id,at\n1,2026-03-03\n")
    with pytest.raises(BadInput, match='the column "kind" is missing'):
        import_outcomes(workplace, file)
    assert in_lake(workplace) == []


def test_who_is_stopped_in_the_middle_of_a_file_goes_on_and_counts_nothing_twice(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = _receipts(workplace, sent_to(workplace.sessions, tmp_path))
    file = _csv(
        tmp_path,
        f"1,{of['c01']},,unsubscribed,2026-03-03T10:00:00Z,,,",
        "2,,c02,converted,2026-03-03T10:00:00Z,1,,",
        "3,,nobody,converted,2026-03-03T10:00:00Z,1,,",
    )

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outcome_files, "store_source", stopped)
        with pytest.raises(KeyboardInterrupt):
            import_outcomes(workplace, file)
    assert import_outcomes(workplace, file) == Imported(0, 2, 1, False, [])
    assert [row["outcome_id"] for row in in_lake(workplace)] == ["events:1", "events:2"]
    assert len(_set_aside(workplace)) == 1
    assert not list(workplace.settings.outcomes_folder.parent.glob(".outcomes-*"))


def test_who_was_erased_comes_back_by_no_file(workplace: Workplace, tmp_path: Path) -> None:
    ids = sent_to(workplace.sessions, tmp_path)
    of = _receipts(workplace, ids)
    key = suppressions.load_key(workplace.settings.state_folder)
    with workplace.sessions.begin() as session:
        hashed = suppressions.of_customer(key, "c02")
        suppressions.suppress(session, hashed, "", SuppressionReason.ERASED, at=AT, proof="they asked for it")
        session.execute(
            update(Publication).where(Publication.id == ids["c02"]).values(customer_id="erased:12")
        )
    file = _csv(
        tmp_path,
        "1,,c02,converted,2026-03-03T10:00:00Z,1,,",
        f"2,{of['c02']},,clicked,2026-03-03T10:00:00Z,,,",
        "3,,c02,nonsense,2026-03-03T10:00:00Z,1,,",
        "4,,c01,converted,2026-03-03T10:00:00Z,1,,",
    )
    done = import_outcomes(workplace, file)
    assert (done.new, done.quarantined) == (1, 0)
    assert done.notes == [
        "rows: of customers who were erased, so left out (2 rows)",
        "receipt: of customers who were erased, so left out (1 rows)",
    ]
    assert [row["outcome_id"] for row in in_lake(workplace)] == ["events:4"]
