"""JSON Lines that a command reads: each line checked, the first fault told with its line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from content_store.brand_folder.blocks import for_people
from content_store.errors import BadInput

#: A text that goes into the prompt, of a length that the gates read.
Prose = Annotated[str, StringConstraints(max_length=3000), AfterValidator(for_people)]
Statement = Annotated[Prose, StringConstraints(min_length=1)]
Word = Annotated[Prose, StringConstraints(max_length=40)]


class Line(BaseModel):
    """One line; keys that a command does not know are left alone, so that its own output can be fed back."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Query(Line):
    """A line of `blocks search --queries`."""

    id: str | int
    text: str = Field(min_length=1, pattern=r"\S")


class CopyLine(Line):
    """A line of `check`: a copy with what it may stand on."""

    copy_text: str = Field(alias="copy")
    facts: list[str] = []
    keep: list[str] = []
    audience: str = ""
    slot: str = ""
    tone: str | None = None
    max_chars: int | None = Field(default=None, ge=1)
    locale: str = "en-US"


class DraftLine(Line):
    """A line of `draft`: a slot to fill. What a model is to be told is checked before it is told."""

    slot: Word = Field(min_length=1)
    facts: list[Statement] = Field(min_length=1)
    keep: list[Statement] = []
    audience: Prose = ""
    tone: Word = "plain"
    max_chars: int | None = Field(default=None, ge=1)
    locale: str = "en-US"


Kind = TypeVar("Kind", bound=Line)


def read_lines(path: Path, kind: type[Kind]) -> list[Kind]:
    """Every line of a file (`-` for standard input) as `kind`; BadInput names the first line that is not one."""
    return [
        _line(text, kind, f"{path}: line {number}")
        for number, text in enumerate(_text(path), start=1)
        if text.strip()
    ]


def read_query(text: str | None) -> Query:
    """The query given on the command line."""
    if not text or not text.strip():
        raise BadInput("there is nothing to look for; give a text or --queries FILE.jsonl.")
    return Query(id="query", text=text)


def parse_day(text: str | None) -> date | None:
    """A day written YYYY-MM-DD."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{text!r} is not a day; write it as YYYY-MM-DD.") from None


def _text(path: Path) -> Iterator[str]:
    try:
        if str(path) == "-":
            yield from sys.stdin
            return
        with path.open(encoding="utf-8-sig") as file:
            yield from file
    except FileNotFoundError:
        raise BadInput(
            f"{path}: the file is missing; give a file of JSON Lines, or - for standard input."
        ) from None
    except IsADirectoryError:
        raise BadInput(f"{path}: this is a folder; give a file of JSON Lines.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8.") from None


def _line(text: str, kind: type[Kind], where: str) -> Kind:
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise BadInput(f"{where}: a text holds half a character (a lone surrogate); write it anew.") from None
    except (json.JSONDecodeError, RecursionError):
        raise BadInput(f"{where}: this is not JSON; each line must be one JSON object.") from None
    if not isinstance(value, dict):
        raise BadInput(f"{where}: a JSON object is expected; each line must be one.")
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        problem = "is missing; add it" if first["type"] == "missing" else f"{message[0].lower()}{message[1:]}"
        raise BadInput(f"{where}: {name}: {problem}.") from None
