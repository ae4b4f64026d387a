"""RELIABILITY promise 15: outcomes told five times, shuffled, two days askew and with processes stopped count as an oracle does."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv

from content_store.brand_folder.briefs import Conversion
from content_store.database import insert_into
from content_store.models import HOLDOUT, InboxItem, Publication, PublicationStatus
from evaluation.measurement.units import Lake, measured, units
from flows.steps import outcomes
from flows.steps.outcome_files import import_outcomes
from flows.steps.outcomes import collect
from flows.steps.workplace import Workplace
from publishing.opt_out import load_key
from publishing.receipt_tokens import receipt
from tests.evaluation.measurement.lake import write_events
from tests.flows.outcomes import opened, sent_to
from tests.publishing.stage import AT

DAY = timedelta(days=1)
SKEW = timedelta(hours=48)
WINDOW = 7
TIMES = 5
KINDS = ("delivered", "clicked", "converted", "converted", "converted")


class Happened(NamedTuple):
    """An outcome as it was: what everybody tells of it, whenever and by whatever way."""

    id: str
    kind: str
    at: datetime
    customer: str
    publication: int | None
    #: quarters, so that sums are exact in any order
    value: float | None
    margin: float | None


@pytest.fixture
def workplace(tmp_path: Path, database_url: str) -> Iterator[Workplace]:
    with opened(tmp_path, database_url) as workplace:
        yield workplace


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_told_again_late_and_in_any_order_counts_once_and_right(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    ids = sent_to(workplace.sessions, tmp_path, customers=12)
    with workplace.sessions.begin() as session:
        for customer in ("c03", "c07"):
            row = session.get_one(Publication, ids[customer])
            row.status, row.reason, row.sent_at = PublicationStatus.SUPPRESSED, HOLDOUT, None
    happened = [_happened(chance, number, ids) for number in range(300)]
    lake = Lake(workplace.settings.events_folder, workplace.settings.outcomes_folder)
    sold = [one for one in happened if one.kind == "converted" and chance.random() < 0.3]
    # The shop's own source knows some of the conversions under the same id, and others that nobody told us of.
    write_events(lake, *(_event(one.id, one.customer, one.at, one.value) for one in sold))
    others = [
        (f"shop-{n}", f"c{n % 12 + 1:02}", AT + chance.randrange(-60, 12) * DAY, n / 4) for n in range(80)
    ]
    write_events(lake, *(_event(*other) for other in others), source="till")
    told = [one for one in happened for _ in range(TIMES)]
    chance.shuffle(told)
    for number, portion in enumerate(_portions(told, 8)):
        half = len(portion) // 2
        _tell_inbox(workplace, portion[:half], chance)
        if number in (0, 1, 3):
            _stopped(workplace, monkeypatch, chance)
        if number in (2, 5):
            collect(workplace)
        _tell_file(
            workplace, portion[half:], chance, tmp_path / f"told-{number}.{('csv', 'parquet')[number % 2]}"
        )
    collect(workplace)
    for as_of in (AT + 2 * DAY, AT + 30 * DAY):
        assert _counted(workplace, lake, as_of) == _oracle(happened, others, ids, as_of)


def _happened(chance: random.Random, number: int, ids: dict[str, int]) -> Happened:
    kind, customer = chance.choice(KINDS), chance.choice(sorted(ids))
    about = ids[customer] if kind != "converted" or chance.random() < 0.5 else None
    at = AT + timedelta(seconds=chance.randrange(-60 * 86_400, 12 * 86_400))
    value = chance.randrange(400) / 4 if kind == "converted" else None
    margin = chance.randrange(100) / 4 if kind == "converted" and chance.random() < 0.9 else None
    return Happened(f"o{number}", kind, at, customer, about, value, margin)


def _event(name: str, customer: str, at: datetime, value: float | None) -> dict[str, Any]:
    return {"id": name, "customer_id": customer, "kind": "purchase", "at": at, "value": value}


def _portions(told: Sequence[Happened], number: int) -> Iterator[Sequence[Happened]]:
    size = -(-len(told) // number)
    return (told[start : start + size] for start in range(0, len(told), size))


def _askew(one: Happened, chance: random.Random) -> datetime:
    """When it came in: up to two days off, also before it happened, and into the next month."""
    return one.at + timedelta(seconds=chance.uniform(-1, 1) * SKEW.total_seconds())


def _tell_inbox(workplace: Workplace, told: Sequence[Happened], chance: random.Random) -> None:
    """As the intake does: the id is unique in the inbox."""
    rows = [
        {
            "external_id": f"events:{one.id}",
            "kind": "outcome",
            "received_at": _askew(one, chance),
            "body": {
                "outcome": one.kind,
                "at": one.at.isoformat(),
                "origin": "events",
                **({} if one.value is None else {"value": one.value}),
                **({} if one.margin is None else {"margin": one.margin}),
            },
            "publication_id": one.publication,
            "customer_id": one.customer,
        }
        for one in told
    ]
    with workplace.sessions.begin() as session:
        insert = insert_into(session, InboxItem).on_conflict_do_nothing(index_elements=["external_id"])
        for row in rows:
            session.execute(insert, row)


def _tell_file(workplace: Workplace, told: Sequence[Happened], chance: random.Random, file: Path) -> None:
    """As a provider's export does, in any order and with rows twice."""
    key = load_key(workplace.settings.state_folder)
    rows = [
        {
            "id": one.id,
            "receipt": receipt(key, one.publication) if one.publication is not None else None,
            "customer_id": one.customer if one.publication is None else None,
            "kind": one.kind,
            "at": one.at.isoformat(),
            "value": one.value,
            "margin": one.margin,
        }
        for one in told
    ]
    chance.shuffle(rows)
    table = pa.Table.from_pylist(rows)
    if file.suffix == ".parquet":
        pq.write_table(table, file)
    else:
        csv.write_csv(table, file)
    done = import_outcomes(workplace, file)
    assert done.quarantined == 0


def _stopped(workplace: Workplace, monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
    """A process that dies at one of the places where it leaves something half done."""

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "CHUNK", 7)
        patch.setattr(outcomes, "ROUND", 20)
        patch.setattr(*chance.choice([(outcomes, "_mark"), (outcomes, "merge")]), stopped)
        with pytest.raises(KeyboardInterrupt):
            collect(workplace)


def _counted(workplace: Workplace, lake: Lake, as_of: datetime) -> dict[str, tuple[Any, ...]]:
    conversion = Conversion(metric="purchase_value", window_days=WINDOW)
    with (
        workplace.sessions() as session,
        measured(session, "coffee-week", conversion, lake, as_of) as connection,
    ):
        rows = units(connection).to_pylist()
    names = ("held", "delivered", "clicks", "conversions", "value", "margin", "before", "closed")
    return {row["customer_id"]: tuple(row[name] for name in names) for row in rows}


def _oracle(
    happened: Sequence[Happened],
    others: Sequence[tuple[str, str, datetime, float]],
    ids: dict[str, int],
    as_of: datetime,
) -> dict[str, tuple[Any, ...]]:
    """The same by loops over what happened, however it was told."""
    found = {}
    for customer, publication in ids.items():
        mine = [one for one in happened if one.publication == publication and one.at <= as_of]
        bought = [
            (one.at, one.value, one.margin)
            for one in happened
            if one.kind == "converted" and one.customer == customer
        ]
        bought += [(at, value, None) for _, who, at, value in others if who == customer]
        bought = [one for one in bought if one[0] <= as_of]
        within = [one for one in bought if AT <= one[0] < AT + WINDOW * DAY]
        before = [one for one in bought if AT - 56 * DAY <= one[0] < AT]
        margins = [margin for _, _, margin in within]
        found[customer] = (
            customer in ("c03", "c07"),
            any(one.kind == "delivered" for one in mine),
            sum(one.kind == "clicked" for one in mine),
            len(within),
            sum(value or 0 for _, value, _ in within),
            None if None in margins else sum(margin or 0 for margin in margins),
            sum(value or 0 for _, value, _ in before),
            as_of >= AT + WINDOW * DAY,
        )
    return found
