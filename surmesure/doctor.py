"""Every check of `surmesure doctor`, in the order in which a person would mend things."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.errors import BadInput
from content_store.settings import load_settings
from flows.steps.workplace import Workplace
from surmesure.checks import machine
from surmesure.checks.brand_files import check_brand_folder
from surmesure.checks.check import Check, Status, failed


def examine(folder: Path) -> Iterator[Check]:
    """The checks of the machine, the brand folder, its settings and what the settings point to."""
    yield machine.check_python()
    yield machine.check_libraries()
    yield machine.check_processor()
    yield from check_brand_folder(folder)
    try:
        settings = load_settings(folder)
    except BadInput as error:
        yield failed("settings", error)
        return
    yield Check("settings", Status.OK, f"state in {settings.state_folder}")
    yield machine.check_disk(settings.state_folder, "state folder")
    yield machine.check_disk(settings.cache_folder, "cache folder")
    # Opens FAISS and the model libraries, which takes seconds: the lines above are shown by then.
    from surmesure.checks import workplace

    opened = Workplace(settings, NEUTRAL_BRAND)
    yield workplace.check_database(opened)
    yield workplace.check_encoder(opened)
    yield workplace.check_generator(opened)
    yield workplace.check_index(opened)
