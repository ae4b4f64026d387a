"""The table of units: who counts, what counts for them, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from content_store.brand_folder.briefs import Conversion
from content_store.database import Sessions
from content_store.models import HOLDOUT, Publication, PublicationStatus
from content_store.withdrawals import withdraw
from evaluation.measurement.units import UNITS, Funnel, Lake, Metric, funnel, measured, metric_of_brief, units
from tests.evaluation.measurement.lake import AT, DAY, lake_in, write_events, write_outcomes
from tests.publishing.stage import Stage, planned

WEEK = Conversion(metric="purchase_value", window_days=7)
LATER = AT + 30 * DAY


def _staged(sessions: Sessions, folder: Path, customers: int = 3) -> tuple[Stage, dict[str, int]]:
    """Customers c01, c02, … with a publication each, all accepted; customer -> publication."""
    stage = planned(sessions, folder, customers)
    with sessions.begin() as session:
        session.execute(
            update(Publication).values(status=PublicationStatus.ACCEPTED, sent_at=AT + timedelta(hours=1))
        )
        session.flush()
        ids = {row.customer_id: row.id for row in session.query(Publication)}
    return stage, ids


def _change(sessions: Sessions, publication_id: int, **values: Any) -> None:
    with sessions.begin() as session:
        session.execute(update(Publication).where(Publication.id == publication_id).values(**values))


def _rows(
    sessions: Sessions, lake: Lake, conversion: Conversion = WEEK, as_of: datetime = LATER
) -> dict[str, dict[str, Any]]:
    """Customer -> their row."""
    with sessions() as session, measured(session, "coffee-week", conversion, lake, as_of) as connection:
        table = units(connection)
    assert table.schema == UNITS
    return {row["customer_id"]: row for row in table.to_pylist()}


def _funnel(sessions: Sessions, lake: Lake, as_of: datetime = LATER) -> Funnel:
    with sessions() as session, measured(session, "coffee-week", WEEK, lake, as_of) as connection:
        return funnel(connection)


def test_everybody_who_was_planned_has_a_row_whatever_became_of_them(
    sessions: Sessions, tmp_path: Path
) -> None:
    stage, ids = _staged(sessions, tmp_path)
    _change(sessions, ids["c02"], status=PublicationStatus.SUPPRESSED, reason=HOLDOUT, sent_at=None)
    _change(
        sessions, ids["c03"], status=PublicationStatus.SUPPRESSED, reason="no phone is known", sent_at=None
    )
    rows = _rows(sessions, lake_in(tmp_path))
    assert rows["c01"] == {
        "customer_id": "c01",
        "publication_id": ids["c01"],
        "occurrence": AT,
        "channel": "sms",
        "locale": "en-US",
        "segment_id": stage.members[0].segment_id,
        "arm": rows["c01"]["arm"],
        "message_id": rows["c01"]["message_id"],
        "held": False,
        "propensity": 0.5,
        "status": "accepted",
        "reason": None,
        "sent_at": AT + timedelta(hours=1),
        "delivered": False,
        "bounced": False,
        "opened": 0,
        "clicks": 0,
        "bot_clicks": 0,
        "conversions": 0,
        "value": 0.0,
        "margin": 0.0,
        "unsubscribed": False,
        "complained": False,
        "before": 0.0,
        "closed": True,
    }
    assert {row["message_id"]: row["arm"] for row in rows.values()}.items() <= dict(
        zip(stage.message_ids, ("A coffee", "B coffee"), strict=True)
    ).items()
    assert (rows["c02"]["held"], rows["c03"]["held"], rows["c03"]["reason"]) == (
        True,
        False,
        "no phone is known",
    )


def test_a_conversion_counts_for_its_customer_in_the_window_held_out_or_not(
    sessions: Sessions, tmp_path: Path
) -> None:
    _, ids = _staged(sessions, tmp_path)
    _change(sessions, ids["c02"], status=PublicationStatus.SUPPRESSED, reason=HOLDOUT, sent_at=None)
    lake, hair = lake_in(tmp_path), timedelta(microseconds=1)
    write_outcomes(
        lake,
        {"outcome_id": "e:1", "customer_id": "c01", "kind": "converted", "at": AT, "value": 8.5, "margin": 2.25},
        {"outcome_id": "e:2", "customer_id": "c01", "kind": "converted", "at": AT + 7 * DAY - hair, "value": 1.5, "margin": 0.5},
        {"outcome_id": "e:3", "customer_id": "c01", "kind": "converted", "at": AT + 7 * DAY, "value": 100.0, "margin": 9.0},
        {"outcome_id": "e:4", "customer_id": "c02", "kind": "converted", "at": AT + DAY, "value": 4.0},
    )  # fmt: skip
    rows = _rows(sessions, lake)
    assert [(rows[c]["conversions"], rows[c]["value"], rows[c]["margin"]) for c in ("c01", "c02", "c03")] == [
        (2, 10.0, 2.75),
        (1, 4.0, None),
        (0, 0.0, 0.0),
    ]


def test_an_id_that_an_outcome_and_the_customers_source_have_counts_once(
    sessions: Sessions, tmp_path: Path
) -> None:
    _staged(sessions, tmp_path)
    lake, at = lake_in(tmp_path), AT + DAY
    write_outcomes(
        lake, {"outcome_id": "events:77", "customer_id": "c01", "kind": "converted", "at": at, "margin": 3.0}
    )
    bought = {"customer_id": "c01", "kind": "purchase", "at": at, "value": 9.0}
    # Of two sources, and of another customer, who has ids of their own.
    write_events(
        lake, {"id": "77", **bought}, {"id": "78", **bought}, {"id": "79", **bought, "kind": "visit"}
    )
    write_events(lake, {"id": "77", **bought, "customer_id": "c02"}, {"id": "78", **bought}, source="till")
    rows = _rows(sessions, lake)
    assert [(rows[c]["conversions"], rows[c]["value"], rows[c]["margin"]) for c in ("c01", "c02")] == [
        (2, 18.0, None),
        (1, 9.0, None),
    ]
    visits = _rows(sessions, lake, Conversion(metric="visit", window_days=7))
    # The outcome has no value of its own: the source's 77 is a purchase and no visit.
    assert (visits["c01"]["conversions"], visits["c01"]["value"]) == (2, 9.0)


def test_what_came_back_counts_for_its_publication_and_programs_are_kept_apart(
    sessions: Sessions, tmp_path: Path
) -> None:
    _, ids = _staged(sessions, tmp_path)
    lake, at = lake_in(tmp_path), AT + DAY

    def came(number: int, customer: str, kind: str, flag: str | None = None) -> dict[str, Any]:
        return {
            "outcome_id": f"e:{number}",
            "publication_id": ids[customer],
            "customer_id": customer,
            "kind": kind,
            "at": at,
            "flag": flag,
        }

    write_outcomes(lake, came(1, "c01", "delivered"), came(2, "c01", "clicked"), came(3, "c01", "clicked"))
    write_outcomes(
        lake,
        came(4, "c01", "clicked", "within 2 seconds"),
        came(5, "c01", "opened"),
        came(6, "c02", "bounced"),
        came(7, "c03", "complained"),
        came(8, "c03", "unsubscribed"),
        name="two",
    )
    rows = _rows(sessions, lake)
    names = ("delivered", "bounced", "opened", "clicks", "bot_clicks", "unsubscribed", "complained")
    assert [tuple(rows[c][name] for name in names) for c in ("c01", "c02", "c03")] == [
        (True, False, 1, 2, 1, False, False),
        (False, True, 0, 0, 0, False, False),
        (False, False, 0, 0, 0, True, True),
    ]


def test_who_stops_by_the_link_of_a_message_unsubscribed_from_it(sessions: Sessions, tmp_path: Path) -> None:
    _, ids = _staged(sessions, tmp_path)
    with sessions.begin() as session:
        proof = f"the unsubscribe link of publication {ids['c02']}"
        withdraw(session, "c02", "marketing", "sms", at=AT + 10 * DAY, proof=proof)
    rows = _rows(sessions, lake_in(tmp_path))
    assert [rows[c]["unsubscribed"] for c in ("c01", "c02", "c03")] == [False, True, False]
    before = _rows(sessions, lake_in(tmp_path), as_of=AT + 9 * DAY)
    assert not before["c02"]["unsubscribed"]


def test_what_customers_spent_in_the_eight_weeks_before_is_told(sessions: Sessions, tmp_path: Path) -> None:
    _staged(sessions, tmp_path)
    lake, hair = lake_in(tmp_path), timedelta(microseconds=1)
    moments = {"a": AT - hair, "b": AT - 56 * DAY, "c": AT - 56 * DAY - hair, "d": AT}
    write_events(
        lake,
        *(
            {"id": name, "customer_id": "c01", "kind": "purchase", "at": at, "value": value}
            for (name, at), value in zip(moments.items(), (1.0, 2.0, 4.0, 8.0), strict=True)
        ),
    )
    row = _rows(sessions, lake)["c01"]
    assert (row["before"], row["value"]) == (3.0, 8.0)


def test_what_came_after_the_moment_does_not_exist(sessions: Sessions, tmp_path: Path) -> None:
    _, ids = _staged(sessions, tmp_path)
    lake = lake_in(tmp_path)
    bought = {"customer_id": "c01", "kind": "converted", "value": 5.0}
    write_outcomes(
        lake,
        {"outcome_id": "e:1", "at": AT + DAY, **bought},
        {"outcome_id": "e:2", "at": AT + 2 * DAY, **bought},
        {"outcome_id": "e:3", "publication_id": ids["c01"], "customer_id": "c01", "kind": "clicked", "at": AT + 2 * DAY},
    )  # fmt: skip
    row = _rows(sessions, lake, as_of=AT + DAY)["c01"]
    assert (row["conversions"], row["clicks"], row["closed"], row["status"]) == (1, 0, False, "accepted")
    assert _rows(sessions, lake, as_of=AT + 7 * DAY)["c01"]["closed"]
    assert not _rows(sessions, lake, as_of=AT + 7 * DAY - timedelta(microseconds=1))["c01"]["closed"]
    assert _rows(sessions, lake, as_of=AT - DAY) == {}


def test_who_was_erased_has_no_row(sessions: Sessions, tmp_path: Path) -> None:
    _, ids = _staged(sessions, tmp_path)
    _change(sessions, ids["c02"], customer_id="erased:5feceb66")
    assert sorted(_rows(sessions, lake_in(tmp_path))) == ["c01", "c03"]
    assert _funnel(sessions, lake_in(tmp_path)).steps["accepted"] == 3


def test_the_funnel_counts_each_step_and_each_reason(sessions: Sessions, tmp_path: Path) -> None:
    stage, ids = _staged(sessions, tmp_path, customers=8)
    stopped = {"status": PublicationStatus.SUPPRESSED, "sent_at": None}
    _change(sessions, ids["c02"], **stopped, reason=HOLDOUT)
    _change(sessions, ids["c03"], **stopped, reason="no phone is known")
    _change(sessions, ids["c04"], status=PublicationStatus.REJECTED, sent_at=None)
    _change(sessions, ids["c05"], status=PublicationStatus.UNKNOWN, sent_at=None)
    _change(sessions, ids["c06"], status=PublicationStatus.PLANNED, sent_at=None)
    with sessions.begin() as session:
        occurrence = session.get_one(type(stage.occurrence), stage.occurrence.id)
        occurrence.left_out = {"no consent for marketing by sms": 4}
    lake, at = lake_in(tmp_path), AT + DAY
    told = [
        ("c01", "delivered"),
        ("c01", "clicked"),
        ("c01", "converted"),
        ("c02", "converted"),
        ("c07", "bounced"),
    ]
    write_outcomes(
        lake,
        *(
            {
                "outcome_id": f"e:{n}",
                "publication_id": ids[c],
                "customer_id": c,
                "kind": kind,
                "at": at,
                "value": 1.0,
            }
            for n, (c, kind) in enumerate(told)
        ),
    )
    steps, left_out = _funnel(sessions, lake)
    assert list(steps.items()) == [
        ("planned", 8),
        ("held out", 1),
        ("sent", 5),
        ("accepted", 3),
        ("rejected", 1),
        ("unknown", 1),
        ("delivered", 1),
        ("bounced", 1),
        ("clicked", 1),
        ("converted", 1),
        ("unsubscribed", 0),
        ("complained", 0),
    ]
    assert left_out == {"no consent for marketing by sms": 4, "no phone is known": 1}


def test_another_briefs_customers_and_events_do_not_count(sessions: Sessions, tmp_path: Path) -> None:
    _staged(sessions, tmp_path)
    lake = lake_in(tmp_path)
    write_events(lake, {"id": "1", "customer_id": "stranger", "kind": "purchase", "at": AT, "value": 9.0})
    assert sum(row["value"] for row in _rows(sessions, lake).values()) == 0
    with sessions() as session, measured(session, "another", WEEK, lake, LATER) as connection:
        assert units(connection).num_rows == 0
        assert funnel(connection).steps["planned"] == 0


def test_a_metric_says_which_events_count_and_what_of_them() -> None:
    assert metric_of_brief("purchase_value") == Metric("purchase", "value")
    assert metric_of_brief("purchase_margin") == Metric("purchase", "margin")
    assert metric_of_brief("sign_up") == Metric("sign_up", "conversions")
