"""Results on the page: the campaigns that were measured, and one of them with its older measurements."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy.orm import Session

from content_store import schedules
from content_store.models import Measurement, MeasureSchedule
from evaluation.measurement.kept import as_values, results_from
from evaluation.measurement.results import CampaignResults
from review.desk import Desk
from tests.evaluation.measurement.small_campaign import AS_OF, HOSTILE, campaign
from tests.factories import NOW, make_brief, person
from tests.review.signed_in import browser_of


def keep(session: Session, results: CampaignResults) -> Measurement:
    """A measurement as measuring leaves it behind."""
    row = Measurement(
        brief_id=results.brief_id,
        as_of=results.as_of,
        made_at=NOW,
        input_hash=f"{results.as_of:%Y%m%d%H}",
        results=as_values(results),
    )
    session.add(row)
    session.flush()
    return row


def test_results_come_back_from_the_database_as_they_were(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        make_brief(session, id="autumn")
        number = keep(session, campaign()).id
    with desk.sessions() as session:
        assert results_from(session.get_one(Measurement, number).results) == campaign()


def test_what_an_earlier_version_did_not_know_has_its_default() -> None:
    values = as_values(campaign())
    del values["why_not"]
    assert results_from(values | {"gone": 1}) == campaign()


def test_the_list_shows_the_newest_measurement_of_each_campaign_and_whether_it_can_be_used(
    desk: Desk,
) -> None:
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer")
        for brief in ("autumn", "winter"):
            make_brief(session, id=brief)
        keep(session, campaign(headline="Too early.", as_of=AS_OF - timedelta(days=7)))
        newest = keep(session, campaign())
        keep(session, campaign(brief_id="winter", trusted=False, headline="No verdict: see why."))
    page = browser_of(desk, vera).get("/results").text
    assert "Too early." not in page
    assert f'<a href="/results/{newest.id}"><bdi>autumn</bdi></a>' in page
    assert "It worked: each customer brought €0.82 more" in page
    assert '<span class="tag approved">A clear effect</span>' in page
    assert '<span class="tag rejected">No verdict</span>' in page
    assert '<a href="/results" aria-current="page">Results</a>' in page


def test_a_campaign_shows_what_its_report_shows_with_links_to_its_messages(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer")
        make_brief(session, id="autumn")
        row = keep(session, campaign())
    page = browser_of(desk, vera).get(f"/results/{row.id}").text
    assert "between €0.32 and €1.32" in page
    assert 'id="forest-name"' in page
    assert '<a href="/messages/10">#10</a>' in page
    assert HOSTILE not in page
    assert "return: that less the costs" in page


def test_older_measurements_can_be_chosen(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer")
        make_brief(session, id="autumn")
        older = keep(session, campaign(headline="Too early.", as_of=AS_OF - timedelta(days=7)))
        newer = keep(session, campaign())
    browser = browser_of(desk, vera)
    page = browser.get(f"/results/{newer.id}").text
    assert "2 measurements of this campaign" in page
    assert f'<a href="/results/{newer.id}" aria-current="page">' in page
    assert f'<a href="/results/{older.id}">' in page
    assert "Too early." in browser.get(f"/results/{older.id}").text


def test_the_page_speaks_french_and_writes_numbers_so(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer", locale="fr")
        make_brief(session, id="autumn")
        row = keep(session, campaign())
    page = browser_of(desk, vera).get(f"/results/{row.id}").text
    assert "Peut-on s’y fier ?" in page
    assert "entre 0,32\xa0€ et 1,32\xa0€" in page
    assert "+9,1\xa0%" in page
    # What was found is told in the language in which it was found.
    assert '<p class="headline" lang="en">It worked' in page


def test_another_teams_campaigns_are_not_there(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        eve = person(session, "eve", "viewer", briefs=["other"])
        make_brief(session, id="autumn")
        row = keep(session, campaign())
    browser = browser_of(desk, eve)
    page = browser.get("/results").text
    assert "autumn" not in page
    assert "No campaign was measured yet." in page
    assert browser.get(f"/results/{row.id}").status_code == 404
    assert browser.get("/results/999").status_code == 404


def test_nobody_sees_results_without_signing_in(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer")
    browser = browser_of(desk, vera)
    browser.cookies.clear()
    assert browser.get("/results").headers["location"] == "/sign-in?next=%2Fresults"


def test_the_list_says_when_campaigns_are_measured_by_themselves(desk: Desk) -> None:
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer")
    browser = browser_of(desk, vera)
    assert "Measured when a person asks for it." in browser.get("/results").text
    with desk.sessions.begin() as session:
        schedules.set_measure_schedule(session, "0 5 * * *", "Europe/Paris", by="ana", now=NOW)
    next_time = schedules.next_times("0 5 * * *", "Europe/Paris", NOW, 1)[0]
    assert (
        f"next on {next_time:%a} {next_time.day} {next_time:%b %Y}, 05:00 (Europe/Paris)"
        in browser.get("/results").text
    )
    with desk.sessions.begin() as session:
        schedules.set_paused(session, schedules.ALL, True, by="ana", now=NOW, of=MeasureSchedule)
    assert "Measuring by itself is paused." in browser.get("/results").text


def test_a_measurement_without_an_effect_has_a_page(desk: Desk) -> None:
    results = replace(campaign(), why_not="Too early for a verdict.", headline="Too early for a verdict.")
    with desk.sessions.begin() as session:
        vera = person(session, "vera", "viewer")
        make_brief(session, id="autumn")
        row = keep(session, results)
    page = browser_of(desk, vera).get(f"/results/{row.id}").text
    assert "Not known yet" in page
    assert "€0.82" not in page
