"""A new brand folder, copied from the one that comes with the package."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from content_store.errors import BadInput, WorkFailed

STARTER = Path(__file__).parent / "starter"
#: Written last: a folder with a brand.yaml is a whole brand folder.
LAST = "brand.yaml"


def copy_starter(folder: Path) -> list[str]:
    """Copy the starter into a new or empty folder, and return the files made. A repository without files is empty."""
    target = folder.absolute()
    try:
        if target.exists() and (not target.is_dir() or any(path.name != ".git" for path in target.iterdir())):
            raise BadInput(f"{folder} is not an empty folder; give `surmesure init` a new one.")
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".init-") as staging:
            ready = Path(staging) / "ready"
            shutil.copytree(
                STARTER, ready, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns(".surmesure")
            )
            made = sorted(path.relative_to(ready).as_posix() for path in ready.rglob("*") if path.is_file())
            for path in sorted(ready.iterdir(), key=lambda path: (path.name == LAST, path.name)):
                path.rename(target / path.name)
    except OSError as error:
        raise WorkFailed(
            f"{folder} could not be made ({error.strerror}); give a folder that you may write to."
        ) from None
    return made
