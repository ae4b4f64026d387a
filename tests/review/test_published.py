"""Publishing on the Runs page: its schedules, and the newest occurrences with what became of them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from content_store import scheduled_occurrences, schedules
from content_store.models import PublishSchedule
from review.desk import Desk
from tests.factories import NOW, make_brief, person
from tests.publishing.stage import make_stage, plan
from tests.review.signed_in import browser_of

AT = NOW - timedelta(minutes=1)


def test_the_page_tells_when_a_brief_is_published_by_itself_and_where_to(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana, eve = person(session, "ana"), person(session, "eve", briefs=["other"])
        make_brief(session, id="spring")
        way = {"destination": "smtp", "form": "mail"}
        schedules.set_publish_schedule(
            session, "spring", "0 7 * * 1", "Europe/Paris", **way, by="tom", now=NOW
        )
    page = browser_of(desk, ana).get("/runs").text
    assert "<code>0 7 * * 1</code>" in page
    assert "to smtp" in page
    assert "2026-03-09T07:00:00+01:00" in page
    assert "set by tom" in page
    assert "Nothing is published by itself." in browser_of(desk, eve).get("/runs").text
    with desk.sessions.begin() as session:
        schedules.set_paused(session, "spring", True, by="tom", now=NOW, of=PublishSchedule)
    assert "2026-03-09T07:00:00+01:00" not in browser_of(desk, ana).get("/runs").text


def test_an_occurrence_that_waits_shows_its_customers_and_when_it_goes_on(desk: Desk, tmp_path: Path) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana")
        stage = make_stage(session, tmp_path, customers=3)
        stage.occurrence.at = AT
        plan(session, stage)
        scheduled_occurrences.begin(session, stage.brief.id, AT, str(tmp_path), "csv", "flow-1", AT)
        scheduled_occurrences.refused(session, stage.brief.id, AT, "mail.example.com: Connection refused.")
        scheduled_occurrences.ended(session, stage.brief.id, AT, AT, bad_input=False)
    page = browser_of(desk, ana).get("/runs").text
    assert ">goes on by itself</span>" in page
    assert "mail.example.com: Connection refused." in page
    assert "<dt>not sent yet</dt><dd>3</dd>" in page
    assert "It goes on at " in page

    with desk.sessions.begin() as session:
        session.merge(stage.occurrence).finished_at = NOW
    page = browser_of(desk, ana).get("/runs").text
    assert ">finished</span>" in page
    assert "Connection refused." not in page


def test_what_a_schedule_could_not_begin_says_why(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        ana = person(session, "ana", locale="fr")
        make_brief(session, id="spring")
        scheduled_occurrences.begin(session, "spring", AT, "smtp", "mail", "flow-1", AT)
    page = browser_of(desk, ana).get("/runs").text
    assert ">en cours</span>" in page
    with desk.sessions.begin() as session:
        scheduled_occurrences.refused(session, "spring", AT, "no message of spring is approved.")
        scheduled_occurrences.ended(session, "spring", AT, NOW, bad_input=True)
    page = browser_of(desk, ana).get("/runs").text
    assert ">arrêtée</span>" in page
    assert "no message of spring is approved." in page
