"""Markup in any field that people or files fill in is shown as text, on every page."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from content_store import chain
from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.database import Sessions
from content_store.models import Action, Brief, Role, RunStatus
from content_store.settings import Settings
from review.app import app_of
from review.auth.permissions import Scope
from review.auth.tokens import add_token
from review.desk import Desk
from tests.factories import (
    NOW,
    make_block_version,
    make_candidate,
    make_customer,
    make_message,
    make_run,
    make_segment,
    make_segmentation,
    make_snapshot,
    make_variant,
    person,
)

HERE = "http://127.0.0.1:8310"
EVIL = 'x"\'><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">&lt;'


class _Reader(HTMLParser):
    """What a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script" and not (values.get("src") or "").startswith("/static/"):
            self.dangers.append(f"script {values}")
        if tag == "img" and values.get("src") == "x":
            self.dangers.append("img")
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.dangers.append(f"{tag} {name}={value}")


@pytest.fixture
def client(sessions: Sessions, tmp_path: Path) -> TestClient:
    """The app over a database in which every text that it shows is hostile."""
    brand = NEUTRAL_BRAND.model_copy(update={"name": EVIL})
    desk = Desk(brand, Settings(brand=tmp_path), sessions, b"k" * 32, lambda: NOW)
    with desk.sessions.begin() as session:
        user = person(session, "ana", *[role.value for role in Role], full_name=EVIL, email=EVIL)
        token = add_token(session, user, "test", tuple(Scope), by="test", at=NOW, expires_at=None)
        version = make_block_version(
            session,
            block_id=EVIL[:60],
            text=EVIL,
            owner=EVIL,
            themes=[EVIL],
            facts=[{"text": EVIL, "keep": ["script"]}],
        )
        session.add(Brief(id="weekly", content_hash="c", content={"goal": EVIL}, updated_at=NOW))
        segmentation, segment = make_segmentation(session), make_segment(session)
        customer = make_customer(
            session, first_name=EVIL, email=EVIL, attributes={"home_store": EVIL, "pet": EVIL}
        )
        make_snapshot(
            session,
            segmentation,
            segment,
            name=EVIL,
            audience=EVIL,
            distinctive=[{"item": EVIL, "lift": 2.0, "share": 0.5}],
            exemplars=[customer.id],
        )
        run = make_run(
            session, brief_id="weekly", segmentation_id=segmentation.id, warnings=[EVIL], reason=EVIL
        )
        make_run(
            session, brief_id="weekly", segmentation_id=segmentation.id, status=RunStatus.FAILED, reason=EVIL
        )
        for channel, slots in (("email", {"subject": EVIL, "opening": EVIL}), ("sms", {"sms": EVIL})):
            message = make_message(
                session,
                run=run,
                segment_id=segment.id,
                channel=channel,
                theme=EVIL,
                slots=slots,
                block_version_ids=[version.id],
            )
            for slot, text in slots.items():
                candidate = make_candidate(session, run, slot=slot, text=text, prompt=EVIL)
                make_variant(
                    session,
                    run,
                    segment_id=segment.id,
                    channel=channel,
                    slot=slot,
                    theme=EVIL,
                    text=text + " again",
                    candidate_id=candidate.id,
                    block_version_ids=[version.id],
                    verdicts=[{"gate": "claims", "passed": False, "reason": EVIL}],
                    sentences=[
                        {
                            "text": text,
                            "block": EVIL,
                            "version": 1,
                            "block_version_id": version.id,
                            "fact": EVIL,
                            "similarity": 0.5,
                        }
                    ],
                )
            chain.append(
                session,
                subject=f"message {message.id}",
                action=Action.REJECT,
                by="ana",
                at=NOW,
                reason=EVIL,
                message_id=message.id,
                content_hash=message.content_hash,
            )
    return TestClient(app_of(desk), base_url=HERE, headers={"Authorization": f"Bearer {token.secret}"})


def test_no_page_runs_what_somebody_wrote(client: TestClient) -> None:
    pages = [
        "/queue?status=waiting",
        f"/queue?search={EVIL}",
        "/blocks",
        "/runs",
        "/segments",
        "/people",
        "/similar",
        "/sign-in",
    ]
    listed = client.get("/api/v1/messages").json()["messages"]
    versions = client.get("/api/v1/blocks/versions").json()
    for path in ("", "/edit", "/preview?example=0"):
        pages += [f"/messages/{message['id']}{path}" for message in listed]
    for path in ("", "/recall"):
        pages += [f"/blocks/versions/{version['id']}{path}" for version in versions]
    for path in pages:
        _runs_nothing(client, path)
    client.post(f"/api/v1/blocks/versions/{versions[0]['id']}/recalls", json={"reason": EVIL})
    for path in (f"/blocks/versions/{versions[0]['id']}/report", "/queue?status=recalled"):
        _runs_nothing(client, path)


def _runs_nothing(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-900:]}"
    reader = _Reader()
    reader.feed(answer.text)
    assert reader.dangers == [], path
    assert "script-src 'self'" in answer.headers["content-security-policy"]
