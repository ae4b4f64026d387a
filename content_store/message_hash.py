"""What an approval is bound to: the hash of everything in a message that a customer may see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import Message, MessageVariant, TemplateVersion, Variant


class SlotText(NamedTuple):
    """What stands in one slot of a message."""

    slot: str
    text: str
    block_version_ids: Sequence[int]


def variant_hash(text: str, block_version_ids: Sequence[int]) -> str:
    """SHA-256 of a text and of what it stands on: the same words on a newer block version are another variant."""
    return canonical_hash([text, sorted(set(block_version_ids))])


def template_hash(mjml: str, text: str) -> str:
    """SHA-256 of both parts of a template."""
    return hashlib.sha256(f"{mjml}\0{text}".encode()).hexdigest()


def message_hash(
    slots: Sequence[SlotText],
    template: str | None,
    personal_fields: dict[str, Any],
    ai_notice: str | None = None,
) -> str:
    """SHA-256 of the canonical JSON of all that a reviewer approves; provenance stays outside."""
    content = {
        "slots": [[item.slot, item.text, sorted(item.block_version_ids)] for item in slots],
        "template": template,
        "personal_fields": personal_fields,
    }
    # Messages without one keep the hash that they were approved under.
    if ai_notice:
        content["ai_notice"] = ai_notice
    return canonical_hash(content)


def stored_message_hash(session: Session, message: Message) -> str:
    """The hash of a message as it stands in the database now: every text and the template's bytes are read again."""
    rows = session.execute(
        select(MessageVariant.slot, Variant.text, Variant.block_version_ids)
        .join(Variant, Variant.id == MessageVariant.variant_id)
        .where(MessageVariant.message_id == message.id)
        .order_by(MessageVariant.position)
    )
    template = (
        session.get(TemplateVersion, message.template_version_id) if message.template_version_id else None
    )
    return message_hash(
        [SlotText(*row) for row in rows],
        template_hash(template.mjml, template.text) if template else None,
        message.personal_fields,
        message.ai_notice,
    )


def canonical_hash(content: Any) -> str:
    """SHA-256 of the canonical JSON of a value."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
