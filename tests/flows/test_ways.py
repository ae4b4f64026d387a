"""Each way out, from a brief to its end, and what is refused before anything is planned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from content_store.brand_folder.briefs import BriefFile
from content_store.durable_files import create_file
from content_store.errors import BadInput, WorkFailed
from content_store.models import Occurrence
from content_store.sending_settings import AppriseSettings, WebhookSettings
from flows.steps.publishing import publish
from flows.steps.ways import Way, check_way, reopen, way_to
from flows.steps.workplace import Workplace
from tests.publishing.channels.receiver import receiver
from tests.publishing.channels.s3_server import BUCKET, s3_server
from tests.publishing.stage import make_stage, write_members

WEBHOOK, APPRISE = Way("webhook", "json"), Way("apprise", "text")


@pytest.fixture
def brief(workplace: Workplace, tmp_path: Path) -> BriefFile:
    """A brief by SMS for seven customers, of whom one is held out."""
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=7)
        session.execute(delete(Occurrence))
    write_members(workplace.settings, stage)
    return stage.brief


def test_a_brief_is_posted_to_a_webhook_and_again_only_when_a_person_opens_it(
    workplace: Workplace, brief: BriefFile
) -> None:
    with receiver() as (server, settings):
        _set(workplace, webhook=settings)
        server.answer = 410, {}
        for _twice in range(2):
            with pytest.raises(WorkFailed, match="Nothing is sent there until you publish with --reopen"):
                publish(workplace, brief, WEBHOOK)
        before, server.answer = len(server.taken), (200, {})
        reopen(workplace, WEBHOOK)
        assert publish(workplace, brief, WEBHOOK).finished_at is not None
        assert len(server.taken) == before + 6


def test_a_brief_goes_to_a_bucket_with_a_manifest_that_proves_the_files(
    workplace: Workplace, brief: BriefFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.publishing.PORTION", 3)
    with s3_server(monkeypatch) as client:
        way = way_to(f"s3://{BUCKET}/out/", "jsonl")
        assert way == Way(f"s3://{BUCKET}/out", "jsonl")
        assert publish(workplace, brief, way).finished_at is not None
        found = {
            item["Key"]: client.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            for item in client.list_objects_v2(Bucket=BUCKET)["Contents"]
        }
    (manifest,) = (json.loads(content) for name, content in found.items() if name.endswith("_manifest.json"))
    assert len(manifest["files"]) == 2
    for item in manifest["files"]:
        assert hashlib.sha256(found[f"out/{item['name']}"]).hexdigest() == item["sha256"]


# apprise reads images with a module that a later Python lacks.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_a_brief_goes_through_a_gateway(workplace: Workplace, brief: BriefFile) -> None:
    with receiver() as (server, _):
        url = f"json://127.0.0.1:{server.server_port}/{{address}}"
        _set(workplace, apprise=AppriseSettings.model_validate({"url": url}))
        assert publish(workplace, brief, APPRISE).finished_at is not None
        assert len(server.taken) == 6


def test_what_a_way_does_not_carry_is_refused(workplace: Workplace, brief: BriefFile) -> None:
    mails = brief.model_copy(update={"channels": ["email"]})
    with pytest.raises(
        BadInput, match="coffee-week has no text message or push notification to send; give a"
    ):
        publish(workplace, mails, APPRISE)
    with pytest.raises(BadInput, match="brief coffee-week has no e-mail to send"):
        publish(workplace, brief, Way("smtp", "mail"))
    carried = {
        way: [channel for channel in ("email", "sms", "push", "banner") if way.carries(channel)]
        for way in (WEBHOOK, APPRISE, Way("smtp", "mail"), Way("out", "csv"))
    }
    assert list(carried.values()) == [
        ["email", "sms", "push", "banner"],
        ["sms", "push"],
        ["email"],
        ["email", "sms", "push", "banner"],
    ]


def test_a_setting_that_a_way_needs_is_named(workplace: Workplace, brief: BriefFile) -> None:
    with pytest.raises(BadInput, match=r"no webhook is set; write its address as url under \[webhook\]"):
        publish(workplace, brief, WEBHOOK)
    _set(workplace, webhook=WebhookSettings(url="https://hooks.example.com/"))
    with pytest.raises(BadInput, match="the webhook has no secret; set SURMESURE_WEBHOOK__SECRET"):
        publish(workplace, brief, WEBHOOK)
    _set(workplace, webhook=WebhookSettings(url="http://hooks.example.com/"))
    with pytest.raises(BadInput, match=r"requests to hooks.example.com would cross the network in clear"):
        publish(workplace, brief, WEBHOOK)
    with pytest.raises(BadInput, match="no gateway is set; set SURMESURE_APPRISE__URL"):
        publish(workplace, brief, APPRISE)
    with pytest.raises(BadInput, match="--reopen goes with --to webhook only"):
        reopen(workplace, APPRISE)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_a_way_that_has_all_it_needs_is_let_through(workplace: Workplace) -> None:
    with receiver() as (_, settings):
        _set(workplace, webhook=settings)
        check_way(workplace.settings, WEBHOOK)
    _set(workplace, apprise=AppriseSettings.model_validate({"url": "nothing://hush/{address}"}))
    with pytest.raises(BadInput, match="SURMESURE_APPRISE__URL is none that apprise knows"):
        check_way(workplace.settings, APPRISE)
    check_way(workplace.settings, Way("out", "csv"))


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("Webhook", "--to Webhook is not known; write webhook"),
        ("https://hooks.example.com/secret", "--to https://… is no folder; --to webhook sends requests"),
        ("s3://", "--to s3:// names no folder; write it as s3://BUCKET/FOLDER"),
        ("file:///", "--to file:/// names no folder"),
        ("nowhere://a/b", "--to nowhere://a/b is not known: Protocol not known"),
    ],
)
def test_what_is_no_way_is_refused(to: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        way_to(to, "csv")
    with pytest.raises(BadInput, match="take one of csv, jsonl, parquet"):
        way_to(to, "xlsx")


def _set(workplace: Workplace, **parts: Any) -> None:
    workplace.settings = workplace.settings.model_copy(update=parts)


def test_a_wrong_folder_is_put_right_as_long_as_nothing_was_handed_over(
    workplace: Workplace, brief: BriefFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.publishing.PORTION", 3)
    (tmp_path / "file").write_text("")
    wrong, right, other = (Way(str(tmp_path / name), "csv") for name in ("file/out", "right", "other"))
    with pytest.raises(WorkFailed, match="Not a directory"):
        publish(workplace, brief, wrong)
    with monkeypatch.context() as patched:
        patched.setattr("publishing.channels.file.create_file", _stopped_after_one())
        with pytest.raises(KeyboardInterrupt):
            publish(workplace, brief, right)
    with pytest.raises(BadInput, match="finish it there, or give another --occurrence"):
        publish(workplace, brief, other)
    assert publish(workplace, brief, right).finished_at is not None
    assert len(list((tmp_path / "right").glob("*.csv"))) == 2


def _stopped_after_one() -> Callable[..., bool]:
    calls = count()

    def create(file: Path, content: bytes, mode: int = 0o644) -> bool:
        if next(calls):
            raise KeyboardInterrupt
        return create_file(file, content, mode)

    return create
