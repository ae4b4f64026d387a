"""Customers are found in a segmentation by exactly their id."""

from __future__ import annotations

from pathlib import Path

import pytest

from publishing.decisions.membership import NOBODY, Member, load_membership
from tests.publishing.decisions.site import write_members


def test_everybody_is_found_whatever_their_id_looks_like(tmp_path: Path) -> None:
    ids = ["", "1", "10", "2", "A", "a", "a ", "z", "é", "\uffee", "\U0001f600", "日本"]
    write_members(tmp_path, 1, {name: (n, float(n)) for n, name in enumerate(reversed(ids))})
    found = load_membership(tmp_path / "1")
    assert [found.find(name) for name in reversed(ids)] == [Member(n, float(n)) for n in range(len(ids))]
    assert [found.find(name) for name in ("0", "100", "b", "Z", "zz", "\U0001f601")] == [None] * 6


def test_parts_are_one_list_and_days_may_be_unknown(tmp_path: Path) -> None:
    write_members(tmp_path, 1, {"b": (7, None), "d": (8, 2.5)})
    (tmp_path / "1" / "part=0").rename(tmp_path / "1" / "part=1")
    write_members(tmp_path, 1, {"c": (9, 0.0), "a": (9, 1.0)})
    found = load_membership(tmp_path / "1")
    assert [found.find(name) for name in "abcd"] == [Member(9, 1.0), Member(7, None), Member(9, 0.0), Member(8, 2.5)]  # fmt: skip


def test_lists_that_are_not_there_are_an_error_and_an_empty_one_has_nobody(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="has no list of members"):
        load_membership(tmp_path / "1")
    assert NOBODY.find("c01") is None
