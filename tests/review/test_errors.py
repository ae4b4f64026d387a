"""Whatever goes wrong, people and programs read a sentence, and the answer is as closed as any other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from review.app import app_of
from review.auth.headers import PAGE_HEADERS
from review.desk import Desk
from tests.review.signed_in import HERE

UNEXPECTED = "Something went wrong here that should not; tell whoever runs this page at what time it was."
BUSY = "The database is busy or does not answer; nothing was changed, so try again in a moment."


def _locked() -> None:
    raise OperationalError("UPDATE chain_head", None, Exception("database is locked"))


def _no_connection_left() -> None:
    raise PoolTimeout("QueuePool limit of size 5 overflow 10 reached")


def _mistake() -> None:
    raise KeyError("the secret of the house")


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
@pytest.mark.parametrize(
    ("go_wrong", "status", "sentence"),
    [(_locked, 503, BUSY), (_no_connection_left, 503, BUSY), (_mistake, 500, UNEXPECTED)],
)
def test_an_error_is_a_sentence_with_the_headers_of_a_page(
    desk: Desk, prefix: str, go_wrong: Callable[[], None], status: int, sentence: str
) -> None:
    app = app_of(desk)
    _inside(app, prefix).get("/wrong")(go_wrong)
    answer = TestClient(app, base_url=HERE, raise_server_exceptions=False).get(f"{prefix}/wrong")
    assert answer.status_code == status
    if prefix:
        assert answer.json() == {"detail": sentence}
    else:
        assert sentence in answer.text
        assert "secret" not in answer.text
    for name, value in PAGE_HEADERS.items():
        assert answer.headers[name] == value


def test_a_lock_that_somebody_else_holds_too_long_is_a_503(desk: Desk, engine: Engine) -> None:
    sqlite = engine.dialect.name == "sqlite"
    patience = {"timeout": 0.05} if sqlite else {"options": "-c lock_timeout=50"}
    impatient = create_engine(engine.url, connect_args=patience)
    touch = text("UPDATE chain_head SET number = number")

    def wait_in_vain() -> None:
        with impatient.begin() as connection:
            connection.execute(touch)

    app = app_of(desk)
    app.get("/wrong")(wait_in_vain)
    with engine.begin() as holder:
        holder.execute(touch)
        answer = TestClient(app, base_url=HERE, raise_server_exceptions=False).get("/wrong")
    impatient.dispose()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def _inside(app: FastAPI, prefix: str) -> FastAPI:
    """The application that answers below a path."""
    mounted = [route.app for route in app.routes if getattr(route, "path", None) == prefix]  # type: ignore[attr-defined]
    return mounted[0] if prefix else app
