"""YAML as plain text values: no tags, no aliases, no duplicate keys, nothing guessed (`no` stays "no")."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from content_store.errors import BadInput

MAX_BYTES = 200_000
#: PyYAML takes minutes for some 100,000 brackets, and no file of ours is nested deeper than 6 levels.
MAX_DEPTH = 20

Model = TypeVar("Model", bound=BaseModel)


def read_text(path: Path) -> str:
    """The file's text; refuses what is missing, not UTF-8 or absurdly large."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{path}: the file is larger than {MAX_BYTES:,} bytes; split it.")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(
            f"{path}: the file is missing; create it, or run `surmesure init` in a new folder."
        ) from None
    except IsADirectoryError:
        raise BadInput(f"{path}: this is a folder, where a file is expected.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8.") from None
    except OSError as error:
        raise BadInput(
            f"{path}: the file cannot be read ({error.strerror}); check its path and rights."
        ) from None


def parse(text: str, where: str) -> dict[str, Any]:
    """A YAML mapping as dicts, lists, strings and None (an empty value)."""
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            _refuse_event(event, depth, where)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = _plain(node, where) if node else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" line {mark.line + 1}, column {mark.column + 1}:" if mark else ""
        problem = getattr(error, "problem", None) or "it is not valid YAML"
        raise BadInput(f"{where}:{place} {problem}; correct the YAML.") from None
    if not isinstance(value, dict):
        raise BadInput(f"{where}: it holds no keys; at the top a mapping of `key: value` lines is expected.")
    return value


def validate(model: type[Model], value: dict[str, Any], where: str) -> Model:
    """The value as a model, or one sentence about the first rule that it breaks."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise BadInput(_sentence(error, where)) from None


def _refuse_event(event: yaml.Event, depth: int, where: str) -> None:
    place = f"{where}: line {event.start_mark.line + 1}:" if event.start_mark else f"{where}:"
    if depth > MAX_DEPTH:
        raise BadInput(f"{place} the YAML is nested deeper than {MAX_DEPTH} levels; flatten it.")
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise BadInput(f"{place} YAML anchors and aliases (& and *) are not allowed; write the value out.")
    if tag := getattr(event, "tag", None):
        raise BadInput(f"{place} the YAML tag {tag} is not allowed; write a plain value.")


def _plain(node: yaml.Node, where: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return None if node.style is None and node.value in {"", "~", "null"} else node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, where) for child in node.value]
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
        if not key or key in plain:
            fault = f"the key {key} stands twice" if key else "a key is not a plain word"
            raise BadInput(f"{where}: line {key_node.start_mark.line + 1}: {fault}; keep one.")
        plain[key] = _plain(value_node, where)
    return plain


def _sentence(error: ValidationError, where: str) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the whole file"
    others = f" ({error.error_count() - 1} more after that)" if error.error_count() > 1 else ""
    if first["type"] == "extra_forbidden":
        return f"{where}: {place} is not a known key; remove it or correct its spelling{others}."
    if first["type"] == "missing":
        return f"{where}: {place} is missing; add it{others}."
    message = first["msg"].removeprefix("Value error, ")
    value = first["input"]
    shown = f" is {_shortened(value)}" if isinstance(value, str | int | float) else ""
    return f"{where}: {place}{shown}: {message[0].lower()}{message[1:]}{others}."


def _shortened(value: str | int | float) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
