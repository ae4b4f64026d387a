"""Many questions share a commit, none suffers for another, and nobody waits longer than they are told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic

import pytest

from publishing.decisions.group_commit import MOST, WAITING, GroupCommit

SECONDS = 30.0


class Gone(Exception):
    """Nobody can be answered."""


class Clerk:
    """Answers a question by its double, and notes with whom it was asked."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.late: list[int] = []
        self.heard: list[int] = []
        self.may_go_on = Event()
        self.may_go_on.set()

    def work(self, questions: Sequence[int]) -> list[int]:
        self.groups.append(list(questions))
        self.may_go_on.wait(SECONDS)
        if 13 in questions:
            raise ValueError("13")
        if 99 in questions:
            raise Gone
        return [2 * question for question in questions]

    def unheard(self, late: Sequence[int], heard: Sequence[int]) -> None:
        self.late += late
        self.heard += heard
        if 666 in late:
            raise ValueError("666")


def _run(clerk: Clerk, play: Callable[[GroupCommit[int, int]], object]) -> None:
    async def main() -> None:
        group: GroupCommit[int, int] = GroupCommit(clerk.work, clerk.unheard, (Gone,))
        task = asyncio.create_task(group.run())
        try:
            await play(group)  # type: ignore[misc]
        finally:
            clerk.may_go_on.set()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            group.close()

    asyncio.run(main())


def test_whoever_asks_while_others_are_answered_goes_together() -> None:
    clerk = Clerk()

    async def play(group: GroupCommit[int, int]) -> None:
        answers = await asyncio.gather(*(group.ask(number, SECONDS) for number in range(200, 450)))
        assert answers == [2 * number for number in range(200, 450)]

    _run(clerk, play)
    assert [len(questions) for questions in clerk.groups] == [MOST, MOST, 50]


def test_one_question_that_cannot_be_answered_spoils_no_other() -> None:
    clerk = Clerk()

    async def play(group: GroupCommit[int, int]) -> None:
        answers = await asyncio.gather(
            *(group.ask(number, SECONDS) for number in (12, 13, 14)), return_exceptions=True
        )
        assert (answers[0], repr(answers[1]), answers[2]) == (24, "ValueError('13')", 28)
        assert await group.ask(15, SECONDS) == 30

    _run(clerk, play)
    assert clerk.groups == [[12, 13, 14], [12], [13], [14], [15]]


def test_what_is_everybodys_misfortune_is_not_tried_one_by_one() -> None:
    clerk = Clerk()

    async def play(group: GroupCommit[int, int]) -> None:
        answers = await asyncio.gather(
            *(group.ask(number, SECONDS) for number in (98, 99)), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [Gone, Gone]
        assert await group.ask(1, SECONDS) == 2

    _run(clerk, play)
    assert clerk.groups == [[98, 99], [1]]


@pytest.mark.parametrize("question", [7, 666])
def test_an_answer_that_comes_too_late_is_noted_and_waiting_ones_are_not_asked(question: int) -> None:
    clerk = Clerk()
    clerk.may_go_on.clear()

    async def play(group: GroupCommit[int, int]) -> None:
        started = monotonic()
        first = asyncio.ensure_future(group.ask(question, 0.05))
        with pytest.raises(TimeoutError):
            await first
        with pytest.raises(TimeoutError):
            await group.ask(8, 0.05)
        assert monotonic() - started < 5
        clerk.may_go_on.set()
        assert await group.ask(9, SECONDS) == 18

    _run(clerk, play)
    assert clerk.groups == [[question], [9]]
    assert (clerk.late, clerk.heard) == ([2 * question], [])


def test_when_too_many_wait_the_next_is_told_at_once() -> None:
    clerk = Clerk()
    clerk.may_go_on.clear()

    async def play(group: GroupCommit[int, int]) -> None:
        asked = [asyncio.ensure_future(group.ask(1, SECONDS)) for _ in range(WAITING + 1)]
        await asyncio.sleep(0)
        assert [type(task.exception()) for task in asked if task.done()] == [asyncio.QueueFull]
        clerk.may_go_on.set()
        await asyncio.gather(*asked[:-1])

    _run(clerk, play)
