"""What a score is worth by the decisions of people."""

from __future__ import annotations

from sqlalchemy import update

from content_store.changes import Edit, edit
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.message_hash import stored_message_hash
from content_store.models import Action, Variant
from review.calibration import NOTHING, Calibrations, Decided, calibrate, decided_texts
from tests.factories import NOW, RULES, make_message, make_run, person


def test_the_approval_rate_of_a_band_has_wilsons_interval_from_fifty_decisions_on() -> None:
    texts = [Decided("subject", {"readers": 0.1}, place < 10) for place in range(40)]
    texts += [Decided("subject", {"readers": 0.9}, True)] * 9
    assert calibrate(texts)["subject"].worth("readers", 0.15) is None

    ready = calibrate([*texts, Decided("subject", {"readers": 1.0}, True)])["subject"]
    low, empty, high = (ready.worth("readers", value) for value in (0.15, 0.5, 0.95))
    assert low is not None
    assert low.approved is not None
    assert (low.decided, low.low, low.high) == (40, 0.0, 0.2)
    assert (low.approved.value, low.approved.low, low.approved.high) == (0.25, 0.1419, 0.4019)
    assert empty is not None
    assert empty.approved is None
    assert high is not None
    assert high.decided == 10
    assert ready.worth("tone", 0.5) is None


def test_a_slot_without_decisions_is_not_calibrated() -> None:
    assert calibrate([]) == {}
    assert NOTHING.worth("readers", 0.5) is None


def test_decided_texts_are_those_of_the_last_decision_and_those_that_people_replaced(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        ana, run = person(session, "ana", "reviewer"), make_run(session)
        good, bad, weak, _open = (
            make_message(session, run=run, slots={"subject": text})
            for text in ("Good", "Bad", "Weak", "Open")
        )
        session.execute(update(Variant).values(block_version_ids=[]))
        for message in (good, bad, weak):
            message.content_hash = stored_message_hash(session, message)
        for message, action in (
            (good, Action.REJECT),
            (good, Action.REOPEN),
            (good, Action.APPROVE),
            (bad, Action.REJECT),
        ):
            seen = Seen(message.id, message.content_hash)
            decide(session, seen, action, by=ana, at=NOW, day=NOW.date(), rules=RULES, reason="because")
        change = Edit("subject", "Strong", [], [], {}, None)
        edit(session, Seen(weak.id, weak.content_hash), change, by=ana, at=NOW, rules=RULES)
    with sessions() as session:
        assert sorted(item.approved for item in decided_texts(session)) == [False, False, True]
        assert Calibrations().of_slots(session)["subject"].decided == 3
