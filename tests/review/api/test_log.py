"""The decision log over the API tells of every brief, so it is for those who see every brief."""

from __future__ import annotations

from review.desk import Desk
from tests.factories import make_block_version
from tests.review.api.conftest import Caller


def test_who_sees_some_briefs_only_does_not_read_the_log(client: Caller) -> None:
    answer = client("rita", "reviewer", "legal", briefs=["other"]).get("/log")
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        "rita sees some briefs only, and the log tells of all; ask somebody who sees them all."
    )
    assert client("lea", "legal").get("/log").status_code == 200


def test_who_sees_some_briefs_only_recalls_and_approves_no_block(desk: Desk, client: Caller) -> None:
    with desk.sessions.begin() as session:
        version = make_block_version(session)
    rita = client("rita", "reviewer", "legal", briefs=["other"])
    recalled = rita.post(f"/blocks/versions/{version.id}/recalls", json={"reason": "wrong price"})
    assert recalled.status_code == 403
    assert rita.post(f"/blocks/versions/{version.id}/approvals").status_code == 403
