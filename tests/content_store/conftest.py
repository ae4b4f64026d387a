"""What the tests of content_store share."""

import pytest
from sentence_transformers import SentenceTransformer

from content_store.embeddings import default_encoder_folder, load_encoder


@pytest.fixture(scope="session")
def encoder() -> SentenceTransformer:
    """The real default encoder, as the product loads it, on one thread."""
    return load_encoder(default_encoder_folder(), threads=1)
