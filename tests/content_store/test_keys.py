"""A key is made once, for its owner alone, and each name has its own."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from content_store.errors import BadInput, WorkFailed
from content_store.keys import load_key


def load(folder: Path, name: str = "one.key") -> bytes:
    return load_key(folder, name, if_lost="all begins anew")


def test_a_key_is_made_once_and_each_name_has_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    key = load(folder)
    assert len(key) == 32
    assert load(folder) == key
    assert load(folder, "two.key") != key
    assert sorted(path.name for path in folder.iterdir()) == ["one.key", "two.key"]
    assert (folder / "one.key").stat().st_mode & 0o777 == 0o600


def test_those_who_make_it_at_once_all_get_the_same_one(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [Thread(target=lambda: found.append(load(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [load(tmp_path)] * 8


def test_a_key_that_others_can_read_or_that_is_damaged_is_refused_in_a_sentence(tmp_path: Path) -> None:
    load(tmp_path)
    file = tmp_path / "one.key"
    file.chmod(0o640)
    with pytest.raises(BadInput) as refused:
        load(tmp_path)
    assert str(refused.value) == (
        f"{file} can be read by others, who could forge what it signs; run `chmod 600 {file}`."
    )
    file.chmod(0o600)
    file.write_text("short")
    with pytest.raises(BadInput) as refused:
        load(tmp_path)
    assert str(refused.value) == f"{file} is damaged; put a copy back, or delete it, and all begins anew."


def test_a_state_folder_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(WorkFailed, match="a key is kept there"):
        load(tmp_path / "state")
