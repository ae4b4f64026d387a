"""The app of a brand folder has the doors that its settings open."""

from __future__ import annotations

import http.client
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from content_store.settings import load_settings
from publishing.clicks.links import click_link, pixel_link
from publishing.events.endpoint import MOST_BYTES
from publishing.opt_out import load_key
from publishing.web import create_app
from surmesure.starting import copy_starter
from tests.publishing.events.shop import NEW, SECRETS, event, served, signed


def test_a_brand_folder_with_keys_and_domains_takes_outcomes_and_leads_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "brand"
    copy_starter(folder)
    with (folder / "brand.yaml").open("a") as brand:
        brand.write("link_domains: [example.com]\nopen_pixel: true\n")
    key = load_key(load_settings(folder).state_folder)
    body = json.dumps({"events": [event()]}).encode()
    paths = ("/v1/events", "/v1/events/mailgun", "/v1/events/sendgrid")
    with served(create_app(folder)) as client:
        assert [client.post(path, content=body).status_code for path in paths] == [404] * 3
        assert client.get(click_link("", key, 1, "https://example.com/")).status_code == 404
    monkeypatch.setenv("SURMESURE_PUBLISHING__EVENTS_KEY", SECRETS)
    monkeypatch.setenv("SURMESURE_PUBLISHING__MAILGUN_KEY", "k" * 32)
    monkeypatch.setenv("SURMESURE_PUBLISHING__PUBLIC_URL", "https://news.example.com")
    with served(create_app(folder)) as client:
        answer = client.post(paths[0], content=body, headers=signed(body, NEW, datetime.now(UTC), "1"))
        assert answer.json()["quarantined"] == [{"id": "1", "reason": "there is no such customer"}]
        assert [client.post(path, content=b"{}").status_code for path in paths[1:]] == [422, 404]
        assert client.post(paths[1], content=b"x" * (MOST_BYTES + 1)).status_code == 413
        assert client.get(click_link("", key, 1, "https://example.com/")).status_code == 302
        assert client.get(click_link("", key, 1, "https://example.org/")).status_code == 404
        assert client.get(pixel_link("", key, 1)).status_code == 200


def test_who_sends_ten_megabytes_before_reading_an_answer_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "brand"
    copy_starter(folder)
    monkeypatch.setenv("SURMESURE_PUBLISHING__EVENTS_KEY", SECRETS)
    with served(create_app(folder)) as client:
        sender = http.client.HTTPConnection(client.base_url.host, client.base_url.port)
        sender.request("POST", "/v1/events", body=b"x" * 10_485_760)
        answer = sender.getresponse()
        assert (answer.status, json.loads(answer.read())) == (
            413,
            {"error": "The body has more than 1,000,000 bytes."},
        )
        sender.close()
