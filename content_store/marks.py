"""How far an installation has sent: a number in its database and on each machine, so that an old copy gives itself away.

The number grows in the transaction that decides to send, and this machine notes it after the commit and before anything
is sent. So a database that knows a smaller number than the machine is a copy from before something was sent.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from content_store.durable_files import replace_file
from content_store.errors import BadInput, WorkFailed
from content_store.models import Installation, Publication

STRANGE = (
    "this machine never sent from this database, and others did: it may be an old copy, and customers could get things"
    " twice; `surmesure confirm` shows what it holds, and how to say what it is."
)


class Standing(NamedTuple):
    """What the database and this machine say of how far it has sent."""

    identity: str
    mark: int
    #: None when this machine knows nothing of the database
    noted: int | None
    #: whether anything stands in the ledger
    used: bool

    @property
    def is_old(self) -> bool:
        """Whether this machine sent from it after what the database holds."""
        return self.noted is not None and self.mark < self.noted

    @property
    def is_strange(self) -> bool:
        """Whether somebody published from it, and this machine does not know of it."""
        return self.noted is None and (self.used or self.mark > 0)


def standing(session: Session, folder: Path) -> Standing:
    """How far a database has sent, and how far this machine knows it did."""
    row = session.get_one(Installation, 1, populate_existing=True)
    # Decisions write rows too, and send nothing.
    used = (
        session.scalar(select(Publication.id).where(Publication.delivery_id.is_not(None)).limit(1))
        is not None
    )
    return Standing(row.identity, row.mark, _noted(folder, row.identity), used)


def check(session: Session, folder: Path) -> None:
    """BadInput when the database is an old copy, or comes from elsewhere, so that a person must say what it is."""
    found = standing(session, folder)
    if found.is_old:
        raise BadInput(_old(found.mark, found.noted))
    if found.is_strange:
        raise BadInput(STRANGE)
    note(folder, found.identity, found.mark)


def raise_mark(session: Session, folder: Path) -> None:
    """Count one step of sending; the last statement before the commit, after which this machine knows of it.

    BadInput when the database was replaced by an old copy while this process ran.
    """
    one_more = update(Installation).where(Installation.id == 1).values(mark=Installation.mark + 1)
    identity, mark = session.execute(
        one_more.returning(Installation.identity, Installation.mark),
        execution_options={"synchronize_session": False},
    ).one()
    known = _noted(folder, identity)
    # Nobody notes a number before it is committed, and until our commit nobody else raises it.
    if known is None:
        raise BadInput(STRANGE)
    if known >= mark:
        raise BadInput(_old(mark - 1, known))
    transaction = session.get_transaction()

    def tell(committed: Session) -> None:
        if committed.get_transaction() is transaction:
            note(folder, identity, mark)

    event.listen(session, "after_commit", tell, once=True)


def rename(session: Session) -> tuple[str, int]:
    """A new name for a database that was restored, so that the one it was copied from is another; its name and mark."""
    row = session.get_one(Installation, 1, with_for_update=True, populate_existing=True)
    row.identity = uuid4().hex
    session.flush()
    return row.identity, row.mark


def note(folder: Path, identity: str, mark: int) -> None:
    """Remember on this machine how far a database has sent; a smaller number than the one known changes nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "marks.lock").open("w") as lock:
            # Of several publishers on a machine the one with the smaller number may come last.
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = _noted(folder, identity)
            if known is None or known < mark:
                replace_file(_file(folder, identity), f"{mark}\n".encode())
    except OSError as error:
        raise WorkFailed(
            f"{folder}: {error.strerror}; this machine notes there how far it has sent. Set marks in surmesure.toml to a"
            " folder that stays."
        ) from None


def _noted(folder: Path, identity: str) -> int | None:
    file = _file(folder, identity)
    try:
        return int(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        raise BadInput(
            f"{file} is damaged; delete it, and say by `surmesure confirm` what the database is."
        ) from None
    except OSError as error:
        raise WorkFailed(f"{file} cannot be read ({error.strerror}).") from None


def _file(folder: Path, identity: str) -> Path:
    return folder / f"{identity}.mark"


def _old(mark: int, noted: int | None) -> str:
    return (
        f"the database is an old copy: it knows of {mark:,} steps of sending, and this machine of {noted:,}; what it holds as"
        " open may have been sent since. `surmesure confirm` shows it, and lets you decide."
    )
