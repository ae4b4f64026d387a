"""The decisions of a running app: what it knows, kept up to date in the background, and answers within the time allowed."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

import psycopg
import pyarrow as pa
from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from content_store import marks
from content_store.brand_folder.brand import Brand
from content_store.database import reading, session_maker
from publishing.decisions.asking import Question
from publishing.decisions.catalogue import Catalogue, Mark, load_catalogue, mark
from publishing.decisions.deciding import Decided, decide, defaults
from publishing.decisions.group_commit import GroupCommit
from publishing.decisions.ledger import take_back
from publishing.decisions.membership import NOBODY, Membership, load_membership

#: Seconds between two looks at what may be shown; what was recalled is refused at once nevertheless.
LOOK = 2.0

#: Seconds between two lines of the log about answers that were the defaults.
TELL = 60.0

log = logging.getLogger("surmesure.decisions")


class Works(NamedTuple):
    """What decisions are made with."""

    brand: Brand
    engine: Engine
    suppression_key: bytes
    #: where the members of a segmentation are listed
    membership_folder: Callable[[int], Path]
    #: an answer that takes longer is the default
    seconds: float
    #: the one clock; tests turn it
    now: Callable[[], datetime]
    #: where this machine notes how far it has sent (content_store/marks.py)
    marks: Path | None = None


class _Known(NamedTuple):
    mark: Mark
    catalogue: Catalogue
    membership: Membership
    #: whether the database is an old copy
    old: bool = False


class Decisions:
    """Answers questions while it runs; `running` starts and stops it."""

    def __init__(self, works: Works) -> None:
        self._works = works
        self._known: _Known | None = None
        self._told_at = -math.inf
        self._group: GroupCommit[Question, Decided] = GroupCommit(
            self._decide, self._take_back, (OperationalError, PoolTimeout, psycopg.OperationalError)
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Nothing is answered before everything is read."""
        await asyncio.to_thread(self.look)
        # What is there now stays, and a search for garbage in it would hold up answers.
        gc.collect()
        gc.freeze()
        tasks = [asyncio.create_task(self._group.run()), asyncio.create_task(self._keep_looking())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            self._group.close()

    async def answer(self, question: Question) -> Decided:
        """What stands in each slot: the defaults when nothing could be decided in time. It never raises."""
        try:
            return await self._group.ask(question, self._works.seconds)
        except Exception as error:
            self._tell(error)
            return defaults(question.slots, self._now_known().catalogue)

    def look(self) -> None:
        """Read what changed since the last time."""
        works, known = self._works, self._known
        with reading(session_maker(works.engine))() as session:
            seen = mark(session, works.brand, works.now().date())
            old = works.marks is not None and marks.standing(session, works.marks).is_old
            if known is not None and (seen, old) == (known.mark, known.old):
                return
            catalogue = load_catalogue(session, works.brand, seen.day, seen.segmentation_id)
        if old:
            # An old copy does not know who said stop since: defaults only, until a person says what it is.
            catalogue = catalogue._replace(campaigns=[])
        membership = known.membership if known else NOBODY
        if known is None or seen.segmentation_id != known.mark.segmentation_id:
            try:
                membership = self._membership(seen.segmentation_id)
            except (OSError, ValueError, pa.ArrowException) as error:
                # A new segmentation's lists may come a little later: the old ones serve until then.
                seen = seen._replace(segmentation_id=known.mark.segmentation_id if known else None)
                self._tell(error)
        self._known = _Known(seen, catalogue, membership, old)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                await asyncio.to_thread(self.look)
            except Exception as error:
                self._tell(error)

    def _membership(self, segmentation_id: int | None) -> Membership:
        if segmentation_id is None:
            return NOBODY
        return load_membership(self._works.membership_folder(segmentation_id))

    def _decide(self, questions: Sequence[Question]) -> list[Decided]:
        works, known = self._works, self._now_known()
        with works.engine.begin() as connection:
            return decide(
                connection, questions, known.catalogue, known.membership, works.suppression_key, works.now()
            )

    def _take_back(self, late: Sequence[Decided], heard: Sequence[Decided]) -> None:
        seen = {item.publication_id for answer in heard for item in answer.decisions}
        unseen = {number for answer in late for number in answer.written} - seen
        if unseen:
            with self._works.engine.begin() as connection:
                take_back(connection, unseen)

    def _now_known(self) -> _Known:
        assert self._known is not None, "decisions are asked for while they run"
        return self._known

    def _tell(self, error: Exception) -> None:
        # Five hundred lines a second would help nobody.
        if monotonic() - self._told_at > TELL:
            self._told_at = monotonic()
            # Of a database's error only its first line: the others hold customers' ids.
            reason = str(error.orig if isinstance(error, DBAPIError) else error).partition("\n")[0]
            log.warning("Defaults are shown: %s", reason or "there was no answer in time")


def be_impatient(engine: Engine, seconds: float) -> None:
    """Let every connection of an engine give up where decisions would not wait any more."""
    milliseconds = max(1, int(seconds * 1000))

    @event.listens_for(engine, "do_connect")
    def _connecting(_dialect: Any, _record: Any, _args: Any, parameters: dict[str, Any]) -> None:
        if engine.dialect.name == "postgresql":
            # In whole seconds, and libpq waits for two at least.
            parameters["connect_timeout"] = 2
            parameters["options"] = (
                f"{parameters.get('options', '')} -c lock_timeout={milliseconds} -c statement_timeout={4 * milliseconds}"
            )
        else:
            parameters["timeout"] = seconds

    engine.dispose()
