"""Files that are replaced whole or not at all, and checked before they are believed.

A generation is a set of files in a folder of its own. `manifest.json` beside it names the generation in use,
with the SHA-256 of each file; it is replaced last, so that whoever is killed before leaves the old one in use.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

MANIFEST = "manifest.json"


class Damaged(Exception):
    """The files are not what was written; the message says which and how."""


class Generation(NamedTuple):
    """The checked content of each file, and what the writer noted about them."""

    files: dict[str, bytes]
    notes: dict[str, Any]


def replace_file(file: Path, content: bytes) -> None:
    """Write beside the file, flush to disk, then swap: a reader sees the old content or the new. Raises OSError."""
    _put(file, content, Path.replace)


def create_file(file: Path, content: bytes, mode: int = 0o644) -> bool:
    """The same for a file that is written once: False, and nothing is changed, when it is there. Raises OSError."""
    try:
        # A second name for the same file, which a file system gives to one of many who ask at once.
        _put(file, content, lambda temporary, name: name.hardlink_to(temporary), mode)
    except FileExistsError:
        return False
    return True


def _put(file: Path, content: bytes, place: Callable[[Path, Path], object], mode: int = 0o644) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f"{file.name}-", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            # Temporary files are for their owner alone; a report is for the team.
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        place(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(file.parent)


@contextmanager
def replace_by(file: Path) -> Iterator[Path]:
    """A file beside `file` to write to, which takes its place when all of it is on disk. Raises OSError.

    For what is too large for memory. What a killed process leaves has a name that nobody reads, and is written anew.
    """
    temporary = file.with_name(f"{file.name}.tmp")
    try:
        yield temporary
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Flush every file of a folder, and its list of names, to disk. Raises OSError."""
    for path in [*folder.iterdir(), folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_generation(folder: Path, files: Mapping[str, bytes], notes: Mapping[str, Any]) -> None:
    """Write a new generation, make it the current one and delete all but it and the one before.

    One process at a time may write to a folder. Raises OSError, and then the old generation is still in use.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = _current_name(folder)
    generation = Path(tempfile.mkdtemp(prefix="generation-", dir=folder))
    for name, content in files.items():
        replace_file(generation / name, content)
    body = {
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "generation": generation.name,
        "notes": dict(notes),
    }
    replace_file(folder / MANIFEST, _manifest_bytes(body))
    for old in folder.glob("generation-*"):
        # A reader that opened the manifest a moment ago may still be reading the generation before.
        if old.name not in {generation.name, before}:
            shutil.rmtree(old, ignore_errors=True)


def read_generation(folder: Path) -> Generation:
    """The current generation, every byte checked; raises Damaged, FileNotFoundError when nothing was written."""
    raw = (folder / MANIFEST).read_bytes()
    try:
        body = json.loads(raw)
        del body["sha256"]
        intact = raw == _manifest_bytes(body)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Damaged(f"{MANIFEST} is damaged") from error
    if not intact:
        raise Damaged(f"{MANIFEST} is damaged")
    files = {
        name: _checked_content(folder / body["generation"] / name, sha) for name, sha in body["files"].items()
    }
    return Generation(files, body["notes"])


def _checked_content(file: Path, sha256: str) -> bytes:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Damaged(f"{file.name} cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Damaged(f"{file.name} is cut short or changed: its checksum differs")
    return content


def _manifest_bytes(body: Mapping[str, Any]) -> bytes:
    """The one spelling of a manifest: with its own checksum, so that any other byte is seen as damage."""
    checksum = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return (json.dumps({**body, "sha256": checksum}, indent=2, sort_keys=True) + "\n").encode()


def _current_name(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / MANIFEST).read_bytes())["generation"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
