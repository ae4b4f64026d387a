"""The scorer judges edited texts in a process of its own, and its absence is said in a sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from multiprocessing.connection import Client, Listener
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, cast

import pytest

from evaluation.gates.gate import Copy
from review.auth.key import load_key
from review.scorer import ScorerDown, score, socket_path
from surmesure.commands.scoring import serve_one

if TYPE_CHECKING:
    from flows.steps.workplace import Workplace

KEY = b"k" * 32

FACTS = ("The Harrow 30 rucksack weighs 980 g with its hip belt attached.",)
GOOD = Copy("Harrow 30, hip belt and all: 980 g.", "subject", FACTS, ("980 g",), "hikers", "plain", 60)
WRONG = Copy("Harrow 30, hip belt and all: 890 g.", "subject", FACTS, (), "hikers", "plain", 60)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of a brand folder whose scorer runs."""
    brand = tmp_path_factory.mktemp("scorer") / "brand"
    subprocess.run([sys.executable, "-m", "surmesure", "init", str(brand)], check=True, capture_output=True)
    command = [sys.executable, "-m", "surmesure", "scorer", "--brand", str(brand)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "The scorer is ready.\n"
        yield brand / ".surmesure"
        process.terminate()


def test_all_gates_and_scores_answer(state: Path) -> None:
    good, wrong = score(state, load_key(state), [GOOD, WRONG], ["", ""])
    failed = [verdict["gate"] for verdict in wrong.verdicts if not verdict["passed"]]
    assert "numbers" in failed
    assert {"tone", "sense"} <= {verdict["gate"] for verdict in good.verdicts}
    assert set(good.scores) == {"readers", "relevance", "tone"}
    assert [(item["text"], item["fact"]) for item in good.sentences] == [(GOOD.text, 0)]


def test_a_stranger_without_the_key_gets_no_answer_and_disturbs_nobody(state: Path) -> None:
    with pytest.raises(ScorerDown, match="The scorer does not answer"):
        score(state, b"not the key", [GOOD], [""])
    assert len(score(state, load_key(state), [GOOD], [""])) == 1


def test_where_no_scorer_runs_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScorerDown, match="start `surmesure serve` or `surmesure scorer`"):
        score(tmp_path, b"key", [GOOD], [""])


def test_a_state_folder_with_a_long_name_has_a_short_socket(tmp_path: Path) -> None:
    long = tmp_path / ("a" * 120)
    assert len(socket_path(long)) <= 100
    assert socket_path(long) != socket_path(tmp_path / ("b" * 120))


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("said", [None, b"not JSON", b"[]"])
def test_whoever_says_nothing_or_nonsense_does_not_hold_up_the_next(
    tmp_path: Path, key: bytes | None, said: bytes | None
) -> None:
    workplace = cast("Workplace", None)
    path = socket_path(tmp_path)
    with Listener(path, family="AF_UNIX") as listener:
        thread = Thread(target=serve_one, args=(workplace, listener, KEY, 0.2), daemon=True)
        thread.start()
        with Client(path, family="AF_UNIX", authkey=key) as connection:
            if said is not None:
                connection.send_bytes(said)
            thread.join(10)
            assert not thread.is_alive()
