"""How CSV, JSON Lines, Parquet and SQL become one thing: a query with a row number, whose columns are known."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from content_store.errors import BadInput
from content_store.models import SourceKind
from segments.records import (
    RECORD_BYTES,
    BadRow,
    Records,
    as_utf8,
    lines_of,
    read_header,
    scan_csv,
    scan_lines,
)
from segments.rules import ROW, literal, quoted

FILE_NAME = re.compile(r"'((?:[^']|'')+\.(?:csv|tsv|parquet|json|jsonl|ndjson)(?:\.gz|\.zst)?)'", re.IGNORECASE)


class Limits(NamedTuple):
    """What reading may cost. A file past `rows` or `unpacked_bytes` is refused before it is read."""

    rows: int = 200_000_000
    unpacked_bytes: int = 16 * 2**30
    quarantined_kept: int = 1_000
    memory: str = "1GB"


class SourceSpec(NamedTuple):
    """Where one kind of rows comes from: a file, or one SELECT whose file names count from `folder`."""

    kind: SourceKind
    path: Path | None = None
    sql: str | None = None
    columns: Mapping[str, str] = {}  # our name → theirs, where they differ
    folder: Path = Path()

    @property
    def label(self) -> str:
        """What a person calls it."""
        return str(self.path) if self.path else f"the query for {self.kind}"


class Raw(NamedTuple):
    """A source that was opened: its query yields ROW and the columns; `unreadable` is SQL, true for a broken row."""

    query: str
    types: dict[str, str]  # column name → DuckDB type
    records: Records | None = None  # of a text file, for line numbers
    unreadable: str = "false"
    text_of_lines: Callable[[set[int]], dict[int, str]] | None = None

    def bad_rows(self) -> tuple[list[BadRow], int]:
        """Rows that did not even have the right number of fields, and how many there were."""
        return (self.records.bad, self.records.bad_count) if self.records else ([], 0)


def connect(scratch: Path, readable: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """A database in the folder `scratch` that can read `readable` (a file or a folder) and nothing else."""
    connection = duckdb.connect(str(scratch / "rows.duckdb"))
    allowed = [scratch] + ([readable] if readable.is_dir() else [])
    settings = {
        "TimeZone": "'UTC'",
        "memory_limit": literal(limits.memory),
        "temp_directory": literal(str(scratch)),
        "allowed_directories": str([str(folder.resolve()) for folder in allowed]),
        "allowed_paths": str([] if readable.is_dir() else [str(readable.resolve())]),
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")
    return connection


def open_file(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path, limits: Limits) -> Raw:
    """Open a file by what its name ends with. Raises BadInput on a file that is missing, empty or broken."""
    openers = {".csv": _open_csv, ".tsv": _open_csv, ".txt": _open_csv, ".parquet": _open_parquet,
               ".jsonl": _open_json_lines, ".ndjson": _open_json_lines}  # fmt: skip
    if path.suffix.lower() not in openers:
        raise BadInput(f"{path}: cannot tell the format; let the name end with {', '.join(openers)}.")
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; check the path in sources.yaml.")
    if path.stat().st_size == 0:
        raise BadInput(f"{path}: the file is empty; export it again.")
    return openers[path.suffix.lower()](connection, path, scratch, limits)


def open_query(connection: duckdb.DuckDBPyConnection, sql: str, folder: Path) -> Raw:
    """Open the rows of one SELECT; file names in it count from `folder`. Raises BadInput."""
    try:
        statements = connection.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise BadInput(f"the query in sources.yaml must be a single SELECT, but it is: {_start(sql)}")
        # DuckDB allows a COPY or INSERT in a WITH clause only at the top level, so inside brackets nothing writes.
        text = FILE_NAME.sub(lambda match: literal(str(folder.resolve() / match[1].replace("''", "'"))), sql)
        query = f"SELECT row_number() OVER () - 1 AS {ROW}, * FROM (\n{text.rstrip().rstrip(';')}\n)"
        return Raw(query, _types(connection, query))
    except duckdb.Error as error:
        raise BadInput(f"the query in sources.yaml does not run ({first_line(error)}): {_start(sql)}") from error


def first_line(error: Exception) -> str:
    """What a library says went wrong, without its advice."""
    return str(error).strip().split("\n")[0]


def _open_csv(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path, limits: Limits) -> Raw:
    text = as_utf8(path, scratch)
    header = read_header(text, str(path))
    records = scan_csv(text, header, str(path), limits.quarantined_kept)
    _refuse_many(path, records.total, limits)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header.names)
    query = (
        f"SELECT row_number() OVER () - 1 AS {ROW}, * FROM read_csv({literal(str(text))}, auto_detect=false, "
        f"header=false, skip={header.line}, delim={literal(header.delimiter)}, quote='\"', escape='\"', "
        f"strict_mode=false, ignore_errors=true, max_line_size={RECORD_BYTES + 1}, columns={{{columns}}})"
    )
    return Raw(query, dict.fromkeys(header.names, "VARCHAR"), records)


def _open_json_lines(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path, limits: Limits) -> Raw:
    text = as_utf8(path, scratch)
    records = scan_lines(text, str(path))
    _refuse_many(path, records.total, limits)
    objects = (
        f"SELECT row_number() OVER () - 1 AS {ROW}, CASE WHEN json_type(json) = 'OBJECT' THEN json END AS \"#json\" "
        f"FROM read_json_objects({literal(str(text))}, format='newline_delimited', ignore_errors=true, "
        f"maximum_object_size={RECORD_BYTES + 1})"
    )
    keys = f'SELECT DISTINCT unnest(json_keys("#json")) AS key FROM ({objects}) ORDER BY key'
    names = [name for (name,) in connection.execute(keys).fetchall() if name]
    _refuse_same_names(path, names)
    paths = ", ".join(literal("/" + name.replace("~", "~0").replace("/", "~1")) for name in names)
    fields = "".join(f", fields[{index}] AS {quoted(name)}" for index, name in enumerate(names, start=1))
    values = f'json_extract_string("#json", [{paths}])' if names else "NULL"
    query = f'SELECT {ROW}, "#json"{fields} FROM (SELECT *, {values} AS fields FROM ({objects}))'
    twice = 'len(json_keys("#json")) <> len(list_distinct(json_keys("#json")))'
    return Raw(query, dict.fromkeys(names, "VARCHAR"), records, f'"#json" IS NULL OR {twice}',
               lambda wanted: lines_of(text, wanted))  # fmt: skip


def _open_parquet(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path, limits: Limits) -> Raw:
    file = literal(str(path))
    try:
        size, rows = connection.execute(
            f"SELECT (SELECT sum(total_uncompressed_size) FROM parquet_metadata({file})), "
            f"(SELECT sum(num_rows) FROM parquet_file_metadata({file}))"
        ).fetchall()[0]
        if (size or 0) > limits.unpacked_bytes:
            raise BadInput(f"{path}: would unpack to {size:,} bytes, over the limit of {limits.unpacked_bytes:,}; "
                           "split the file or raise the limit.")  # fmt: skip
        _refuse_many(path, rows or 0, limits)
        query = f"SELECT file_row_number AS {ROW}, * EXCLUDE (file_row_number) FROM read_parquet({file}, file_row_number=true)"
        return Raw(query, _types(connection, query))
    except duckdb.Error as error:
        raise BadInput(f"{path}: is not a whole Parquet file ({first_line(error)}); export or copy it again.") from error


def _refuse_same_names(path: Path, names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise BadInput(f'{path}: the fields "{other}" and "{name}" differ only in case; use one of them.')


def _types(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    return {row[0]: row[1] for row in described if quoted(row[0]) != ROW}


def _refuse_many(path: Path, rows: int, limits: Limits) -> None:
    if rows > limits.rows:
        raise BadInput(f"{path}: has {rows:,} rows, over the limit of {limits.rows:,}; split the file.")


def _start(sql: str) -> str:
    return " ".join(sql.split())[:80]
