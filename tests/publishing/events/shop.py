"""A shop that tells of outcomes: the public app behind a server that really listens, and requests signed as they must be."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import select

from content_store.app_settings import PublishingSettings
from content_store.database import Sessions
from content_store.models import (
    Consent,
    InboxItem,
    Publication,
    PublicationStatus,
    QuarantinedOutcome,
    Suppression,
    SuppressionReason,
)
from publishing.events import endpoint
from publishing.events.desk import Desk
from publishing.receipt_tokens import receipt
from publishing.web import Public, app_of
from tests.factories import NOW
from tests.publishing.stage import SUPPRESSION_KEY, Stage

KEY = b"k" * 32
OLD, NEW = b"o" * 32, b"n" * 32
SECRETS = " ".join("whsec_" + base64.b64encode(key).decode() for key in (NEW, OLD))
PATH = "/v1/events"
AT = "2026-03-02T09:00:00+00:00"


class Shop:
    """What a test sends, and what is found afterwards."""

    def __init__(self, sessions: Sessions, client: httpx.Client, now: list[datetime]) -> None:
        self.sessions, self.client, self.now = sessions, client, now

    def send(self, *events: dict[str, Any]) -> dict[str, Any]:
        """The answer to a batch that is signed right."""
        answer = self.post(json.dumps({"events": events}).encode())
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def post(self, body: bytes, *, key: bytes = NEW, name: str = "msg_1", **changed: str) -> httpx.Response:
        headers = signed(body, key, self.now[0], name) | {
            name.replace("_", "-"): value for name, value in changed.items()
        }
        return self.client.post(PATH, content=body, headers=headers)

    def receipt_of(self, customer: str = "c01") -> str:
        return receipt(KEY, self.publication(customer).id)

    def publication(self, customer: str = "c01") -> Publication:
        with self.sessions() as session:
            return session.scalars(select(Publication).where(Publication.customer_id == customer)).one()

    def inbox(self) -> list[tuple[str, str | None, int | None, dict[str, Any]]]:
        with self.sessions() as session:
            rows = session.scalars(select(InboxItem).order_by(InboxItem.external_id))
            return [(row.external_id, row.customer_id, row.publication_id, row.body) for row in rows]

    def quarantine(self) -> list[QuarantinedOutcome]:
        with self.sessions() as session:
            return list(session.scalars(select(QuarantinedOutcome).order_by(QuarantinedOutcome.external_id)))

    def withdrawn(self) -> list[tuple[str, str, str]]:
        with self.sessions() as session:
            rows = session.scalars(select(Consent).where(~Consent.granted).order_by(Consent.id))
            return [(row.customer_id, row.purpose, row.channel) for row in rows]

    def listed(self) -> dict[tuple[str, str], SuppressionReason]:
        with self.sessions() as session:
            return {(row.key_hash, row.channel): row.reason for row in session.scalars(select(Suppression))}

    def sent(self, customer: str = "c01", **fields: Any) -> Publication:
        """The customer's publication, sent an hour before `NOW`."""
        given = {
            "status": PublicationStatus.ACCEPTED,
            "sent_at": NOW - timedelta(hours=1),
            "rendered_hash": "0123456789abcdef" * 4,
        }
        with self.sessions.begin() as session:
            row = session.scalars(select(Publication).where(Publication.customer_id == customer)).one()
            for name, value in (given | fields).items():
                setattr(row, name, value)
            return row


def event(name: str = "1", **fields: Any) -> dict[str, Any]:
    """A purchase of c01, unless the test says otherwise."""
    given = {"id": name, "kind": "converted", "at": AT, "customer": "c01"} | fields
    return {field: value for field, value in given.items() if value is not None}


def signed(body: bytes, key: bytes, at: datetime, name: str) -> dict[str, str]:
    """The headers of Standard Webhooks 1.0, written down once more."""
    content = f"{name}.{int(at.timestamp())}.".encode() + body
    mac = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": f"v1,{mac}",
    }


@contextmanager
def opened(sessions: Sessions, stage: Stage, **fields: Any) -> Iterator[Shop]:  # noqa: ARG001 - there must be one
    """The app with a key for each door, at `NOW`; `fields` are of the settings and of the desk."""
    now = [NOW]
    settings = PublishingSettings(
        events_key=SecretStr(SECRETS),
        **{name: value for name, value in fields.items() if name in PublishingSettings.model_fields},
    )
    desk = Desk(sessions, KEY, SUPPRESSION_KEY, "EUR", fields.get("counts_opens", False), lambda: now[0])
    doors = endpoint.routes(settings, desk, "news.example.com")
    app = app_of(Public("Fairlow", sessions, KEY, True, desk.now), None, *doors)
    with served(app) as client:
        yield Shop(sessions, client, now)


@contextmanager
def served(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of the app behind a server on this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        where = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with httpx.Client(base_url=where, timeout=60, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
