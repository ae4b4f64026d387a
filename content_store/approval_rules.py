"""Whose approval a message needs, by the brand's rules, and who may give it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from content_store.brand_folder.brand import ApprovalRule
from content_store.errors import BadInput
from content_store.models import Role

#: Roles that may decide on messages at all.
DECIDING = (Role.REVIEWER, Role.LEGAL)


class Ruled(Protocol):
    """What rules look at in a block: a file of the brand folder, or a version in the library."""

    @property
    def slot(self) -> str: ...
    @property
    def channels(self) -> list[str]: ...
    @property
    def themes(self) -> list[str]: ...


def needed_roles(
    rules: Sequence[ApprovalRule], channel: str, slots: Collection[str], themes: Collection[str]
) -> list[str]:
    """The roles of every rule that matches, in order; the reviewer's where none does."""
    found = {
        role
        for rule in rules
        if (rule.channel is None or rule.channel == channel)
        and (rule.slot is None or rule.slot in slots)
        and (rule.theme is None or rule.theme in themes)
        for role in rule.roles
    }
    return sorted(found) or [Role.REVIEWER.value]


def needed_for_block(rules: Sequence[ApprovalRule], block: Ruled) -> list[str]:
    """The roles that must approve a block: those of the messages that it may stand in."""
    found = (needed_roles(rules, channel, {block.slot}, block.themes) for channel in block.channels)
    return sorted({role for roles in found for role in roles})


def check_themes(rules: Sequence[ApprovalRule], blocks: Iterable[Ruled]) -> None:
    """BadInput for a rule on a theme that no block has: misspelled, it would hold for nothing."""
    known = {theme for block in blocks for theme in block.themes}
    for rule in rules:
        if rule.theme is not None and rule.theme not in known:
            raise BadInput(
                f"an approval rule in brand.yaml names the theme {rule.theme!r}, which no block has; correct it, or remove the rule."
            )
