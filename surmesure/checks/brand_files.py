"""Is the brand folder sound: every file read as a run would read it, and every name that points to another file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from content_store.approval_rules import check_themes, needed_for_block
from content_store.brand_folder.blocks import BlockFile, load_blocks
from content_store.brand_folder.brand import Brand, load_brand
from content_store.brand_folder.briefs import BriefFile, load_brief
from content_store.brand_folder.sources import Sources, load_sources
from content_store.errors import BadInput
from content_store.models import Role
from evaluation.gates.banned_phrases import check_banned_phrases
from evaluation.gates.gate import Copy, Policy
from surmesure.checks.check import Check, Status, failed
from surmesure.checks.templates import check_template

KINDS = ("brand", "blocks", "briefs", "templates", "sources")

Value = TypeVar("Value")


def check_brand_folder(folder: Path) -> list[Check]:
    """A line for each fault, and a line for each kind of file that has none."""
    found: list[Check] = []
    brand = _read(found, "brand", lambda: load_brand(folder))
    blocks = _read_each(found, "blocks", folder / "blocks" / "*.md", lambda path: next(load_blocks(path)))
    found += repeated("blocks", [block.id for block in blocks])
    if brand is not None:
        found += [fault for block in blocks for fault in block_faults(block, brand)]
        found += rule_faults(brand, blocks)
        found += _check_campaigns(folder, brand, blocks)
    sources = _read(found, "sources", lambda: load_sources(folder))
    found += list(source_faults(folder, sources)) if sources else []
    unchecked = () if brand else ("briefs", "templates")
    found += [Check(kind, Status.WARN, "not checked", "correct brand.yaml first") for kind in unchecked]
    counts = {"brand": brand.name if brand else "", "blocks": _statuses(blocks)}
    faultless = [kind for kind in KINDS if kind not in {check.check for check in found}]
    found += [Check(kind, Status.OK, counts.get(kind, "in order")) for kind in faultless]
    return sorted(found, key=lambda check: KINDS.index(check.check))


def block_faults(block: BlockFile, brand: Brand) -> Iterator[Check]:
    """What would keep a block from being used, or let copy made from it fail."""
    limits = {name: brand.channels[name] for name in block.channels if name in brand.channels}
    for name in sorted(set(block.channels) - set(limits)):
        yield _about(block, Status.WARN, f"its channel {name} is not in brand.yaml", "correct its channels")
    for name, channel in limits.items():
        if block.slot not in channel.slots:
            yield _about(
                block, Status.WARN, f"the channel {name} has no slot {block.slot}", "correct slot or channels"
            )
        elif len(block.text) > channel.limit(block.slot):
            found = (
                f"{len(block.text)} characters, but {block.slot} holds {channel.limit(block.slot)} on {name}"
            )
            yield _about(block, Status.FAIL, found, "shorten the text, or raise max_chars in brand.yaml")
    for phrase in (phrase for fact in block.facts for phrase in fact.keep):
        if phrase not in block.text:
            yield _about(
                block,
                Status.WARN,
                f"the text lacks the keep phrase {phrase!r}",
                "add it, or take it from keep",
            )
    if block.held_reason:
        yield _about(
            block,
            Status.WARN,
            f"held until a person approves it: {block.held_reason}",
            "write it differently",
        )
    verdict = check_banned_phrases(Copy(block.text), Policy(banned_phrases=tuple(brand.banned_phrases)))
    if block.status == "approved" and not verdict.passed:
        yield _about(block, Status.FAIL, verdict.reason.rstrip("."), "change the text or brand.yaml")


def rule_faults(brand: Brand, blocks: Sequence[BlockFile]) -> Iterator[Check]:
    """Approval rules that hold for nothing, texts used word for word that legal need not approve, and defaults that are not there."""
    try:
        check_themes(brand.approval_rules, blocks)
    except BadInput as error:
        yield failed("brand", error)
    for block in blocks:
        rules = needed_for_block(brand.approval_rules, block)
        if block.mode == "verbatim" and block.status != "withdrawn" and Role.LEGAL not in rules:
            found = f"the block {block.id} is used word for word, and no approval rule asks for legal"
            yield Check("brand", Status.WARN, found, "add a rule such as {theme: offers, roles: [legal]}")
    for slot, name in brand.on_request.items():
        default = brand.channels[name].slots[slot].default
        fits = (block for block in blocks if block.mode == "verbatim" and block.slot == slot and name in block.channels)  # fmt: skip
        if default is not None and default not in {block.id for block in fits}:
            found = f"the default of {slot}, {default}, is no verbatim block for this slot on {name}"
            yield Check("brand", Status.FAIL, found, "write one, or correct the id")


def brief_faults(brief: BriefFile, blocks: Sequence[BlockFile]) -> Iterator[Check]:
    """Names in a brief that no block answers to."""
    ids = {block.id for block in blocks}
    themes = {theme for block in blocks for theme in block.themes}
    required = [name for slot in brief.slots for name in slot.required_facts]
    for name in [*brief.blocks, *required]:
        if name not in ids:
            yield Check(
                "briefs",
                Status.FAIL,
                f"{brief.id}: there is no block {name}",
                "correct the id, or write the block",
            )
    for name in brief.themes:
        if name not in themes:
            yield Check(
                "briefs", Status.WARN, f"{brief.id}: no block has the theme {name}", "correct the theme"
            )


def source_faults(folder: Path, sources: Sources) -> Iterator[Check]:
    """Files that sources.yaml names and that are not there."""
    for kind in ("customers", "consents", "events"):
        source = getattr(sources, kind)
        if source is None:
            yield Check(
                "sources", Status.WARN, f"no {kind} are named in sources.yaml", f"add `{kind}: {{path: …}}`"
            )
        elif source.path and not (folder / source.path).is_file():
            yield Check(
                "sources",
                Status.FAIL,
                f"{kind}: {folder / source.path} is missing",
                "correct the path or add it",
            )


def repeated(kind: str, ids: Sequence[str]) -> list[Check]:
    """Ids that stand in more than one file."""
    twice = sorted(name for name, count in Counter(ids).items() if count > 1)
    return [
        Check(kind, Status.FAIL, f"the id {name} is used twice", "give each its own id") for name in twice
    ]


def _check_campaigns(folder: Path, brand: Brand, blocks: Sequence[BlockFile]) -> list[Check]:
    found: list[Check] = []
    briefs = _read_each(found, "briefs", folder / "briefs" / "*.yaml", lambda path: load_brief(path, brand))
    found += repeated("briefs", [brief.id for brief in briefs])
    found += [fault for brief in briefs for fault in brief_faults(brief, blocks)]
    names = {brief.template for brief in briefs if brief.template}
    names |= {path.stem for path in (folder / "templates").glob("*.mjml")}
    return found + [fault for name in sorted(names) if (fault := check_template(folder, name, brand))]


def _read(found: list[Check], kind: str, read: Callable[[], Value]) -> Value | None:
    """What `read` returns, or None with a line about the fault."""
    try:
        return read()
    except BadInput as error:
        found.append(failed(kind, error))
        return None


def _read_each(found: list[Check], kind: str, pattern: Path, read: Callable[[Path], Value]) -> list[Value]:
    paths = sorted(pattern.parent.glob(pattern.name))
    if not paths:
        found.append(
            Check(
                kind,
                Status.FAIL,
                f"{pattern}: there is no such file",
                "write one; `surmesure init` shows how",
            )
        )
    values = [_read(found, kind, partial(read, path)) for path in paths]
    return [value for value in values if value is not None]


def _about(block: BlockFile, status: Status, found: str, do: str) -> Check:
    return Check("blocks", status, f"{block.id}: {found}", do)


def _statuses(blocks: Sequence[BlockFile]) -> str:
    counts = Counter(block.status for block in blocks)
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
