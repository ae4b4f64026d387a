"""Holding briefs while they are executed: a thread gives signs of life and writes down how far the work is."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from content_store import leases, library
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import StaleState, WorkFailed
from content_store.leases import LEASE_SECONDS, Lease
from content_store.models import Run, RunStatus

if TYPE_CHECKING:
    from flows.steps.workplace import Workplace

#: The thread looks this often whether there is something to write.
TICK_SECONDS = 1.0
#: Signs of life: five may be lost before the owner is taken for dead.
RENEW_SECONDS = LEASE_SECONDS / 6


@contextmanager
def holding(workplace: Workplace, briefs: Sequence[BriefFile]) -> Iterator[Heart]:
    """Hold all these briefs, or none with StaleState that names who holds one; inside it, holding them again is free."""
    standing = workplace.heart
    if standing is not None and all(brief.id in standing.held for brief in briefs):
        yield standing
        return
    heart = Heart(workplace, _take(workplace, briefs))
    workplace.heart = heart
    heart.start()
    try:
        yield heart
    finally:
        workplace.heart = standing
        heart.stop()


class Heart:
    """What beats while briefs are held. It writes through connections of its own, never through the work's."""

    def __init__(self, workplace: Workplace, held: dict[str, Lease]) -> None:
        self.held = held
        self._workplace = workplace
        self._lost: str | None = None
        self._run_id: int | None = None
        self._progress: dict[str, Any] | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Stop beating and let others have the briefs."""
        self._stopped.set()
        self._thread.join()
        # A lease that cannot be given back now runs out by itself.
        with suppress(DBAPIError), self._workplace.sessions() as session:
            for lease in self.held.values():
                leases.release(session, lease, self._workplace.now)
            session.commit()

    def works_on(self, run_id: int | None) -> None:
        """The run whose row shows the progress from now on."""
        self._run_id, self._progress = run_id, None

    def tell(self, stage: str, done: int, total: int) -> None:
        """How far the work is; WorkFailed when a brief was taken away."""
        self._progress = {"stage": stage, "done": done, "total": total}
        if self._lost is not None:
            raise WorkFailed(self._lost)

    def confirm(self, session: Session) -> None:
        """Inside the transaction of a write: whoever was taken for dead does not write. WorkFailed then."""
        try:
            # Without a flush: the lease is locked before the run's row, as by everybody else.
            with session.no_autoflush:
                for lease in self.held.values():
                    leases.renew(session, lease, self._workplace.now)
        except StaleState as error:
            raise WorkFailed(str(error)) from None

    def _beat(self) -> None:
        renewed, shown = time.monotonic(), (self._run_id, self._progress)
        while not self._stopped.wait(TICK_SECONDS):
            run_id, progress = now = (self._run_id, self._progress)
            try:
                if time.monotonic() - renewed >= RENEW_SECONDS:
                    self._renew()
                    renewed = time.monotonic()
                if run_id is not None and progress is not None and now != shown:
                    self._show(run_id, progress)
                    shown = now
            except StaleState as error:
                self._lost = str(error)
                return
            except DBAPIError:
                continue  # busy or away for a moment; the next tick tries again

    def _renew(self) -> None:
        with self._workplace.sessions() as session:
            for lease in self.held.values():
                leases.renew(session, lease, self._workplace.now)
            session.commit()

    def _show(self, run_id: int, progress: dict[str, Any]) -> None:
        with self._workplace.sessions() as session:
            session.execute(
                update(Run).where(Run.id == run_id, Run.status == RunStatus.RUNNING).values(progress=progress)
            )
            session.commit()


def owner_of(process: int) -> str:
    """What the name of an owner of leases begins with: this machine and the process."""
    return f"{socket.gethostname()}, process {process} ("


def _take(workplace: Workplace, briefs: Sequence[BriefFile]) -> dict[str, Lease]:
    owner = f"{owner_of(os.getpid())}{secrets.token_hex(4)})"
    with workplace.sessions() as session:
        # In one order, so that two who want the same briefs do not wait for each other.
        for brief in sorted(briefs, key=lambda brief: brief.id):
            library.store_brief(session, brief, workplace.now)
        held = {
            brief_id: leases.take(session, brief_id, owner, workplace.now)
            for brief_id in sorted(brief.id for brief in briefs)
        }
        session.commit()
    return held
