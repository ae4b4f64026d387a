"""A receipt shows the very bytes that a customer got, and says so only when they are."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from content_store.brand_folder.brand import Brand
from content_store.changes import Edit, edit
from content_store.database import Sessions
from content_store.decisions import Seen
from content_store.models import (
    Brief,
    Customer,
    Message,
    Publication,
    PublicationStatus,
    Segment,
    Segmentation,
    Source,
    Variant,
)
from content_store.withdrawals import withdraw
from publishing.delivering import deliver
from publishing.receipt import Receipt
from publishing.receipts import ERASED, NOTHING, OTHER, SAME, UNTRACED, Links, receipts
from publishing.writing import write_delivery
from tests.factories import (
    NOW,
    RULES,
    make_candidate,
    make_message,
    make_run,
    make_snapshot,
    make_template,
    person,
)
from tests.publishing.pages import mjml
from tests.publishing.stage import BRAND, OPT_OUT, Stage, approve, make_stage, plan, planned, unseen, worker

PAGE = mjml("Hi {{ customer.first_name }}. {{ opening }} <a href='{{ unsubscribe_url }}'>stop</a>")
PLAIN = "Hi {{ customer.first_name }}. {{ opening }} {{ landing_page }} {{ unsubscribe_url }}"


def _received(
    sessions: Sessions, customer_id: str = "c01", brand: Brand = BRAND, opt_outs: Sequence[str] = (OPT_OUT,)
) -> list[Receipt]:
    with sessions() as session:
        links = [Links(url) for url in opt_outs]
        return receipts(session, customer_id, brand, lambda _: links)


@pytest.fixture
def stage(sessions: Sessions, tmp_path: Path) -> Stage:
    """Two customers got a mail from a template, with their names."""
    with sessions.begin() as session:
        made = make_stage(session, tmp_path, customers=2, channel="email")
        segment_id = made.members[0].segment_id
        session.execute(
            update(Brief).values(content=made.brief.content(), updated_at=NOW - timedelta(days=1))
        )
        session.execute(update(Customer).where(Customer.id == "c01").values(first_name="Ana"))
        make_snapshot(
            session,
            session.get_one(Segmentation, made.occurrence.segmentation_id),
            session.get_one(Segment, segment_id),
        )
        made.occurrence.audience = {"audience": {"description": "Whoever drinks coffee."}}
        template = make_template(session, mjml=PAGE, text=PLAIN)
        run = make_run(session, brief_id=made.brief.id, segmentation_id=made.occurrence.segmentation_id)
        candidate = make_candidate(session, run, model="f" * 64)
        for arm in "AB":
            message = make_message(
                session,
                run=run,
                arm=arm,
                segment_id=segment_id,
                slots={"subject": f"Coffee {arm}", "opening": f"It is on, {arm}."},
                template_version_id=template.id,
                personal_fields={"first_name": {"fallback": "friend"}},
                block_version_ids=[made.block_version_id],
            )
            approve(session, message)
        session.execute(update(Variant).values(candidate_id=candidate.id))
        plan(session, made)
    deliver(sessions, made.occurrence, worker(made), write_delivery, unseen)
    return made


def _file(stage: Stage) -> list[dict[str, str]]:
    (file,) = Path(stage.occurrence.destination).glob("*.csv")
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_text_is_that_of_the_file_to_the_byte(sessions: Sessions, stage: Stage) -> None:
    for row in _file(stage):
        (receipt,) = _received(sessions, row["customer_id"])
        assert receipt.checked == SAME
        assert [receipt.subject, receipt.html, receipt.text, receipt.landing_page] == [
            row[name] for name in ("subject", "html", "text", "landing_page")
        ]
    first, second = (_received(sessions, name)[0] for name in ("c01", "c02"))
    assert (first.filled_in, second.filled_in) == ({"first_name": "Ana"}, {"first_name": "friend"})
    assert str(first.text).startswith("Hi Ana. It is on, ")


def test_it_says_what_it_stood_on_who_wrote_and_approved_it_and_why_they_got_it(
    sessions: Sessions, stage: Stage
) -> None:
    (receipt,) = _received(sessions)
    with sessions() as session:
        arm = session.get_one(Message, receipt.message).arm
    assert receipt.why == (
        'They got this because they are in the segment "Coffee drinkers" (People who buy coffee each week), because brief coffee-week is for "Whoever drinks coffee", and because chance chose message'
        f" {arm} among those approved for the segment, with a probability of 50%."
    )
    assert [(item.slot, item.written_by) for item in receipt.slots] == [
        (slot, f"a model wrote it: {'f' * 64}, prompt line.v2, seed 1") for slot in ("subject", "opening")
    ]
    ((sentence,),) = [item.sentences for item in receipt.slots if item.slot == "opening"]
    assert (sentence.text, sentence.version) == (f"It is on, {arm}.", 1)
    assert str(sentence.block).startswith("block-")
    assert receipt.approved == [("rita", ["reviewer"], NOW)]
    assert receipt.consent is not None
    assert receipt.consent[:3] == ("marketing", "email", NOW)
    assert stage.brief.id == receipt.brief


@pytest.mark.usefixtures("stage")
def test_an_edit_after_it_was_sent_changes_no_receipt(sessions: Sessions) -> None:
    before = _received(sessions)
    with sessions.begin() as session:
        for message in session.scalars(select(Message).where(Message.template_version_id.is_not(None))).all():
            changed = Edit("opening", "Something else, now.", [], [], {})
            seen = Seen(message.id, message.content_hash)
            edit(session, seen, changed, by=person(session, "ed"), at=NOW, rules=RULES, reason="better")
    assert _received(sessions) == before


@pytest.mark.usefixtures("stage")
def test_a_changed_address_of_the_page_is_a_reason_and_no_alarm(sessions: Sessions) -> None:
    (receipt,) = _received(sessions, opt_outs=["https://elsewhere.example.com/u/1"])
    assert receipt.checked == (
        "this is how it would look today; that it is what was sent cannot be checked, because the address of the"
        " unsubscribe page or brand.yaml may have changed since"
    )
    assert "https://elsewhere.example.com/u/1" in str(receipt.text)
    (receipt,) = _received(sessions, opt_outs=["https://elsewhere.example.com/u/1", OPT_OUT])
    assert receipt.checked == SAME
    with sessions.begin() as session:
        session.execute(update(Brief).values(updated_at=NOW + timedelta(days=1)))
    (receipt,) = _received(sessions, opt_outs=["https://elsewhere.example.com/u/1"])
    assert "brand.yaml, or the landing page of the brief may have changed since" in receipt.checked


def test_bytes_that_nothing_explains_are_called_so(sessions: Sessions, tmp_path: Path) -> None:
    stage = planned(sessions, tmp_path, customers=1)
    with sessions.begin() as session:
        session.execute(update(Brief).values(content=stage.brief.content()))
    deliver(sessions, stage.occurrence, worker(stage), write_delivery, unseen)
    assert _received(sessions)[0].checked == SAME
    with sessions.begin() as session:
        session.execute(update(Publication).values(rendered_hash="0" * 64))
    assert _received(sessions)[0].checked == OTHER
    with sessions.begin() as session:
        session.execute(update(Variant).values(text="Tampered."))
    (receipt,) = _received(sessions)
    assert (receipt.checked, receipt.text, receipt.slots) == (UNTRACED, None, [])


def test_what_was_not_sent_has_no_text_and_says_for_whom_it_was(sessions: Sessions, tmp_path: Path) -> None:
    planned(sessions, tmp_path, customers=1)
    (receipt,) = _received(sessions)
    assert (receipt.checked, receipt.text, receipt.status) == (NOTHING, None, "planned")
    assert receipt.why.startswith("It was meant for them because ")
    with sessions.begin() as session:
        session.execute(
            update(Publication).values(
                status=PublicationStatus.ACCEPTED, rendered_hash="0" * 64, filled_in=None
            )
        )
    assert _received(sessions)[0].checked == ERASED


@pytest.mark.usefixtures("stage")
def test_the_consent_is_the_newest_before_it_was_sent(sessions: Sessions) -> None:
    with sessions.begin() as session:
        assert withdraw(session, "c01", "marketing", "email", at=NOW + timedelta(days=1), proof="stop")
        source = session.scalars(select(Source).order_by(Source.id)).first()
        assert source is not None
    consent = _received(sessions)[0].consent
    assert consent is not None
    assert (consent.at, consent.source) == (NOW, "customers.csv")
    assert _received(sessions, "nobody") == []
