"""briefs/*.yaml and sources.yaml: what a campaign wants fits its brand, or it is refused in one sentence."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from content_store.brand_folder.brand import Brand, load_brand
from content_store.brand_folder.briefs import load_brief, load_briefs
from content_store.brand_folder.sources import load_sources
from tests.content_store.brand_folder.files import BRAND, BRIEF, one_sentence, replaced


@pytest.fixture
def brand(tmp_path: Path) -> Brand:
    (tmp_path / "brand.yaml").write_text(BRAND)
    return load_brand(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "briefs").mkdir()
    path = tmp_path / "briefs" / "weekly.yaml"
    path.write_text(BRIEF)
    return path


def test_a_sound_brief_is_read_as_it_was_written(brand: Brand, path: Path) -> None:
    brief = load_brief(path, brand)
    assert (brief.id, brief.arms, brief.tone, brief.themes) == ("weekly", 2, None, [])
    assert (brief.quiet_hours.start, brief.quiet_hours.end) == (time(21), time(8))
    assert brief.slots[0].required_facts == ["roast-opening"]
    assert load_briefs(path.parent.parent, brand) == [brief]


def test_a_change_of_a_brief_changes_its_hash_and_a_comment_does_not(brand: Brand, path: Path) -> None:
    first = load_brief(path, brand).content_hash
    path.write_text(f"# As agreed.\n{BRIEF}")
    assert load_brief(path, brand).content_hash == first
    path.write_text(replaced(BRIEF, "window_days: 14", "window_days: 15"))
    assert load_brief(path, brand).content_hash != first


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("purpose: marketing\n", "", "purpose is missing; add it."),
        ("purpose:", "purposes:", "purpose is missing; add it (1 more after that)."),
        (
            "channels: [email]",
            "channels: [fax]",
            "the channel fax is not in brand.yaml; add it there or correct the brief.",
        ),
        ("channels: [email]", "channels: [email, email]", "email stands twice in a list; keep one."),
        ("channels: [email]", "channels: [email, sms]", "no slot of this brief is one of the channel sms;"),
        ("channels: [email]", "channels: []", "channels: list should have at least 1 item"),
        ("slot: subject", "slot: banner", "no channel of this brief has the slot banner;"),
        ("slot: subject", "slot: sms", "no channel of this brief has the slot sms;"),
        ("slots:\n", "slots:\n  - {slot: subject}\n", "subject stands twice in a list; keep one."),
        (
            "locales: [en-US]",
            "locales: [fr-FR]",
            "the locale fr-FR is not in brand.yaml; add it there or correct the brief.",
        ),
        (
            "template: newsletter\n",
            "",
            "an e-mail brief needs a template; add `template: NAME` (templates/NAME.mjml).",
        ),
        (
            "template: newsletter",
            "template: ../../secret",
            "template is '../../secret': string should match pattern",
        ),
        (
            "address: news@example.com",
            "address: a@b.c",
            "sender.address is 'a@b.c': string should match pattern",
        ),
        ("address: news@example.com", "address: 'a@b.com, c@d.com'", "sender.address is 'a@b.com, c@d.com'"),
        (
            "https://www",
            "http://www",
            "landing_page is 'http://www.example.com/coffee': string should match pattern",
        ),
        ("https://www.example.com/coffee", "javascript:alert(1)", "landing_page is 'javascript:alert(1)'"),
        ("0 6 * * 1", "every Monday", "schedule.cron is 'every Monday': a cron line has five fields"),
        ("Europe/Oslo", "Oslo", "schedule.timezone is 'Oslo': not a known time zone, such as Europe/Paris."),
        ('"21:00"', "21", "quiet_hours.start is '21': an hour is written HH:MM."),
        ('"21:00"', '"75600"', "quiet_hours.start is '75600': an hour is written HH:MM."),
        ('"21:00"', '"21:00+02:00"', "quiet_hours.start is '21:00+02:00': an hour is written HH:MM."),
        ('"21:00"', '"25:00"', "quiet_hours.start is '25:00': "),
        (
            "inactive_days_max: 90",
            "inactive_days_max: 9",
            "audience: inactive_days_max 9 is less than inactive_days_min 30.",
        ),
        ("inactive_days_max: 90", "inactive_days_max: -1", "audience.inactive_days_max is '-1': "),
        ("messages: 1", "messages: 0", "caps.messages is '0': input should be greater than or equal to 1."),
        ("id: weekly", "id: Weekly News", "id is 'Weekly News': string should match pattern"),
        ("goal: Bring people in.", "goal: &g Bring people in.", "line 3: YAML anchors and aliases"),
        ("goal: Bring people in.", "goal: !!python/name:os.system x", "line 3: the YAML tag"),
    ],
)
def test_a_broken_rule_is_said_in_one_sentence(
    brand: Brand, path: Path, old: str, new: str, reason: str
) -> None:
    path.write_text(replaced(BRIEF, old, new))
    assert reason in one_sentence(path, lambda: load_brief(path, brand))


def test_no_as_a_locale_or_a_name_stays_a_word(brand: Brand, path: Path) -> None:
    path.write_text(
        replaced(BRIEF, "{description: Everybody,", "{description: no, segments: [yes, 2026-01-31],")
    )
    audience = load_brief(path, brand).audience
    assert (audience.description, audience.segments) == ("no", ["yes", "2026-01-31"])


def test_two_briefs_of_one_id_are_refused(brand: Brand, path: Path) -> None:
    twin = path.with_name("zz.yaml")
    twin.write_text(BRIEF)
    found = one_sentence(twin, lambda: load_briefs(path.parent.parent, brand))
    assert found == "the brief id weekly is used twice; give each brief its own."


def test_a_folder_without_briefs_is_refused(brand: Brand, tmp_path: Path) -> None:
    assert "there is no brief" in one_sentence(tmp_path / "briefs", lambda: load_briefs(tmp_path, brand))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("customers: {}", "customers: exactly one of path and sql is expected."),
        ("customers: {path: a.csv, sql: select 1}", "customers: exactly one of path and sql is expected."),
        ("consents: {path: a.csv}", "customers is missing; add it."),
        ("customers: a.csv", "customers is 'a.csv': input should be a valid dictionary"),
        ("customers: {path: a.csv}\nclicks: {path: b.csv}", "clicks is not a known key;"),
        ("customers: {path: a.csv, columns: [id]}", "customers.columns: input should be a valid dictionary."),
    ],
)
def test_sources_that_say_too_little_or_too_much_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    assert reason in one_sentence(path, lambda: load_sources(tmp_path))


def test_sources_are_files_or_queries(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "customers: {path: a.csv, columns: {id: no}}\nevents: {sql: select 1}\n"
    )
    sources = load_sources(tmp_path)
    assert (sources.customers.path, sources.customers.columns, sources.consents) == (
        "a.csv",
        {"id": "no"},
        None,
    )
    assert sources.events is not None
    assert sources.events.sql == "select 1"
