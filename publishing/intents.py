"""Intents: what goes out now is filled in and marked before it is sent, and what is stopped says why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from content_store.models import Delivery, Publication, PublicationStatus
from publishing.last_look import Found, address_of, look
from publishing.quiet_hours import customer_quiet_until
from publishing.render import Rendered, customer_fields, render
from publishing.worker import Worker


class Outgoing(NamedTuple):
    """One publication, filled in and ready to be handed over."""

    publication: Publication
    address: str
    locale: str
    rendered: Rendered
    #: where the customer stops such messages
    unsubscribe_url: str


def commit_intents(
    session: Session,
    delivery: Delivery,
    worker: Worker,
    *,
    of: Collection[PublicationStatus] = (PublicationStatus.PLANNED,),
    only: Collection[int] | None = None,
    may_have_arrived: bool = False,
    at_once: bool = False,
) -> list[Outgoing]:
    """What of a delivery goes out now, marked as intent; the rest is marked as suppressed, with the reason.

    It looks at publications with one of the statuses `of`; with `only`, at those ids. Where an intent of before
    `may_have_arrived`, it goes out with the values of then, and what stops it now makes it unknown. `at_once` is for ways
    that reach customers right away: those whose quiet hours it is are left as they are (publishing/quiet_hours.py tells
    when that ends).

    The caller commits before anything is sent. The customers' rows are locked first: a consent that is withdrawn refers
    to its customer, so a withdrawal was either committed before and is seen, or it waits until the intent is committed.
    The messages' rows are locked too, so the same holds for a recall.
    """
    rows = session.scalars(
        select(Publication)
        .where(
            Publication.delivery_id == delivery.id,
            Publication.status.in_(of),
            true() if only is None else Publication.id.in_(only),
        )
        .order_by(Publication.id)
        .execution_options(populate_existing=True)
    ).all()
    seen, now = look(session, delivery, worker, rows), worker.clock()
    outgoing: list[Outgoing] = []
    changes: list[dict[str, Any]] = []
    for row in rows:
        again = may_have_arrived and row.status is PublicationStatus.INTENT
        found = seen.of(row)
        if isinstance(found, Found):
            if at_once and customer_quiet_until(worker.brief, found.customer.time_zone, now) is not None:
                continue
            item = _fill_in(row, found, worker, again=again, tracked=found.customer.id in seen.tracked)
            if not again or item.rendered.rendered_hash == row.rendered_hash:
                outgoing.append(item)
                changes.append(_intent(item))
                continue
            found = "what it says would be other than before"
        changes.append(_stopped(row, found, again=again))
    _write(session, changes)
    if outgoing:
        worker.mark(session)
    return outgoing


def _fill_in(row: Publication, found: Found, worker: Worker, *, again: bool, tracked: bool) -> Outgoing:
    stop = worker.opt_out(row)
    fields = (row.filled_in or {}) if again else customer_fields(found.customer)
    page = worker.landing(row, found.message.prepared.landing_page)
    pixel = worker.pixel(row) if worker.pixel is not None and tracked else None
    rendered = render(
        found.message.prepared, fields, unsubscribe_url=stop, landing_page=page, pixel_url=pixel
    )
    return Outgoing(row, address_of(found.customer, row.channel) or "", found.message.locale, rendered, stop)


def _intent(item: Outgoing) -> dict[str, Any]:
    return {
        "id": item.publication.id,
        "status": PublicationStatus.INTENT,
        "rendered_hash": item.rendered.rendered_hash,
        "filled_in": dict(item.rendered.values),
    }


def _stopped(row: Publication, reason: str, *, again: bool) -> dict[str, Any]:
    if again:
        reason = f"it may have arrived; not sent again: {reason}"
    status = PublicationStatus.UNKNOWN if again else PublicationStatus.SUPPRESSED
    return {"id": row.id, "status": status, "reason": reason}


def _write(session: Session, changes: list[dict[str, Any]]) -> None:
    """By what they have in common, so that each kind is one statement for all its rows."""
    for status in (PublicationStatus.SUPPRESSED, PublicationStatus.UNKNOWN, PublicationStatus.INTENT):
        if same := [change for change in changes if change["status"] is status]:
            session.execute(update(Publication), same)
