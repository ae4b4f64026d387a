"""Publishing a brief from its membership files to the manifest, and what it refuses."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from content_store.app_settings import PublishingSettings
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput, WorkFailed
from content_store.models import HOLDOUT, Message, Occurrence, Publication, ReviewStatus, Run
from flows.steps.proofs import send_proofs
from flows.steps.publishing import publish, told
from flows.steps.ways import SMTP, Way
from flows.steps.workplace import Workplace
from publishing.opt_out import load_key, read_token
from tests.factories import make_policy
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import make_stage, write_members


@pytest.fixture
def brief(workplace: Workplace, tmp_path: Path) -> BriefFile:
    """A brief for seven customers, of whom the last was seen forty days ago; none of it is planned yet."""
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=7)
        session.execute(delete(Occurrence))
    write_members(workplace.settings, stage)
    return stage.brief


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.steps.publishing.PORTION", 3)


@pytest.mark.usefixtures("small_portions")
def test_a_brief_is_published_once_with_a_manifest_that_proves_the_files(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    facts = _told(workplace, publish(workplace, brief, Way(str(out), "jsonl")))
    # The seventh is held out (the brand keeps 5 %), so nothing is written of the third portion.
    assert [(item["status"], item["reason"], item["number"]) for item in facts["publications"]] == [
        ("accepted", None, 6),
        ("suppressed", HOLDOUT, 1),
    ]
    manifest = json.loads(next(out.glob("*_manifest.json")).read_text())
    assert [item["name"][-15:] for item in manifest["files"]] == [
        f"sms_0000{number}.jsonl" for number in (1, 2)
    ]
    for item in manifest["files"]:
        assert hashlib.sha256((out / item["name"]).read_bytes()).hexdigest() == item["sha256"]
    before = sorted((path.name, path.stat().st_mtime_ns) for path in out.iterdir())
    assert _told(workplace, publish(workplace, brief, Way(str(out), "jsonl"))) == facts
    assert sorted((path.name, path.stat().st_mtime_ns) for path in out.iterdir()) == before


def test_each_publication_has_its_own_way_to_stop(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    day = datetime(2026, 11, 2, tzinfo=UTC)
    publish(workplace, brief, Way(str(tmp_path / "mail"), "jsonl"), day)
    mail = "mailto:news@fairlow.example.com?subject=Unsubscribe"
    assert {row["unsubscribe_url"] for row in _rows(tmp_path / "mail")} == {mail}

    there = PublishingSettings(public_url="https://News.example.com/")
    workplace.settings = workplace.settings.model_copy(update={"publishing": there})
    publish(workplace, brief, Way(str(tmp_path / "page"), "jsonl"), day + timedelta(days=7))
    rows, key = _rows(tmp_path / "page"), load_key(workplace.settings.state_folder)
    assert len(rows) == 6
    for row in rows:
        start, _, token = row["unsubscribe_url"].rpartition("/")
        assert start == "https://news.example.com/u"
        assert read_token(key, token) == row["publication_id"]


def test_an_audience_is_those_of_its_days(workplace: Workplace, brief: BriefFile, tmp_path: Path) -> None:
    audience = brief.audience.model_copy(update={"inactive_days_min": 30})
    lapsed = brief.model_copy(update={"audience": audience})
    facts = _told(workplace, publish(workplace, lapsed, Way(str(tmp_path / "out"), "csv")))
    assert sum(item["number"] for item in facts["publications"]) == 1


@pytest.mark.usefixtures("small_portions")
def test_what_was_interrupted_goes_on_in_the_same_folder_and_in_no_other(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("publishing.channels.file.create_file", full)
        with pytest.raises(WorkFailed, match="No space left on device"):
            publish(workplace, brief, Way(str(tmp_path / "out"), "csv"))
    with pytest.raises(BadInput, match="finish it there, or give another --occurrence"):
        publish(workplace, brief, Way(str(tmp_path / "other"), "csv"))
    assert publish(workplace, brief, Way(str(tmp_path / "out"), "csv")).finished_at is not None
    assert len(list((tmp_path / "out").glob("*.csv"))) == 2
    with pytest.raises(BadInput, match="out as csv already; to send again, give another --occurrence"):
        publish(workplace, brief, Way(str(tmp_path / "other"), "csv"))


def test_the_next_occurrence_sends_again_when_the_cap_allows_it(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    today = datetime.combine(workplace.now.date(), time(), UTC) - timedelta(days=10)
    for days, expected in (
        (0, {"accepted": 6, "suppressed": 1}),
        (1, {"suppressed": 7}),
        (7, {"accepted": 6, "suppressed": 1}),
    ):
        occurrence = publish(
            workplace, brief, Way(str(tmp_path / "out"), "csv"), today + timedelta(days=days)
        )
        found: Counter[str] = Counter()
        for item in _told(workplace, occurrence)["publications"]:
            found[item["status"]] += item["number"]
        assert found == expected


@pytest.mark.usefixtures("small_portions")
def test_what_was_left_yesterday_is_finished_before_today_begins(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Way(str(tmp_path / "out"), "csv")
    yesterday = datetime.combine(workplace.now.date(), time(), UTC) - timedelta(days=1)
    with monkeypatch.context() as patched:
        patched.setattr("publishing.channels.file.create_file", _stopped)
        with pytest.raises(KeyboardInterrupt):
            publish(workplace, brief, way, yesterday)
    changed = brief.model_copy(update={"purpose": "newsletter"})
    with pytest.raises(BadInput, match="the purpose, audience or channels of coffee-week were changed since"):
        publish(workplace, changed, way)
    finished = publish(workplace, brief, way)
    assert (finished.at, finished.finished_at is not None) == (yesterday, True)
    assert publish(workplace, brief, way).at == yesterday + timedelta(days=1)


def test_what_a_schedule_sent_today_is_not_sent_again_at_a_command(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    way, moment = Way(str(tmp_path / "out"), "csv"), workplace.now.replace(second=0, microsecond=0)
    # A brand whose day is held still has schedules by the clock too.
    held = moment.replace(hour=0, minute=0).isoformat()
    workplace.settings = workplace.settings.model_copy(update={"as_of": held})
    assert publish(workplace, brief, way, moment).finished_at is not None
    assert publish(workplace, brief, way).at == moment


def test_an_occurrence_keeps_the_policy_that_it_began_with(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, way = datetime(2026, 11, 2, tzinfo=UTC), Way(str(tmp_path / "out"), "jsonl")
    with workplace.sessions.begin() as session:
        place = (session.scalars(select(Message.segment_id)).first() or 0, "sms", "en-US")
        first = make_policy(session, brief.id, {place: {"A coffee": 0.9, "B coffee": 0.1}}).id
    with monkeypatch.context() as patch:
        patch.setattr("flows.steps.publishing.plan_portion", _stopped)
        with pytest.raises(KeyboardInterrupt):
            publish(workplace, brief, way, day)
    with workplace.sessions.begin() as session:
        second = make_policy(session, brief.id, {place: {"A coffee": 0.2, "B coffee": 0.8}}).id
    assert publish(workplace, brief, way, day).policy_id == first
    later = publish(workplace, brief, Way(str(tmp_path / "later"), "jsonl"), day + timedelta(days=8))
    assert later.policy_id == second
    with workplace.sessions() as session:
        chosen = session.execute(select(Publication.occurrence, Publication.propensity).distinct()).all()
    shares = {(at, round(share, 9)) for at, share in chosen}
    assert shares <= {(day, 0.9), (day, 0.1), (later.at, 0.2), (later.at, 0.8)}
    assert {at for at, _ in shares} == {day, later.at}


@pytest.mark.parametrize("days", [-400, 1])
def test_an_occurrence_long_ago_or_still_to_come_is_refused(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, days: int
) -> None:
    with pytest.raises(BadInput, match="is more than a year ago or still to come"):
        publish(workplace, brief, Way(str(tmp_path), "csv"), workplace.now + timedelta(days=days))


def test_an_audience_that_nobody_belongs_to_any_more_is_refused(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    way = Way(str(tmp_path / "out"), "csv")
    named = brief.audience.model_copy(update={"segments": ["Tea drinkers"]})
    with pytest.raises(BadInput, match="no segment is called 'Tea drinkers' any more"):
        publish(workplace, brief.model_copy(update={"audience": named}), way)
    shutil.rmtree(workplace.settings.state_folder / "lake" / "membership")
    with pytest.raises(BadInput, match="the lists of the segments' members are gone"):
        publish(workplace, brief, way)


def _stopped(*_: object, **__: object) -> bool:
    raise KeyboardInterrupt


def test_what_cannot_be_published_is_refused_in_a_sentence(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    old = brief.model_copy(update={"valid_until": datetime(2026, 1, 1, tzinfo=UTC).date()})
    with pytest.raises(BadInput, match="was valid until 2026-01-01; nothing of it is sent any more"):
        publish(workplace, old, Way(str(tmp_path / "out"), "csv"))
    with workplace.sessions.begin() as session:
        session.execute(update(Message).values(status=ReviewStatus.PENDING, approved_hash=None))
    with pytest.raises(BadInput, match="no message of coffee-week is approved; decide on some"):
        publish(workplace, brief, Way(str(tmp_path / "out"), "csv"))
    with workplace.sessions.begin() as session:
        session.execute(delete(Occurrence))
        session.execute(update(Run).values(status="failed"))
    with pytest.raises(BadInput, match="brief coffee-week has no finished run"):
        publish(workplace, brief, Way(str(tmp_path / "out"), "csv"))


def test_mails_go_to_the_server_and_proofs_to_one_address(workplace: Workplace, tmp_path: Path) -> None:
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=3, channel="email")
        session.execute(delete(Occurrence))
    write_members(workplace.settings, stage)
    with mail_server() as (server, settings):
        workplace.settings = workplace.settings.model_copy(update={"smtp": settings})
        assert send_proofs(workplace, stage.brief, "boss@fairlow.example.com") == stage.message_ids
        assert [(mail["To"], mail["Subject"]) for mail in server.mails()] == [
            ("boss@fairlow.example.com", f"[proof #{stage.message_ids[0]}] Coffee is on."),
            ("boss@fairlow.example.com", f"[proof #{stage.message_ids[1]}] =Hot coffee, now."),
        ]
        server.taken.clear()
        occurrence = publish(workplace, stage.brief, Way(SMTP, "mail"))
        assert occurrence.finished_at is not None
        publish(workplace, stage.brief, Way(SMTP, "mail"))
        assert sorted(server.addresses()) == ["c01@example.com", "c02@example.com", "c03@example.com"]
        server.to["boss@fairlow.example.com"] = "550 5.1.1 who?"
        with pytest.raises(WorkFailed, match=r"was not taken: 550 5.1.1 who\?"):
            send_proofs(workplace, stage.brief, "boss@fairlow.example.com")


def test_who_sleeps_waits_for_the_morning_and_whoever_looks_is_told(
    workplace: Workplace, tmp_path: Path
) -> None:
    # All of the day but the minute that was.
    start, end = workplace.now, workplace.now - timedelta(minutes=1)
    hours = {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=3, channel="email", quiet_hours=hours)
        session.execute(delete(Occurrence))
    write_members(workplace.settings, stage)
    with mail_server() as (server, settings):
        workplace.settings = workplace.settings.model_copy(update={"smtp": settings})
        facts = _told(workplace, publish(workplace, stage.brief, Way(SMTP, "mail")))
        assert server.taken == []
    assert [(item["status"], item["reason"], item["number"]) for item in facts["publications"]] == [
        ("planned", None, 3)
    ]
    (wait,) = facts["waits"]
    assert wait["waits_for"] == "it is night where some customers are"
    until = datetime.fromisoformat(wait["until"])
    assert timedelta(hours=23) < until - workplace.now <= timedelta(hours=24)
    assert not facts["finished"]


def test_nothing_is_mailed_without_a_server_or_a_mail(workplace: Workplace, brief: BriefFile) -> None:
    with pytest.raises(BadInput, match="brief coffee-week has no e-mail to send"):
        publish(workplace, brief, Way(SMTP, "mail"))
    with pytest.raises(BadInput, match="no mail server is set"):
        send_proofs(workplace, brief, "boss@fairlow.example.com")


def test_what_sites_ask_for_is_not_sent(workplace: Workplace, brief: BriefFile, tmp_path: Path) -> None:
    channels = {
        name: channel.model_copy(update={"on_request": name == "sms"})
        for name, channel in workplace.brand.channels.items()
    }
    workplace.brand = workplace.brand.model_copy(update={"channels": channels})
    with pytest.raises(BadInput, match="nothing of brief coffee-week is sent; sites and apps ask for it"):
        publish(workplace, brief, Way(str(tmp_path), "csv"))


def _rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]


def _told(workplace: Workplace, occurrence: Occurrence) -> dict[str, Any]:
    with workplace.sessions() as session:
        return told(session, occurrence)
