"""Who may ask, what a question looks like, and what is said to anything else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from content_store.database import session_maker
from publishing.decisions.endpoint import PATH
from publishing.opt_out import read_token, unsubscribe_link
from publishing.receipt_tokens import read_receipt, receipt
from publishing.web import MOST_BYTES, Public, app_of
from tests.publishing.decisions.site import KEY, RECEIPT_KEY, Site, fill, running

QUESTION = {"customer": "c01", "slots": ["banner"]}


@pytest.mark.parametrize(
    "authorization", [None, "", KEY, f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", f"bearer {KEY}", "Bearer é"]
)
def test_without_the_key_nobody_is_told_anything(
    engine: Engine, tmp_path: Path, authorization: str | None
) -> None:
    fill(engine, tmp_path)
    with running(Site(engine, tmp_path)) as site:
        del site.client.headers["Authorization"]
        headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
        answer = site.client.post(PATH, json=QUESTION, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json() == {"error": "Show the key: Authorization: Bearer KEY."}
        assert site.ledger() == []


def test_where_no_key_is_set_there_is_no_such_page(engine: Engine) -> None:
    client = TestClient(app_of(Public("Fairlow", session_maker(engine), RECEIPT_KEY, True)))
    assert client.post(PATH, json=QUESTION, headers={"Authorization": f"Bearer {KEY}"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "The body is no JSON: Expecting value: line 1 column 1 (char 0)."),
        (b'{"customer": "c01", "slots": ["banner"]', "The body is no JSON: "),
        (b'{"customer": "c01", "slots": ["\xff"]}', "The body is no JSON: "),
        (b'{"customer": "c01", "slots": [NaN]}', "The body is no JSON: NaN is no number."),
        (b'{"customer": "c01", "customer": "c02", "slots": ["banner"]}', "a key stands twice."),
        (b"[" * 9_000, "The body is nested too deeply."),
        (b'["c01"]', "the body: input should be"),
        (b'{"slots": ["banner"]}', "customer: field required; ask with "),
        (b'{"customer": 1, "slots": ["banner"]}', "customer: input should be a valid string"),
        (b'{"customer": "", "slots": ["banner"]}', "customer: string should have at least 1 character"),
        (b'{"customer": "c\\u0000", "slots": ["banner"]}', "customer: it holds a nul character; ask"),
        (b'{"customer": "c\\ud800", "slots": ["banner"]}', "customer: input should be a valid string"),
        (b'{"customer": "c01", "slots": []}', "slots: list should have at least 1 item"),
        (b'{"customer": "c01", "slots": "banner"}', "slots: input should be a valid list"),
        (b'{"customer": "c01", "slots": ["banner", "banner"]}', "slots: one of them stands there twice"),
        (b'{"customer": "c01", "slots": ["subject"]}', "slots: 'subject' is not one of banner, corner."),
        (b'{"customer": "c01", "slots": ["banner"], "x": 1}', "x: extra inputs are not permitted"),
    ],
)
def test_a_question_that_is_none_is_refused_in_one_sentence(
    engine: Engine, tmp_path: Path, body: bytes, sentence: str
) -> None:
    with running(Site(engine, tmp_path)) as site:
        answer = site.client.post(PATH, content=body)
        told: dict[str, Any] = answer.json()
    assert answer.status_code == 422
    assert sentence in told["error"]
    assert "\n" not in told["error"]


def test_a_question_that_is_too_long_and_other_methods_are_refused(engine: Engine, tmp_path: Path) -> None:
    with running(Site(engine, tmp_path)) as site:
        answer = site.client.post(PATH, json={**QUESTION, "customer": "c" * MOST_BYTES})
        assert (answer.status_code, answer.json()) == (413, {"error": "The body is too long."})
        assert site.client.get(PATH).status_code == 405


def test_answers_are_kept_by_nobody(engine: Engine, tmp_path: Path) -> None:
    with running(Site(engine, tmp_path)) as site:
        headers = site.client.post(PATH, json=QUESTION).headers
    assert (headers["cache-control"], headers["content-type"]) == ("no-store", "application/json")
    assert headers["x-content-type-options"] == "nosniff"


def test_a_receipt_names_one_row_and_opens_nothing_else() -> None:
    ours = receipt(RECEIPT_KEY, 12)
    assert ours == receipt(RECEIPT_KEY, 12)
    assert read_receipt(RECEIPT_KEY, ours) == 12
    assert read_token(RECEIPT_KEY, ours) is None
    link = unsubscribe_link("https://news.example.com", RECEIPT_KEY, 12)
    for other in (link.rpartition("/")[2], receipt(b"o" * 32, 12), ours[:-1], "12", "", "é"):
        assert read_receipt(RECEIPT_KEY, other) is None
