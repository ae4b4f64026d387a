"""Whatever is added, withdrawn, saved and loaded: the index answers like a plain loop over a dictionary."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from content_store.index import BlockIndex

# Products of these are far from the sixth decimal's rounding edge, and tie often.
POOL = [
    (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.6, 0.8, 0.0), (0.8, 0.6, 0.0),
    (0.0, 0.6, 0.8), (0.8, 0.0, -0.6), (-1.0, 0.0, 0.0), (0.0, -0.8, 0.6),
]  # fmt: skip

ids = st.integers(0, 30)
vectors = st.sampled_from(POOL)


def answers(known: dict[int, tuple[float, ...]], query: tuple[float, ...], k: int) -> list[tuple[int, float]]:
    scored = [(version, round(float(np.dot(vector, query)), 6)) for version, vector in known.items()]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0]))[:k]


class IndexMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.known: dict[int, tuple[float, ...]] = {}
        self.index = BlockIndex.build(np.empty((0, 3), np.float32), np.empty(0, np.int64), "model")

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(blocks=st.dictionaries(ids, vectors, max_size=8))
    def add(self, blocks: dict[int, tuple[float, ...]]) -> None:
        new = {version: vector for version, vector in blocks.items() if version not in self.known}
        self.index.add(np.array(list(new.values()), np.float32).reshape(-1, 3), np.array(list(new), np.int64))
        self.known |= new

    @rule(gone=st.lists(ids, max_size=6))
    def withdraw(self, gone: list[int]) -> None:
        there = len(self.known.keys() & set(gone))
        assert self.index.withdraw(np.array(gone, np.int64)) == there
        self.known = {version: vector for version, vector in self.known.items() if version not in gone}

    @rule()
    def save_and_load(self) -> None:
        self.index.save(Path(self.folder.name))
        self.index = BlockIndex.load(Path(self.folder.name), "model", 3)

    @rule(query=vectors, k=st.integers(1, 12), allowed=st.none() | st.lists(ids, max_size=20))
    def search(self, query: tuple[float, ...], k: int, allowed: list[int] | None) -> None:
        hits = self.index.search(
            np.array([query], np.float32), k, None if allowed is None else np.array(allowed, np.int64)
        )
        known = {v: vector for v, vector in self.known.items() if allowed is None or v in allowed}
        assert list(zip(hits.ids[0].tolist(), hits.scores[0].tolist(), strict=True)) == answers(
            known, query, k
        )

    @invariant()
    def holds_the_same_versions(self) -> None:
        assert self.index.ids.tolist() == sorted(self.known)


TestIndexMachine = IndexMachine.TestCase
TestIndexMachine.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
