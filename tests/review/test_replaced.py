"""A message that was written again says for what."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_store.database import Sessions
from content_store.decisions import Seen, decide
from content_store.models import Action, Message, Run
from content_store.superseding import supersede
from review.replaced import replaced_refusal
from tests.factories import NOW, RULES, person
from tests.review.signed_in import browser_of
from tests.review.small_shop import desk_of, shop_in


@pytest.mark.parametrize(
    ("action", "told"),
    [(Action.SEND_BACK, "which Ana Berg sent back:"), (Action.REJECT, "which Ana Berg rejected:")],
)
def test_the_page_tells_in_whose_place_a_message_was_written_and_why(
    sessions: Sessions, tmp_path: Path, action: Action, told: str
) -> None:
    with shop_in(sessions) as shop:
        old, new = shop.sms(), shop.sms()
        session, ana = shop.session, person(shop.session, "ana")
        decide(
            session,
            Seen(old.id, old.content_hash),
            action,
            by=ana,
            at=NOW,
            day=NOW.date(),
            rules=RULES,
            reason="too loud",
        )
        if action is Action.SEND_BACK:
            supersede(session, old, new, session.get_one(Run, new.run_id), NOW)
    answer = browser_of(desk_of(sessions, tmp_path), ana).get(f"/messages/{new.id}")
    assert f'In place of #{old.id}, {told}</a> <q dir="auto">too loud</q>' in answer.text


def test_a_refusal_that_was_taken_back_is_not_told(sessions: Sessions) -> None:
    with shop_in(sessions) as shop:
        old, new = shop.sms(), shop.sms()
        session, ana = shop.session, person(shop.session, "ana")
        for action in (Action.REJECT, Action.REOPEN):
            seen = Seen(old.id, session.get_one(Message, old.id).content_hash)
            decide(session, seen, action, by=ana, at=NOW, day=NOW.date(), rules=RULES, reason="too loud")
        assert replaced_refusal(session, new) is None
