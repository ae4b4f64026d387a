"""Gates and scores that need the encoder, asked of the scorer process over a local socket."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client
from pathlib import Path
from typing import Any, NamedTuple

from content_store.errors import WorkFailed
from evaluation.gates.gate import Copy

#: A socket's name may have about 100 bytes (sun_path in unix(7) holds 108).
_LONGEST = 100


class ScorerDown(WorkFailed):
    """The scorer does not answer, so the text cannot be checked; start `surmesure serve` or `surmesure scorer`."""


class Judged(NamedTuple):
    """What all gates and scores say of one copy."""

    verdicts: list[dict[str, Any]]
    scores: dict[str, float]
    #: {"text", "fact": index of the nearest fact or None, "similarity"}
    sentences: list[dict[str, Any]]


def socket_path(state: Path) -> str:
    """Where the scorer of a state folder listens; in the temporary folder when that name would be too long."""
    path = str(state.resolve() / "scorer.sock")
    if len(path.encode()) <= _LONGEST:
        return path
    name = hashlib.sha256(path.encode()).hexdigest()[:16]
    return str(Path(tempfile.gettempdir()) / f"surmesure-{name}.sock")


def score(state: Path, key: bytes, copies: Sequence[Copy], goals: Sequence[str]) -> list[Judged]:
    """Every copy judged by the resident scorer; ScorerDown when it does not answer."""
    question = json.dumps({"copies": [asdict(copy) for copy in copies], "goals": list(goals)})
    try:
        with Client(socket_path(state), family="AF_UNIX", authkey=key) as connection:
            connection.send_bytes(question.encode())
            if not connection.poll(30):
                raise ScorerDown
            answer = json.loads(connection.recv_bytes())
    except (OSError, EOFError, AuthenticationError):
        raise ScorerDown from None
    if "error" in answer:
        raise WorkFailed(answer["error"])
    return [Judged(**item) for item in answer["judged"]]
