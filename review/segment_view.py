"""Who a message is for: the segment, what sets it apart, and some of its customers without their identity."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import Customer, SegmentSnapshot
from evaluation.gates.personal_data import personal_numbers
from review.desk import Desk

MOST_ITEMS, MOST_EXAMPLES, MOST_ATTRIBUTES = 6, 5, 8

#: Names of columns that tell who somebody is, without accents: pieces anywhere in the name, since languages join them,
#: and words that stand alone. English, German, French, Spanish, Italian, Portuguese, Dutch.
_IDENTITY = re.compile(
    r"name|prenom|apellid|cognom|sobrenom|apelid|voornaam|achternaam"
    r"|mail|courriel|correo|phone|telef|fono|mobil|handy|movil|portable|rufnummer|url|login|user|benutz|utilis|usuario"
    r"|address|adres|anschrift|direccion|indirizz|endereco|street|strass|straat|calle|city|ciudad|citta|cidade|wohn|stadt"
    r"|zip|post|birth|geb(?:urt|oor|dat)|naiss|nacim|nascit|nascim|account|konto|compte|cuenta|conto|rekening"
    r"|card|karte|carte|tarjet|carta|cartao|iban|tax|steuer|fiscal|social|sozial|nummer|numero"
    r"|(?<![a-z])(?:id|nom|noms|nombre|nome|naam|tel|gsm|rue|ville|commune|ort|plz|cap|cep|via|rua|plaats|dni|nif|nie|bsn|nir|nss|dob)(?![a-z])"
)
#: A whole date is most often that of a birth.
_DATE = re.compile(r"\d{1,4}([-./ ])\d{1,2}\1\d{1,4}")
_LONGEST = 40


class SegmentView(NamedTuple):
    """A segment as it stood in the newest segmentation that has it."""

    snapshot: SegmentSnapshot
    distinctive: list[dict[str, Any]]
    behaviour: dict[str, float]
    #: one customer each: attribute -> value
    examples: list[dict[str, str]]


def segment_view(session: Session, desk: Desk, segment_id: int) -> SegmentView | None:
    """None for a segment that no segmentation describes."""
    snapshot = newest_snapshot(session, segment_id)
    if snapshot is None:
        return None
    fields = desk.brand.personal_fields
    described = [
        without_identity(customer.attributes, fields) for customer in examples(session, snapshot.exemplars)
    ]
    return SegmentView(
        snapshot,
        snapshot.distinctive[:MOST_ITEMS],
        # Size and share stand beside the name.
        {key: value for key, value in snapshot.behaviour.items() if key not in {"customers", "share"}},
        [attributes for attributes in described if attributes],
    )


def newest_snapshot(session: Session, segment_id: int) -> SegmentSnapshot | None:
    """How a segment looked when it was last seen."""
    return session.scalars(
        select(SegmentSnapshot)
        .where(SegmentSnapshot.segment_id == segment_id)
        .order_by(SegmentSnapshot.id.desc())
        .limit(1)
    ).first()


def examples(session: Session, exemplars: Sequence[str]) -> list[Customer]:
    """The customers closest to a segment's centre that are still there, the closest first."""
    wanted = exemplars[:MOST_EXAMPLES]
    found = {item.id: item for item in session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    return [found[name] for name in wanted if name in found]


def without_identity(attributes: dict[str, Any], personal_fields: Collection[str]) -> dict[str, str]:
    """What a customer is like: short values in columns that do not tell who it is; personal fields stay out too."""
    shown: dict[str, str] = {}
    for name, value in attributes.items():
        text = str(value).strip()
        if name in personal_fields or _IDENTITY.search(_plain(name)) or isinstance(value, dict | list):
            continue
        if (
            not text
            or len(text) > _LONGEST
            or "@" in text
            or _DATE.match(text)
            or any(personal_numbers(text))
        ):
            continue
        shown[name.replace("_", " ")] = text
        if len(shown) == MOST_ATTRIBUTES:
            break
    return shown


def _plain(name: str) -> str:
    """Lower case without accents; words run together in camel case stand apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    split = unicodedata.normalize("NFKD", apart.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))
