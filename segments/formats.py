"""How CSV, JSON Lines, Parquet and SQL become one thing: a query with a row number, whose columns are known."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from content_store.errors import BadInput
from content_store.models import SourceKind
from segments.records import RECORD_BYTES, Records, as_utf8, read_header, scan_records
from segments.rules import ROW, literal, quoted

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson")
FILE_NAME = re.compile(
    r"'((?:[^']|'')+\.(?:csv|tsv|parquet|json|jsonl|ndjson)(?:\.gz|\.zst)?)'", re.IGNORECASE
)


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
    """A source that was opened: its query yields ROW and the columns."""

    query: str
    types: dict[str, str]  # column name → DuckDB type
    records: Records | None = None  # of a text file, for line numbers
    text: Path | None = None  # that file, in UTF-8
    unreadable: str = "false"  # SQL, true for a row without values
    unreadable_reason: str = ""


def connect(scratch: Path, readable: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """A database in the folder `scratch` that can read `readable` (a file or a folder) and nothing else."""
    connection = duckdb.connect(str(scratch / "rows.duckdb"))
    allowed = [scratch] + ([readable] if readable.is_dir() else [])
    settings = {
        "TimeZone": "'UTC'",
        "enable_progress_bar": "false",
        "fsync_mode": "'NONE'",  # what stands here is thrown away when the source was read
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
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"{path}: cannot tell the format; let the name end with {', '.join(SUFFIXES)}.")
    if not path.is_file():
        raise BadInput(f"{path}: there is no such file; check the path.")
    if path.stat().st_size == 0:
        raise BadInput(f"{path}: the file is empty; export it again.")
    if suffix == ".parquet":
        return _open_parquet(connection, path, limits)
    if suffix in (".jsonl", ".ndjson"):
        return _open_json_lines(connection, path, scratch, limits)
    return _open_csv(path, scratch, limits)


def open_query(connection: duckdb.DuckDBPyConnection, sql: str, folder: Path) -> Raw:
    """Open the rows of one SELECT; file names in it count from `folder`. Raises BadInput."""
    try:
        statements = connection.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise BadInput(f"the query in sources.yaml must be a single SELECT, but it is: {_start(sql)}")
        text = FILE_NAME.sub(lambda match: literal(str(folder.resolve() / match[1].replace("''", "'"))), sql)
        # DuckDB refuses a COPY or an INSERT within the query of a view, so nothing is written.
        connection.execute(f"CREATE TEMP VIEW source AS\n{text}")
        query = f"SELECT row_number() OVER () - 1 AS {ROW}, * FROM source"
        return Raw(query, _types(connection, query))
    except duckdb.Error as error:
        raise BadInput(
            f"the query in sources.yaml does not run ({first_line(error)}): {_start(sql)}"
        ) from error


def first_line(error: Exception) -> str:
    """What a library says went wrong, without its advice."""
    return str(error).strip().split("\n")[0]


def _open_csv(path: Path, scratch: Path, limits: Limits) -> Raw:
    text = as_utf8(path, scratch)
    header = read_header(text, str(path))
    records = scan_records(text, str(path), header.delimiter, header.line)
    _refuse_many(path, records.total, limits)
    read = _csv_reader(
        text, header.names, f"skip={header.line}, delim={literal(header.delimiter)}, quote='\"', escape='\"'"
    )
    query = f"SELECT row_number() OVER () - 1 AS {ROW}, * FROM {read}"
    reason = f"has not the {len(header.names)} fields that the header has"
    ragged = f'{quoted(header.names[-1])} IS NULL OR "#more" IS NOT NULL'
    return Raw(query, dict.fromkeys(header.names, "VARCHAR"), records, text, ragged, reason)


def _open_json_lines(connection: duckdb.DuckDBPyConnection, path: Path, scratch: Path, limits: Limits) -> Raw:
    text = as_utf8(path, scratch)
    records = scan_records(text, str(path))
    _refuse_many(path, records.total, limits)
    # Read as CSV without quotes, since DuckDB's JSON reader may drop a broken line, and line numbers with it.
    read = _csv_reader(text, ["#line"], "delim=chr(1), quote='', escape=''")
    whole = 'json_valid("#line") AND json_type(CASE WHEN json_valid("#line") THEN "#line" END) = \'OBJECT\''
    objects = (
        f'SELECT row_number() OVER () - 1 AS {ROW}, CASE WHEN {whole} THEN "#line" END AS "#json" FROM {read}'
    )
    keys = f'SELECT DISTINCT unnest(json_keys("#json")) AS key FROM ({objects}) ORDER BY key'
    names = [name for (name,) in connection.execute(keys).fetchall() if name]
    _refuse_same_names(path, names)
    paths = ", ".join(literal("/" + name.replace("~", "~0").replace("/", "~1")) for name in names)
    fields = "".join(f", fields[{index}] AS {quoted(name)}" for index, name in enumerate(names, start=1))
    values = f'json_extract_string("#json", [{paths}])' if names else "NULL"
    query = f'SELECT {ROW}, "#json"{fields} FROM (SELECT *, {values} AS fields FROM ({objects}))'
    twice = 'len(json_keys("#json")) <> len(list_distinct(json_keys("#json")))'
    return Raw(query, dict.fromkeys(names, "VARCHAR"), records, text, f'"#json" IS NULL OR {twice}',
               "is not one JSON object without repeated fields")  # fmt: skip


def _csv_reader(text: Path, names: list[str], options: str) -> str:
    """SQL that reads each record as a row with a column more than there are names.

    With that column, and with a text for "not there" that no file holds, a row with too few or too many fields keeps
    its place and can be told from one with empty fields.
    """
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in [*names, "#more"])
    return (
        f"read_csv({literal(str(text))}, columns={{{columns}}}, {options}, auto_detect=false, header=false, "
        f"null_padding=true, nullstr=chr(2) || 'not there', parallel=false, strict_mode=false, ignore_errors=true, "
        f"max_line_size={RECORD_BYTES + 1})"
    )


def _open_parquet(connection: duckdb.DuckDBPyConnection, path: Path, limits: Limits) -> Raw:
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
        raise BadInput(
            f"{path}: is not a whole Parquet file ({first_line(error)}); export or copy it again."
        ) from error


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
