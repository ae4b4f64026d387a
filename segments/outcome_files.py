"""Files of outcomes: read against their contract, looked up in the ledger, and written as rows of the lake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from content_store.models import OutcomeKind
from content_store.suppressions import PSEUDONYM, Erased
from segments.formats import Limits, SourceSpec
from segments.judging import SOUND, Judged, Note, judged
from segments.records import RAW_CHARS
from segments.rules import FAULT, RAW, ROW, Fault, literal, quoted

#: Distinct names that are looked up together.
CHUNK = 20_000

_MOMENT = pa.timestamp("us", "UTC")
_COLUMNS: dict[str, pa.DataType] = {
    "receipt": pa.string(),
    "publication_id": pa.int64(),
    "customer_id": pa.string(),
    "sent_at": _MOMENT,
    "unsure": pa.bool_(),  # whether the channel's answer was lost
    "counts_opens": pa.bool_(),  # whether the customer agreed to that
}
#: What is known of the receipts that are ours.
RECEIPTS = pa.schema(_COLUMNS)


class Lookup(NamedTuple):
    """What the file itself does not say. Each function is given distinct names and leaves out those that are not known."""

    #: rows with the columns RECEIPTS
    receipts: Callable[[Sequence[str]], Sequence[tuple[Any, ...]]]
    customers: Callable[[Sequence[str]], Collection[str]]
    #: the brand's
    currency: str
    #: a click so soon after the send is a program's, and so are more than so many in a second
    at_once: timedelta
    most_in_a_second: int


class Outcomes(NamedTuple):
    """A file of outcomes, looked up: the table `accepted`, each id once."""

    rows: Judged
    #: of customers who were erased, whose receipts are ours no more
    left_out: int

    @property
    def accepted(self) -> int:
        """How many outcomes there are."""
        return int(self.rows.connection.execute("select count(*) from accepted").fetchall()[0][0])

    def notes(self) -> list[Note]:
        """What was done to rows without setting them aside."""
        notes = self.rows.notes(self.accepted)
        if self.left_out:
            notes.append(Note("receipt", "of customers who were erased, so left out", self.left_out))
        return notes

    def with_effects(self) -> Iterator[dict[str, Any]]:
        """Those from which something follows at once; they are few."""
        found = self.rows.connection.execute(f"select * from accepted where {_EFFECT} order by id")
        names = [column[0] for column in found.description or ()]
        while part := found.fetchmany(1_000):
            yield from (dict(zip(names, row, strict=True)) for row in part)

    def write(self, file: Path, origin: str, received_at: datetime, lookup: Lookup) -> None:
        """Write the others as rows of the lake, in the folder that the source was judged in."""
        self.rows.connection.execute(
            _ROWS_OF_LAKE.format(
                origin=literal(f"{origin}:"),
                received_at=literal(received_at.isoformat()),
                at_once=lookup.at_once.total_seconds(),
                most=lookup.most_in_a_second,
                file=literal(str(file)),
            )
        )


@contextmanager
def outcomes_of(
    spec: SourceSpec, scratch: Path, as_of: datetime, limits: Limits, erased: Erased, lookup: Lookup
) -> Iterator[Outcomes]:
    """Open a file and judge each row, also by what the ledger knows. Raises BadInput when no row can be blamed."""
    with judged(spec, scratch, as_of, limits, erased=erased) as rows:
        connection = rows.connection
        connection.register("batch", RECEIPTS.empty_table())
        connection.execute("create table receipts as select * from batch")
        for names in _distinct(connection, "receipt", "true"):
            _insert(connection, lookup.receipts(names))
        connection.execute("create table customers (customer_id varchar)")
        for names in _distinct(connection, "customer_id", "receipt is null"):
            known = pa.table({"customer_id": pa.array(sorted(lookup.customers(names)), pa.string())})
            connection.register("batch", known)
            connection.execute("insert into customers select * from batch")
        gone = f"select receipt from receipts where starts_with(customer_id, {literal(PSEUDONYM)})"
        left_out = connection.execute(f"delete from judged where receipt in ({gone})").fetchall()[0][0]
        for column, reason, condition in _checks(lookup.currency):
            _set_aside(rows, Fault(column, reason), condition)
        connection.execute(_ACCEPTED)
        yield Outcomes(rows, int(left_out))


def _distinct(connection: duckdb.DuckDBPyConnection, column: str, where: str) -> Iterator[list[str]]:
    """The distinct values of a column, in portions."""
    connection.execute(
        f"create or replace table names as select distinct {column} as name from judged"
        f" where {SOUND} and {column} is not null and {where}"
    )
    number = int(connection.execute("select count(*) from names").fetchall()[0][0])
    for start in range(0, number, CHUNK):
        found = connection.execute(
            "select name from names where rowid between ? and ?", [start, start + CHUNK - 1]
        )
        yield [name for (name,) in found.fetchall()]


def _insert(connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        columns = [
            pa.array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), RECEIPTS, strict=True)
        ]
        connection.register("batch", pa.table(columns, schema=RECEIPTS))
        connection.execute("insert into receipts select * from batch")


def _checks(currency: str) -> list[tuple[str, str, str]]:
    """Column, reason and SQL of what the contract's rules cannot say."""
    kinds = ", ".join(literal(kind.value) for kind in OutcomeKind)
    ours = "select receipt from receipts"
    another = "select 1 from receipts where receipts.receipt = judged.receipt and receipts.customer_id <> judged.customer_id"
    agreed = "select receipt from receipts where counts_opens"
    return [
        ("kind", f"is none of {', '.join(OutcomeKind)}", f"kind not in ({kinds})"),
        ("receipt", "is missing, and so is customer_id", "receipt is null and customer_id is null"),
        ("receipt", "is none of ours", f"receipt is not null and receipt not in ({ours})"),
        ("customer_id", "is another customer than the receipt's", f"exists ({another})"),
        (
            "customer_id",
            "is no customer of the customers source",
            "receipt is null and customer_id not in (select customer_id from customers)",
        ),
        ("currency", f"is not {currency}, that of the brand (measuring.currency)", f"currency <> {literal(currency)}"),
        ("receipt", "is missing: it says which channel bounced", "kind = 'bounced' and receipt is null"),
        (
            "kind",
            "opens are not counted without the brand's open_pixel and the customer's consent for that",
            f"kind = 'opened' and (receipt is null or receipt not in ({agreed}))",
        ),
    ]  # fmt: skip


def _set_aside(rows: Judged, fault: Fault, condition: str) -> None:
    rows.faults.append(fault)
    rows.connection.execute(
        f"update judged set {FAULT} = {len(rows.faults)}, {RAW} = left({quoted(fault.column)}::varchar, {RAW_CHARS})"
        f" where {SOUND} and ({condition})"
    )


# Of who says stop, and where the answer was lost, something follows.
_EFFECT = "(kind in ('unsubscribed', 'complained', 'bounced') or kind = 'delivered' and unsure)"
_ACCEPTED = f"""
    create table accepted as
    select id, judged.receipt, publication_id, coalesce(receipts.customer_id, judged.customer_id) as customer_id, kind, "at",
           value, margin, sent_at, coalesce(unsure, false) as unsure
    from judged left join receipts on receipts.receipt = judged.receipt
    where {SOUND} qualify row_number() over (partition by id order by {ROW}) = 1
"""
_ROWS_OF_LAKE = f"""
    copy (
        select {{origin}} || id as outcome_id, publication_id, customer_id, kind, "at",
               {{received_at}}::timestamptz as received_at, value, margin,
               case when kind not in ('clicked', 'opened') then null
                    when abs(epoch("at") - epoch(sent_at)) < {{at_once}} then 'at_once'
                    when kind = 'clicked' and count(*) over (
                        partition by customer_id, publication_id, kind, date_trunc('second', "at")) > {{most}} then 'burst'
               end as flag
        from accepted where not {_EFFECT}
    ) to {{file}} (format parquet)
"""
