"""Consents that customers withdraw themselves (GDPR, art. 7(3) and 21(2))."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import chain
from content_store.models import Consent, Customer, Source, SourceKind

#: The source of all of them.
LOCATION = "unsubscribe page"

_JUST_AFTER = timedelta(microseconds=1)


def withdraw(
    session: Session, customer_id: str, purpose: str, channel: str, *, at: datetime, proof: str
) -> bool:
    """Note that a customer agrees no more; False when that is known already, or the customer was erased.

    Once this is committed, nothing is sent: the customer's row is locked here, as it is by whoever commits an intent to
    send (publishing/intents.py), so one of the two sees the other.
    """
    source_id = _source_id(session, at)
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


def _source_id(session: Session, at: datetime) -> int:
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
    source = Source(
        kind=SourceKind.CONSENTS,
        location=LOCATION,
        fingerprint=hashlib.sha256(LOCATION.encode()).hexdigest(),
        accepted=0,
        quarantined=0,
        ingested_at=at,
    )
    session.add(source)
    session.flush()
    return source.id
