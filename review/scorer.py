"""Gates and scores that need the encoder, asked of the scorer process over a local socket."""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any, NamedTuple

from content_store.errors import WorkFailed
from evaluation.gates.gate import Copy

#: A socket's name may have about 100 bytes (sun_path in unix(7) holds 108).
_LONGEST = 100

#: The scorer answers one after the other, each within a second or two.
PATIENCE_SECONDS = 30.0


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


def score(
    state: Path,
    key: bytes,
    copies: Sequence[Copy],
    goals: Sequence[str],
    patience_seconds: float = PATIENCE_SECONDS,
) -> list[Judged]:
    """Every copy judged by the resident scorer; ScorerDown when it does not answer."""
    question = json.dumps({"copies": [asdict(copy) for copy in copies], "goals": list(goals)})
    try:
        with _connected(socket_path(state), patience_seconds) as connection:
            answer_challenge(connection, key)
            deliver_challenge(connection, key)
            connection.send_bytes(question.encode())
            answer = json.loads(connection.recv_bytes())
    # A stranger in the scorer's place fails an assertion of the handshake's, in Python 3.11.
    except (OSError, EOFError, AuthenticationError, AssertionError):
        raise ScorerDown from None
    if "error" in answer:
        raise WorkFailed(answer["error"])
    return [Judged(**item) for item in answer["judged"]]


def limit_waiting(peer: socket.socket, seconds: float) -> None:
    """No connecting, reading or writing on this socket blocks longer; then it is an OSError (SO_RCVTIMEO in socket(7)).

    multiprocessing's Client and Listener know no limit, and a handshake with somebody who is stuck would never end.
    """
    limit = struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
    for direction in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        peer.setsockopt(socket.SOL_SOCKET, direction, limit)


def _connected(path: str, patience_seconds: float) -> Connection:
    with socket.socket(socket.AF_UNIX) as peer:
        limit_waiting(peer, patience_seconds)
        peer.connect(path)
        return Connection(peer.detach())
