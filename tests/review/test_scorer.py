"""A scorer that is stuck is said to be down, soon."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from threading import Thread

import pytest

from review.scorer import ScorerDown, score, socket_path

KEY = b"k" * 32


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """What listens where the scorer should."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(socket_path(tmp_path))
        sock.listen(0)
        yield sock


@pytest.mark.usefixtures("listener")
def test_a_scorer_that_accepts_nobody_is_down(tmp_path: Path) -> None:
    assert _is_down(tmp_path)
    # The first question still fills the queue of one, so that connecting itself would wait now.
    assert _is_down(tmp_path)


def test_a_scorer_that_knows_the_key_and_never_answers_is_down(
    listener: socket.socket, tmp_path: Path
) -> None:
    thread = Thread(target=_greet, args=(listener,))
    thread.start()
    assert _is_down(tmp_path)
    thread.join(10)


def test_a_stranger_in_its_place_is_no_scorer(listener: socket.socket, tmp_path: Path) -> None:
    thread = Thread(target=_greet, args=(listener, b"hello"))
    thread.start()
    assert _is_down(tmp_path)
    thread.join(10)


def _is_down(state: Path) -> bool:
    """False when a question was not given up within seconds."""
    down: list[bool] = []

    def ask() -> None:
        with pytest.raises(ScorerDown):
            score(state, KEY, [], [], patience_seconds=0.2)
        down.append(True)

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(10)
    return bool(down)


def _greet(listener: socket.socket, word: bytes | None = None) -> None:
    """Go through the handshake and hear the question; or say something else."""
    peer, _ = listener.accept()
    with Connection(peer.detach()) as connection:
        if word is None:
            deliver_challenge(connection, KEY)
            answer_challenge(connection, KEY)
            connection.recv_bytes()
        else:
            connection.send_bytes(word)
        # Until the other side hangs up.
        with pytest.raises(EOFError):
            connection.recv_bytes()
