"""Is the machine fit: Python, libraries, processor, disk."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from surmesure.checks.check import Check, Status

if TYPE_CHECKING:
    from packaging.requirements import Requirement

OLDEST_PYTHON = (3, 11)
#: Bytes below which a first run does not fit: the converted model, its temporary copy, database and lake.
LEAST_FREE = 1_000_000_000
GENEROUS_FREE = 5_000_000_000


def check_python() -> Check:
    """The interpreter is new enough."""
    found = f"Python {platform.python_version()}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted = ".".join(str(part) for part in OLDEST_PYTHON)
        return Check(
            "python", Status.FAIL, found, f"install Python {wanted} or newer and make the environment again"
        )
    return Check("python", Status.OK, found)


def check_libraries(distribution: str = "surmesure") -> Check:
    """Every library that the distribution requires is there, in a version that it allows."""
    from packaging.requirements import Requirement

    try:
        stated = metadata.requires(distribution) or []
    except metadata.PackageNotFoundError:
        found = f"{distribution} is not installed as a package, so the versions it needs are not known here"
        return Check("libraries", Status.WARN, found, "run `pip install -e .` in its folder, or `make run`")
    needed = [
        each
        for each in map(Requirement, stated)
        if each.marker is None or each.marker.evaluate({"extra": ""})
    ]
    faults = [fault for each in needed if (fault := _version_fault(each))]
    if faults:
        return Check("libraries", Status.FAIL, "; ".join(faults), "install the versions in requirements.lock")
    shown = ", ".join(
        f"{name} {metadata.version(name)}" for name in ("torch", "transformers", "faiss-cpu", "prefect")
    )
    return Check("libraries", Status.OK, f"{len(needed)} libraries as required, with {shown}")


def check_processor() -> Check:
    """How many threads there are, and whether the processor multiplies bfloat16 itself."""
    import torch

    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    able = torch.cpu.get_capabilities()
    has_bfloat16 = bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    numbers = "bfloat16 in hardware" if has_bfloat16 else "no bfloat16 in hardware, so models run in float32"
    return Check("processor", Status.OK, f"{threads} thread{'s' if threads != 1 else ''}, {numbers}")


def check_disk(folder: Path, name: str) -> Check:
    """Free space where `folder` is or will be."""
    place = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:,.1f} GB free for the {name} ({folder})"
    if not os.access(place, os.W_OK):
        return Check("disk", Status.FAIL, f"{place} cannot be written to", f"allow it, or set another {name}")
    if free < LEAST_FREE:
        return Check(
            "disk", Status.FAIL, found, f"free at least {LEAST_FREE / 1e9:.0f} GB, or set another {name}"
        )
    if free < GENEROUS_FREE:
        return Check("disk", Status.WARN, found, "enough for small data; free some space before larger runs")
    return Check("disk", Status.OK, found)


def _version_fault(needed: Requirement) -> str:
    """What is wrong with a library, or ''."""
    try:
        version = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return f"{needed.name} is missing"
    if needed.specifier.contains(version, prereleases=True):
        return ""
    return f"{needed.name} is {version}, which {needed.specifier} does not allow"
