"""Who is grouped: nobody who objected, and nobody who was erased while it was done."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest

from content_store import suppressions
from content_store.erasure import Person, erase, put_on_list
from content_store.models import SegmentSnapshot
from content_store.withdrawals import withdraw_everything
from flows.steps import pipeline, segmenting
from flows.steps.stopwatch import Stopwatch
from flows.steps.workplace import Workplace
from segments import behaviour, profiles


def _members(workplace: Workplace) -> set[str]:
    """Everybody in the lists of the newest grouping, which is made now."""
    with workplace.sessions() as session:
        found, _ = segmenting.segment(session, workplace)
        session.commit()
    table = pq.read_table(workplace.settings.membership_folder(found.id))
    return {str(name) for name in table["customer_id"].to_pylist()}


def test_who_objected_is_not_grouped_any_more(workplace: Workplace) -> None:
    pipeline.ingest_stage(workplace, Stopwatch())
    before = _members(workplace)
    assert len(before) == 135
    with workplace.sessions.begin() as session:
        withdraw_everything(session, "C0007", at=workplace.now, proof="asked")
    assert _members(workplace) == before - {"C0007"}


def test_who_is_erased_while_customers_are_grouped_is_in_no_list(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.ingest_stage(workplace, Stopwatch())
    known: list[Any] = []
    read_activity = behaviour.read_activity

    def erased_meanwhile(*given: Any) -> Any:
        key = suppressions.load_key(workplace.settings.state_folder)
        with workplace.sessions.begin() as session:
            put_on_list(session, key, [Person("C0007")], workplace.now)
            erase(session, key, [Person("C0007")])
        known.append("C0007")
        return read_activity(*given)

    monkeypatch.setattr(behaviour, "read_activity", erased_meanwhile)
    monkeypatch.setattr(profiles, "exemplars", _first_customers)
    members = _members(workplace)
    assert (known, len(members), "C0007" in members) == (["C0007"], 134, False)
    with workplace.sessions() as session:
        snapshots = session.query(SegmentSnapshot).all()
    assert {name for item in snapshots for name in item.exemplars} == {"C0001"}


def _first_customers(*given: Any) -> list[list[str]]:
    """Examples of each segment among whom is the one who is erased."""
    centroids = given[1]
    return [["C0001", "C0007"] for _ in centroids]
