"""A dry run says what publishing does then, and changes nothing."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text

from content_store import suppressions
from content_store.app_settings import PublishingSettings
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput
from content_store.models import HOLDOUT, Base, Customer, Delivery, Occurrence, Publication, SuppressionReason
from content_store.withdrawals import withdraw
from flows.steps.publishing import publish
from flows.steps.rehearsing import rehearse
from flows.steps.ways import SMTP, Way
from flows.steps.workplace import Workplace
from tests.factories import NOW
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import make_stage, write_members


@pytest.fixture
def brief(workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BriefFile:
    """A brief by mail for twelve: one withdrew, one bounced, one has no address; two are held out."""
    monkeypatch.setattr("flows.steps.publishing.PORTION", 5)
    monkeypatch.setattr("flows.steps.rehearsing.PORTION", 5)
    workplace.brand = workplace.brand.model_copy(update={"holdout_share": 0.1})
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=12, channel="email")
        session.execute(delete(Occurrence))
        withdraw(session, "c02", "marketing", "email", at=NOW, proof="said so")
        key = suppressions.load_key(workplace.settings.state_folder)
        bounced = suppressions.of_address(key, "c03@example.com")
        suppressions.suppress(session, bounced, "email", SuppressionReason.BOUNCED, at=NOW, proof="a DSN")
        session.get_one(Customer, "c04").email = None
    write_members(workplace.settings, stage)
    return stage.brief


def test_it_says_what_publishing_does_then_and_leaves_every_table_as_it_was(
    workplace: Workplace, brief: BriefFile
) -> None:
    with mail_server() as (server, settings):
        workplace.settings = workplace.settings.model_copy(update={"smtp": settings})
        before = _tables(workplace)
        facts = rehearse(workplace, brief, Way(SMTP, "mail"))
        assert _tables(workplace) == before
        assert server.taken == []
        publish(workplace, brief, Way(SMTP, "mail"))
        assert len(server.taken) == sum(item["number"] for item in facts["would_go_out"]) == 7
    assert facts["begun"] is facts["finished"] is False
    assert facts["left_out"] == {"no consent for marketing by email": 1}
    assert {(item["reason"], item["number"]) for item in facts["others"]} == {
        ("the address bounced", 1),
        ("no email is known", 1),
        (HOLDOUT, 2),
    }
    with workplace.sessions() as session:
        rows = session.execute(
            select(Publication.message_id).where(Publication.status == "accepted").order_by(Publication.id)
        )
        really = Counter(rows.scalars())
    assert {item["message"]: item["number"] for item in facts["would_go_out"]} == really
    assert {(item["channel"], item["arm"]) for item in facts["would_go_out"]} == {
        ("email", "A"),
        ("email", "B"),
    }


def test_of_what_was_interrupted_it_says_what_is_left(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Way(str(tmp_path / "out"), "csv")

    def stop_after_one(stage: str, done: int, _total: int) -> None:
        if (stage, done) == ("publish", 1):
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(workplace, "progress", stop_after_one)
        with pytest.raises(KeyboardInterrupt):
            publish(workplace, brief, way)
    before = _tables(workplace)
    facts = rehearse(workplace, brief, way)
    assert _tables(workplace) == before
    assert facts["begun"] is True
    accepted = [item["number"] for item in facts["others"] if item["status"] == "accepted"]
    assert sum(accepted) + sum(item["number"] for item in facts["would_go_out"]) == 7
    assert sum(accepted) > 0
    with pytest.raises(BadInput, match="finish it there, or give another --occurrence"):
        rehearse(workplace, brief, Way(str(tmp_path / "other"), "csv"))
    publish(workplace, brief, way)
    facts = rehearse(workplace, brief, way)
    assert (facts["finished"], facts["would_go_out"]) == (True, [])


def test_samples_are_the_first_of_each_message_and_their_links_stop_nobody(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    there = PublishingSettings(public_url="https://news.example.com")
    workplace.settings = workplace.settings.model_copy(update={"publishing": there})
    folder = tmp_path / "samples"
    facts = rehearse(workplace, brief, Way(str(tmp_path / "out"), "csv"), samples=folder)
    ids = {item["message"] for item in facts["would_go_out"]}
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"message-{number}{suffix}" for number in ids for suffix in (".eml", ".txt")
    )
    assert not (tmp_path / "out").exists()
    mails = [
        message_from_bytes(file.read_bytes(), policy=policy.default) for file in sorted(folder.glob("*.eml"))
    ]
    assert [mail["Subject"] for mail in mails] == ["Coffee is on.", "=Hot coffee, now."]
    assert {mail["List-Unsubscribe"] for mail in mails} == {"<https://news.example.com/u/sample>"}


def test_what_cannot_be_published_is_refused_like_there(workplace: Workplace, brief: BriefFile) -> None:
    with pytest.raises(BadInput, match="no mail server is set"):
        rehearse(workplace, brief, Way(SMTP, "mail"))


def test_a_cap_over_two_channels_counts_what_goes_out_on_the_first(
    workplace: Workplace, brief: BriefFile, tmp_path: Path
) -> None:
    both = brief.model_copy(update={"channels": ["email", "sms"]})
    way = Way(str(tmp_path / "out"), "csv")
    with workplace.sessions.begin() as session:
        session.execute(text("UPDATE consents SET channel = 'sms' WHERE customer_id > 'c08'"))
        session.execute(
            text(
                "INSERT INTO consents (customer_id, source_id, purpose, channel, granted, at) SELECT customer_id, source_id,"
                " purpose, 'sms', granted, at FROM consents WHERE customer_id IN ('c05', 'c06')"
            )
        )
    facts = rehearse(workplace, both, way)
    publish(workplace, both, way)
    with workplace.sessions() as session:
        rows = session.execute(
            select(Publication.channel, Publication.status)
            .join(Delivery, Delivery.id == Publication.delivery_id)
            .where(Publication.status == "accepted")
        )
        really = Counter(channel for channel, _ in rows)
    told: Counter[str] = Counter()
    for item in facts["would_go_out"]:
        told[item["channel"]] += item["number"]
    assert told == really


def _tables(workplace: Workplace) -> dict[str, list[Any]]:
    """Every row of every table."""
    with workplace.engine.connect() as connection:
        return {
            table.name: sorted(map(str, connection.execute(select(table))))
            for table in Base.metadata.sorted_tables
        }
