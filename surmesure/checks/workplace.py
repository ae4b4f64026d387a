"""Is the place of work ready: settings, database, index and models."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from content_store import queries
from content_store.database import is_made
from content_store.errors import SurmesureError
from content_store.index import BlockIndex, IndexUnusable
from content_store.model_folders import check_model_folder
from flows.steps.workplace import Workplace
from surmesure.checks.check import Check, Status, failed


def check_database(workplace: Workplace) -> Check:
    """The database opens and has the newest schema; a SQLite file that is not there yet is left to the first run."""
    url = workplace.settings.database_url
    try:
        shown = make_url(url).render_as_string(hide_password=True)
        if not is_made(url):
            return Check("database", Status.OK, f"{shown} will be made on the first run")
        with workplace.sessions() as session:
            segmentation = queries.latest_segmentation(session)
    except SurmesureError as error:
        return failed("database", error)
    except CommandError:
        newer = f"{shown} has a schema that this version does not know"
        return Check(
            "database", Status.FAIL, newer, "install the version of surmesure that made it, or a newer one"
        )
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().split("\n")[0]
        return Check(
            "database",
            Status.FAIL,
            f"{shown} does not open ({reason})",
            "restore it, or set another database.url",
        )
    state = f"{segmentation.customers:,} customers in segments" if segmentation else "nothing in it yet"
    return Check("database", Status.OK, f"{shown} has the newest schema, {state}")


def check_encoder(workplace: Workplace) -> Check:
    """The encoder's folder is there and sound."""
    return _check_model("encoder", lambda: workplace.encoder_folder)


def check_generator(workplace: Workplace) -> Check:
    """The generator's folder is there and sound, or its package is; nothing is converted here."""
    from generators import model_files

    if workplace.settings.generator.model:
        return _check_model("generator", lambda: workplace.generator_folder)
    folder = workplace.settings.cache_folder / model_files.DEFAULT_FOLDER
    if importlib.util.find_spec(model_files.DEFAULT_PACKAGE) is None:
        package = model_files.DEFAULT_PACKAGE.replace("_", "-")
        return Check(
            "generator",
            Status.FAIL,
            f"the package {package} is missing",
            f"install {package}, or set generator.model",
        )
    if not folder.is_dir():
        return Check(
            "generator", Status.OK, f"will be converted on the first run (about half a minute), into {folder}"
        )
    found = _check_model("generator", lambda: folder)
    if found.status is Status.FAIL:
        return Check(
            "generator", Status.WARN, found.found, "nothing: it will be converted again on the next run"
        )
    return found


def check_index(workplace: Workplace) -> Check:
    """The saved index is sound and in step with the database; a run rebuilds one that is not."""
    folder = workplace.settings.index_folder
    later = "nothing: the next run rebuilds it from the database"
    if not folder.is_dir() or not is_made(workplace.settings.database_url):
        return Check("index", Status.OK, "will be built on the first run")
    try:
        model = workplace.encoder_fingerprint
        with workplace.sessions() as session:
            dimension = queries.vector_dimension(session, model)
            wanted = queries.searchable_ids(session)
        if dimension is None:
            return Check(
                "index", Status.WARN, "no block has a vector from this encoder", "import blocks, or run"
            )
        index = BlockIndex.load(folder, model, dimension)
    except IndexUnusable as error:
        return Check("index", Status.WARN, f"{folder}: {error.reason}", later)
    except (SurmesureError, SQLAlchemyError, CommandError):
        return Check("index", Status.WARN, "not checked", "correct the database and the encoder first")
    behind = len(set(wanted) ^ set(index.ids.tolist()))
    if behind:
        return Check(
            "index",
            Status.WARN,
            f"{behind} block versions behind the database",
            "nothing: the next run adds them",
        )
    return Check("index", Status.OK, f"{len(index):,} block versions, in step with the database")


def _check_model(name: str, find: Callable[[], Path]) -> Check:
    try:
        folder = find()
        check_model_folder(folder)
    except SurmesureError as error:
        return failed(name, error)
    return Check(name, Status.OK, str(folder))
