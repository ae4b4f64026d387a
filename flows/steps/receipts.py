"""All that is held of one customer, for whoever answers them (GDPR, art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from content_store import erasure, queries, suppressions
from content_store.errors import BadInput
from content_store.folder_lock import locked
from content_store.models import Brief, Consent, Customer, InboxItem, Publication, Source, Suppression
from content_store.withdrawals import EVERYTHING
from flows.steps.outcomes import NAMES
from flows.steps.traces import lake_files
from flows.steps.workplace import Workplace
from publishing.clicks.links import click_link, pixel_link
from publishing.opt_out import load_key, mail_to, unsubscribe_link
from publishing.receipts import Links, LinksOf, OptOuts, receipts
from segments import lake


def shown(workplace: Workplace, customer_id: str) -> dict[str, Any]:
    """Who a customer is, what they agreed to, where they belong, and a receipt of every publication, the newest first.

    BadInput when there is no such customer.
    """
    with workplace.sessions() as session:
        customer = session.get(Customer, customer_id)
        if customer is None:
            raise BadInput(_missing(session, workplace, customer_id))
        return {
            "customer": _fields(session, customer),
            "consents": _consents(session, customer_id),
            "not_reached": _not_reached(session, workplace, customer),
            "segments": _segments(session, workplace, customer_id),
            "outcomes": _outcomes(session, workplace, customer_id),
            "publications": [
                _plain(item)
                for item in receipts(session, customer_id, workplace.brand, _links(session, workplace))
            ],
        }


def everything(workplace: Workplace, customer_id: str) -> dict[str, Any]:
    """The same with all that stands elsewhere: what they did, where they stand in each grouping, and what came in about them."""
    told = shown(workplace, customer_id)
    with workplace.sessions() as session:
        persons = erasure.people(session, [customer_id])
        told["set_aside"] = [
            {"line": row.line, "column": row.column, "reason": row.reason, "raw": row.raw}
            for row in erasure.quarantined(session, persons)
        ]
        told["outcomes_set_aside"] = [
            {"origin": row.origin, "received_at": row.received_at, "reason": row.reason, "raw": row.raw}
            for row in erasure.quarantined_outcomes(session, persons)
        ]
        told["came_in"] = [
            {"kind": item.kind, "received_at": item.received_at, "body": item.body}
            for item in erasure.inbox(session, persons)
        ]
    events: list[dict[str, Any]] = []
    membership: list[dict[str, Any]] = []
    outcomes = workplace.settings.outcomes_folder
    files = [file for file in lake_files(workplace.settings) if outcomes not in file.parents]
    for row in lake.rows_of(files, customer_id):
        folder = row.pop("folder")
        (membership if folder.startswith("segmentation=") else events).append(row | {"folder": folder})
    told["events"] = sorted(events, key=lambda row: row["at"])
    told["membership"] = membership
    return told


def _missing(session: Session, workplace: Workplace, customer_id: str) -> str:
    key = suppressions.load_key(workplace.settings.state_folder)
    if suppressions.erased(session, key).holds(customer_id):
        return f"customer {customer_id!r} was erased; nothing is held of them but a keyed hash, which keeps them away."
    return f"there is no customer {customer_id!r}; check the spelling of the id."


def _fields(session: Session, customer: Customer) -> dict[str, Any]:
    source = session.get_one(Source, customer.source_id)
    return {
        "id": customer.id,
        "email": customer.email,
        "phone": customer.phone,
        "first_name": customer.first_name,
        "locale": customer.locale,
        "time_zone": customer.time_zone,
        "attributes": customer.attributes,
        "source": source.location,
        "read_at": source.ingested_at,
    }


def _consents(session: Session, customer_id: str) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Consent, Source.location)
        .join(Source, Source.id == Consent.source_id)
        .where(Consent.customer_id == customer_id)
        .order_by(Consent.at.desc(), Consent.id.desc())
    )
    return [
        {
            "at": row.at,
            "purpose": row.purpose,
            "channel": row.channel,
            "everything": row.purpose == EVERYTHING,
            "granted": row.granted,
            "wording": row.wording,
            "proof": row.proof,
            "source": location,
        }
        for row, location in rows
    ]


def _not_reached(session: Session, workplace: Workplace, customer: Customer) -> list[dict[str, Any]]:
    """Why an address of theirs, or they themselves, are on the list of those who are not reached."""
    key = suppressions.load_key(workplace.settings.state_folder)
    hashes = [suppressions.of_customer(key, customer.id)]
    hashes += [suppressions.of_address(key, item) for item in (customer.email, customer.phone) if item]
    rows = session.scalars(
        select(Suppression).where(Suppression.key_hash.in_(hashes)).order_by(Suppression.id)
    )
    return [
        {
            "channel": row.channel or "every channel",
            "reason": row.reason.value,
            "at": row.at,
            "proof": row.proof,
        }
        for row in rows
    ]


def _segments(session: Session, workplace: Workplace, customer_id: str) -> list[dict[str, Any]]:
    """Where the customer belongs in the newest grouping."""
    newest = queries.latest_segmentation(session)
    if newest is None:
        return []
    files = sorted(workplace.settings.membership_folder(newest.id).glob("*/*.parquet"))
    snapshots = {item.segment_id: item for item in queries.snapshots(session, newest.id)}
    rows = lake.rows_of(files, customer_id)
    return [
        {"segment": item.segment_id, "name": item.name, "audience": item.audience, "as_of": newest.as_of}
        for row in rows
        if (item := snapshots.get(row["segment_id"]))
    ]


def _outcomes(session: Session, workplace: Workplace, customer_id: str) -> list[dict[str, Any]]:
    """What became of what they were sent, and what they did, the newest first: in the lake, or on its way there."""
    folder = workplace.settings.outcomes_folder
    with locked(folder, shared=True):
        rows = lake.rows_of(sorted(folder.glob("*/*.parquet")), customer_id)
    found = [{name: value for name, value in row.items() if name != "folder"} for row in rows]
    theirs = select(Publication.id).where(Publication.customer_id == customer_id)
    waiting = select(InboxItem).where(
        InboxItem.taken_at.is_(None),
        or_(InboxItem.customer_id == customer_id, InboxItem.publication_id.in_(theirs)),
    )
    for item in session.scalars(waiting):
        told = item.body.get("at")
        found.append(
            {
                "outcome_id": item.external_id,
                "publication_id": item.publication_id,
                "customer_id": customer_id,
                "kind": NAMES.get(item.body.get("outcome", ""), item.body.get("outcome")),
                "at": datetime.fromisoformat(told) if told else item.received_at,
                "received_at": item.received_at,
                **{name: item.body.get(name) for name in ("value", "margin", "flag")},
            }
        )
    return sorted(found, key=lambda row: (row["at"], row["outcome_id"]), reverse=True)


def _opt_outs(session: Session, workplace: Workplace) -> OptOuts:
    """Where links lead today: the page when there is one, and a mail to the sender, as before there was one."""
    senders = {brief.id: brief.content.get("sender") or {} for brief in session.scalars(select(Brief))}
    publishing = workplace.settings.publishing
    key = load_key(workplace.settings.state_folder)

    def opt_outs(row: Publication) -> Sequence[str]:
        sender = senders[row.brief_id]
        mail = mail_to(str(sender.get("reply_to") or sender.get("address") or ""))
        if publishing.public_url is None:
            return [mail]
        return [unsubscribe_link(publishing.origin, key, row.id), mail]

    return opt_outs


def _links(session: Session, workplace: Workplace) -> LinksOf:
    """The same with the landing page behind a link that counts clicks or not, as the brand may have changed its list."""
    publishing, opt_outs = workplace.settings.publishing, _opt_outs(session, workplace)
    key = load_key(workplace.settings.state_folder)

    def links(row: Publication) -> Sequence[Links]:
        plain = [Links(url) for url in opt_outs(row)]
        if publishing.public_url is None:
            return plain
        counted = plain[0]._replace(landing=lambda page: click_link(publishing.origin, key, row.id, page))
        tries = [counted, *plain] if workplace.brand.link_domains else [*plain, counted]
        pixel = pixel_link(publishing.origin, key, row.id)
        return [*tries, *(tried._replace(pixel_url=pixel) for tried in tries)]

    return links


def _plain(value: Any) -> Any:
    """Named tuples as JSON objects."""
    if hasattr(value, "_asdict"):
        return {name: _plain(inner) for name, inner in value._asdict().items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
