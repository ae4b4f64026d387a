"""Parts of the settings: the database, the models, the customers."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Dtype = Literal["auto", "float32", "bfloat16"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Part(BaseModel):
    """The settings of one folder; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Part):
    """Where the database is."""

    url: str | None = Field(
        default=None, description="SQLAlchemy URL; without one, a SQLite file in the state folder."
    )


class EncoderSettings(Part):
    """The model that turns texts into embeddings."""

    model: str | None = Field(
        default=None, description="A sentence-transformers folder; without one, MiniLM from its package."
    )
    dtype: Dtype = Field(default="auto", description="auto takes bfloat16 where the processor has it.")
    threads: int | None = Field(
        default=None, ge=1, description="Processor threads; without a number, all cores."
    )


class GeneratorSettings(Part):
    """The model that writes, and how it is sampled."""

    model: str | None = Field(
        default=None,
        description="A Hugging Face folder or an id in its cache; without one, SmolLM2-135M from its package.",
    )
    adapter: str = Field(
        default="starter",
        description="starter goes with the default model only; none turns it off; else a LoRA adapter's folder.",
    )
    dtype: Dtype = Field(default="auto", description="auto takes bfloat16 where the processor has it.")
    threads: int | None = Field(
        default=None, ge=1, description="Processor threads; without a number, all cores."
    )
    languages: list[str] = Field(
        default=["en"], description="Languages that it writes; other locales get approved text."
    )
    grounded: bool = Field(
        default=True,
        description="Numbers, names and addresses that no fact holds cannot be written at all.",
    )
    candidates: int = Field(default=8, ge=1, le=64, description="Candidates written for each slot.")
    temperature: float = Field(default=0.7, ge=0, le=2, description="0 takes the likeliest word each time.")
    top_p: float = Field(
        default=0.95, gt=0, le=1, description="Words are drawn from this share of the probability."
    )
    seed: int = Field(default=20260101, ge=0, description="The same seed writes the same candidates.")


class EvaluatorSettings(Part):
    """How copy is checked beyond the built-in gates."""

    nli_model: str | None = Field(
        default=None,
        description="The folder of an NLI cross-encoder: each checkable sentence must then follow from the facts.",
    )


class SegmentSettings(Part):
    """How customers are grouped."""

    half_life_days: float = Field(default=90, gt=0, description="An event this many days old counts half.")
    clusters: int | None = Field(
        default=None, ge=2, description="A fixed number of clusters; without one, it is chosen."
    )
    most_clusters: int = Field(default=16, ge=2, description="The largest number tried when it is chosen.")
    seed: int = Field(default=7, ge=0, description="The same seed gives the same segments.")


class IngestSettings(Part):
    """Limits of what is read."""

    partitions: int = Field(default=4, ge=1, description="Parts of the lake; one part is one unit of work.")
    most_bytes: int = Field(
        default=17_179_869_184,
        ge=1,
        description="The largest uncompressed Parquet file that is read, in bytes.",
    )
