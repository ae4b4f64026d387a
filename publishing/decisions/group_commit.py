"""Group commit: whoever asks while a transaction runs is answered by the next, so that one commit serves many."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, NamedTuple, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Result = TypeVar("Result")

#: Questions in one transaction.
MOST = 100

#: Questions that may wait; more than are answered in any budget.
WAITING = 5_000

log = logging.getLogger("surmesure.decisions")


class _Waiting(NamedTuple, Generic[Question, Answer]):
    question: Question
    answer: asyncio.Future[Answer]


class GroupCommit(Generic[Question, Answer]):
    """Questions of one event loop, answered in groups by one thread."""

    def __init__(
        self,
        work: Callable[[Sequence[Question]], list[Answer]],
        unheard: Callable[[Sequence[Answer], Sequence[Answer]], None],
        everybodys: tuple[type[Exception], ...],
    ) -> None:
        """`work` answers a group in one transaction; `unheard` is told which answers came too late, and which did not.

        After an error of the kinds `everybodys` nobody of the group is asked for again; another may be one question's.
        """
        self._work = work
        self._unheard = unheard
        self._everybodys = everybodys
        self._queue: asyncio.Queue[_Waiting[Question, Answer]] = asyncio.Queue(WAITING)
        self._thread = ThreadPoolExecutor(1, "decisions")

    async def ask(self, question: Question, seconds: float) -> Answer:
        """The answer; TimeoutError after so many seconds, asyncio.QueueFull at once when too many wait."""
        waiting = _Waiting(question, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(waiting)
        return await asyncio.wait_for(waiting.answer, seconds)

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            group = [await self._queue.get()]
            while len(group) < MOST and not self._queue.empty():
                group.append(self._queue.get_nowait())
            group = [item for item in group if not item.answer.done()]
            if group:
                await self._answer(group)

    def close(self) -> None:
        """Wait for the transaction that runs."""
        self._thread.shutdown()

    async def _answer(self, group: Sequence[_Waiting[Question, Answer]]) -> None:
        try:
            answers = await self._in_thread(self._work, [item.question for item in group])
        except Exception as error:
            if len(group) > 1 and not isinstance(error, self._everybodys):
                for item in group:
                    await self._answer([item])
                return
            for item in group:
                if not item.answer.done():
                    item.answer.set_exception(error)
            return
        late, heard = [], []
        for item, answer in zip(group, answers, strict=True):
            if item.answer.done():
                late.append(answer)
            else:
                item.answer.set_result(answer)
                heard.append(answer)
        if late:
            try:
                await self._in_thread(self._unheard, late, heard)
            except Exception as error:
                log.warning("It could not be noted that %s answers came too late: %s", len(late), error)

    async def _in_thread(self, work: Callable[..., Result], *values: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *values)
