"""sources.yaml: where customers, consents and events come from."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from content_store.brand_folder import yaml_text
from content_store.brand_folder.brand import Strict, Text


class SourceFile(Strict):
    """A file beside sources.yaml (CSV, Parquet, JSONL) or an SQL query over such files."""

    path: Text | None = Field(default=None, description="A CSV, Parquet or JSONL file beside sources.yaml.")
    sql: Text | None = Field(default=None, description="A DuckDB query instead of a file.")
    columns: dict[Text, Text] = Field(
        default_factory=dict, description="Our column's name: the source's name for it."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> SourceFile:
        if (self.path is None) == (self.sql is None):
            raise ValueError("exactly one of path and sql is expected")
        return self


class Sources(Strict):
    """The whole of sources.yaml."""

    customers: SourceFile = Field(description="One row a customer.")
    consents: SourceFile | None = Field(
        default=None, description="One row an answer; nobody agreed without it."
    )
    events: SourceFile | None = Field(default=None, description="One row a thing that a customer did.")


def load_sources(folder: Path) -> Sources:
    """The sources of a brand folder, or BadInput with one sentence."""
    path = folder / "sources.yaml"
    return yaml_text.validate(Sources, yaml_text.parse(yaml_text.read_text(path), str(path)), str(path))
