"""Decisions on a handful of questions in one transaction: everything is asked for the last time, and receipts are written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from publishing.decisions import ledger
from publishing.decisions.asking import Decision, Question
from publishing.decisions.catalogue import Campaign, Catalogue, Default
from publishing.decisions.choosing import SAME_RECEIPT, Facts, Option, Shown, options, show
from publishing.decisions.membership import Membership


class Decided(NamedTuple):
    """The answer to one question, in the order of its slots."""

    decisions: Sequence[Decision]
    #: rows of the ledger that were written for it
    written: Collection[int] = ()


def decide(
    connection: Connection,
    questions: Sequence[Question],
    catalogue: Catalogue,
    membership: Membership,
    suppression_key: bytes,
    now: datetime,
) -> list[Decided]:
    """An answer to each question, in a transaction of its own; the caller commits before it gives any of them.

    The customers' rows are locked first, and the messages' then, as publishing.intents does: a withdrawal or a recall
    was either committed before and is seen, or it waits until the receipts are committed. A customer whose row somebody
    else holds gets the defaults, so that nobody waits for a long import or a delivery.
    """
    locales = ledger.lock(connection, {question.customer for question in questions})
    # A catalogue of yesterday has nothing but its defaults until that of today is there.
    campaigns = catalogue.campaigns if catalogue.day == now.date() else []
    possible = [_options(question, locales, membership, campaigns) for question in questions]
    texts = {
        slot: catalogue.defaults[slot]
        for question in questions
        for slot in question.slots
        if slot in catalogue.defaults
    }
    read = _read(connection, questions, possible, texts.values(), suppression_key, now)
    facts = Facts(read.agreed, read.unreachable, read.approved, read.receipts)
    known = {id(receipt) for receipts in facts.receipts.values() for receipt in receipts}
    shown = [
        show(question, mine, facts, catalogue.brand, now)
        for question, mine in zip(questions, possible, strict=True)
    ]
    new = [
        receipt for receipts in facts.receipts.values() for receipt in receipts if id(receipt) not in known
    ]
    ledger.write(connection, new, now)
    fresh = {receipt.publication_id for receipt in new}
    usable = {
        slot: default.text for slot, default in texts.items() if default.block_version_id in read.usable
    }
    return [
        Decided(
            [_decision(slot, mine.get(slot), usable) for slot in question.slots],
            {
                number
                for item in mine.values()
                if (number := item.receipt.publication_id) is not None and number in fresh
            },
        )
        for question, mine in zip(questions, shown, strict=True)
    ]


def defaults(slots: Iterable[str], catalogue: Catalogue) -> Decided:
    """What is shown when nothing can be decided, as it was when the catalogue was made."""
    texts = {slot: default.text for slot, default in catalogue.defaults.items()}
    return Decided([_decision(slot, None, texts) for slot in slots])


def _decision(slot: str, shown: Shown | None, texts: Mapping[str, str]) -> Decision:
    number = shown.receipt.publication_id if shown else None
    if shown is None or shown.arm is None:
        return Decision(slot, texts.get(slot), publication_id=number)
    rendered = shown.arm.rendered
    return Decision(slot, rendered.slots[slot], rendered.landing_page, rendered.ai_mark, False, number)


def _options(
    question: Question,
    locales: Mapping[str, str | None],
    membership: Membership,
    campaigns: Sequence[Campaign],
) -> list[Option]:
    if not campaigns or question.customer not in locales:
        return []
    member = membership.find(question.customer)
    return options(question, member, locales[question.customer], campaigns) if member else []


def _read(
    connection: Connection,
    questions: Sequence[Question],
    possible: Sequence[Sequence[Option]],
    texts: Iterable[Default],
    suppression_key: bytes,
    now: datetime,
) -> ledger.Read:
    """What speaks for and against the options, and which defaults may be shown."""
    wanted = [option for mine in possible for option in mine]
    days = max((option.campaign.brief.caps.days for option in wanted), default=0)
    return ledger.read(
        connection,
        {question.customer for question, mine in zip(questions, possible, strict=True) if mine},
        {option.campaign.channel for option in wanted},
        {arm.message_id for option in wanted for arm in option.arms},
        {default.block_version_id for default in texts},
        now - max(SAME_RECEIPT, timedelta(days=days)),
        suppression_key,
    )
