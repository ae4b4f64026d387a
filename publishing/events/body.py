"""JSON from outside: no key twice, no NaN or Infinity, nothing nested without end, and a sentence that says where."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from publishing.events.told import TooDeep

Model = TypeVar("Model", bound=BaseModel)


class Twice(dict[str, Any]):
    """An object in which a key stands twice; no model takes it, so the sentence can say where it was."""

    key: str = ""


def read_json(body: bytes) -> Any:
    """The JSON of a body; ValueError with a sentence when it is none, TooDeep when it is nested too deeply."""
    try:
        return json.loads(body, object_pairs_hook=_once)
    except RecursionError:
        raise TooDeep from None
    except ValueError as error:
        raise ValueError(f"The body is no JSON: {error}.") from None


def refuse_twice(value: Any, where: str) -> None:
    """ValueError when a key stands twice in this object."""
    if isinstance(value, Twice):
        raise ValueError(f"{where}: the key {value.key[:50]!r} stands twice.")


def read_as(model: type[Model], value: Any, where: str, like: str) -> Model:
    """A value as the model; ValueError with one sentence that ends with what it should look like."""
    refuse_twice(value, where)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:100]
        told = first["msg"].removeprefix("Value error, ")
        told = told[:1].lower() + told[1:]
        raise ValueError(f"{where}{': ' if place else ''}{place}: {told}; write {like}.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    twice = Twice(found)
    twice.key = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return twice
