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
    """The sound records of a file, in order, and the ones with the wrong number of fields.

    From record `first[i]` on, up to `first[i + 1]`, record k starts on line k + `shift[i]`.
    """

    total: int
    first: Positions
    shift: Positions
    bad: list[BadRow]
    bad_count: int

    def lines(self, records: Positions) -> Positions:
        """Physical line numbers, from 1, on which the given records (from 0) start."""
        if not len(self.first):
            return records + 1
        return records + self.shift[np.searchsorted(self.first, records, side="right") - 1]


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
        with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
            while text := source.read(CHUNK_BYTES):
                target.write(text)
    except UnicodeError as error:
        raise BadInput(f"{path}: its byte-order mark says {encoding}, but {error}; save it as UTF-8.") from error
    return copy


def read_header(path: Path, name: str) -> Header:
    """The header of a CSV file in UTF-8; `name` is what the person calls the file. Raises BadInput."""
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(RECORD_BYTES), b""), start=1):
            if raw.strip():
                break
        else:
            raise BadInput(f"{name}: the file is empty; it needs at least a line with column names.")
    text = _decoded(raw, 0, number, name).rstrip("\r\n")
    if "\r" in text:
        raise BadInput(f"{name}, line {number}: lines end in a bare carriage return; save it with LF or CRLF ends.")
    delimiter = max(DELIMITERS, key=lambda mark: (text.count(mark), -DELIMITERS.index(mark)))
    try:
        names = [column.strip() for column in next(csv.reader([text], delimiter=delimiter, strict=True))]
    except csv.Error as error:
        raise BadInput(f"{name}, line {number}: a quote in the column names never closes; close it.") from error
    _refuse_bad_names(names, name, number)
    return Header(names, delimiter, number)


def scan_csv(path: Path, header: Header, name: str, keep: int = 1_000) -> Records:
    """Scan what follows the header of a CSV file in UTF-8, keeping at most `keep` bad rows.

    Raises BadInput on what no row can be blamed for.
    """
    scan = _Scan(name, header, keep)
    for chunk in _chunks(path, name, skip_lines=header.line):
        scan.take(chunk)
    return scan.finish()


def scan_lines(path: Path, name: str) -> Records:
    """Scan a file in UTF-8 with one record per line (JSON Lines); lines of white space are no records."""
    count, last_shift = 0, -1
    first, shift = [], []
    for chunk in _chunks(path, name):
        ends = np.flatnonzero(chunk.data == ord("\n"))
        starts = np.concatenate(([0], ends[:-1] + 1))
        ink = (chunk.data != ord(" ")) & (chunk.data != ord("\t")) & (chunk.data != ord("\r")) & (chunk.data != ord("\n"))
        lines = chunk.line + np.flatnonzero(np.logical_or.reduceat(ink, starts))
        changed, shifts = _changes(lines, count, last_shift)
        first.append(changed)
        shift.append(shifts)
        last_shift = int(shifts[-1]) if len(shifts) else last_shift
        count += len(lines)
    return Records(count, _joined(first), _joined(shift), [], 0)


def lines_of(path: Path, wanted: set[int]) -> dict[int, str]:
    """The text of some lines of a file in UTF-8, cut for display."""
    with path.open(encoding="utf-8", newline="\n") as file:
        return {number: shown(text) for number, text in enumerate(file, start=1) if number in wanted}


def shown(text: str) -> str:
    """A raw value as it is kept for people: cut, and with NUL bytes made visible (PostgreSQL stores none)."""
    return text.rstrip("\r\n").replace("\0", "\N{SYMBOL FOR NULL}")[:RAW_CHARS]


class _Scan:
    """The state of a scan between two chunks: a record may begin in one and end in another."""

    def __init__(self, name: str, header: Header, keep: int) -> None:
        self.name, self.fields, self.delimiter, self.keep = name, len(header.names), ord(header.delimiter), keep
        self.inside = False  # a quoted field
        self.open_line = 0  # where the quote was opened
        self.start = -1  # offset at which the current record began, -1 before the first
        self.start_line = header.line + 1
        self.delimiters = 0  # in the current record so far
        self.count, self.shift = 0, -1
        self.firsts: list[Positions] = []
        self.shifts: list[Positions] = []
        self.bad: list[BadRow] = []
        self.bad_count = 0

    def take(self, chunk: _Chunk) -> None:
        """Read one chunk further."""
        data = chunk.data
        self.start = chunk.offset if self.start < 0 else self.start
        newline, delimiter = data == ord("\n"), data == self.delimiter
        newlines = np.flatnonzero(newline)
        quote = data == ord('"')
        if self.inside or quote.any():
            quoted = np.bitwise_xor.accumulate(quote) ^ self.inside
            self._check_quotes(chunk, np.flatnonzero(quote), newlines)
            newline, delimiter = newline & ~quoted, delimiter & ~quoted
            self.inside = bool(quoted[-1])
        else:
            quoted = quote
        self._check_carriage_returns(chunk, quoted, newlines)
        self._take_records(chunk, np.flatnonzero(newline), np.flatnonzero(delimiter), newlines)

    def finish(self) -> Records:
        """The records found, once the last chunk was taken."""
        if self.inside:
            raise self._unclosed(self.open_line)
        return Records(self.count, _joined(self.firsts), _joined(self.shifts), self.bad, self.bad_count)

    def _take_records(self, chunk: _Chunk, ends: Positions, delimiters: Positions, newlines: Positions) -> None:
        data, size = chunk.data, len(chunk.data)
        starts = np.concatenate(([self.start - chunk.offset], ends + 1))
        end_lines = chunk.line + np.searchsorted(newlines, ends)
        start_lines = np.concatenate(([self.start_line], end_lines + 1))
        until = np.searchsorted(delimiters, ends)
        found = np.diff(until, prepend=0)
        lengths = np.concatenate((ends, [size])) - starts
        if (lengths > RECORD_BYTES).any():
            raise _too_long(self.name, int(start_lines[int(np.argmax(lengths > RECORD_BYTES))]))
        if len(ends):
            found[0] += self.delimiters
            self.delimiters = 0
        self.delimiters += len(delimiters) - (int(until[-1]) if len(ends) else 0)
        lengths, begins = lengths[:-1], np.maximum(starts[:-1], 0)
        empty = (lengths == 0) | ((lengths == 1) & (data[np.minimum(begins, size - 1)] == ord("\r")))
        # A blank line of a one-column file is a row without a value, for DuckDB too.
        blank = empty & (self.fields > 1)
        ragged = ~blank & (found != self.fields - 1)
        self.bad_count += int(ragged.sum())
        for index in np.flatnonzero(ragged)[: self.keep - len(self.bad)]:
            raw = data[begins[index] : min(ends[index], begins[index] + 4 * RAW_CHARS)].tobytes().decode(errors="ignore")
            reason = f"has {found[index] + 1} fields where the header has {self.fields}"
            self.bad.append(BadRow(int(start_lines[index]), "", reason, shown(raw)))
        self._note_lines(start_lines[:-1][~blank & ~ragged])
        self.start, self.start_line = chunk.offset + int(starts[-1]), int(start_lines[-1])

    def _note_lines(self, lines: Positions) -> None:
        first, shifts = _changes(lines, self.count, self.shift)
        self.firsts.append(first)
        self.shifts.append(shifts)
        self.shift = int(shifts[-1]) if len(shifts) else self.shift
        self.count += len(lines)

    def _check_quotes(self, chunk: _Chunk, quotes: Positions, newlines: Positions) -> None:
        """An opening quote follows a separator, a closing one precedes a separator (a doubled one is both)."""
        data, separators = chunk.data, np.array([self.delimiter, ord("\n"), ord("\r"), ord('"')], dtype=np.uint8)
        opens = (np.arange(len(quotes)) + self.inside) % 2 == 0
        line_of = chunk.line + np.searchsorted(newlines, quotes)
        at_start = quotes == 0
        before = np.where(at_start, ord("\n"), data[np.maximum(quotes - 1, 0)])
        wrong = ~np.isin(np.where(opens, before, data[quotes + 1]), separators)
        if wrong.any():
            index = int(np.argmax(wrong))
            if opens[index]:
                raise BadInput(f"{self.name}, line {line_of[index]}: a quote stands inside a field that is not quoted; "
                               "put the field in quotes and double the quote.")  # fmt: skip
            raise self._unclosed(int(line_of[index - 1]) if index else self.open_line)
        if len(quotes) and opens[-1]:
            self.open_line = int(line_of[-1])

    def _check_carriage_returns(self, chunk: _Chunk, quoted: NDArray[np.bool_], newlines: Positions) -> None:
        returns = np.flatnonzero((chunk.data == ord("\r")) & ~quoted)
        bare = returns[chunk.data[returns + 1] != ord("\n")]
        if len(bare):
            line = chunk.line + np.searchsorted(newlines, bare[0])
            raise BadInput(f"{self.name}, line {line}: a bare carriage return stands outside quotes; "
                           "save the file with LF or CRLF line ends.")  # fmt: skip

    def _unclosed(self, line: int) -> BadInput:
        return BadInput(f"{self.name}, line {line}: the quote that opens a field here is not closed; "
                        "close it, or double it where it belongs to the text.")  # fmt: skip


def _chunks(path: Path, name: str, skip_lines: int = 0) -> Iterator[_Chunk]:
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


def _changes(lines: Positions, count: int, shift: int) -> tuple[Positions, Positions]:
    """Where line minus record index changes, so that a file of one-line records needs one entry, not one per record."""
    records = count + np.arange(len(lines))
    shifts = lines - records
    changed = np.diff(shifts, prepend=shift) != 0
    return records[changed], shifts[changed]


def _joined(parts: list[Positions]) -> Positions:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
