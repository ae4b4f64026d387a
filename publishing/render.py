"""A message for one customer: the approved texts in their template, the customer's values each escaped for its place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from markupsafe import escape
from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.brand import Brand
from content_store.errors import BadInput
from content_store.models import Brief, Customer, Message, Origin, TemplateVersion, Variant
from publishing.escaping import header, link, personal
from publishing.templates import Filled, compile_template, fill_in, fill_shared

#: EU AI Act, article 50(2): text of a machine says so to machines. The header is that of draft-abaris-aicdh; people
#: reviewed the text, so its mode is "ai-originated".
AI_HEADER = "AI-Disclosure"
AI_MARK = "mode=ai-originated"
_AI_META = (
    f'<meta name="ai-disclosure" content="{AI_MARK}"><meta name="digital-source-type" '
    'content="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia">'
)
#: Below all that the template has, as wide as MJML's pages are, and quiet; inline, as mail programs drop styles.
_NOTICE = (
    '<p style="box-sizing:border-box;margin:0 auto;max-width:600px;padding:0 24px 24px;font-family:Arial,Helvetica,sans-serif;'
    'font-size:12px;line-height:18px;color:#595959">{}</p>'
)


class TemplateSource(NamedTuple):
    """A template as it was stored."""

    name: str
    mjml: str
    text: str


class MessageParts(NamedTuple):
    """All that a message is made of, as plain values."""

    channel: str
    #: slot -> text, in the order of the slots
    slots: Mapping[str, str]
    brand: str
    landing_page: str
    #: approved field -> words for customers who lack it
    personal_fields: Mapping[str, str] = {}
    suffix: str = ""
    template: TemplateSource | None = None
    machine_written: bool = False
    #: words at the foot of an e-mail that a model wrote a part of
    ai_notice: str = ""


class PreparedMessage(NamedTuple):
    """A message ready to be filled in for any number of customers."""

    channel: str
    slots: Mapping[str, str]
    subject: str | None
    html: Filled | None
    text: Filled | str
    landing_page: str
    personal_fields: Mapping[str, str]
    ai_mark: str | None


class Rendered(NamedTuple):
    """What one customer gets."""

    channel: str
    #: for a mail's header: one line, short enough
    subject: str | None
    #: None for a message without a template, such as an SMS
    html: str | None
    #: the text part of a mail; else the texts of the slots, one a line
    text: str
    #: slot -> text with the channel's suffix
    slots: Mapping[str, str]
    #: where the message leads
    landing_page: str
    #: personal field -> the words that stand in the message
    values: Mapping[str, str]
    #: personal field -> why the customer's own value was not used
    replaced: Mapping[str, str]
    #: value of the header AI_HEADER; None when people wrote it all
    ai_mark: str | None
    #: SHA-256 of subject, html, text and landing page
    rendered_hash: str


def message_parts(session: Session, message_id: int, brand: Brand) -> MessageParts:
    """The parts of a stored message; its personal fields and fallbacks are those that were approved with it."""
    message = session.get(Message, message_id)
    if message is None:
        raise BadInput(f"there is no message {message_id}; `surmesure messages list` shows those there are.")
    return parts_of(
        session, message, queries.message_variants(session, [message_id]).get(message_id, []), brand
    )


def parts_of(session: Session, message: Message, variants: Sequence[Variant], brand: Brand) -> MessageParts:
    """The parts of a message with these variants in its slots, in order."""
    version = (
        session.get(TemplateVersion, message.template_version_id) if message.template_version_id else None
    )
    brief = session.get(Brief, message.brief_id)
    channel = brand.channels.get(message.channel)
    return MessageParts(
        channel=message.channel,
        slots={variant.slot: variant.text for variant in variants},
        brand=brand.name,
        landing_page=str(brief.content.get("landing_page", "")) if brief else "",
        personal_fields={name: str(field["fallback"]) for name, field in message.personal_fields.items()},
        suffix=channel.suffix if channel else "",
        template=TemplateSource(version.name, version.mjml, version.text) if version else None,
        machine_written=any(variant.origin is Origin.GENERATED for variant in variants),
        ai_notice=message.ai_notice or "",
    )


def customer_fields(customer: Customer) -> dict[str, Any]:
    """The columns of a customer by name; a message takes only those that were approved."""
    return {
        **customer.attributes,
        "first_name": customer.first_name,
        "email": customer.email,
        "phone": customer.phone,
        "locale": customer.locale,
        "time_zone": customer.time_zone,
    }


def prepare(parts: MessageParts) -> PreparedMessage:
    """All that is the same for every customer, done once; BadInput when the template does not fit the message."""
    slots = {slot: f"{text} {parts.suffix}" if parts.suffix else text for slot, text in parts.slots.items()}
    html: Filled | None = None
    text: Filled | str = "\n".join(slots.values())
    used: set[str] = set()
    if parts.template:
        name, mjml, plain = parts.template
        template = compile_template(mjml, plain, name)
        values = {**slots, "brand": parts.brand}
        html, text = fill_shared(template.html, values), fill_shared(template.text, values)
        if parts.machine_written:
            html = _marked(html)
            if parts.ai_notice:
                html, text = _with_notice(html, text, parts.ai_notice)
        used = {*template.html.fields, *template.text.fields}
        if unapproved := sorted(used - parts.personal_fields.keys()):
            raise BadInput(
                f"{name}: customer.{unapproved[0]} was not approved with this message; add it to personal_fields of "
                "brand.yaml and generate anew."
            )
    return PreparedMessage(
        channel=parts.channel,
        slots=slots,
        subject=header(slots["subject"]) if "subject" in slots else None,
        html=html,
        text=text,
        landing_page=link(parts.landing_page) if parts.landing_page else "",
        personal_fields={name: parts.personal_fields[name] for name in sorted(used)},
        ai_mark=AI_MARK if parts.machine_written else None,
    )


def render(
    message: PreparedMessage,
    fields: Mapping[str, Any],
    *,
    unsubscribe_url: str,
    landing_page: str | None = None,
    pixel_url: str | None = None,
) -> Rendered:
    """The message for one customer: a pure function of plain values.

    `fields` may hold more than the message uses. A missing or empty value, and one that no message should hold (longer
    than 200 characters, a web address, not a text), gives way to the approved fallback. `landing_page` replaces the
    brief's, for links that count clicks; `pixel_url` is a picture at the foot of the page, for customers who agreed that
    opens are counted. BadInput when one of them is no http, https or mailto link.
    """
    values, replaced = _filled_fields(message.personal_fields, fields)
    same = landing_page in (None, "", message.landing_page)
    page = message.landing_page if same else link(str(landing_page))
    links = {"landing_page": page, "unsubscribe_url": link(unsubscribe_url)}
    html = fill_in(message.html, values, links) if message.html else None
    if html is not None and pixel_url is not None:
        html = f'<img src="{escape(link(pixel_url))}" width="1" height="1" alt=""></body>'.join(
            html.rsplit("</body>", 1)
        )
    text = message.text if isinstance(message.text, str) else fill_in(message.text, values, links)
    return Rendered(
        message.channel,
        message.subject,
        html,
        text,
        message.slots,
        page,
        values,
        replaced,
        message.ai_mark,
        _hash(message.subject or "", html or "", text, page),
    )


def _filled_fields(
    approved: Mapping[str, str], fields: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    values: dict[str, str] = {}
    replaced: dict[str, str] = {}
    for name, fallback in approved.items():
        value = fields.get(name)
        if value is None:
            values[name] = fallback
            continue
        try:
            values[name] = personal(value) or fallback
        except ValueError as error:
            values[name], replaced[name] = fallback, str(error)
    return values, replaced


def _marked(html: Filled) -> Filled:
    """The page with the machine's mark at the top of its head."""
    pieces = list(html.pieces)
    for index, piece in enumerate(pieces):
        if isinstance(piece, str) and "<head>" in piece:
            pieces[index] = piece.replace("<head>", f"<head>{_AI_META}", 1)
            return html._replace(pieces=tuple(pieces))
    raise BadInput("the template gives a page without a head, where the mark of machine-written text stands.")


def _with_notice(html: Filled, text: Filled, notice: str) -> tuple[Filled, Filled]:
    """Both parts with the words at their foot."""
    foot = f"{_NOTICE.format(escape(notice))}</body>"
    pieces = list(html.pieces)
    for index, piece in reversed(list(enumerate(pieces))):
        if isinstance(piece, str) and "</body>" in piece:
            pieces[index] = foot.join(piece.rsplit("</body>", 1))
            words = (*text.pieces, f"\n\n{notice}\n")
            return html._replace(pieces=tuple(pieces)), text._replace(pieces=words)
    raise BadInput("the template gives a page without a body, at whose foot the notice stands.")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
