"""What Schemathesis cannot know of a request: ids and hashes from the database as it stands when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.models import BlockVersion, Message, MessageVariant, Variant
from content_store.settings import Settings
from review.api.app import create_api
from review.app import app_of
from review.desk import Desk
from tests.review.api.conftest import HERE, NOW
from tests.review.api.two_teams import OURS, THEIRS

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

HOST = {"Host": HERE[7:]}
#: Requests in a round, and rounds after which what has not happened is taken to be impossible.
REQUESTS, MOST = 40, 40
#: One request in ten is invalid by the description.
MODES = [schemathesis.GenerationMode.POSITIVE] * 9 + [schemathesis.GenerationMode.NEGATIVE]


class Answer(NamedTuple):
    """What came back for a request."""

    operation: str
    status: int
    text: str
    body: Any


@lru_cache
def _schema() -> Any:
    """The API's description, which does not depend on the database behind it; to read it once saves a second per test."""
    nowhere = Desk(NEUTRAL_BRAND, Settings(brand=Path()), sessionmaker(), b"", lambda: NOW)
    return schemathesis.openapi.from_dict(create_api(nowhere).openapi())


def operations() -> list[Any]:
    """Every operation that the API's description names."""
    return [found.ok() for found in _schema().get_all_operations()]


def send_anything(
    desk: Desk, secret: str | None, least: int, enough: Callable[[list[Answer]], bool]
) -> list[Answer]:
    """At least so many rounds of requests, and more until it is enough."""
    app = app_of(desk)
    # Schemathesis then calls an app instead of a server.
    _schema().app = app
    headers = HOST | ({"Authorization": f"Bearer {secret}"} if secret else {})
    answers: list[Answer] = []
    for number in range(max(least, MOST)):
        if number >= least and enough(answers):
            break
        answers += _one_round(desk, app, headers, number)
    return answers


def _one_round(desk: Desk, app: FastAPI, headers: dict[str, str], number: int) -> list[Answer]:
    answers: list[Answer] = []
    # Decisions more often than the rest: they are of four kinds.
    weighted = [item for item in operations() for _ in range(4 if "/decisions" in item.path else 1)]

    @seed(number)
    @settings(
        max_examples=REQUESTS,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(
        st.sampled_from(MODES).flatmap(
            lambda mode: st.sampled_from(weighted).flatmap(lambda item: item.as_strategy(mode))
        )
    )
    def send(case: Any) -> None:
        # Not drawn by Hypothesis, which would try the simplest choice again and again.
        dice = Random(f"{number} {len(answers)}")
        with desk.reads() as session:
            _fill(session, case, dice)
        response = case.call(headers=headers, app=app)
        case.validate_response(response, checks=CHECKS)
        body = response.json() if response.content else None
        answers.append(Answer(case.operation.label, response.status_code, response.text, body))

    send()
    return answers


def _fill(session: Session, case: Any, dice: Random) -> None:
    """Put in what exists; each field keeps what Schemathesis wrote in one of eight requests."""
    message = _messages(session, dice, 1)[0]
    path, body = case.path_parameters or {}, case.body
    if "message_id" in path and _mostly(dice):
        path["message_id"] = message.id
    if "version_id" in path and _mostly(dice):
        path["version_id"] = dice.choice(
            session.scalars(select(BlockVersion.id).order_by(BlockVersion.id)).all()
        )
    if any(item.name == "If-Match" for item in case.operation.headers) and _mostly(dice):
        case.headers = {**(case.headers or {}), "If-Match": f'"{message.content_hash}"'}
    if isinstance(body, dict):
        known = {
            "messages": _seen(session, dice),
            "action": dice.choice(
                ["reject", "send_back", *([] if "messages" in body else ["approve", "reopen"])]
            ),
            "variant_id": dice.choice(_alternatives(session, message)),
            "slot": "subject",
            "text": dice.choice(["Coffee, hot.", "Coffee, dark.", "Coffee, fresh."]),
            "reason": "the price is old",
            "brief": dice.choice([OURS, THEIRS]),
            "name": dice.choice(["ben", None]),
        }
        if "action" in body:
            body.setdefault("reason", None)
        body |= {name: value for name, value in known.items() if name in body and _mostly(dice)}


def _messages(session: Session, dice: Random, most: int) -> list[Message]:
    ids = session.scalars(select(Message.id).order_by(Message.id)).all()
    return [session.get_one(Message, number) for number in dice.sample(ids, dice.randint(1, most))]


def _seen(session: Session, dice: Random) -> list[dict[str, Any]]:
    return [
        {"message_id": item.id, "content_hash": item.content_hash} for item in _messages(session, dice, 2)
    ]


def _alternatives(session: Session, message: Message) -> Sequence[int]:
    """Texts in the place of a message that do not stand in it."""
    standing = select(MessageVariant.variant_id).where(MessageVariant.message_id == message.id)
    query = select(Variant.id).where(
        Variant.brief_id == message.brief_id,
        Variant.segment_id == message.segment_id,
        Variant.id.not_in(standing),
    )
    return session.scalars(query.order_by(Variant.id)).all()


def _mostly(dice: Random) -> bool:
    return dice.random() > 1 / 8
