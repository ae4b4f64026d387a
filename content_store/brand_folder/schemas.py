"""JSON Schemas of the brand folder's files, for editors and other tools, made from the models that read them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from content_store.brand_folder.blocks import BlockFile
from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.brand_folder.reference import fill_in
from content_store.brand_folder.sources import Sources
from content_store.settings import Settings

#: Name of the schema -> its model, and the fields that do not stand in the file's keys.
FILES: dict[str, tuple[type[BaseModel], frozenset[str]]] = {
    "brand": (Brand, frozenset()),
    "block": (BlockFile, frozenset({"text"})),
    "brief": (BriefFile, frozenset()),
    "sources": (Sources, frozenset()),
    "settings": (Settings, frozenset({"brand"})),
}


class _WithDefaults(GenerateJsonSchema):
    """States the defaults that a factory makes, too."""

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        factory: Any = schema.get("default_factory")
        return factory() if factory else super().get_default_value(schema)


def schemas() -> dict[str, dict[str, Any]]:
    """Name -> JSON Schema (draft 2020-12) of brand.yaml, a block's front matter, a brief, sources.yaml, surmesure.toml."""
    return {name: _schema(model, left_out) for name, (model, left_out) in FILES.items()}


def write(folder: Path) -> None:
    """Write `folder`/NAME.json for each schema, and the tables of brand-folder.md beside the folder."""
    found = schemas()
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in found.items():
        (folder / f"{name}.json").write_text(as_text(schema), encoding="utf-8")
    reference = folder.parent / "brand-folder.md"
    reference.write_text(fill_in(reference.read_text(encoding="utf-8"), found), encoding="utf-8")


def as_text(schema: dict[str, Any]) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _schema(model: type[BaseModel], left_out: frozenset[str]) -> dict[str, Any]:
    schema = model.model_json_schema(schema_generator=_WithDefaults)
    schema["properties"] = {key: value for key, value in schema["properties"].items() if key not in left_out}
    schema["required"] = [key for key in schema.get("required", []) if key not in left_out]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("give one folder: python -m content_store.brand_folder.schemas docs/schemas")
    write(Path(sys.argv[1]))
