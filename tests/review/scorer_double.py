"""A scorer that answers on the real socket: the real gates of words, and fixed scores in place of the encoder's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener
from threading import Thread
from typing import Any

from evaluation.gates import judge
from evaluation.gates.gate import Copy
from evaluation.sentences import sentences
from review.desk import Desk
from review.scorer import socket_path


@contextmanager
def scorer_running(desk: Desk) -> Iterator[None]:
    """A scorer for the desk, as long as the block lasts."""
    desk.settings.state_folder.mkdir(parents=True, exist_ok=True)
    path = socket_path(desk.settings.state_folder)
    with Listener(path, family="AF_UNIX", authkey=desk.key) as listener:
        thread = Thread(target=_serve, args=(desk, listener))
        thread.start()
        try:
            yield
        finally:
            with Client(path, family="AF_UNIX", authkey=desk.key) as connection:
                connection.send_bytes(b"stop")
            thread.join()


def _serve(desk: Desk, listener: Listener) -> None:
    while True:
        try:
            with listener.accept() as connection:
                asked = connection.recv_bytes()
                if asked == b"stop":
                    return
                judged = [_judged(desk, item) for item in json.loads(asked)["copies"]]
                connection.send_bytes(json.dumps({"judged": judged}).encode())
        except (EOFError, AuthenticationError):
            continue


def _judged(desk: Desk, item: dict[str, Any]) -> dict[str, Any]:
    copy = Copy(**item | {"facts": tuple(item["facts"]), "keep": tuple(item["keep"])})
    return {
        "verdicts": [verdict._asdict() for verdict in judge(copy, desk.policy)],
        "scores": {"readers": 0.5, "relevance": 0.5, "tone": 0.5},
        "sentences": [{"text": text, "fact": 0, "similarity": 0.5} for text in sentences(copy.text)],
    }
