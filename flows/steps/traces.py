"""Files that name a customer: found, and where the file is ours and of no other use, cleaned."""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store.erasure import Person
from content_store.models import Delivery, Occurrence, Publication
from content_store.recall import EXPOSED
from content_store.settings import Settings
from content_store.suppressions import pseudonym
from publishing.channels.file import rows_in

#: Files that hold data, whether sources.yaml names them or a query of it does.
DATA = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".json")

_BETWEEN_WORDS = re.compile(r"[\s,;:|\"'<>()\[\]{}=]+")

#: A shorter word stands in any large file by chance.
_LEAST_BYTES = 6


def words_for(persons: Sequence[Person]) -> frozenset[str]:
    """What texts may call them, in small letters."""
    words = {word for person in persons for word in person if word}
    words |= {word.removeprefix("+") for word in words}
    return frozenset(word.casefold() for word in words)


def data_files(folder: Path, state: Path) -> Iterator[Path]:
    """The data files of a brand folder, without those that are ours."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in DATA and path.is_file() and not path.is_relative_to(state):
            yield path


def lake_files(settings: Settings) -> Iterator[Path]:
    """Every file of the lake in which customers stand."""
    for folder in (settings.events_folder, settings.membership_folder(0).parent):
        yield from sorted(folder.glob("*/*/*.parquet"))
    yield from sorted(settings.outcomes_folder.glob("*/*.parquet"))


def names_anybody(path: Path, words: frozenset[str]) -> bool:
    """Whether a data file holds one of the words as a word of its own, or a cell of a Parquet file is one."""
    if path.suffix.lower() == ".parquet":
        return _in_parquet(path, words)
    with path.open(encoding="utf-8", errors="replace") as lines:
        return any(_in_line(line, words) for line in lines)


def mask_lines(path: Path, words: frozenset[str]) -> int:
    """Overwrite each line that holds one of the words, where it stands: a process may be writing to the file."""
    masked = 0
    with path.open("r+b") as file:
        while line := file.readline():
            if _in_line(line.decode(errors="replace"), words):
                after = file.tell()
                file.seek(after - len(line))
                file.write(b"x" * len(line.rstrip(b"\r\n")))
                file.seek(after)
                masked += 1
    return masked


def bytes_name_anybody(path: Path, words: frozenset[str]) -> bool:
    """Whether the bytes of a file hold one of the words; an id of few letters counts where it stands alone."""
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return any(
            re.search(_pattern(word), content, re.IGNORECASE) for word in words if len(word) >= _LEAST_BYTES
        )


def handed_over(session: Session, customer_ids: Sequence[str], key: bytes) -> list[str]:
    """A sentence for each published file that held one of them, and for what was mailed; `key` is the suppressions'."""
    names = [*customer_ids, *(pseudonym(key, name) for name in customer_ids)]
    rows = session.execute(
        select(Occurrence.destination, Delivery.file, func.count())
        .join(Delivery, Delivery.occurrence_id == Occurrence.id)
        .join(Publication, Publication.delivery_id == Delivery.id)
        .where(
            Publication.customer_id.in_(names),
            Publication.status.in_(EXPOSED),
        )
        .group_by(Occurrence.destination, Delivery.file)
        .order_by(Occurrence.destination, Delivery.file)
    )
    told = []
    for destination, name, number in rows:
        if name is None:
            told.append(
                f"{number} went out by {destination}; what it keeps, its logs too, is not ours to delete."
            )
            continue
        if "://" in destination:
            told.append(
                f"{destination}/{name} held them; delete it there, and tell whoever took it over (GDPR, art. 19)."
            )
            continue
        file = Path(destination) / name
        if file.exists() and not set(customer_ids).isdisjoint(_customers_in(file)):
            told.append(f"{file} still holds them; delete it, and tell whoever took it over (GDPR, art. 19).")
        elif not file.exists():
            told.append(f"{file} held them and was taken away; tell whoever took it (GDPR, art. 19).")
    return told


def _customers_in(file: Path) -> set[str]:
    try:
        return set(rows_in(file).values())
    except (ValueError, KeyError, OSError, pa.ArrowException):
        # Something else by now.
        return set()


def _in_line(line: str, words: frozenset[str]) -> bool:
    found = {word.rstrip(".").removeprefix("+") for word in _BETWEEN_WORDS.split(line.casefold())}
    return not words.isdisjoint(found)


def _in_parquet(path: Path, words: frozenset[str]) -> bool:
    with pq.ParquetFile(path) as file:
        texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
        for batch in file.iter_batches(columns=texts):
            for column in batch.columns:
                for value in column.unique().to_pylist():
                    if value is not None and value.casefold() in words:
                        return True
    return False


def _pattern(word: str) -> bytes:
    plain = re.escape(word).encode()
    # Digits and a to f stand in any hash.
    return rb"(?<![\w-])" + plain + rb"(?![\w-])" if re.fullmatch(r"[0-9a-f]+", word) else plain
