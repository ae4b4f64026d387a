"""Tables of what happened where nobody was assigned by chance: a file into columns of numbers, words among them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
from numpy.typing import NDArray

from content_store.errors import BadInput
from evaluation.measurement.tables import MISSING, Metric, as_number, connected, load_numbers

Numbers = NDArray[np.float64]

#: A column with more different words than this says who somebody is, not what he is like.
MOST_WORDS = 100


class Observations(NamedTuple):
    """One number per row in each array."""

    label: str
    #: 1 for who was treated, 0 for who was not
    treated: Numbers
    #: metric -> values; NaN where there is none
    outcomes: dict[str, Numbers]
    #: what was so before, complete: a number as it is, a word as a column of 0 and 1 for each, named "age: 45-54"
    before: dict[str, Numbers]
    #: which group of rows must be compared only among themselves; None for all together
    groups: NDArray[np.int64] | None
    notes: list[str]


def read_observations(
    path: Path, treated: str, metrics: Sequence[Metric], covariates: Sequence[str], exact: str | None = None
) -> Observations:
    """The columns of a CSV, Parquet or JSON Lines file, in memory.

    A number that is missing is taken for the average and told apart by a column of its own; a missing word is a word.
    BadInput for a column that is missing or stands twice, and for values that are none of theirs.
    """
    _check_names(treated, metrics, covariates, exact)
    texts = {"treated": treated} | {f"covariate{place}": name for place, name in enumerate(covariates)}
    texts |= {"exact": exact} if exact else {}
    with connected() as connection:
        columns = load_numbers(connection, path, [metric.name for metric in metrics], texts)
        notes = _without_unknown(connection, path, treated)
        outcomes = {name: _numbers(connection, column) for name, column in columns.items()}
        before: dict[str, Numbers] = {}
        for place, name in enumerate(covariates):
            before |= _covariate(connection, path, f"covariate{place}", name)
        return Observations(
            str(path),
            _numbers(connection, as_number("treated")),
            {metric.name: _checked(path, metric, outcomes[metric.name]) for metric in metrics},
            before,
            _words(connection, path, "exact", exact)[1] if exact else None,
            notes,
        )


def _check_names(
    treated: str, metrics: Sequence[Metric], covariates: Sequence[str], exact: str | None
) -> None:
    names = [treated, *(metric.name for metric in metrics), *covariates, *([exact] if exact else [])]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"the column {name!r} is named twice; each has one part to play.")
    for metric in metrics:
        if metric.kind == "ratio":
            raise BadInput(
                f"{metric.name}:ratio cannot be adjusted; write NAME:mean or NAME:proportion, of a row each."
            )


def _without_unknown(connection: duckdb.DuckDBPyConnection, path: Path, treated: str) -> list[str]:
    """Leave out rows of which nobody knows whether they were treated."""
    number = as_number("treated")
    bad = connection.execute(
        f"select treated from rows where lower(trim(treated)) not in ({MISSING})"
        f" and ({number} is null or {number} not in (0, 1)) limit 1"
    ).fetchone()
    if bad is not None:
        raise BadInput(f"{path}: {treated} holds {bad[0][:40]!r}; --treated needs a column of 0 and 1.")
    sizes = dict(connection.execute(f"select {number}, count(*) from rows group by 1").fetchall())
    if min(sizes.get(0.0, 0), sizes.get(1.0, 0)) < 2:
        raise BadInput(f"{path}: {treated} needs rows with 0 and rows with 1, two of each or more.")
    connection.execute(f"delete from rows where {number} is null")
    without = sizes.get(None, 0)
    return [f"{without:,} rows do not say whether {treated}; they are left out."] if without else []


def _covariate(
    connection: duckdb.DuckDBPyConnection, path: Path, column: str, name: str
) -> dict[str, Numbers]:
    known = f"lower(trim({column})) not in ({MISSING})"
    is_text = f"select count(*) from rows where {known} and {as_number(column)} is null"
    if connection.execute(is_text).fetchall()[0][0]:
        words, places = _words(connection, path, column, name)
        return {f"{name}: {word}": (places == place).astype(float) for place, word in enumerate(words)}
    values = _numbers(connection, as_number(column))
    missing = np.isnan(values)
    if missing.all():
        raise BadInput(f"{path}: {name} has no value; leave it out.")
    if not missing.any():
        return {name: values}
    return {
        name: np.where(missing, values[~missing].mean(), values),
        f"{name}: missing": missing.astype(float),
    }


def _words(
    connection: duckdb.DuckDBPyConnection, path: Path, column: str, name: str
) -> tuple[list[str], NDArray[np.int64]]:
    """The different words of a column, and which of them each row has."""
    word = f"case when lower(trim({column})) in ({MISSING}) then null else trim({column}) end"
    found = connection.execute(f"select coalesce({word}, 'missing') as word from rows").fetchnumpy()["word"]
    words, places = np.unique(np.asarray(found, dtype=str), return_inverse=True)
    if len(words) > MOST_WORDS:
        raise BadInput(
            f"{path}: {name} holds {len(words):,} different words; {MOST_WORDS} at most can be compared. Group them, or"
            " leave the column out."
        )
    return words.tolist(), places.astype(np.int64)


def _numbers(connection: duckdb.DuckDBPyConnection, expression: str) -> Numbers:
    found = connection.execute(f"select {expression} as value from rows").fetchnumpy()["value"]
    return np.asarray(np.ma.filled(found.astype(float), np.nan), dtype=float)


def _checked(path: Path, metric: Metric, values: Numbers) -> Numbers:
    if metric.kind == "proportion" and not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        raise BadInput(
            f"{path}: {metric.name} is no proportion, which is made of 0 and 1; write {metric.name}:mean."
        )
    return values
