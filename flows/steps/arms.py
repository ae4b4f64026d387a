"""Which approved blocks a message stands on: themes that fit a segment become arms, a block fills each slot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from content_store.brand_folder.briefs import BriefFile
from content_store.index import BlockIndex
from content_store.models import BlockVersion

#: A block of these themes may stand in any message, where the message's own theme has none for a slot.
SHARED_THEMES = {"store", "general"}

#: Blocks looked at for each slot.
NEIGHBOURS = 100

Vectors = np.ndarray[Any, np.dtype[np.float32]]


class Arm(NamedTuple):
    """One message to write: its theme, and for each slot the blocks that fit, the best first."""

    theme: str
    score: float
    blocks: dict[str, list[BlockVersion]]


class Ranked(NamedTuple):
    """A block and how near it is to a segment."""

    version: BlockVersion
    score: float


def allowed_by_brief(versions: Sequence[BlockVersion], brief: BriefFile) -> list[BlockVersion]:
    """Blocks that the brief may use: all, or those of its themes (shared ones too) and those it names."""
    if not brief.themes and not brief.blocks:
        return list(versions)
    themes = {*brief.themes, *SHARED_THEMES}
    return [
        version for version in versions if version.block_id in brief.blocks or version.themes[0] in themes
    ]


def rank_blocks(index: BlockIndex, queries: Vectors, versions: Sequence[BlockVersion]) -> list[list[Ranked]]:
    """For each query (q, d) the versions nearest to it, filtered before the search."""
    by_id = {version.id: version for version in versions}
    if not by_id:
        return [[] for _ in queries]
    hits = index.search(queries, min(NEIGHBOURS, len(by_id)), np.array(sorted(by_id), dtype=np.int64))
    return [
        [Ranked(by_id[int(version)], float(score)) for version, score in zip(ids, scores, strict=True)]
        for ids, scores in zip(hits.ids, hits.scores, strict=True)
    ]


def choose_arms(
    slots: dict[str, list[Ranked]],
    wanted: int,
    lead: str,
    vectors: dict[int, Vectors],
    themes: dict[str, float],
) -> list[Arm]:
    """The best themes that can fill every slot, `wanted` at most; [] when no theme can.

    A theme is worth its name's nearness to the segment (`themes`) plus the mean of its best block in each slot.
    Within a theme the other slots follow the lead slot's block, so that subject and opening tell the same story.
    The first theme of a block is the one that counts.
    """
    arms = []
    for theme in sorted({ranked.version.themes[0] for ranked in slots[lead]}):
        own = {slot: _of_themes(found, {theme}) for slot, found in slots.items()}
        filled = {slot: own[slot] or _of_themes(found, SHARED_THEMES) for slot, found in slots.items()}
        if not own[lead] or not all(filled.values()):
            continue
        score = themes[theme] + float(np.mean([found[0].score for found in own.values() if found]))
        arms.append(Arm(theme, score, _follow(filled, lead, vectors)))
    return sorted(arms, key=lambda arm: (-round(arm.score, 6), arm.theme))[:wanted]


def theme_words(theme: str) -> str:
    """A theme's name as words, for comparing it with a segment."""
    return theme.replace("-", " ").replace("_", " ")


def _of_themes(found: Sequence[Ranked], themes: set[str]) -> list[Ranked]:
    return [item for item in found if item.version.themes[0] in themes]


def _follow(
    slots: dict[str, list[Ranked]], lead: str, vectors: dict[int, Vectors]
) -> dict[str, list[BlockVersion]]:
    first = slots[lead][0].version
    told = vectors[first.id]

    def nearness(item: Ranked) -> tuple[float, int]:
        return (-round(item.score + float(vectors[item.version.id] @ told), 6), item.version.id)

    ordered = {slot: [item.version for item in sorted(found, key=nearness)] for slot, found in slots.items()}
    ordered[lead] = [item.version for item in slots[lead]]
    return ordered
