"""The fields of the queue's filter: what can be chosen in each, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from content_store.approval_rules import DECIDING
from content_store.brand_folder.brand import Brand
from review import words
from review.queue import Choices, Filters
from review.words import N_


class FilterField(NamedTuple):
    """One field; `options` are (value, text)."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


def filter_fields(
    brand: Brand, choices: Choices, filters: Filters, translate: Callable[[str], str]
) -> list[FilterField]:
    """Every field in the order of the page, with what is chosen now."""

    def worded(table: Mapping[Any, str]) -> list[tuple[str, str]]:
        return [(str(value), translate(text)) for value, text in table.items()]

    channels = {name: words.CHANNELS.get(name) for name in brand.channels}
    slots = dict.fromkeys(slot for channel in brand.channels.values() for slot in channel.slots)
    options: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("brief", N_("Brief"), [(brief, brief) for brief in choices.briefs]),
        ("segment", N_("Segment"), [(str(number), name) for number, name in choices.segments]),
        ("channel", N_("Channel"), [(name, translate(text) if text else name) for name, text in channels.items()]),
        ("slot", N_("Slot"), [(slot, slot) for slot in slots]),
        ("locale", N_("Language of the text"), [(locale, locale) for locale in brand.locales]),
        ("score", N_("Score"), worded(words.BANDS)),
        ("fell_back", N_("Approved text stands in"), worded(words.YES_OR_NO)),
        ("waiting_for", N_("Waiting for"), worded({role: words.ROLES[role] for role in DECIDING})),
        ("assignee", N_("Given to"), worded(words.ASSIGNEES)),
    ]  # fmt: skip
    chosen = filters.model_dump(mode="json")
    return [
        FilterField(name, translate(label), listed, "" if chosen[name] is None else str(chosen[name]))
        for name, label, listed in options
    ]
