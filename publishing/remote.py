"""Folders elsewhere, by any address that fsspec has a driver for: files that are written once, as on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from content_store.errors import BadInput, WorkFailed


class RemoteFile(NamedTuple):
    """What publishing needs of a pathlib.Path, for a file or folder elsewhere. All of it raises OSError."""

    filesystem: Any
    path: str

    def __truediv__(self, name: str) -> RemoteFile:
        return self._replace(path=f"{self.path.rstrip('/')}/{name}")

    def __str__(self) -> str:
        return str(self.filesystem.unstrip_protocol(self.path))

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix

    def exists(self) -> bool:
        with _errors_of_the_system():
            return bool(self.filesystem.exists(self.path))

    def read_bytes(self) -> bytes:
        with _errors_of_the_system():
            return bytes(self.filesystem.cat_file(self.path))

    def create(self, content: bytes) -> bool:
        """Write it whole; False, and nothing is changed, when it is there.

        On S3 that is one conditional request (If-None-Match); other drivers look first and write then.
        """
        try:
            with _errors_of_the_system():
                self.filesystem.pipe_file(self.path, content, mode="create")
        except FileExistsError:
            return False
        return True

    def replace(self, content: bytes) -> None:
        """Write it whole, in place of what is there."""
        with _errors_of_the_system():
            self.filesystem.pipe_file(self.path, content)


def place(destination: str) -> Path | RemoteFile:
    """The folder that an address or a path means; BadInput when nothing here can write there."""
    if "://" not in destination:
        return Path(destination)
    parts = urlsplit(destination)
    if parts.password is not None or "::" in destination:
        raise BadInput(
            f"--to {parts.scheme}://…: keys do not belong in an address, nor does one driver behind another;"
            " give the keys in the environment."
        )
    if not (parts.netloc + parts.path).strip("/"):
        raise BadInput(f"--to {destination} names no folder; write it as s3://BUCKET/FOLDER.")
    import fsspec

    try:
        # What another machine wrote meanwhile must be seen.
        filesystem, path = fsspec.core.url_to_fs(destination, use_listings_cache=False)
    except ImportError as error:
        extra = "pip install 'surmesure[s3]'" if parts.scheme in ("s3", "s3a") else str(error)
        raise BadInput(
            f"--to {destination}: the driver for {parts.scheme} is not installed: {extra}."
        ) from None
    except OSError as error:
        raise WorkFailed(f"{destination}: {error}; publish again when it answers.") from None
    except Exception as error:
        # Drivers raise what they like.
        raise BadInput(f"--to {destination} is not known: {error}.") from None
    return RemoteFile(filesystem, path)


@contextmanager
def _errors_of_the_system() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        # Each driver has errors of its own beside those of the system, botocore's of keys and networks for one.
        raise OSError(str(error) or type(error).__name__) from error
