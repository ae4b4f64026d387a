"""A brand folder that runs in seconds: the starter with tiny real models."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from content_store.database import Sessions
from flows.engine import prepare
from flows.steps.workplace import Workplace, open_workplace
from tests.tiny_models import build_encoder, build_generator

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

    from flows.scheduler import Scheduler

STARTER = Path(__file__).parents[2] / "surmesure" / "starter"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole runs with a model are made on SQLite; on PostgreSQL, where they take as long again, with the slow tests."""
    for item in items:
        if item.path.name in ("test_rerun.py", "test_steps.py") and "[postgresql" in item.name:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny encoder and a tiny generator."""
    folder = tmp_path_factory.mktemp("models")
    build_encoder(folder)
    build_generator(folder)
    return folder


@pytest.fixture
def brand_folder(tmp_path: Path, tiny_models: Path) -> Path:
    """The starter's brand folder, set to the tiny models."""
    folder = tmp_path / "brand"
    shutil.copytree(STARTER, folder)
    (folder / "surmesure.toml").write_text(
        f'[encoder]\nmodel = "{tiny_models}/encoder"\nthreads = 1\n'
        f'[generator]\nmodel = "{tiny_models}/generator"\nthreads = 1\ncandidates = 2\n'
    )
    return folder


@pytest.fixture
def workplace(brand_folder: Path, database_url: str) -> Iterator[Workplace]:
    """The brand folder, opened on SQLite and on PostgreSQL."""
    with (brand_folder / "surmesure.toml").open("a") as settings:
        settings.write(f'[database]\nurl = "{database_url}"\n')
    opened = open_workplace(brand_folder)
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Prefect's own test harness: a temporary database and server, as long as these tests run.

    Its clients' threads ping the server with random numbers: they must have ended when other tests count on chance.
    """
    before = dict(os.environ)
    prepare(tmp_path_factory.mktemp("prefect"))
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def client(prefect_server: None) -> Iterator[SyncPrefectClient]:  # noqa: ARG001
    """Prefect's test server, without what the test before left."""
    from prefect.client.orchestration import get_client

    with get_client(sync_client=True) as client:
        yield client
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)
        for run in client.read_flow_runs():
            client.delete_flow_run(run.id)


@pytest.fixture
def scheduler(client: SyncPrefectClient, sessions: Sessions, tmp_path: Path) -> Scheduler:
    """A scheduler that plans and executes nothing."""
    from flows.deployments import Deployments
    from flows.scheduler import Scheduler

    return Scheduler(sessions, tmp_path, Deployments(client, tmp_path))
