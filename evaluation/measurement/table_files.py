"""Files of tables as DuckDB reads them: what kind a file is of, in which encoding, and what its header says."""

from __future__ import annotations

import codecs
import csv
import gzip
from collections import Counter
from io import TextIOWrapper
from pathlib import Path
from typing import IO

from content_store.errors import BadInput

_READERS = {
    ".csv": "read_csv({file}, header = true, all_varchar = true, encoding = '{encoding}')",
    ".tsv": "read_csv({file}, header = true, all_varchar = true, encoding = '{encoding}')",
    ".parquet": "read_parquet({file})",
    ".jsonl": "read_json({file}, format = 'newline_delimited')",
    ".ndjson": "read_json({file}, format = 'newline_delimited')",
}
_CHUNK = 1 << 20


def reader(path: Path) -> str:
    """The file as a table in SQL; texts may be gzipped. BadInput for a file that is not there, empty or of no known kind."""
    if not path.is_file():
        raise BadInput(f"{path} is not there; give a CSV, Parquet or JSON Lines file.")
    if path.stat().st_size == 0:
        raise BadInput(f"{path} is empty.")
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix not in _READERS or (suffix == ".parquet" and name.endswith(".gz")):
        raise BadInput(
            f"{path} is of no known kind; its name must end with {', '.join(_READERS)} (texts also with .gz)."
        )
    encoding = "utf-8"
    if suffix in {".csv", ".tsv"}:
        try:
            encoding = _encoding(path)
            _check_header(path, encoding)
        except (OSError, EOFError, UnicodeError, csv.Error) as error:
            raise BadInput(f"{path} cannot be read: {error}") from None
    return _READERS[suffix].format(file="'" + str(path.resolve()).replace("'", "''") + "'", encoding=encoding)


def _bytes(path: Path) -> IO[bytes]:
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path) -> str:
    """UTF-8, or UTF-16 where its mark stands first; else Latin-1, as spreadsheets of Western Europe write it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _bytes(path) as stream:
        chunk = stream.read(_CHUNK)
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = stream.read(_CHUNK)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def _check_header(path: Path, encoding: str) -> None:
    """DuckDB would rename a column that stands twice."""
    marked = "utf-8-sig" if encoding == "utf-8" else encoding
    with TextIOWrapper(_bytes(path), marked, errors="replace", newline="") as text:
        header = next(csv.reader(text), [])
    twice = [name for name, number in Counter(header).items() if number > 1]
    if twice:
        raise BadInput(f"{path}: the header names {twice[0]!r} twice; rename one of the columns.")
