"""Files are replaced whole or not at all, and never believed when they are damaged."""

import subprocess
import sys
from pathlib import Path

import pytest

from content_store.durable_files import Damaged, read_generation, replace_file, write_generation

ENDLESS_WRITER = """
import sys
from pathlib import Path
from content_store.durable_files import write_generation
number = 0
while True:
    write_generation(Path(sys.argv[1]), {"a": b"%d" % number * 5000, "b": b"%d" % number}, {"number": number})
    print(number, flush=True)
    number += 1
"""


def test_what_was_written_is_read(tmp_path: Path) -> None:
    write_generation(tmp_path / "new", {"a": b"one", "b": b""}, {"count": 3})
    assert read_generation(tmp_path / "new") == ({"a": b"one", "b": b""}, {"count": 3})


def test_the_newest_generation_is_read_and_only_the_one_before_is_kept(tmp_path: Path) -> None:
    for number in range(4):
        write_generation(tmp_path, {"a": b"%d" % number}, {})
    assert read_generation(tmp_path).files == {"a": b"3"}
    assert sorted(path.read_bytes() for path in tmp_path.glob("generation-*/a")) == [b"2", b"3"]


def test_nothing_written_is_said_as_such(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_generation(tmp_path)


@pytest.mark.parametrize(
    "manifest", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"sha256": 1}']
)
def test_a_manifest_that_is_none_is_damage(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)
    with pytest.raises(Damaged, match=r"manifest\.json is damaged"):
        read_generation(tmp_path)


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    write_generation(tmp_path, {"a": b"one"}, {})
    next(tmp_path.glob("generation-*/a")).unlink()
    with pytest.raises(Damaged, match="a cannot be read"):
        read_generation(tmp_path)


def test_replacing_a_file_leaves_no_other(tmp_path: Path) -> None:
    replace_file(tmp_path / "a", b"one")
    replace_file(tmp_path / "a", b"two")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"two")]


def test_a_writer_killed_at_any_moment_leaves_a_whole_generation(tmp_path: Path) -> None:
    for saves in range(1, 13):
        with subprocess.Popen(
            [sys.executable, "-c", ENDLESS_WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(saves):
                writer.stdout.readline()
            writer.kill()
        files, notes = read_generation(tmp_path)
        assert notes["number"] >= saves - 1
        assert files == {"a": b"%d" % notes["number"] * 5000, "b": b"%d" % notes["number"]}
