"""What can be counted on a copy that tells a good one from an odd, bare or repetitive one."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluation.gates.gate import Copy
from evaluation.gates.text import stem, words
from evaluation.sentences import sentences

FEATURES = (
    "fluency", "new words", "audience words", "repeated words", "repeated runs", "facts used", "runs taken from facts", "length",
    "sentences", "question", "colon first", "speaks to you", "new words in the lead", "audience words in the lead", "first word of the facts",
    "near to a fact", "near to the audience", "farthest sentence from the facts", "lead near to the audience",
    "opening", "sms", "short slot",
)  # fmt: skip
#: What stands for the fluency of a text that no model wrote.
USUAL_FLUENCY = -0.5

_FUNCTION_WORDS = frozenset(
    "a an the and or but of to in on at for from with by as is are be it its you your we our us they them their this "
    "that than then so if not no yes can may will has have had do does did was were i me my when what how who where "
    "up out about into over just now here there all any each every one more most".split()
)
_LEAD_END = re.compile(r"(?<=[:?.!])\s")
_RUN = 3


class Nearness(NamedTuple):
    """Cosines of the copy, of its sentences and of the first one to the facts and to the audience."""

    text_to_fact: float
    text_to_audience: float
    farthest_sentence_to_fact: float
    first_sentence_to_audience: float


def features(copy: Copy, near: Nearness, fluency: float | None) -> NDArray[np.float64]:
    """One number for each of `FEATURES`; shares are 0..1."""
    facts = " ".join(copy.facts)
    known, audience = set(_content(facts)), set(_content(copy.audience))
    said, spoken = _content(copy.text), words(copy.text)
    runs, known_runs = _runs(spoken), set(_runs(words(facts)))
    parts = _LEAD_END.split(copy.text, maxsplit=1)
    lead = _content(parts[0]) if len(parts) > 1 else []
    count = max(1, len(said))
    return np.array([
        USUAL_FLUENCY if fluency is None else fluency,
        sum(word not in known and word not in audience for word in said) / count,
        sum(word in audience and word not in known for word in said) / count,
        1 - len(set(said)) / count,
        1 - len(set(runs)) / max(1, len(runs)),
        len(known & set(said)) / max(1, len(known)),
        sum(run in known_runs for run in runs) / max(1, len(runs)),
        len(copy.text) / (copy.max_chars or 200),
        len(sentences(copy.text)),
        "?" in copy.text,
        ":" in parts[0],
        bool({"you", "your"} & set(spoken)),
        sum(word not in known and word not in audience for word in lead) / max(1, len(lead)),
        sum(word in audience for word in lead) / max(1, len(lead)),
        spoken[:1] == words(facts)[:1],
        *near,
        copy.slot == "opening",
        copy.slot == "sms",
        copy.slot in ("subject", "headline", "preheader"),
    ], dtype=np.float64)  # fmt: skip


def _content(text: str) -> list[str]:
    return [stem(word) for word in words(text) if word not in _FUNCTION_WORDS]


def _runs(spoken: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(islice(spoken, start, None) for start in range(_RUN)), strict=False))
