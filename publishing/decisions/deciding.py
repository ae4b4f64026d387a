"""Decisions on a handful of questions in one transaction: everything is asked for the last time, and receipts are written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from publishing.decisions import ledger
from publishing.decisions.asking import Decision, Question
from publishing.decisions.catalogue import Campaign, Catalogue
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
    """An answer to each question; the caller commits before it gives any of them.

    The customers' rows are locked first, and the messages' then, as publishing.intents does: a withdrawal or a recall
    was either committed before and is seen, or it waits until the receipts are committed. A customer whose row somebody
    else holds gets the defaults, so that nobody waits for a long import or a delivery.
    """
    locales = ledger.lock(connection, {question.customer for question in questions})
    # A catalogue of yesterday has nothing but its defaults until that of today is there.
    campaigns = catalogue.campaigns if catalogue.day == now.date() else []
    possible = [_options(question, locales, membership, campaigns) for question in questions]
    facts = _facts(connection, questions, possible, suppression_key, now)
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
    usable = _usable_defaults(connection, questions, shown, catalogue)
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


def _facts(
    connection: Connection,
    questions: Sequence[Question],
    possible: Sequence[Sequence[Option]],
    suppression_key: bytes,
    now: datetime,
) -> Facts:
    """What speaks for and against the options, read after the customers were locked."""
    wanted = [option for mine in possible for option in mine]
    if not wanted:
        return Facts((), (), {}, {})
    customers = {question.customer for question, mine in zip(questions, possible, strict=True) if mine}
    channels = {option.campaign.channel for option in wanted}
    days = max(option.campaign.brief.caps.days for option in wanted)
    since = now - max(SAME_RECEIPT, timedelta(days=days))
    return Facts(
        *ledger.said(connection, customers, channels, suppression_key),
        ledger.approved(connection, {arm.message_id for option in wanted for arm in option.arms}),
        ledger.receipts(connection, customers, channels, since),
    )


def _usable_defaults(
    connection: Connection,
    questions: Sequence[Question],
    shown: Sequence[Mapping[str, Shown]],
    catalogue: Catalogue,
) -> dict[str, str]:
    """Slot -> text of the default, of those that are needed and whose block is approved still."""
    needed = {
        slot: catalogue.defaults[slot]
        for question, mine in zip(questions, shown, strict=True)
        for slot in question.slots
        if slot in catalogue.defaults and (slot not in mine or mine[slot].arm is None)
    }
    if not needed:
        return {}
    usable = ledger.usable(connection, {default.block_version_id for default in needed.values()})
    return {slot: default.text for slot, default in needed.items() if default.block_version_id in usable}
