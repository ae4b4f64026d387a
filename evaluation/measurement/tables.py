"""Experiment tables of anyone: a CSV, Parquet or JSON Lines file into a few sums for each arm, however long it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, NamedTuple

import duckdb
from tea_tasting.aggr import Aggregates

from content_store.errors import BadInput
from evaluation.measurement.table_files import reader

Kind = Literal["mean", "proportion", "ratio"]

#: More units than this share in two arms at once, and the table is no experiment.
MOST_IN_TWO_ARMS = 0.01

_METRIC = re.compile(r"(?P<name>.+?):(?:(?P<kind>mean|proportion)|ratio:(?P<denominator>.+))")
#: SQL of the texts that mean that nothing is known.
MISSING = r"'', 'na', 'n/a', '<na>', 'nan', 'null', 'none', '\n'"


#: Of the texts of arms only these name none: an arm may well be called "none". A file that was put together of others may
#: say 1 here and 1.0 there, which is one arm; where all say 1.0, that is its name.
_ARMS = r"""
    update rows set arm = case
        when lower(trim(arm)) in ('', 'nan', '<na>') then null
        when regexp_full_match(trim(arm), '-?\d+\.0+') and regexp_replace(trim(arm), '\.0+$', '') in (select trim(arm) from rows)
        then regexp_replace(trim(arm), '\.0+$', '')
        else trim(arm) end
"""


class Metric(NamedTuple):
    """A column to compare, and how: its mean, the share of ones, or its sum over the sum of another."""

    name: str
    kind: Kind
    denominator: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it is made of."""
        return (self.name,) if self.denominator is None else (self.name, self.denominator)


class Summed(NamedTuple):
    """One metric: the sums of each arm, and what a reader should know of the rows."""

    arms: dict[str, Aggregates]
    notes: list[str]


class Table(NamedTuple):
    """An open table: one row per unit, with its arm."""

    connection: duckdb.DuckDBPyConnection
    label: str
    #: column of the file -> column of the table
    columns: dict[str, str]
    #: arm -> units
    sizes: dict[str, int]
    notes: list[str]
    name: str = "units"


def metric_of(text: str) -> Metric:
    """`spend:mean`, `visit:proportion` or `clicks:ratio:views`; BadInput for anything else."""
    found = _METRIC.fullmatch(text)
    if found is None:
        raise BadInput(
            f"--metric {text} is not understood; write NAME:mean, NAME:proportion or NAME:ratio:DENOMINATOR."
        )
    if found["denominator"]:
        return Metric(found["name"], "ratio", found["denominator"])
    return Metric(found["name"], "proportion" if found["kind"] == "proportion" else "mean")


def labels(metrics: Sequence[Metric]) -> list[str]:
    """What each metric is called: its column, or "spend/visits" for a ratio whose column is compared in another way too.

    BadInput when a column would have to be added up in two ways.
    """
    means = {metric.name for metric in metrics if metric.denominator is None}
    names = [
        f"{metric.name}/{metric.denominator}" if metric.denominator and metric.name in means else metric.name
        for metric in metrics
    ]
    shares = {metric.name for metric in metrics if metric.kind == "proportion"}
    others = {name for metric in metrics if metric.kind != "proportion" for name in metric.columns}
    if len(set(names)) < len(names) or shares & others:
        raise BadInput("--metric names a column twice; compare it in one way.")
    return names


@contextmanager
def open_table(
    path: Path, arm: str, metrics: Sequence[Metric], covariate: str | None = None, unit: str | None = None
) -> Iterator[Table]:
    """The table, one row per unit. With `unit`, its rows are added up: a proportion is then whether any of them is one,
    and the covariate is their average.

    BadInput for a file that cannot be read, a column that is missing, and units that stand in several arms.
    """
    names = list(dict.fromkeys([name for metric in metrics for name in metric.columns]))
    names += [covariate] if covariate and covariate not in names else []
    with connected() as connection:
        columns = load_numbers(connection, path, names, {"arm": arm} | ({"unit": unit} if unit else {}))
        connection.execute(_ARMS)
        notes: list[str] = []
        if unit is None:
            connection.execute("alter table rows rename to units")
        else:
            shares = {metric.name for metric in metrics if metric.kind == "proportion"}
            summed = ", ".join(
                f"{'max' if name in shares else 'avg' if name == covariate else 'sum'}({column}) as {column}"
                for name, column in columns.items()
            )
            connection.execute(
                f"create temp table units as select min(arm) as arm, min(arm) <> max(arm) as mixed, {summed}"
                " from rows where unit is not null group by unit"
            )
            notes = [*_without_mixed(connection, path, unit), *_rows_without_value(connection, columns)]
        yield Table(connection, str(path), columns, *_arms(connection, path, arm, notes))


@contextmanager
def connected(memory: str = "1GB") -> Iterator[duckdb.DuckDBPyConnection]:
    """A database that keeps to so much memory and puts the rest into a folder that goes with it."""
    with (
        TemporaryDirectory(prefix="surmesure-") as folder,
        duckdb.connect(config={"memory_limit": memory, "temp_directory": folder}) as connection,
    ):
        yield connection


def load_numbers(
    connection: duckdb.DuckDBPyConnection, path: Path, names: Sequence[str], texts: Mapping[str, str]
) -> dict[str, str]:
    """Fill the table `rows` with columns of a file: `names` as numbers, `texts` (ours -> theirs) as they are.

    Gives the columns of the numbers by their names in the file. BadInput when the file cannot be read, lacks a column or
    holds what is no number.
    """
    source = reader(path)
    try:
        known = [row[0] for row in connection.execute(f"describe select * from {source}").fetchall()]
        for name in [*texts.values(), *names]:
            if name not in known:
                raise BadInput(f"{path} has no column {name!r}; it has {', '.join(known)[:500]}.")
        columns = {name: f"number{place}" for place, name in enumerate(names)}
        chosen = [f"{_quoted(theirs)}::varchar as {ours}" for ours, theirs in texts.items()]
        chosen += [f"{_quoted(name)}::varchar as {column}" for name, column in columns.items()]
        connection.execute(f"create temp table texts as select {', '.join(chosen)} from {source}")
    except duckdb.Error as error:
        raise BadInput(f"{path} cannot be read: {str(error).splitlines()[0][:300]}") from None
    for name, column in columns.items():
        _check_numbers(connection, path, name, column)
    numbers = [f"{as_number(column)} as {column}" for column in columns.values()]
    connection.execute(f"create temp table rows as select {', '.join([*texts, *numbers])} from texts")
    connection.execute("drop table texts")
    if connection.execute("select count(*) from rows").fetchall()[0][0] == 0:
        raise BadInput(f"{path} has no rows.")
    return columns


def _check_numbers(connection: duckdb.DuckDBPyConnection, path: Path, name: str, column: str) -> None:
    bad = connection.execute(
        f"select {column}, count(*) over () from texts where {column} is not null"
        f" and lower(trim({column})) not in ({MISSING}) and {as_number(column)} is null limit 1"
    ).fetchone()
    if bad is not None:
        raise BadInput(
            f"{path}: {name} holds {bad[0][:40]!r}, which is no number ({bad[1]:,} rows); correct them."
        )


def as_number(column: str) -> str:
    """A text as a number in SQL: yes and no too; null for anything else, infinite numbers among it."""
    value = f"coalesce(try_cast({column} as double), try_cast({column} as boolean)::double)"
    return f"case when isfinite({value}) then {value} end"


def summed(table: Table, metric: Metric, covariate: str | None = None) -> Summed:
    """The sums of one metric; units without a value are left out, and a missing covariate is taken for the average."""
    notes = []
    columns = [table.columns[name] for name in metric.columns]
    empty = " or ".join(f"{column} is null" for column in columns)
    missing = _fetch(table, f"select arm, count(*) from {table.name} where {empty} group by arm order by arm")
    if missing:
        listed = ", ".join(f"{arm}: {number:,}" for arm, number in missing)
        notes.append(f"{metric.name}: units without a value are left out ({listed}).")
    if metric.kind == "proportion":
        _check_share(table, metric.name)
    chosen, names = list(columns), list(metric.columns)
    if covariate and covariate not in names:
        column = table.columns[covariate]
        without = _fetch(table, f"select count(*) from {table.name} where {column} is null")[0][0]
        if without:
            notes.append(f"{covariate}: {without:,} units without a value are taken for average ones.")
        chosen.append(f"coalesce({column}, avg({column}) over ()) as {column}")
        columns.append(column)
        names.append(covariate)
    pairs = list(combinations(range(len(names)), 2))
    sums = [f"{what}({column})" for column in columns for what in ("avg", "var_samp")]
    sums += [f"covar_samp({columns[left]}, {columns[right]})" for left, right in pairs]
    rows = _fetch(
        table,
        f"select arm, count(*), {', '.join(sums)} from (select arm, {', '.join(chosen)} from {table.name} where not ({empty}))"
        " group by arm order by arm",
    )
    named = [(names[left], names[right]) for left, right in pairs]
    return Summed({row[0]: _aggregates(row[1], row[2:], names, named) for row in rows}, notes)


def _aggregates(
    count: int, values: Sequence[float | None], names: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> Aggregates:
    numbers = [0.0 if value is None else value for value in values]
    singles, doubles = numbers[: 2 * len(names)], numbers[2 * len(names) :]
    return Aggregates(
        count,
        dict(zip(names, singles[::2], strict=True)),
        dict(zip(names, singles[1::2], strict=True)),
        dict(zip(pairs, doubles, strict=True)),
    )


def _without_mixed(connection: duckdb.DuckDBPyConnection, path: Path, unit: str) -> list[str]:
    mixed, units = connection.execute("select count(*) filter (mixed), count(*) from units").fetchall()[0]
    if mixed > MOST_IN_TWO_ARMS * units:
        raise BadInput(
            f"{path}: {mixed:,} of {units:,} values of {unit} stand in several arms; a unit must have one arm all the time."
        )
    connection.execute("delete from units where mixed")
    return [f"{mixed:,} units stand in several arms and are left out."] if mixed else []


def _rows_without_value(connection: duckdb.DuckDBPyConnection, columns: Mapping[str, str]) -> list[str]:
    """A unit has a value where one of its rows has one, so what is missing of it is told."""
    counts = ", ".join(f"count(*) filter ({column} is null)" for column in columns.values())
    missing = connection.execute(f"select {counts} from rows where unit is not null").fetchall()[0]
    return [
        f"{name}: {number:,} rows without a value add nothing to their units."
        for name, number in zip(columns, missing, strict=True)
        if number
    ]


def named_arm(wanted: str, sizes: Mapping[str, int]) -> str | None:
    """The arm that is called so; else the only one that is the same number or truth, as 0, 0.0 and False are."""
    if wanted in sizes:
        return wanted
    alike = [arm for arm in sizes if _number(arm) is not None and _number(arm) == _number(wanted)]
    return alike[0] if len(alike) == 1 else None


def _number(arm: str) -> float | None:
    try:
        return {"false": 0.0, "true": 1.0}[arm.lower()] if arm.isalpha() else float(arm)
    except (KeyError, ValueError):
        return None


def _arms(
    connection: duckdb.DuckDBPyConnection, path: Path, arm: str, notes: list[str]
) -> tuple[dict[str, int], list[str]]:
    rows = connection.execute("select arm, count(*) from units group by arm order by arm").fetchall()
    sizes = {name: number for name, number in rows if name}
    without = sum(number for name, number in rows if not name)
    if without:
        connection.execute("delete from units where arm is null or arm = ''")
        notes = [*notes, f"{without:,} rows without an arm are left out."]
    if len(sizes) < 2:
        raise BadInput(
            f"{path}: {arm} holds only {', '.join(sizes) or 'nothing'}; an experiment has two arms or more."
        )
    if len(sizes) > 100:
        raise BadInput(
            f"{path}: {arm} holds {len(sizes):,} different values, which are no arms; name another column."
        )
    return sizes, notes


def _check_share(table: Table, name: str) -> None:
    column = table.columns[name]
    bad = _fetch(
        table, f"select {column}, count(*) over () from {table.name} where {column} not in (0, 1) limit 1"
    )
    if bad:
        raise BadInput(
            f"{table.label}: {name} holds {bad[0][0]:g} ({bad[0][1]:,} units); a proportion is made of 0 and 1; write {name}:mean."
        )


def _fetch(table: Table, query: str) -> list[tuple[Any, ...]]:
    return table.connection.execute(query).fetchall()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
