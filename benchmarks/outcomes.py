"""10,000,000 outcomes of 1,000,000 customers by message and segment, beside pandas; a campaign's report; and collecting.

`python -m benchmarks.outcomes 2000000` takes fewer; customers are a tenth of the outcomes. Each stage has a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import pyarrow.parquet as pq
from sqlalchemy import insert, select

from content_store.database import Sessions
from content_store.models import HOLDOUT, Customer, InboxItem, Publication, PublicationStatus, Source
from content_store.setting_parts import DatabaseSettings
from content_store.settings import Settings
from evaluation.measurement.tables import connected
from flows.steps.measurement_reports import write_report
from flows.steps.outcomes import collect
from flows.steps.workplace import Workplace
from segments.judging import PARTITION
from tests.publishing.stage import AT, BRAND, brief_file, make_stage

CUSTOMERS_SHARE = 10
INBOX = 500_000
PARTITIONS = 4
THREADS = 2

_BY_MESSAGE = """
    select message_id, segment_id, kind, count(*) as outcomes, count(distinct outcomes.customer_id) as customers,
           sum(value) as value, sum(margin) as margin
    from outcomes join publications using (publication_id) where flag is null group by all order by all
"""


def fill(folder: Path, outcomes: int) -> None:
    """A lake with a file for each partition and month, as collecting leaves it, and the ledger of one brief."""
    customers = outcomes // CUSTOMERS_SHARE
    with connected() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"""create temp table drawn as
                select 'events:' || i as outcome_id, i % {customers} + 1 as publication_id,
                       format('c{{:08}}', i % {customers}) as customer_id,
                       (hash(i) % 100)::int as chance, i, hash(i, 1) % 2592000 as seconds
                from range({outcomes}) outcomes(i)"""
        )
        for part in range(PARTITIONS):
            place = folder / "outcomes" / f"part={part}"
            place.mkdir(parents=True)
            connection.execute(
                f"""copy (
                    select outcome_id, publication_id, customer_id,
                           case when chance < 50 then 'delivered' when chance < 85 then 'clicked'
                                when chance < 99 then 'converted' else 'unsubscribed' end as kind,
                           timestamptz '2026-03-02 00:00:00+00' + to_seconds(seconds) as "at",
                           timestamptz '2026-03-02 00:00:00+00' + to_seconds(seconds) as received_at,
                           case when chance between 85 and 98 then (hash(i, 2) % 10000)::double / 4 end as value,
                           case when chance between 85 and 98 then (hash(i, 2) % 10000)::double / 16 end as margin,
                           case when chance between 80 and 84 then 'burst' end as flag
                    from drawn where {PARTITION.format(PARTITIONS)} = {part} order by customer_id, "at"
                ) to '{place / "2026-03.parquet"}' (format parquet, compression zstd)"""
            )
        connection.execute(
            f"""copy (select i + 1 as publication_id, hash(i, 3) % 40 as message_id, hash(i, 4) % 8 as segment_id
                from range({customers}) rows(i)) to '{folder / "publications.parquet"}' (format parquet)"""
        )


def by_message(folder: Path) -> int:
    """Outcomes and distinct customers by message and segment, as a report asks for them; how many groups."""
    with connected() as connection:
        connection.execute(f"set threads = {THREADS}")
        connection.execute(
            f"create view outcomes as select * from read_parquet('{folder}/outcomes/*/*.parquet', hive_partitioning = false)"
        )
        connection.execute(
            f"create view publications as select * from read_parquet('{folder}/publications.parquet')"
        )
        return len(connection.execute(_BY_MESSAGE).fetchall())


def by_message_with_pandas(folder: Path) -> int:
    """The same as one would write it with pandas."""
    import pandas as pd

    columns = ["publication_id", "customer_id", "kind", "value", "margin", "flag"]
    files = sorted((folder / "outcomes").glob("*/*.parquet"))
    outcomes = pd.concat([pd.read_parquet(file, columns=columns, partitioning=None) for file in files])
    outcomes = outcomes[outcomes["flag"].isna()].merge(
        pd.read_parquet(folder / "publications.parquet"), on="publication_id"
    )
    found = outcomes.groupby(["message_id", "segment_id", "kind"]).agg(
        outcomes=("publication_id", "size"),
        customers=("customer_id", "nunique"),
        value=("value", "sum"),
        margin=("margin", "sum"),
    )
    return len(found)


def report_of(folder: Path) -> int:
    """The report of a brief that was planned for all customers, a tenth held out, as `surmesure measure report` writes it."""
    report = write_report(_with_lake(folder), brief_file(), folder / "reports", AT + timedelta(days=20))
    return report.results.funnel["planned"]


def collecting(folder: Path) -> int:
    """Outcomes of the inbox into the lake, whose file of the month holds all others."""
    return collect(_with_lake(folder)).new


def fill_ledger(folder: Path) -> None:
    """A publication for each customer, of whom a tenth is held out, and an inbox."""
    workplace = _workplace(folder)
    customers = pq.read_metadata(folder / "publications.parquet").num_rows
    with workplace.sessions.begin() as session:
        message_ids = make_stage(session, folder, customers=1).message_ids
        source_id = session.scalars(select(Source.id)).first()
    common = {
        **{"brief_id": "coffee-week", "occurrence": AT, "channel": "sms", "step": 0, "propensity": 0.5},
        **{"planned_at": AT, "approved_hash": "0" * 64},
    }
    held = {"status": PublicationStatus.SUPPRESSED, "reason": HOLDOUT, "sent_at": None}
    sent = {"status": PublicationStatus.ACCEPTED, "reason": None, "sent_at": AT}
    _insert(
        workplace.sessions,
        Publication,
        customers,
        lambda i: {
            **{"customer_id": f"c{i:08}", "message_id": message_ids[i // 10 % 2]},
            **common,
            **(sent if i % 10 else held),
        },
    )
    _insert(
        workplace.sessions,
        Customer,
        customers,
        lambda i: {"id": f"c{i:08}", "source_id": source_id, "attributes": {"region": f"region {i % 12}"}},
    )
    body = {"outcome": "converted", "at": AT.isoformat(), "value": 4.0, "origin": "events"}
    _insert(
        workplace.sessions,
        InboxItem,
        INBOX,
        lambda i: {
            **{"external_id": f"events:new-{i}", "kind": "outcome", "received_at": AT, "body": body},
            "customer_id": f"c{i % customers:08}",
        },
    )


def _insert(sessions: Sessions, table: type, number: int, row: Callable[[int], dict[str, object]]) -> None:
    for start in range(0, number, 20_000):
        with sessions.begin() as session:
            session.execute(insert(table), [row(i) for i in range(start, min(start + 20_000, number))])


def _with_lake(folder: Path) -> Workplace:
    """A workplace whose lake has the outcomes."""
    place = folder / "brand" / ".surmesure" / "lake" / "outcomes"
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        place.symlink_to(folder / "outcomes")
    return _workplace(folder)


def _workplace(folder: Path) -> Workplace:
    (folder / "brand").mkdir(exist_ok=True)
    database = DatabaseSettings(url=f"sqlite:///{folder}/ledger.db")
    return Workplace(Settings(brand=folder / "brand", marks=folder / "marks", database=database), BRAND)


STAGES: dict[str, Callable[[Path], int]] = {
    "by message and segment": by_message,
    "the same with pandas": by_message_with_pandas,
    "report of a campaign": report_of,
    f"collecting {INBOX:,}": collecting,
}


def _memory(line: str) -> float:
    """MiB of this process: VmRSS now, VmHWM at the most so far."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{line}:")[2].split()[0]) / 1024


def _measured(name: str, folder: Path) -> None:
    """Seconds by the clock and of both cores, and MiB before and at the most, of one stage in this process."""
    before, clock, work = _memory("VmRSS"), perf_counter(), process_time()
    found = STAGES[name](folder)
    print(json.dumps([found, perf_counter() - clock, process_time() - work, before, _memory("VmHWM")]))


def main(outcomes: int) -> None:
    """Each stage in a process of its own, so that its memory is its own."""
    with tempfile.TemporaryDirectory(prefix="surmesure-") as name:
        folder = Path(name)
        fill(folder, outcomes)
        fill_ledger(folder)
        size = sum(file.stat().st_size for file in (folder / "outcomes").rglob("*.parquet")) / 2**20
        print(
            f"{outcomes:,} outcomes of {outcomes // CUSTOMERS_SHARE:,} customers, {size:,.0f} MiB of Parquet; DuckDB {duckdb.__version__}"
        )
        for stage in STAGES:
            given = [sys.executable, "-m", "benchmarks.outcomes", "stage", stage, name]
            done = subprocess.run(given, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                print(f"{stage:<26} did not end: exit code {done.returncode}")
                continue
            found, seconds, work, before, peak = json.loads(done.stdout.splitlines()[-1])
            print(
                f"{stage:<26} {seconds:7.2f} s ({work:6.2f} s of work)   {before:6,.0f} MiB before, {peak:6,.0f} at the most   ({found:,} rows)"
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["stage"]:
        _measured(sys.argv[2], Path(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
