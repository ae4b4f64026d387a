"""What nobody asks for and yet must happen: approvals lapse, deputies step in, dead runs are noticed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from sqlalchemy.orm import Session

from content_store.handover import hand_over
from content_store.lapses import lapse
from content_store.leases import died
from content_store.recall import suppress_all
from content_store.waiting import refresh_waiting
from review.desk import Desk

EVERY_SECONDS = 300

log = logging.getLogger("surmesure.review")


def tidy_up(desk: Desk) -> None:
    """Once: each in a transaction of its own, so that people who decide meanwhile wait for one of them at most."""
    now, rules = desk.now(), desk.brand.approval_rules
    while _step(desk, "approvals", lambda session: lapse(session, at=now, day=desk.day, rules=rules)):
        pass
    _step(desk, "deputies", lambda session: hand_over(session, now))
    _step(desk, "runs", lambda session: died(session, now))


@asynccontextmanager
async def housekeeping(app: FastAPI) -> AsyncIterator[None]:
    """While the app runs: at its start, then every five minutes."""
    desk: Desk = app.state.desk

    def begin() -> None:
        _step(desk, "rules", lambda session: refresh_waiting(session, desk.brand.approval_rules))
        tidy_up(desk)
        # What a recall left unwritten when the page was stopped in the middle of it.
        _try("recalls", lambda: suppress_all(desk.sessions))

    async def go_on() -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await asyncio.to_thread(tidy_up, desk)

    await asyncio.to_thread(begin)
    task = asyncio.create_task(go_on())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _step(desk: Desk, name: str, act: Callable[[Session], object]) -> object:
    """What the step gives, in a transaction of its own."""

    def once() -> object:
        with desk.sessions.begin() as session:
            return act(session)

    return _try(name, once)


def _try(name: str, act: Callable[[], object]) -> object:
    """Whatever goes wrong in it, the other steps and the next round go on."""
    try:
        return act()
    except Exception:
        log.exception("Housekeeping of %s failed and is tried again.", name)
        return None
