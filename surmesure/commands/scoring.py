"""`surmesure scorer`: the process that holds the encoder for the review page, and answers on a local socket."""

from __future__ import annotations

import json
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from surmesure.opening import BrandOption, open_workplace

if TYPE_CHECKING:
    from multiprocessing.connection import Listener

    from flows.steps.workplace import Workplace

#: Whoever connects and says nothing so long is hung up on.
PATIENCE_SECONDS = 10.0

#: So many may wait for an answer; more are turned away.
WAITING = 16

log = logging.getLogger("surmesure.scorer")


def scorer(brand: BrandOption = None) -> None:
    """Judge edited texts for the review page: gates and scores that need the encoder.

    `surmesure serve` and `surmesure review` start it by themselves.

    Example: surmesure scorer --brand examples/grocer
    """
    from multiprocessing.connection import Listener

    from review.auth.key import load_key
    from review.scorer import socket_path

    workplace = open_workplace(brand)
    state = workplace.settings.state_folder
    state.mkdir(parents=True, exist_ok=True)
    answer(workplace, {"copies": [_sample()], "goals": [""]})
    path = socket_path(state)
    Path(path).unlink(missing_ok=True)
    key = load_key(state)
    with Listener(path, family="AF_UNIX", backlog=WAITING) as listener:
        Path(path).chmod(0o600)
        typer.echo("The scorer is ready.", err=True)
        try:
            while True:
                serve_one(workplace, listener, key)
        except KeyboardInterrupt:
            typer.echo("The scorer has stopped.", err=True)


def answer(workplace: Workplace, question: dict[str, Any]) -> dict[str, Any]:
    """Verdicts, scores and sentences of each copy, as JSON values."""
    from evaluation.gates.gate import Copy
    from flows.steps.judge import judge_copies

    copies = [
        Copy(**item | {"facts": tuple(item["facts"]), "keep": tuple(item["keep"])})
        for item in question["copies"]
    ]
    return {
        "judged": [
            {
                "verdicts": [verdict._asdict() for verdict in judgement.verdicts],
                "scores": judgement.scores,
                "sentences": [
                    {
                        "text": item.sentence,
                        "fact": item.fact_index,
                        "similarity": round(float(item.similarity), 4),
                    }
                    for item in judgement.support
                ],
            }
            for judgement in judge_copies(workplace, copies, question["goals"])
        ]
    }


def serve_one(
    workplace: Workplace, listener: Listener, key: bytes, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """One question; whatever goes wrong with it, the next is answered.

    The listener has no key of its own: it would ask for it inside accept(), where nobody can be hung up on.
    """
    from multiprocessing.connection import answer_challenge, deliver_challenge

    from review.scorer import limit_waiting

    try:
        with listener.accept() as connection:
            with socket.fromfd(connection.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as peer:
                limit_waiting(peer, patience_seconds)
            deliver_challenge(connection, key)
            answer_challenge(connection, key)
            reply = _reply(workplace, connection.recv_bytes())
            connection.send_bytes(json.dumps(reply).encode())
    except Exception as error:
        log.warning("A question was not answered: %r", error)


def _reply(workplace: Workplace, question: bytes) -> dict[str, Any]:
    try:
        return answer(workplace, json.loads(question))
    except Exception as error:
        return {"error": f"the text could not be judged: {error}"}


def _sample() -> dict[str, Any]:
    """A first copy, so that the models are loaded before somebody waits."""
    return {"text": "Coffee is on.", "slot": "subject", "facts": ["Coffee is on sale."], "keep": []}
