"""Consents that customers withdraw themselves, one or all of them (GDPR, art. 7(3) and 21(2))."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from content_store import chain
from content_store.models import Brief, Consent, Customer, Source, SourceKind

#: The source of all of them.
LOCATION = "unsubscribe page"

#: Purpose and channel of the row that says "no more of anything"; it holds for those that come later, too.
EVERYTHING = ""

_JUST_AFTER = timedelta(microseconds=1)


def withdraw(
    session: Session, customer_id: str, purpose: str, channel: str, *, at: datetime, proof: str
) -> bool:
    """Note that a customer agrees no more; False when that is known already, or the customer was erased.

    Once this is committed, nothing is sent: the customer's row is locked here, as it is by whoever commits an intent to
    send (publishing/intents.py), so one of the two sees the other.
    """
    source_id = source(session, at)
    customer = select(Customer.id).where(Customer.id == customer_id).with_for_update()
    if session.scalar(customer) is None:
        return False
    newest = session.execute(
        select(Consent.granted, Consent.at)
        .where(Consent.customer_id == customer_id, Consent.purpose == purpose, Consent.channel == channel)
        .order_by(Consent.at.desc())
        .limit(1)
    ).first()
    if newest is not None:
        if not newest.granted:
            return False
        # The clock of a source may be ahead of ours: whoever says stop means every consent given so far.
        at = max(at, newest.at + _JUST_AFTER)
    session.add(
        Consent(
            customer_id=customer_id,
            source_id=source_id,
            purpose=purpose,
            channel=channel,
            granted=False,
            at=at,
            proof=proof,
        )
    )
    session.flush()
    return True


def withdraw_everything(session: Session, customer_id: str, *, at: datetime, proof: str) -> bool:
    """Note that a customer wants no message of any purpose on any channel, and no profile (GDPR, art. 21(2) and (3)).

    False when all of it is known already, or the customer was erased. Locks as `withdraw` does.
    """
    source(session, at)
    session.scalar(select(Customer.id).where(Customer.id == customer_id).with_for_update())
    own = session.execute(
        select(Consent.purpose, Consent.channel).where(Consent.customer_id == customer_id).distinct()
    )
    pairs = {(purpose, channel) for purpose, channel in own}
    # A brief asks for a consent that a source may still bring.
    for content in session.scalars(select(Brief.content)):
        pairs |= {(str(content.get("purpose", "")), str(name)) for name in content.get("channels", ())}
    pairs.add((EVERYTHING, EVERYTHING))
    noted = [withdraw(session, customer_id, *pair, at=at, proof=proof) for pair in sorted(pairs)]
    return any(noted)


def own_withdrawals(session: Session) -> dict[tuple[str, str, str], datetime]:
    """(customer, purpose, channel) -> when that customer last said stop; EVERYTHING where they meant all."""
    rows = session.execute(
        select(Consent.customer_id, Consent.purpose, Consent.channel, func.max(Consent.at))
        .join(Source, Source.id == Consent.source_id)
        .where(Source.kind == SourceKind.CONSENTS, Source.location == LOCATION, ~Consent.granted)
        .group_by(Consent.customer_id, Consent.purpose, Consent.channel)
    )
    return {(customer, purpose, channel): at for customer, purpose, channel, at in rows}


def not_profiled(session: Session) -> set[str]:
    """Customers who objected to everything and have agreed to nothing since."""
    again = aliased(Consent)
    objection = select(Consent.customer_id).where(Consent.purpose == EVERYTHING, ~Consent.granted)
    newer = select(again.id).where(
        again.customer_id == Consent.customer_id, again.granted, again.at > Consent.at
    )
    return set(session.scalars(objection.where(~newer.exists())))


def source(session: Session, at: datetime) -> int:
    """The source's id; the first withdrawal of all makes it.

    It comes before the customer's lock: who waited here with that in hand could wait in a circle with a publisher.
    """
    known = select(Source.id).where(Source.kind == SourceKind.CONSENTS, Source.location == LOCATION)
    found = session.scalar(known)
    if found is None:
        # Nothing else keeps two processes from making one each; the head of the log is a row that is always there.
        chain.lock(session)
        found = session.scalar(known)
    if found is not None:
        return found
    made = Source(
        kind=SourceKind.CONSENTS,
        location=LOCATION,
        fingerprint=hashlib.sha256(LOCATION.encode()).hexdigest(),
        accepted=0,
        quarantined=0,
        ingested_at=at,
    )
    session.add(made)
    session.flush()
    return made.id
