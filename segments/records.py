"""Where each record of a text file starts, and whether the file is sound: one pass over its bytes with numpy.

DuckDB parses the values, but does not say on which line a value stood. This scan does, and it refuses beforehand
what a parser would guess at: other encodings than UTF-8, quotes that never close (RFC 4180), bare carriage returns.
"""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from content_store.errors import BadInput

CHUNK_BYTES = 8 * 2**20
RECORD_BYTES = 2_000_000
RAW_CHARS = 200
DELIMITERS = ",;\t|"
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Positions = NDArray[np.int64]


class BadRow(NamedTuple):
    """A row that was set aside. `column` is empty when the row as a whole is at fault."""

    line: int
    column: str
    reason: str
    raw: str


class Header(NamedTuple):
    """The column names of a CSV file, the line they stand on and what separates them."""

    names: list[str]
    delimiter: str
    line: int


class Records(NamedTuple):
    """Where the records of a file start. From record `first[i]` up to the next, record k starts on line k + `shift[i]`."""

    total: int
    first: Positions
    shift: Positions

    def lines(self, records: Positions) -> Positions:
        """Physical line numbers, from 1, on which the given records (from 0) start."""
        return (
            records + self.shift[np.searchsorted(self.first, records, side="right") - 1]
            if self.total
            else records
        )


class _Chunk(NamedTuple):
    data: NDArray[np.uint8]  # whole lines: the last byte is a line feed
    offset: int  # of its first byte in the file
    line: int  # of its first byte


def as_utf8(path: Path, scratch: Path) -> Path:
    """`path` itself, or a UTF-8 copy without byte-order mark in the folder `scratch`. Raises BadInput."""
    with path.open("rb") as file:
        start = file.read(4)
    encoding = next((name for mark, name in BYTE_ORDER_MARKS if start.startswith(mark)), None)
    if encoding is None:
        if b"\0" in start[:2]:
            raise BadInput(f"{path}: looks like UTF-16 without a byte-order mark; save it as UTF-8.")
        return path
    copy = scratch / f"utf8-{path.name}"
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            copy.open("w", encoding="utf-8", newline="") as target,
        ):
            while text := source.read(CHUNK_BYTES):
                target.write(text)
    except UnicodeError as error:
        raise BadInput(
            f"{path}: its byte-order mark says {encoding}, but {error}; save it as UTF-8."
        ) from error
    return copy


def read_header(path: Path, name: str) -> Header:
    """The header of a CSV file in UTF-8; `name` is what the person calls the file. Raises BadInput."""
    with path.open("rb") as file:
        lines = enumerate(iter(lambda: file.readline(RECORD_BYTES), b""), start=1)
        number, raw = next(((number, line) for number, line in lines if line.strip()), (0, b""))
    if not number:
        raise BadInput(f"{name}: the file is empty; it needs at least a line with column names.")
    text = _decoded(raw, 0, number, name).rstrip("\r\n")
    if "\r" in text:
        raise BadInput(
            f"{name}, line {number}: lines end in a bare carriage return; save it with LF or CRLF ends."
        )
    delimiter = max(DELIMITERS, key=lambda mark: (text.count(mark), -DELIMITERS.index(mark)))
    try:
        names = [column.strip() for column in next(csv.reader([text], delimiter=delimiter, strict=True))]
    except csv.Error as error:
        raise BadInput(
            f"{name}, line {number}: a quote in the column names never closes; close it."
        ) from error
    _refuse_bad_names(names, name, number)
    return Header(names, delimiter, number)


def scan_records(path: Path, name: str, delimiter: str | None = None, skip_lines: int = 0) -> Records:
    """Find the records of a file in UTF-8: lines, or with a delimiter CSV records. Blank lines are no records.

    Raises BadInput on what no row can be blamed for; `name` is what the person calls the file.
    """
    quotes = _Quotes(name, delimiter)
    starts = _Starts()
    start, start_line = -1, skip_lines + 1  # of the record that is being read: it may have begun chunks ago
    for chunk in _chunks(path, name, skip_lines):
        start = chunk.offset if start < 0 else start
        newlines = np.flatnonzero(chunk.data == ord("\n"))
        ends = quotes.ends_of_records(chunk, newlines)
        begins = np.concatenate(([start - chunk.offset], ends + 1))
        lines = np.concatenate(([start_line], chunk.line + np.searchsorted(newlines, ends) + 1))
        lengths = np.concatenate((ends, [len(chunk.data)])) - begins
        if (lengths > RECORD_BYTES).any():
            raise _too_long(name, int(lines[np.argmax(lengths > RECORD_BYTES)]))
        blank = (lengths[:-1] == 0) | ((lengths[:-1] == 1) & (chunk.data[ends - 1] == ord("\r")))
        starts.add(lines[:-1][~blank])
        start, start_line = chunk.offset + int(begins[-1]), int(lines[-1])
    quotes.finish()
    return starts.records()


def lines_of(path: Path, wanted: set[int]) -> dict[int, str]:
    """The text of some lines of a file in UTF-8, cut for display."""
    with path.open(encoding="utf-8", newline="\n") as file:
        return {number: shown(text) for number, text in enumerate(file, start=1) if number in wanted}


def shown(text: str) -> str:
    """A raw value as it is kept for people: cut, and with NUL bytes made visible (PostgreSQL stores none)."""
    return text.rstrip("\r\n").replace("\0", "\N{SYMBOL FOR NULL}")[:RAW_CHARS]


class _Starts:
    """Collects the lines of records; a file of one-line records needs one entry, not one per record."""

    def __init__(self) -> None:
        self.total, self.last_shift = 0, -1
        self.first: list[Positions] = []
        self.shift: list[Positions] = []

    def add(self, lines: Positions) -> None:
        """The lines on which the next records start."""
        records = self.total + np.arange(len(lines))
        shifts = lines - records
        changed = np.diff(shifts, prepend=self.last_shift) != 0
        self.first.append(records[changed])
        self.shift.append(shifts[changed])
        self.total += len(lines)
        self.last_shift = int(shifts[-1]) if len(lines) else self.last_shift

    def records(self) -> Records:
        if not self.total:
            return Records(0, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        return Records(self.total, np.concatenate(self.first), np.concatenate(self.shift))


class _Quotes:
    """Follows quoted fields from chunk to chunk and refuses quotes that RFC 4180 does not allow.

    Without a delimiter a quote has no meaning.
    """

    def __init__(self, name: str, delimiter: str | None) -> None:
        self.name, self.matter = name, delimiter is not None
        self.around = np.frombuffer(f'{delimiter}\n\r"'.encode(), dtype=np.uint8)
        self.inside = False
        self.open_line = 0

    def ends_of_records(self, chunk: _Chunk, newlines: Positions) -> Positions:
        """Positions of the line feeds outside quotes."""
        quote: NDArray[np.bool_] = chunk.data == ord('"')
        quoted = quote & False
        if self.matter and (self.inside or quote.any()):
            quoted = np.bitwise_xor.accumulate(quote) ^ self.inside
            self._check(chunk, np.flatnonzero(quote), newlines)
            self.inside = bool(quoted[-1])
        returns = np.flatnonzero((chunk.data == ord("\r")) & ~quoted)
        bare = returns[chunk.data[returns + 1] != ord("\n")]
        if len(bare):
            line = chunk.line + np.searchsorted(newlines, bare[0])
            raise BadInput(f"{self.name}, line {line}: a bare carriage return stands outside quotes; "
                           "save the file with LF or CRLF line ends.")  # fmt: skip
        outside: Positions = newlines[~quoted[newlines]]
        return outside

    def finish(self) -> None:
        """Refuse a quote that is open at the end."""
        if self.inside:
            raise self._unclosed(self.open_line)

    def _check(self, chunk: _Chunk, quotes: Positions, newlines: Positions) -> None:
        """An opening quote follows a separator and a closing one precedes one; a doubled quote closes and opens."""
        opens = (np.arange(len(quotes)) + self.inside) % 2 == 0
        lines = chunk.line + np.searchsorted(newlines, quotes)
        before = np.where(quotes == 0, ord("\n"), chunk.data[quotes - 1])
        wrong = ~np.isin(np.where(opens, before, chunk.data[quotes + 1]), self.around)
        if wrong.any():
            index = int(np.argmax(wrong))
            if opens[index]:
                raise BadInput(f"{self.name}, line {lines[index]}: a quote stands inside a field that is not quoted; "
                               "put the field in quotes and double the quote.")  # fmt: skip
            raise self._unclosed(int(lines[index - 1]) if index else self.open_line)
        if len(quotes) and opens[-1]:
            self.open_line = int(lines[-1])

    def _unclosed(self, line: int) -> BadInput:
        return BadInput(f"{self.name}, line {line}: the quote that opens a field here is not closed; "
                        "close it, or double it where it belongs to the text.")  # fmt: skip


def _chunks(path: Path, name: str, skip_lines: int) -> Iterator[_Chunk]:
    """The file in chunks of whole lines, checked to be UTF-8."""
    with path.open("rb") as file:
        for _ in range(skip_lines):
            file.readline()
        line, offset = skip_lines + 1, file.tell()
        while data := file.read(CHUNK_BYTES):
            if not data.endswith(b"\n"):
                rest = file.readline(RECORD_BYTES + 1)
                if len(rest) > RECORD_BYTES:
                    raise _too_long(name, line + data.count(b"\n"))
                data += rest
            _decoded(data, offset, line, name)
            padded = data if data.endswith(b"\n") else data + b"\n"
            yield _Chunk(np.frombuffer(padded, dtype=np.uint8), offset, line)
            line, offset = line + data.count(b"\n"), offset + len(data)


def _decoded(data: bytes, offset: int, line: int, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        raise BadInput(f"{name}, line {at}: byte {offset + error.start + 1:,} of the file is not UTF-8; "
                       "save the file as UTF-8.") from error  # fmt: skip


def _too_long(name: str, line: int) -> BadInput:
    return BadInput(f"{name}, line {line}: a row of more than {RECORD_BYTES:,} bytes starts here; "
                    "look for a quote that is not closed, or split the row.")  # fmt: skip


def _refuse_bad_names(names: list[str], name: str, line: int) -> None:
    for position, column in enumerate(names, start=1):
        if not column:
            raise BadInput(f"{name}, line {line}: column {position} has no name; name it or remove it.")
        if column.casefold() in (other.casefold() for other in names[: position - 1]):
            raise BadInput(f'{name}, line {line}: the column "{column}" stands there twice; keep one.')
