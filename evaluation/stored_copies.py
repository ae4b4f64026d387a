"""How a stored text and its audience are put, wherever they are judged."""

from __future__ import annotations

from typing import Any

from content_store.models import BlockVersion


def audience_text(segment_audience: str, inactive_days: int | None) -> str:
    """Who reads it; a brief for customers who have been away says so."""
    if not inactive_days:
        return segment_audience
    return f"{segment_audience}, last order over {inactive_days} days ago"


def sentence_entry(text: str, version: BlockVersion, fact: str | None, similarity: float) -> dict[str, Any]:
    """What a sentence stands on, as variants keep it."""
    return {
        "text": text,
        "block": version.block_id,
        "version": version.number,
        "block_version_id": version.id,
        "fact": fact,
        "similarity": round(float(similarity), 4),
    }
