"""Customers segmented per second: ours beside one encoded profile text a customer and scikit-learn's KMeans."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sentence_transformers import SentenceTransformer
from sklearn.cluster import KMeans

from content_store.embeddings import encode, load_encoder
from content_store.model_folders import default_encoder_folder
from segments.clustering import cluster, merge_small
from segments.features import customer_embeddings, read_weights
from segments.names import distinctive_topics, name_segments

AS_OF = datetime(2025, 1, 1, tzinfo=UTC)
EVENTS_EACH = 20
TASTES = 12
MINIMUM_SIZE = 50
KINDS = ["bakery", "beauty", "beverages", "breakfast", "dairy", "deli", "frozen", "garden", "household", "meat", "pantry",
         "produce", "seafood", "snacks"]  # fmt: skip
QUALITIES = [
    "classic",
    "family",
    "fresh",
    "organic",
    "quick",
    "smoked",
    "spicy",
    "sweet",
    "unsalted",
    "whole",
]
THINGS = ["bread", "cheese", "chicken", "coffee", "crackers", "fish", "flowers", "juice", "noodles", "nuts", "rice", "salad",
          "soap", "soup"]  # fmt: skip


def measure(customers: int = 200_000, sample: int = 300, threads: int = 1) -> dict[str, float]:
    """Customers per second of both ways from a lake of events to names (ours) or labels (the usual way).

    Ours reads 20 events for each of `customers`, the usual way gets the profile texts of `sample` customers ready-made.
    """
    items = [f"{kind}: {quality} {thing}" for kind in KINDS for quality in QUALITIES for thing in THINGS]
    chance = np.random.default_rng(5)
    touched = _touched(customers, len(items), chance)
    profiles = [", ".join(items[item] for item in row[:8]) for row in touched[:sample]]
    with tempfile.TemporaryDirectory() as folder:
        _write_events(Path(folder) / "events.parquet", touched, items, chance)
        ours = _time_ours(folder, customers, threads)
    usual = _time_usual(profiles)
    return {
        "customers_per_second": customers / ours,
        "usual_customers_per_second": sample / usual,
        "ratio": (customers / ours) / (sample / usual),
        "seconds_for_a_million": ours * 1_000_000 / customers,
        "usual_hours_for_a_million": usual * 1_000_000 / sample / 3600,
    }


def _time_ours(folder: str, customers: int, threads: int) -> float:
    encoder = load_encoder(default_encoder_folder(), threads=threads)
    ids = [f"customer-{number:07d}" for number in range(customers)]
    start = perf_counter()
    weights, items = read_weights(folder, ids, AS_OF, 90, threads)
    embeddings = customer_embeddings(weights, encode(encoder, items)).vectors
    found = cluster(embeddings, TASTES, 0, threads)
    found = merge_small(found.labels, found.centroids, embeddings, MINIMUM_SIZE)
    name_segments(distinctive_topics(weights, items, found.labels))
    return perf_counter() - start


def _time_usual(profiles: list[str]) -> float:
    encoder = SentenceTransformer(str(default_encoder_folder()), device="cpu", local_files_only=True)
    encoder.encode(profiles[:8], show_progress_bar=False)
    start = perf_counter()
    vectors = encoder.encode(profiles, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    KMeans(TASTES, n_init=1, random_state=0).fit(vectors)
    return perf_counter() - start


def _touched(customers: int, items: int, chance: np.random.Generator) -> npt.NDArray[np.int64]:
    """Item numbers (customers, 20): three in four from the customer's own taste, the rest from anywhere."""
    taste = np.arange(customers)[:, None] % TASTES
    width = items // TASTES
    own = taste * width + chance.integers(0, width, (customers, EVENTS_EACH))
    return np.where(chance.random(own.shape) < 0.75, own, chance.integers(0, items, own.shape))


def _write_events(
    path: Path, touched: npt.NDArray[np.int64], items: list[str], chance: np.random.Generator
) -> None:
    customers = np.repeat(np.arange(len(touched)), touched.shape[1])
    numbers = pa.table({"c": customers, "i": touched.ravel(), "age": chance.integers(0, 360, len(customers))})
    with duckdb.connect() as database:
        database.register("numbers", numbers)
        database.register("items", pa.table({"i": np.arange(len(items)), "item": items}))
        database.execute(
            f"""copy (select format('customer-{{:07d}}', c) as customer_id, item, 1.0 as quantity, 'purchase' as kind,
                timestamptz '2025-01-01 00:00:00+00' - to_days(age::integer) as "at"
                from numbers join items using (i)) to '{path}'"""
        )


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
