"""`surmesure scorer`: the process that holds the encoder for the review page, and answers on a local socket."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from surmesure.opening import BrandOption, open_workplace

if TYPE_CHECKING:
    from flows.steps.workplace import Workplace

#: Whoever connects and says nothing so long is hung up on.
PATIENCE_SECONDS = 10


def scorer(brand: BrandOption = None) -> None:
    """Judge edited texts for the review page: gates and scores that need the encoder.

    `surmesure serve` starts it by itself.

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
    with Listener(path, family="AF_UNIX", authkey=load_key(state)) as listener:
        Path(path).chmod(0o600)
        typer.echo("The scorer is ready.", err=True)
        try:
            while True:
                _serve_one(workplace, listener)
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


def _serve_one(workplace: Workplace, listener: Any) -> None:
    """One question; whatever goes wrong with it, the next is answered."""
    from multiprocessing import AuthenticationError

    from content_store.errors import SurmesureError

    with contextlib.suppress(OSError, EOFError, AuthenticationError), listener.accept() as connection:
        if not connection.poll(PATIENCE_SECONDS):
            return
        question = json.loads(connection.recv_bytes())
        try:
            reply = answer(workplace, question)
        except (SurmesureError, TypeError, KeyError, ValueError) as error:
            reply = {"error": f"the text could not be judged: {error}"}
        connection.send_bytes(json.dumps(reply).encode())


def _sample() -> dict[str, Any]:
    """A first copy, so that the models are loaded before somebody waits."""
    return {"text": "Coffee is on.", "slot": "subject", "facts": ["Coffee is on sale."], "keep": []}
