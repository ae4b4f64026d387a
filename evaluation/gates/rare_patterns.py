"""Patterns that most texts lack: one pass of RE2 over a text tells which of them are worth a try."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import re2

from evaluation.gates.text import CACHED_TEXTS

_LOOKAROUNDS = ("(?=", "(?!", "(?<=", "(?<!")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<?[=!]|.", re.DOTALL)


class RarePatterns:
    """Patterns that are read over the same texts; the matches are those of Python's own engine."""

    def __init__(self) -> None:
        self.patterns: list[re.Pattern[str]] = []
        self.worth_a_try = lru_cache(CACHED_TEXTS)(self._worth_a_try)

    def compile(self, pattern: str, flags: re.RegexFlag = re.NOFLAG) -> "RarePattern":
        self.patterns.append(re.compile(pattern, flags))
        return RarePattern(self.patterns[-1], len(self.patterns) - 1, self)

    def _worth_a_try(self, text: str) -> Collection[int]:
        """The numbers of the patterns; beyond ASCII the two engines differ on what a letter is."""
        if not (text.isascii() and text.isprintable()):
            return range(len(self.patterns))
        return tuple(self._match(text))

    @cached_property
    def _match(self) -> Callable[[str], Collection[int]]:
        # A state of RE2 stands for all patterns at once: few in a group keep the states few.
        return one_pass(
            ("(?i)" if pattern.flags & re.IGNORECASE else "") + without_lookarounds(pattern.pattern)
            for pattern in self.patterns
        )


#: Bytes that one set of patterns may take.
MEMORY = 64 << 20


class RarePattern(NamedTuple):
    """One of them, in the place of a compiled pattern."""

    pattern: re.Pattern[str]
    number: int
    group: RarePatterns

    def may_match(self, text: str) -> bool:
        return self.number in self.group.worth_a_try(text)

    def search(self, text: str) -> re.Match[str] | None:
        return self.pattern.search(text) if self.may_match(text) else None

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self.pattern.finditer(text) if self.may_match(text) else iter(())


#: The patterns of short lists of words that several gates look for in each text and each fact.
SHARED = RarePatterns()


def one_pass(patterns: Iterable[str]) -> Callable[[str], Collection[int]]:
    """Tells the numbers of those patterns of RE2 that match somewhere in a text."""
    options = re2.Options()
    options.max_mem = MEMORY
    found: Any = re2.Set.SearchSet(options)
    for pattern in patterns:
        found.Add(pattern)
    found.Compile()
    return lambda text: found.Match(text) or ()


def without_lookarounds(pattern: str) -> str:
    """RE2 knows none; without them the pattern matches wherever it did, and elsewhere."""
    kept, depth = [], 0
    for token in _TOKEN.findall(pattern):
        if depth:
            depth += token.startswith("(") - (token == ")")
        elif token in _LOOKAROUNDS:
            depth = 1
        else:
            kept.append(token)
    return "".join(kept)
