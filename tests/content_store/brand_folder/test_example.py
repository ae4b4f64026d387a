"""The example brand folder is sound, and as large as its readme says."""

from __future__ import annotations

from pathlib import Path

from content_store.brand_folder.blocks import load_blocks
from content_store.brand_folder.brand import load_brand
from content_store.brand_folder.briefs import load_briefs

GROCER = Path(__file__).parents[3] / "examples" / "grocer"


def test_the_grocers_brand_and_briefs_load() -> None:
    brand = load_brand(GROCER)
    briefs = load_briefs(GROCER, brand)
    assert brand.name == "Fairlow Market"
    assert [(brief.id, brief.channels) for brief in briefs] == [
        ("weekly-newsletter", ["email"]),
        ("win-back", ["sms"]),
        ("winter-push", ["push"]),
    ]


def test_the_grocers_blocks_load_and_fit_the_brand() -> None:
    brand = load_brand(GROCER)
    blocks = list(load_blocks(GROCER / "blocks"))
    assert len(blocks) >= 80
    assert len({theme for block in blocks for theme in block.themes}) >= 15
    assert [block.id for block in blocks if block.held_reason] == []
    assert [block.id for block in blocks if block.locale not in brand.locales] == []
    misplaced = [
        f"{block.id} on {channel}"
        for block in blocks
        for channel in block.channels
        if block.slot not in brand.channels[channel].slots
        or len(block.text) > brand.channels[channel].limit(block.slot)
    ]
    assert misplaced == []


def test_the_blocks_that_briefs_name_are_there() -> None:
    blocks = {block.id: block for block in load_blocks(GROCER / "blocks")}
    themes = {theme for block in blocks.values() for theme in block.themes}
    for brief in load_briefs(GROCER, load_brand(GROCER)):
        named = {*brief.blocks, *(fact for slot in brief.slots for fact in slot.required_facts)}
        assert named <= blocks.keys()
        assert set(brief.themes) <= themes
        assert brief.template is None or (GROCER / "templates" / f"{brief.template}.mjml").is_file()
