"""Common English words: a capital at the start of a sentence does not make one of these a name."""

from pathlib import Path

COMMON_WORDS: frozenset[str] = frozenset(
    Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split()
)
