"""The number that tells an old copy of a database: it grows with each commit, and only then this machine knows of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import update

from content_store import marks
from content_store.database import Sessions
from content_store.errors import BadInput, WorkFailed
from content_store.models import Installation
from tests.factories import make_message, make_publication


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "marks"


def test_each_step_is_counted_in_the_database_and_then_on_the_machine(
    sessions: Sessions, folder: Path
) -> None:
    with sessions() as session:
        marks.check(session, folder)
    for expected in (1, 2, 3):
        with sessions.begin() as session:
            marks.raise_mark(session, folder)
            assert marks.standing(session, folder).noted == expected - 1, "not before the commit"
        assert _standing(sessions, folder)[1:3] == (expected, expected)


def test_what_is_rolled_back_is_never_noted(sessions: Sessions, folder: Path) -> None:
    with sessions() as session:
        marks.check(session, folder)
        session.rollback()
        marks.raise_mark(session, folder)
        session.rollback()
        session.get_one(Installation, 1)
        session.commit()
    assert _standing(sessions, folder)[1:3] == (0, 0)
    with sessions.begin() as session:
        marks.raise_mark(session, folder)
    assert _standing(sessions, folder)[1:3] == (1, 1)


def test_a_machine_that_was_killed_before_its_note_is_behind_and_catches_up(
    sessions: Sessions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with sessions() as session:
        marks.check(session, folder)
    with monkeypatch.context() as patched:
        patched.setattr(marks, "replace_file", killed)
        with pytest.raises(KeyboardInterrupt), sessions.begin() as session:
            marks.raise_mark(session, folder)
    assert _standing(sessions, folder)[1:3] == (1, 0)
    with sessions() as session:
        marks.check(session, folder)
    assert _standing(sessions, folder)[1:3] == (1, 1)


def test_many_publishers_on_one_machine_note_the_highest(sessions: Sessions, folder: Path) -> None:
    with sessions() as session:
        marks.check(session, folder)

    def publish() -> None:
        for _ in range(5):
            with sessions.begin() as session:
                marks.raise_mark(session, folder)

    threads = [Thread(target=publish) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _standing(sessions, folder)[1:3] == (40, 40)


def test_what_a_site_was_shown_makes_nobody_a_stranger(sessions: Sessions, folder: Path) -> None:
    with sessions.begin() as session:
        make_publication(session, make_message(session))
    assert not _standing(sessions, folder).is_strange
    with sessions.begin() as session:
        session.execute(update(Installation).values(mark=1))
    assert _standing(sessions, folder).is_strange


def test_a_smaller_number_in_the_database_is_told(sessions: Sessions, folder: Path) -> None:
    marks.note(folder, _standing(sessions, folder)[0], 1)
    with sessions() as session, pytest.raises(BadInput) as refused:
        marks.check(session, folder)
    assert str(refused.value) == (
        "the database is an old copy: it knows of 0 steps of sending, and this machine of 1; what it holds as open may have"
        " been sent since. `surmesure confirm` shows it, and lets you decide."
    )
    with sessions.begin() as session, pytest.raises(BadInput, match="is an old copy"):
        marks.raise_mark(session, folder)


def test_a_note_that_cannot_be_read_or_written_is_told(sessions: Sessions, folder: Path) -> None:
    identity = _standing(sessions, folder)[0]
    folder.mkdir()
    (folder / f"{identity}.mark").write_text("many")
    with sessions() as session, pytest.raises(BadInput, match=r"\.mark is damaged; delete it"):
        marks.check(session, folder)
    with (
        sessions() as session,
        pytest.raises(WorkFailed, match=f"{os.strerror(errno.ENOENT)}; this machine"),
    ):
        marks.check(session, Path("/proc/marks"))


def test_a_full_disk_at_the_note_is_told_after_the_commit(
    sessions: Sessions, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with sessions() as session:
        marks.check(session, folder)
    with monkeypatch.context() as patched:
        patched.setattr(marks, "replace_file", full)
        with pytest.raises(WorkFailed, match="No space left on device"), sessions.begin() as session:
            marks.raise_mark(session, folder)
    with sessions.begin() as session:
        marks.raise_mark(session, folder)
    assert _standing(sessions, folder)[1:3] == (2, 2)


def _standing(sessions: Sessions, folder: Path) -> marks.Standing:
    with sessions() as session:
        return marks.standing(session, folder)
