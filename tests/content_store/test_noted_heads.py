"""Heads of the decision log, noted where the database cannot reach them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from content_store.errors import BadInput, WorkFailed
from content_store.noted_heads import note_head, read_heads
from tests.factories import NOW


def test_each_new_head_is_one_line(tmp_path: Path) -> None:
    note_head(tmp_path, 2, "a" * 64, NOW)
    note_head(tmp_path, 5, "b" * 64, NOW + timedelta(days=1))
    assert (tmp_path / "audit.heads").read_text() == (
        f"2 {'a' * 64} 2026-03-02T09:30:00+00:00\n5 {'b' * 64} 2026-03-03T09:30:00+00:00\n"
    )
    assert [head.number for head in read_heads(tmp_path)] == [2, 5]


def test_a_head_that_stands_already_and_an_empty_log_are_not_noted(tmp_path: Path) -> None:
    note_head(tmp_path, 0, "0" * 64, NOW)
    assert read_heads(tmp_path) == []
    note_head(tmp_path, 2, "a" * 64, NOW)
    note_head(tmp_path, 2, "a" * 64, NOW + timedelta(days=1))
    assert len(read_heads(tmp_path)) == 1


@pytest.mark.parametrize("line", ["2 abc 2026-03-02", "", "x" * 70, "\x00\xff"])
def test_a_line_that_is_no_head_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    note_head(tmp_path, 2, "a" * 64, NOW)
    with (tmp_path / "audit.heads").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(BadInput, match=r"audit\.heads, line 2, is not a head"):
        read_heads(tmp_path)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkFailed, match="the head was not noted"):
        note_head(tmp_path / "missing", 2, "a" * 64, NOW)
