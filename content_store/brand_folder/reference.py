"""Tables of keys for docs/brand-folder.md, written from the JSON Schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_MARKED = re.compile(r"(<!-- keys of (\w+) -->\n).*?(<!-- end of keys -->)", re.DOTALL)
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "keys",
}

Schema = dict[str, Any]


class Key(NamedTuple):
    """One key of a file; `path` writes NAME for a key that the team chooses, and [] for each entry of a list."""

    path: str
    type: str
    default: str
    meaning: str


def fill_in(document: str, schemas: dict[str, Schema]) -> str:
    """The document with the table of each schema between its markers."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{table(schemas[found[2]])}\n{found[3]}", document)


def table(schema: Schema) -> str:
    """The keys of a schema as a Markdown table."""
    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for key in keys(schema):
        lines.append(f"| `{key.path}` | {key.type} | {key.default} | {key.meaning} |")
    return "\n".join(lines) + "\n"


def keys(schema: Schema) -> list[Key]:
    """Every key of a schema, those of nested mappings below their own."""
    return list(_keys(schema, "", schema.get("$defs", {})))


def _keys(schema: Schema, path: str, parts: dict[str, Schema]) -> Iterator[Key]:
    for name, value in schema.get("properties", {}).items():
        value = _resolved(value, parts)
        here = f"{path}{name}"
        default = "required" if name in schema.get("required", []) else _default(value)
        yield Key(here, _type(value, parts), default, _cell(value.get("description", "")))
        yield from _below(value, here, parts)


def _below(value: Schema, path: str, parts: dict[str, Schema]) -> Iterator[Key]:
    """The keys inside a mapping, inside the entries of a list, or below names that the team chooses."""
    yield from _keys(value, f"{path}.", parts)
    for inner, step in (("items", "[]"), ("additionalProperties", ".NAME")):
        if isinstance(value.get(inner), dict):
            yield from _below(_resolved(value[inner], parts), path + step, parts)


def _resolved(value: Schema, parts: dict[str, Schema]) -> Schema:
    """The schema with what it refers to; of "this or nothing" the this."""
    choices = [choice for choice in value.get("anyOf", []) if choice.get("type") != "null"]
    if len(choices) == 1:
        value = {**choices[0], **{key: entry for key, entry in value.items() if key != "anyOf"}}
    if "$ref" in value:
        referred = _resolved(parts[value["$ref"].rpartition("/")[2]], parts)
        value = {**referred, **{key: entry for key, entry in value.items() if key != "$ref"}}
    return value


def _type(value: Schema, parts: dict[str, Schema]) -> str:
    if choices := [choice for choice in value.get("anyOf", []) if choice.get("type") != "null"]:
        return " or ".join(_type(_resolved(choice, parts), parts) for choice in choices)
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"][:-1]) + f" or `{value['enum'][-1]}`"
    if value.get("type") == "array":
        return f"list of {_type(_resolved(value['items'], parts), parts)}"
    if value.get("format") in ("date", "time", "path"):
        return {"date": "date", "time": "time of day", "path": "path"}[value["format"]]
    return f"{_WORDS[value['type']]}{_bounds(value)}"


def _bounds(value: Schema) -> str:
    low = value.get("minimum", value.get("exclusiveMinimum"))
    high = value.get("maximum")
    above = "above" if "exclusiveMinimum" in value else "from"
    if low is None:
        return "" if high is None else f" up to {high:,}"
    return f" {above} {low:,}" + ("" if high is None else f" to {high:,}")


def _default(value: Schema) -> str:
    default = value.get("default")
    optional_parts = value.get("properties") and not value.get("required")
    if default is None or default in ("", [], {}) or optional_parts:
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
