"""A small brand folder for tests: sound files, and what a test changes in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from content_store.errors import BadInput

BRAND = """\
name: Corner Shop
voice:
  description: Friendly.
  tone: warm
  do: [Come in and have a look.]
  dont: [BUY NOW!!!]
lexicon: [House Blend]
banned_phrases: [mouthwatering]
claim_rules:
  - {name: health, pattern: '(?i)\\bheals?\\b', reason: Not proved.}
locales: [en-US, no-NO]
channels:
  email: {slots: {subject: {max_chars: 60}, opening: {max_chars: 220}}}
  sms: {slots: {sms: {max_chars: 160}}, suffix: Reply STOP to opt out}
approval_rules:
  - {channel: email, roles: [reviewer]}
minimum_segment_size: 60
holdout_share: 0.05
"""

BLOCK = """\
---
id: roast-opening
slot: opening
channels: [email]
locale: en-US
themes: [coffee]
mode: rewrite
facts:
  - text: Our roast comes in 12 oz bags.
    keep: [12 oz]
valid_from: 2026-01-01
valid_until: 2026-12-31
status: approved
owner: coffee team
---
Our medium roast comes in 12 oz bags.
"""

BRIEF = """\
id: weekly
purpose: marketing
goal: Bring people in.
audience: {description: Everybody, inactive_days_min: 30, inactive_days_max: 90}
channels: [email]
locales: [en-US]
slots:
  - {slot: subject, required_facts: [roast-opening]}
template: newsletter
sender: {name: Corner Shop, address: news@example.com, reply_to: help@example.com}
landing_page: https://www.example.com/coffee
conversion: {metric: purchase_value, window_days: 14}
schedule: {cron: "0 6 * * 1", timezone: Europe/Oslo}
caps: {messages: 1, days: 7}
quiet_hours: {start: "21:00", end: "08:00"}
"""


def replaced(text: str, old: str, new: str) -> str:
    """The text with one change; the test is wrong when there is nothing to change."""
    assert text.count(old) == 1
    return text.replace(old, new)


def one_sentence(path: Path, load: Callable[[], object]) -> str:
    """What bad input is answered with: one line that names the file and ends as a sentence does."""
    with pytest.raises(BadInput) as refused:
        load()
    message = str(refused.value)
    assert message.startswith(f"{path}: "), message
    assert message.endswith("."), message
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{path}: ")
