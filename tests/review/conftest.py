"""What the tests of pages share."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_store.database import Sessions
from review.desk import Desk
from tests.review.signed_in import desk_at


@pytest.fixture
def desk(sessions: Sessions, tmp_path: Path) -> Desk:
    """A desk on a migrated database, with the clock at NOW."""
    return desk_at(sessions, tmp_path)
