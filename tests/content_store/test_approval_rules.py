"""Whose approval a message needs, and that nobody gives it twice or to their own text."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from content_store.approval_rules import check_themes, needed_roles
from content_store.brand_folder.blocks import BlockFile
from content_store.brand_folder.brand import NEUTRAL_BRAND, ApprovalRule
from content_store.changes import Edit, edit, swap
from content_store.database import Sessions
from content_store.decisions import Seen, decide, decide_together
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.models import (
    Action,
    Approval,
    BlockStatus,
    Decision,
    Message,
    Origin,
    ReviewStatus,
    Run,
    Variant,
)
from tests.factories import NOW, RULES, make_block_version, make_message, make_variant, person

OFFERS = [ApprovalRule(roles=["reviewer"]), ApprovalRule(theme="offers", roles=["legal"])]


@pytest.mark.parametrize(
    ("channel", "slots", "themes", "roles"),
    [
        ("email", {"subject"}, {"coffee"}, ["reviewer"]),
        ("email", {"subject"}, {"coffee", "offers"}, ["legal", "reviewer"]),
        ("push", {"push"}, {"coffee"}, ["legal"]),
        ("sms", {"sms"}, {"coffee"}, ["reviewer"]),
        ("email", {"cta"}, {"coffee"}, ["legal", "reviewer"]),
    ],
)
def test_every_rule_that_matches_adds_its_roles(
    channel: str, slots: set[str], themes: set[str], roles: list[str]
) -> None:
    rules = [
        ApprovalRule(channel="email", roles=["reviewer"]),
        ApprovalRule(theme="offers", roles=["legal"]),
        ApprovalRule(channel="push", roles=["legal"]),
        ApprovalRule(channel="email", slot="cta", roles=["legal"]),
    ]
    assert needed_roles(rules, channel, slots, themes) == roles


def test_where_a_brand_states_no_rule_of_its_own_offers_need_legal() -> None:
    rules = NEUTRAL_BRAND.approval_rules
    assert needed_roles(rules, "email", {"subject"}, {"coffee", "offers"}) == ["legal", "reviewer"]
    assert needed_roles(rules, "email", {"subject"}, {"coffee"}) == ["reviewer"]


def test_a_rule_on_a_theme_that_no_block_has_is_refused() -> None:
    block = BlockFile(id="offer", text="Half price.", themes=["offers"])
    check_themes(OFFERS, [block])
    with pytest.raises(BadInput, match="names the theme 'offer', which no block has; correct it"):
        check_themes([ApprovalRule(theme="offer", roles=["legal"])], [block])


def test_a_message_on_an_offer_is_approved_when_both_roles_have_approved_the_same_bytes(
    sessions: Sessions,
) -> None:
    seen = _offer(sessions)
    assert _approve(sessions, seen, "ana", "reviewer") == (ReviewStatus.PENDING, "legal", None)
    assert _approve(sessions, seen, "lea", "legal") == (ReviewStatus.APPROVED, "", seen.content_hash)
    with sessions() as session:
        given = session.execute(select(Approval.role, Approval.by).order_by(Approval.role)).all()
        assert given == [("legal", "lea"), ("reviewer", "ana")]
        log = session.scalars(select(Decision).order_by(Decision.id)).all()
        assert [
            {name: told for name, told in entry.details.items() if name != "grounds"} for entry in log
        ] == [
            {"roles": ["reviewer"], "waiting_for": ["legal"]},
            {"roles": ["legal"], "waiting_for": []},
        ]


def test_a_second_reviewer_cannot_stand_in_for_legal(sessions: Sessions) -> None:
    seen = _offer(sessions)
    _approve(sessions, seen, "ana", "reviewer")
    with pytest.raises(StaleState, match="is approved as reviewer; it waits for legal"):
        _approve(sessions, seen, "ben", "reviewer")


@pytest.mark.parametrize("role", ["viewer", "author", "admin"])
def test_a_role_that_no_rule_names_approves_nothing(sessions: Sessions, role: str) -> None:
    seen = _offer(sessions)
    with pytest.raises(NotAllowed, match=f"waits for legal and reviewer; vic is {role}"):
        _approve(sessions, seen, "vic", role)


@pytest.mark.parametrize("action", [Action.REJECT, Action.SEND_BACK, Action.REOPEN])
def test_an_author_refuses_nothing(sessions: Sessions, action: Action) -> None:
    seen = _offer(sessions)
    with pytest.raises(NotAllowed, match="aut may not"), sessions.begin() as session:
        decide(
            session,
            seen,
            action,
            by=person(session, "aut", "author"),
            at=NOW,
            day=NOW.date(),
            rules=OFFERS,
            reason="why",
        )


def test_an_approval_that_waits_for_another_role_can_be_taken_back(sessions: Sessions) -> None:
    seen = _offer(sessions)
    _approve(sessions, seen, "ana", "reviewer")
    assert _reopen(sessions, seen) == (ReviewStatus.PENDING, "legal reviewer")
    with sessions() as session:
        assert session.scalars(select(Approval)).all() == []
    with pytest.raises(StaleState, match="there is no decision to take back"):
        _reopen(sessions, seen)


def test_nobody_approves_their_own_edit(sessions: Sessions) -> None:
    seen = _edited(sessions, "ana")
    with pytest.raises(NotAllowed, match="you wrote a text of message"):
        _approve(sessions, seen, "ana", "reviewer", rules=RULES)
    assert _approve(sessions, seen, "ben", "reviewer", rules=RULES)[0] is ReviewStatus.APPROVED


def test_nobody_approves_their_own_words_after_another_person_added_a_full_stop(sessions: Sessions) -> None:
    seen = _edited(sessions, "ana", text="Coffee, hot")
    seen = _edit(sessions, seen, "ada", "Coffee, hot.")
    for name in ("ana", "ada"):
        with pytest.raises(NotAllowed, match="you wrote a text of message"):
            _approve(sessions, seen, name, "reviewer", rules=RULES)


def test_whoever_puts_words_there_by_an_edit_is_their_editor_though_another_wrote_them_first(
    sessions: Sessions,
) -> None:
    first = _edited(sessions, "ana", text="Coffee, hot.")
    back = _edit(sessions, first, "ada", "Tea, hot.")
    refused = [{"gate": "numbers", "passed": False, "reason": "no fact says so"}]
    seen = _edit(sessions, back, "ben", "Coffee, hot.", verdicts=refused, override_reason="it is so")
    with pytest.raises(NotAllowed, match="you wrote a text of message"):
        _approve(sessions, seen, "ben", "reviewer", rules=RULES)
    with sessions() as session:
        standing = session.scalars(select(Variant).where(Variant.text == "Coffee, hot.")).one()
        assert (standing.verdicts, standing.override_reason) == (refused, "it is so")


def test_a_text_that_stands_there_already_is_no_change(sessions: Sessions) -> None:
    with sessions.begin() as session:
        message = make_message(session, status=ReviewStatus.REJECTED)
        same = session.scalars(select(Variant).where(Variant.slot == "subject")).one()
        with pytest.raises(BadInput, match=r"stands in message \d+ already"):
            swap(
                session,
                Seen(message.id, message.content_hash),
                same,
                by=person(session, "aut", "author"),
                at=NOW,
                rules=RULES,
            )


def test_a_text_of_another_theme_is_not_swapped_in_past_legal(sessions: Sessions) -> None:
    with sessions.begin() as session:
        message = make_message(session)
        run = session.get_one(Run, message.run_id)
        offer = make_variant(session, run, segment_id=message.segment_id, theme="offers", text="Half price.")
        seen = Seen(message.id, message.content_hash)
        with pytest.raises(BadInput, match="choose one of its alternatives"):
            swap(session, seen, offer, by=person(session, "ana"), at=NOW, rules=OFFERS)


def test_a_refusal_by_legal_is_taken_back_by_legal_only_and_with_a_reason(sessions: Sessions) -> None:
    seen = _offer(sessions)
    _take(sessions, seen, Action.REJECT, "lea", "legal", "wrong price")
    with pytest.raises(BadInput, match=r"lea decided on message \d+; to take that back needs a reason"):
        _take(sessions, seen, Action.REOPEN, "ana", "reviewer", None)
    with pytest.raises(NotAllowed, match=r"lea refused message \d+ as legal; ask them"):
        _take(sessions, seen, Action.REOPEN, "ana", "reviewer", "I like it")
    _take(sessions, seen, Action.REOPEN, "leo", "legal", "the price is right")
    with sessions() as session:
        assert session.get_one(Message, seen.message_id).status is ReviewStatus.PENDING


def test_a_message_that_was_sent_back_can_be_written_again(sessions: Sessions) -> None:
    seen = _offer(sessions)
    _take(sessions, seen, Action.SEND_BACK, "ana", "reviewer", "too loud")
    _edit(sessions, seen, "aut", "Coffee, quietly.", roles=("author",))
    with sessions() as session:
        assert session.get_one(Message, seen.message_id).status is ReviewStatus.EDITED


def test_an_edit_keeps_its_first_text_and_what_it_stands_on(sessions: Sessions) -> None:
    seen = _edited(sessions, "ana")
    with sessions() as session:
        edited = session.scalars(select(Variant).where(Variant.origin == Origin.EDITED)).one()
        first = session.get_one(Variant, edited.edited_from_id)
        assert (edited.text, edited.edited_by, edited.override_reason) == ("Coffee, hot.", "ana", None)
        assert (first.text, first.block_version_ids) == ("Coffee is on.", edited.block_version_ids)
        assert session.get_one(Message, seen.message_id).status is ReviewStatus.EDITED


def test_a_text_that_a_gate_refuses_needs_a_reason_that_is_kept(sessions: Sessions) -> None:
    refused = [{"gate": "numbers", "passed": False, "reason": "no fact says 20 g"}]
    with pytest.raises(BadInput, match="the gate numbers refuses this text"):
        _edited(sessions, "ana", verdicts=refused)
    _edited(sessions, "ana", verdicts=refused, override_reason="it is on the label")
    with sessions() as session:
        edited = session.scalars(select(Variant).where(Variant.origin == Origin.EDITED)).one()
        entry = session.scalars(select(Decision)).one()
        assert edited.override_reason == entry.reason == "it is on the label"


def test_an_edit_voids_the_approvals_given_before(sessions: Sessions) -> None:
    seen = _offer(sessions)
    _approve(sessions, seen, "ana", "reviewer")
    with sessions.begin() as session:
        edit(
            session,
            seen,
            Edit("subject", "Coffee, hot.", [], [], {}),
            by=person(session, "aut", "author"),
            at=NOW,
            rules=OFFERS,
        )
    with sessions() as session:
        assert session.scalars(select(Approval)).all() == []
        assert session.get_one(Message, seen.message_id).waiting_for == "legal reviewer"


def test_decisions_taken_together_are_all_taken_or_none(sessions: Sessions) -> None:
    with sessions.begin() as session:
        person(session, "ana")
        messages = [make_message(session) for _ in range(3)]
    seen = [Seen(message.id, message.content_hash) for message in messages]
    with pytest.raises(StaleState), sessions.begin() as session:
        _together(session, [*seen[:2], Seen(seen[2].message_id, "0" * 64)])
    with sessions() as session:
        assert set(session.scalars(select(Message.status))) == {ReviewStatus.PENDING}
        assert session.scalars(select(Decision)).all() == []
    with sessions.begin() as session:
        assert [entry.id for entry in _together(session, seen)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"status": BlockStatus.WITHDRAWN}, "which was withdrawn"),
        ({"status": BlockStatus.SUPERSEDED}, "which is superseded"),
        ({"valid_until": NOW.date().replace(day=1)}, "which is not valid on 2026-03-02"),
        ({"valid_from": NOW.date().replace(day=3)}, "which is not valid on 2026-03-02"),
    ],
)
def test_a_message_on_a_block_that_may_not_be_used_is_not_approved(
    sessions: Sessions, fields: dict[str, Any], problem: str
) -> None:
    with sessions.begin() as session:
        version = make_block_version(session, block_id="roast", **fields)
        message = make_message(session, block_version_ids=[version.id])
    with pytest.raises(BadInput, match=f"stands on roast version 1, {problem}"):
        _approve(sessions, Seen(message.id, message.content_hash), "ana", "reviewer", rules=RULES)


def test_another_teams_message_is_not_there(sessions: Sessions) -> None:
    seen = _offer(sessions)
    with sessions.begin() as session:
        stranger = person(session, "tom", briefs=["other"])
    with pytest.raises(BadInput, match="there is no message"), sessions.begin() as session:
        decide(session, seen, Action.APPROVE, by=stranger, at=NOW, day=NOW.date(), rules=OFFERS)


def _offer(sessions: Sessions) -> Seen:
    with sessions.begin() as session:
        version = make_block_version(session, themes=["coffee", "offers"])
        message = make_message(session, block_version_ids=[version.id], waiting_for="legal reviewer")
        return Seen(message.id, message.content_hash)


def _approve(
    sessions: Sessions, seen: Seen, name: str, role: str, rules: list[ApprovalRule] = OFFERS
) -> tuple[ReviewStatus, str, str | None]:
    with sessions.begin() as session:
        by = person(session, name, role)
        decide(session, seen, Action.APPROVE, by=by, at=NOW, day=NOW.date(), rules=rules)
        message = session.get_one(Message, seen.message_id)
        return message.status, message.waiting_for, message.approved_hash


def _reopen(sessions: Sessions, seen: Seen) -> tuple[ReviewStatus, str]:
    with sessions.begin() as session:
        by = person(session, "ana")
        decide(session, seen, Action.REOPEN, by=by, at=NOW, day=NOW.date(), rules=OFFERS)
        message = session.get_one(Message, seen.message_id)
        return message.status, message.waiting_for


def _edited(sessions: Sessions, by: str, **fields: Any) -> Seen:
    with sessions.begin() as session:
        message = make_message(session, block_version_ids=[make_block_version(session).id])
        seen = Seen(message.id, message.content_hash)
    return _edit(sessions, seen, by, fields.pop("text", "Coffee, hot."), **fields)


def _edit(
    sessions: Sessions, seen: Seen, by: str, text: str, roles: tuple[str, ...] = ("reviewer",), **fields: Any
) -> Seen:
    with sessions.begin() as session:
        wanted = Edit("subject", text, fields.pop("verdicts", []), [], {}, **fields)
        edit(session, seen, wanted, by=person(session, by, *roles), at=NOW, rules=RULES)
        return Seen(seen.message_id, session.get_one(Message, seen.message_id).content_hash)


def _take(sessions: Sessions, seen: Seen, action: Action, name: str, role: str, reason: str | None) -> None:
    with sessions.begin() as session:
        by = person(session, name, role)
        decide(session, seen, action, by=by, at=NOW, day=NOW.date(), rules=OFFERS, reason=reason)


def _together(session: Any, seen: list[Seen]) -> list[Decision]:
    by = person(session, "ana")
    return decide_together(session, seen, Action.APPROVE, by=by, at=NOW, day=NOW.date(), rules=RULES)
