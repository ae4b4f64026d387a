"""Runs on the page: those that work, died, failed or wait; wishes and schedules."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import schedules
from content_store.models import BriefLease, RunRequest, RunStatus, Schedule
from review.desk import Desk
from review.run_list import prefect_page
from tests.factories import NOW, make_brief, make_run, person
from tests.review.signed_in import browser_of


def test_a_run_under_way_shows_how_far_it_is_and_asks_again(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        run = make_run(
            session, status=RunStatus.RUNNING, progress={"stage": "generate", "done": 40, "total": 80}
        )
        _lease(session, run.brief_id, seconds=60)
    part = browser_of(desk, ana).get("/runs/now").text
    assert 'hx-get="/runs/now" hx-trigger="every 3s"' in part
    assert "generate, 40 of 80" in part
    assert '<progress max="80" value="40"' in part


def test_a_run_whose_process_is_silent_is_told_so(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        run = make_run(session, status=RunStatus.RUNNING)
        _lease(session, run.brief_id, seconds=-1)
    part = browser_of(desk, ana).get("/runs/now").text
    assert "stopped without a word" in part
    assert "It goes on from there when it is resumed" in part


def test_nothing_is_asked_again_when_nothing_runs(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
    part = browser_of(desk, ana).get("/runs/now").text
    assert "hx-get" not in part
    assert "Nothing is running." in part


def test_a_failed_run_says_why_with_counts_and_warnings(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", "author")
        run = make_run(
            session,
            status=RunStatus.FAILED,
            finished_at=NOW,
            reason="the model's folder is gone.",
            counts={"candidates": 80, "refused_numbers": 7, "refused_spelling": 9, "candidates_refused": 16},
            warnings=["no block fits the slot cta."],
        )
    page = browser_of(desk, tom).get(f"/runs/{run.id}").text
    assert "the model&#39;s folder is gone." in page
    assert "no block fits the slot cta." in page
    assert "<dt>candidates judged</dt><dd>80</dd>" in page
    assert page.index("It is spelled right</dt><dd>9") < page.index(
        "Every number comes from a fact</dt><dd>7"
    )
    assert "Start it again" in page


def test_another_teams_runs_are_not_there(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        eve = person(session, "eve", briefs=["other"])
        run = make_run(session, status=RunStatus.RUNNING)
        over = make_run(session)
        session.add(RunRequest(brief_id=run.brief_id, by="ana", at=NOW))
    browser = browser_of(desk, eve)
    assert browser.get(f"/runs/{run.id}").status_code == 404
    page = browser.get("/runs").text
    assert run.brief_id not in page
    assert over.brief_id not in page


def test_an_author_starts_a_run_once_and_takes_the_wish_back(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", "author")
        make_brief(session, id="spring")
    browser = browser_of(desk, tom)
    for _ in range(2):
        assert browser.post("/runs", data={"brief": "spring"}).headers["location"] == "/runs"
    with desk.sessions() as session:
        (wish,) = session.scalars(select(RunRequest)).all()
    assert (wish.brief_id, wish.by, wish.at, wish.taken_at) == ("spring", "tom", NOW, None)
    assert "asked for by tom" in browser.get("/runs").text
    assert browser.post(f"/runs/wishes/{wish.id}/withdrawal").status_code == 303
    with desk.sessions() as session:
        assert session.scalars(select(RunRequest)).all() == []


def test_a_wish_that_came_to_nothing_says_why_for_some_days(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        for days, reason in ((1, "the brief is being executed."), (30, "long ago.")):
            at = NOW - timedelta(days=days)
            session.add(RunRequest(brief_id="spring", by="tom", at=at, taken_at=at, reason=reason))
    page = browser_of(desk, ana).get("/runs").text
    assert "the brief is being executed." in page
    assert "long ago." not in page


def test_a_brief_that_nobody_knows_is_not_executed(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", "author")
    browser = browser_of(desk, tom)
    assert browser.post("/runs", data={"brief": "nothing"}).status_code == 422
    answer = browser.post("/runs/schedules", data={"brief": "x", "cron": "0 6 * * 1", "time_zone": "UTC"})
    assert answer.status_code == 422


def test_a_schedule_is_added_with_its_next_times_paused_resumed_and_removed(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", "author")
        make_brief(session, id="spring")
    browser = browser_of(desk, tom)
    form = {"brief": "spring", "cron": "0 6 * * 1", "time_zone": "Europe/Paris"}
    assert browser.post("/runs/schedules", data=form).headers["location"] == "/runs#schedules"
    page = browser.get("/runs").text
    # NOW is a Monday at 10:30 in Paris; the third Monday comes after summer time began.
    for moment in ("2026-03-09T06:00:00+01:00", "2026-03-16T06:00:00+01:00", "2026-03-23T06:00:00+01:00"):
        assert f'<time datetime="{moment}">' in page
    assert browser.post("/runs/schedules/spring/pause").status_code == 303
    assert _schedules(desk) == [("spring", True)]
    assert "2026-03-09T06:00" not in browser.get("/runs").text
    browser.post("/runs/schedules/spring/resumption")
    assert _schedules(desk) == [("spring", False)]
    browser.post("/runs/schedules/spring/removal")
    assert _schedules(desk) == []
    assert browser.post("/runs/schedules/spring/removal").status_code == 422
    assert browser.post("/runs/schedules/spring/explosion").status_code == 404


@pytest.mark.parametrize(
    ("cron", "zone", "said"),
    [
        ("0 6 * * 1", "Europe/Paris", "Mon 9 Mar 2026, 06:00"),
        ("0 6 * *", "UTC", "does not have five fields"),
        ("0 6 * * 1", "Mars/Base", "is not a known time zone"),
        ("", "", "is Mondays at 6:00"),
    ],
)
def test_the_next_times_are_shown_before_a_schedule_is_saved(
    desk: Desk, cron: str, zone: str, said: str
) -> None:
    with desk.sessions.begin() as session:
        tom = person(session, "tom", "author")
    answer = browser_of(desk, tom).get("/runs/times", params={"cron": cron, "time_zone": zone})
    assert answer.status_code == 200
    assert said in answer.text


@pytest.mark.parametrize("role", ["viewer", "reviewer", "legal", "admin"])
def test_who_runs_nothing_is_refused(desk: Desk, role: str) -> None:
    with desk.sessions.begin() as session:
        vera = person(session, "vera", role)
        make_brief(session, id="spring")
    browser = browser_of(desk, vera)
    page = browser.get("/runs").text
    assert "Start a run now" not in page
    for address in ("/runs", "/runs/schedules", "/runs/schedules/spring/pause", "/runs/wishes/1/withdrawal"):
        form = {"brief": "spring", "cron": "0 6 * * 1", "time_zone": "UTC"}
        assert browser.post(address, data=form).status_code == 403
    assert _schedules(desk) == []


def test_prefects_page_is_linked_only_where_it_can_be_reached(desk: Desk, tmp_path: Path) -> None:
    assert prefect_page(desk, "abc") is None
    state = tmp_path / ".surmesure"
    state.mkdir()
    (state / "serve.json").write_text(
        json.dumps({"prefect": "http://127.0.0.1:4200", "page": "", "process": 1})
    )
    assert prefect_page(desk, "abc") == "http://127.0.0.1:4200/runs/flow-run/abc"
    assert prefect_page(desk, None) is None
    (state / "serve.json").write_text('{"prefect": "https://evil.example"}')
    assert prefect_page(desk, "abc") is None
    (state / "serve.json").write_text("half")
    assert prefect_page(desk, "abc") is None


def _lease(session: Session, brief_id: str, seconds: int) -> None:
    lease = BriefLease(brief_id=brief_id, owner="machine 1", until=NOW + timedelta(seconds=seconds), fence=1)
    session.add(lease)


def _schedules(desk: Desk) -> list[tuple[str, bool]]:
    with desk.sessions() as session:
        return [(row.brief_id, row.paused) for row in session.scalars(select(Schedule))]


def test_a_run_that_died_and_waits_to_be_executed_again_is_told_so(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        make_brief(session, id="autumn")
        resumed = schedules.resume(session, "autumn", "a flow run", NOW)
        assert resumed is not None
        assert resumed.resumption == 1
        user = person(session, "ana", "reviewer")
    page = browser_of(desk, user).get("/runs/now").text
    assert "died, is being resumed" in page
