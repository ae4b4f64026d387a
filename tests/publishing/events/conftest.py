"""A shop with three customers, for whom an SMS is planned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from content_store.database import Sessions
from tests.publishing.events.shop import Shop, opened
from tests.publishing.stage import planned


@pytest.fixture
def shop(sessions: Sessions, tmp_path: Path) -> Iterator[Shop]:
    with opened(sessions, planned(sessions, tmp_path, customers=3)) as opened_shop:
        yield opened_shop
