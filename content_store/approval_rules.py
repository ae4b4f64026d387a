"""Whose approval a message needs, by the brand's rules, and who may give it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from content_store.brand_folder.brand import ApprovalRule
from content_store.models import Role

#: Roles that may decide on messages at all.
DECIDING = (Role.REVIEWER, Role.LEGAL)


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
