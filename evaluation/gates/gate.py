"""What a gate reads and what it answers: a copy with its facts, the brand's policy, a verdict."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, NamedTuple


class ClaimRule(NamedTuple):
    """A brand's own rule: copy that matches `pattern` (compiled by RE2) is refused for `reason`."""

    name: str
    pattern: Any
    reason: str


class Verdict(NamedTuple):
    """One gate's answer; `reason` is a sentence for a marketer, empty when the copy passed."""

    gate: str
    passed: bool
    reason: str


class Style(NamedTuple):
    """What a brand lets its copy look like; capitals "known" are words that a fact or the lexicon writes so."""

    emoji: Literal["never", "sparingly", "free"] = "never"
    exclamation_marks: int = 1
    capitals: Literal["sentence", "known", "free"] = "known"


class Readability(NamedTuple):
    """The band of LIX in which copy must lie; None leaves a side open."""

    easiest: float | None = None
    hardest: float | None = None


@dataclass(frozen=True)
class Copy:
    """One text for one slot, with everything that it may stand on."""

    text: str
    slot: str = ""
    facts: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    audience: str = ""
    tone: str | None = None
    max_chars: int | None = None
    locale: str = "en-US"

    @property
    def support(self) -> tuple[str, ...]:
        """The texts that may carry a number, a name or a claim of the copy."""
        return (*self.facts, self.audience) if self.audience else self.facts


@dataclass(frozen=True)
class Policy:
    """A brand's rules as plain values."""

    banned_phrases: tuple[str, ...] = ()
    claim_rules: tuple[ClaimRule, ...] = ()
    lexicon: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    slot_limits: dict[str, int] = field(default_factory=dict)
    segment_limits: dict[str, int] = field(default_factory=lambda: {"sms": 1})
    suffixes: dict[str, str] = field(default_factory=dict)
    style: Style = field(default_factory=Style)
    readability: Readability = field(default_factory=Readability)


Gate = Callable[[Copy, Policy], Verdict]


@cache
def passes(gate: str) -> Verdict:
    return Verdict(gate, True, "")


def refuses(gate: str, reason: str) -> Verdict:
    return Verdict(gate, False, reason)
