"""What the tests of content_store share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@pytest.fixture(scope="session")
def encoder() -> SentenceTransformer:
    """The real default encoder, as the product loads it, on one thread; most tests do without it and its seconds."""
    from content_store.embeddings import load_encoder
    from content_store.model_folders import default_encoder_folder

    return load_encoder(default_encoder_folder(), threads=1)
