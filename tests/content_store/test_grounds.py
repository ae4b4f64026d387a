"""What a decision stood on stays as it was when somebody decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from content_store.audit import verify
from content_store.changes import Edit, edit
from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Decision, Message, Variant
from content_store.standing import composed
from content_store.superseding import supersede
from tests.factories import NOW, RULES, make_message, make_run, person

PASSED = [{"gate": "numbers", "passed": True, "reason": ""}]
FAILED = [{"gate": "numbers", "passed": False, "reason": "no fact says 20 g"}]


def test_an_edit_back_to_an_approved_text_leaves_what_the_approval_stood_on(sessions: Sessions) -> None:
    with sessions.begin() as session:
        message = make_message(session, slots={"subject": "Coffee is on."}, block_version_ids=[])
        first = session.scalars(select(Variant)).one()
        first.verdicts, first.scores = PASSED, {"readers": 0.7}
        number = message.id
    _decide(sessions, number, Action.APPROVE)
    _edit(sessions, number, "Coffee, hot.", PASSED)
    _edit(sessions, number, "Coffee is on.", FAILED, override_reason="it is so")
    with sessions() as session:
        stands = session.scalars(select(Variant).where(Variant.text == "Coffee is on.")).one()
        assert (stands.verdicts, stands.scores, stands.override_reason) == (PASSED, {"readers": 0.7}, None)
        newest = session.scalars(select(Decision).order_by(Decision.id.desc()).limit(1)).one()
        assert newest.reason == "better words; it is so"
        assert verify(session).problems == []


def test_a_refusal_keeps_what_it_stood_on_as_an_approval_does(sessions: Sessions) -> None:
    with sessions.begin() as session:
        number = make_message(session, slots={"subject": "Coffee is on.", "cta": "Buy"}).id
        texts = [str(found) for found in session.scalars(select(Variant.id).order_by(Variant.id))]
    _decide(sessions, number, Action.REJECT)
    with sessions() as session:
        entry = session.scalars(select(Decision)).one()
        assert sorted(entry.details["grounds"]) == sorted(texts)
        assert {len(hashed) for hashed in entry.details["grounds"].values()} == {64}


def test_a_message_knows_which_texts_it_was_composed_with(sessions: Sessions) -> None:
    with sessions.begin() as session:
        number = make_message(
            session, slots={"subject": "Coffee is on.", "cta": "Buy"}, block_version_ids=[]
        ).id
        first = session.scalars(select(Variant.id).where(Variant.slot == "subject")).one()
    _edit(sessions, number, "Coffee, hot.", PASSED)
    _edit(sessions, number, "Coffee, now.", PASSED)
    with sessions() as session:
        assert composed(session, [number]) == {(number, "subject"): first}


def test_a_superseded_message_has_an_entry_that_names_the_run(sessions: Sessions) -> None:
    with sessions.begin() as session:
        old, new = make_message(session), make_message(session)
        run = make_run(session)
        supersede(session, old, new, run, NOW)
        told = (f"run {run.id}", f"message {new.id} takes its place")
    with sessions() as session:
        entry = session.scalars(select(Decision)).one()
        assert (entry.action, entry.message_id) == (Action.SUPERSEDE, old.id)
        assert (entry.by, entry.reason) == told
        assert verify(session).problems == []


def _decide(sessions: Sessions, number: int, action: Action) -> None:
    with sessions.begin() as session:
        seen = Seen(number, session.get_one(Message, number).content_hash)
        ana = person(session, "ana")
        decide(session, seen, action, by=ana, at=NOW, day=NOW.date(), rules=RULES, reason="why")


def _edit(sessions: Sessions, number: int, text: str, verdicts: list[dict[str, Any]], **fields: Any) -> None:
    with sessions.begin() as session:
        seen = Seen(number, session.get_one(Message, number).content_hash)
        change = Edit("subject", text, verdicts, [], {}, **fields)
        ben = person(session, "ben")
        edit(session, seen, change, by=ben, at=NOW, rules=RULES, reason="better words")
