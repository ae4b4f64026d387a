"""What one check found, and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from content_store.errors import SurmesureError


class Status(StrEnum):
    """How a check ended."""

    OK = "ok"  #: nothing to do
    WARN = "warn"  #: works, but somebody should look at it
    FAIL = "fail"  #: a command will refuse or fail


class Check(NamedTuple):
    """One line of `surmesure doctor`."""

    check: str
    status: Status
    found: str
    do: str = ""


def failed(check: str, error: SurmesureError) -> Check:
    """A check that met an error; what to do is the last part of the error's sentence."""
    found, semicolon, do = str(error).rpartition("; ")
    return Check(check, Status.FAIL, found, do) if semicolon else Check(check, Status.FAIL, do, "correct it")
