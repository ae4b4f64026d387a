"""Any request that the API's description allows, from every role: no failure of ours, and nothing beyond the role."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine, select

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.database import open_database, session_maker
from content_store.models import Decision, Role, RunRequest
from content_store.settings import Settings
from review.app import app_of
from review.auth.permissions import Scope
from review.auth.tokens import add_token
from review.desk import Desk
from tests.factories import make_block_version, make_message, person
from tests.review.api.conftest import HERE, NOW

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

#: What the log may hold after a role has tried everything; nobody's own rights change here.
MAY: dict[Role, set[str]] = {
    Role.VIEWER: set(),
    Role.AUTHOR: {"swap", "edit"},
    Role.REVIEWER: {
        "approve",
        "reject",
        "send_back",
        "reopen",
        "swap",
        "edit",
        "recall",
        "approve_block",
        "lapse",
    },
    Role.LEGAL: {"reject", "send_back", "reopen", "swap", "edit", "recall", "approve_block", "lapse"},
    Role.ADMIN: set(),
}


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: Path) -> Iterator[Desk]:
    path = tmp_path / "any.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine: Engine = open_database(f"sqlite:///{path}")
    yield Desk(NEUTRAL_BRAND, Settings(brand=tmp_path), session_maker(engine), b"k" * 32, lambda: NOW)
    engine.dispose()


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("steps", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_every_role_may_send_anything(desk: Desk, role: Role, steps: int) -> None:
    with desk.sessions.begin() as session:
        for _ in range(5):
            make_message(session, block_version_ids=[make_block_version(session).id])
        user = person(session, "ana", role.value)
        secret = add_token(session, user, "test", tuple(Scope), by="test", at=NOW, expires_at=None).secret
    assert 200 in _send_anything(desk, secret, steps)
    with desk.sessions() as session:
        actions = {entry.action.value for entry in session.scalars(select(Decision))}
        asked = session.scalars(select(RunRequest)).all()
    assert actions - {"change_user"} <= MAY[role]
    assert not asked or role is Role.AUTHOR


def test_without_a_token_nothing_is_answered_whatever_is_asked(desk: Desk) -> None:
    statuses = _send_anything(desk, None, 10)
    # What is no JSON at all, or too deep, is refused before anybody asks who sends it.
    assert statuses <= {400, 401, 413}
    assert 401 in statuses


def _send_anything(desk: Desk, secret: str | None, examples: int) -> set[int]:
    """Sequences of up to 12 requests that build on one another's answers; gives the statuses seen."""
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app_of(desk), headers={"Host": HERE[7:]})
    machine = schema.as_state_machine()
    headers = {"Host": HERE[7:]} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    seen: set[int] = set()

    class Everything(machine):  # type: ignore[misc, valid-type]
        def get_call_kwargs(self, case: Any) -> dict[str, Any]:  # noqa: ARG002
            return {"headers": headers}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            seen.add(response.status_code)
            case.validate_response(response, checks=CHECKS)

    run_state_machine_as_test(
        Everything,
        settings=settings(
            max_examples=examples,
            stateful_step_count=12,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
    return seen
