"""A person's text for a slot, as the gates read it: with the facts that the text stands on, and for whom it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.changes import Edit
from content_store.models import BlockVersion, Brief, Message, Variant
from content_store.queries import message_variants
from evaluation.gates import judge
from evaluation.gates.gate import Copy, Verdict
from evaluation.stored_copies import audience_text, sentence_entry
from review.desk import Desk
from review.scorer import Judged, score
from review.segment_view import newest_snapshot


class Ground(NamedTuple):
    """What the text of one slot stands on."""

    variant: Variant
    #: fact -> the version of its block, in the order of the blocks
    facts: list[tuple[str, BlockVersion]]
    keep: tuple[str, ...]
    audience: str
    tone: str
    goal: str
    max_chars: int | None

    def copy(self, text: str) -> Copy:
        """A text for this slot, as the gates read it."""
        return Copy(
            text,
            self.variant.slot,
            tuple(fact for fact, _ in self.facts),
            self.keep,
            self.audience,
            self.tone,
            self.max_chars,
            self.variant.locale,
        )


def grounds(session: Session, desk: Desk, message: Message) -> dict[str, Ground]:
    """Slot -> its ground, in the order of the slots."""
    variants = message_variants(session, [message.id]).get(message.id, [])
    ids = {number for item in variants for number in item.block_version_ids}
    versions = {
        item.id: item for item in session.scalars(select(BlockVersion).where(BlockVersion.id.in_(ids)))
    }
    snapshot = newest_snapshot(session, message.segment_id)
    brief = session.get(Brief, message.brief_id)
    content = brief.content if brief else {}
    days = (content.get("audience") or {}).get("inactive_days_min")
    audience = audience_text(snapshot.audience if snapshot else "", days)
    return {item.slot: _ground(desk, item, versions, audience, content) for item in variants}


def read_at_once(desk: Desk, ground: Ground, text: str) -> list[Verdict]:
    """The verdicts of the gates that need no encoder."""
    return judge(ground.copy(text), desk.policy)


def edits(
    desk: Desk, grounds: Mapping[str, Ground], texts: Mapping[str, str], reasons: Mapping[str, str]
) -> list[Edit]:
    """The texts with what all gates and scores say of them; ScorerDown when that cannot be known."""
    chosen = [(slot, text, grounds[slot]) for slot, text in texts.items()]
    judged = score(
        desk.settings.state_folder,
        desk.key,
        [ground.copy(text) for _, text, ground in chosen],
        [ground.goal for _, _, ground in chosen],
    )
    return [
        Edit(slot, text, found.verdicts, _sentences(ground, found), found.scores, reasons.get(slot))
        for (slot, text, ground), found in zip(chosen, judged, strict=True)
    ]


def base_of(text: str) -> str:
    """What a form says of the text that a slot was opened with: only a text that differs from it was changed."""
    return hashlib.sha256(tidy(text).encode()).hexdigest()


def tidy(text: str) -> str:
    """What was typed, with single line ends and nothing before or after."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()


def _ground(
    desk: Desk,
    variant: Variant,
    versions: Mapping[int, BlockVersion],
    audience: str,
    content: Mapping[str, Any],
) -> Ground:
    used = [versions[number] for number in variant.block_version_ids if number in versions]
    facts = [(fact, version) for version in used for fact in version.facts]
    channel = desk.brand.channels.get(variant.channel)
    return Ground(
        variant,
        [(str(fact["text"]), version) for fact, version in facts],
        tuple(dict.fromkeys(str(phrase) for fact, _ in facts for phrase in fact.get("keep", ()))),
        audience,
        content.get("tone") or desk.brand.voice.tone,
        str(content.get("goal") or ""),
        channel.limit(variant.slot) if channel and variant.slot in channel.slots else None,
    )


def _sentences(ground: Ground, judged: Judged) -> list[dict[str, Any]]:
    """Each sentence with the block version it stands on, as a variant keeps them."""
    if not ground.facts:
        return []
    entries = []
    for found in judged.sentences:
        place = found["fact"]
        fact, version = ground.facts[place or 0]
        entries.append(
            sentence_entry(found["text"], version, None if place is None else fact, found["similarity"])
        )
    return entries
