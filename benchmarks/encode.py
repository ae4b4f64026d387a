"""Texts encoded per second: ours beside `SentenceTransformer.encode` in float32 with batches of 32."""

import random
from time import perf_counter

import numpy as np
from sentence_transformers import SentenceTransformer

from content_store.embeddings import encode, load_encoder
from content_store.model_folders import default_encoder_folder

ROUNDS = 3
WORDS = [
    "apple",
    "bakery",
    "banana",
    "beef",
    "bread",
    "breakfast",
    "butter",
    "cereal",
    "cheese",
    "chicken",
    "chips",
    "coffee",
    "cookie",
    "dairy",
    "deli",
    "dinner",
    "dish",
    "easy",
    "family",
    "fish",
    "flour",
    "fresh",
    "frozen",
    "fruit",
    "garden",
    "grape",
    "greek",
    "ground",
    "honey",
    "house",
    "juice",
    "kitchen",
    "lemon",
    "lunch",
    "meat",
    "milk",
    "morning",
    "oat",
    "oil",
    "onion",
    "orange",
    "organic",
    "pasta",
    "peanut",
    "pepper",
    "pizza",
    "pork",
    "quick",
    "rice",
    "roast",
    "salad",
    "salsa",
    "sauce",
    "shop",
    "snack",
    "soda",
    "soup",
    "spinach",
    "store",
    "tea",
    "tomato",
    "turkey",
    "vegetable",
    "water",
    "weekend",
    "whole",
    "yogurt",
]


def measure(texts: int = 300, threads: int = 1) -> dict[str, float]:
    """Texts per second of both ways in alternating rounds (the best of each), their ratio and their agreement."""
    chance = random.Random(7)
    profiles = [" ".join(chance.choices(WORDS, k=chance.randint(17, 50))) for _ in range(texts)]
    ours = load_encoder(default_encoder_folder(), threads=threads)
    plain = SentenceTransformer(str(default_encoder_folder()), device="cpu", local_files_only=True)
    seconds: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(ROUNDS):
        start = perf_counter()
        expected = plain.encode(profiles, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
        middle = perf_counter()
        found = encode(ours, profiles)
        seconds["plain"].append(middle - start)
        seconds["ours"].append(perf_counter() - middle)
    return {
        "texts_per_second": texts / min(seconds["ours"]),
        "plain_texts_per_second": texts / min(seconds["plain"]),
        "ratio": min(seconds["plain"]) / min(seconds["ours"]),
        "mean_cosine": float(np.mean(np.sum(found * expected, axis=1))),
    }


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
