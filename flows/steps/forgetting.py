"""Erasing customers (GDPR, art. 17): first nothing is sent to them any more, then they go from wherever they stand.

Each step may be done again, and a step that needs what a later one deletes comes before it: whoever is killed runs the
command again.
"""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from content_store import erasure, suppressions, vector_cache
from content_store.database import compact
from content_store.durable_files import replace_file
from content_store.erasure import Person
from content_store.errors import BadInput, WorkFailed
from content_store.folder_lock import locked
from content_store.models import Customer, Occurrence, Publication
from content_store.models.customers import profile_text
from content_store.settings import last_error_file
from flows.steps import traces
from flows.steps.outcomes import remove_leftovers
from flows.steps.workplace import Workplace
from segments import lake

#: Customers in one transaction.
PORTION = 500


class Forgotten(NamedTuple):
    """What became of it, for people."""

    customers: int
    #: other customers with an address of theirs, who are not reached there either
    sharing: list[str]
    #: what is left to do by hand, one sentence each
    left: list[str]


def forget(workplace: Workplace, customer_ids: Sequence[str]) -> Forgotten:
    """Erase these customers; called again, it goes on. BadInput for an id of which nothing is held."""
    try:
        return _forget(workplace, customer_ids)
    except OperationalError as error:
        raise WorkFailed(
            f"the database did not answer ({error.orig}); run the command again: it goes on from there."
        ) from None
    except OSError as error:
        raise WorkFailed(
            f"{error.filename}: {error.strerror}; put that right and run the command again: it goes on from there."
        ) from None


def _forget(workplace: Workplace, customer_ids: Sequence[str]) -> Forgotten:
    key = suppressions.load_key(workplace.settings.state_folder)
    with workplace.sessions() as session:
        persons = _persons(session, workplace, customer_ids, key)
        sharing = erasure.sharing_addresses(session, persons)
        left = traces.handed_over(session, [person.id for person in persons], key)
    words = traces.words_for(persons)
    steps: list[Callable[[], None]] = [
        lambda: _stop_sending(workplace, key, persons),
        lambda: _clean_files(workplace, persons, words),
        lambda: _erase_rows(workplace, key, persons),
        lambda: _clean_lake(workplace, persons),
        lambda: compact(workplace.engine),
    ]
    for done, step in enumerate(steps):
        workplace.progress("forget", done, len(steps))
        step()
    workplace.progress("forget", len(steps), len(steps))
    # What others have too is theirs.
    left += _still_named(workplace, words - traces.words_for(sharing), " ".join(left))
    return Forgotten(len(persons), [other.id for other in sharing], left)


def _persons(session: Session, workplace: Workplace, customer_ids: Sequence[str], key: bytes) -> list[Person]:
    """Each of the customers once; who was erased already, or stands elsewhere only, without addresses."""
    wanted = list(dict.fromkeys(customer_ids))
    found = {person.id: person for person in erasure.people(session, wanted)}
    erased = suppressions.erased(session, key)
    for name in wanted:
        person = found.setdefault(name, Person(name))
        if person.email or person.phone or erased.holds(name) or _is_held(session, workplace, person):
            continue
        raise BadInput(f"nothing is held of a customer {name!r}; check the spelling of the id.")
    return [found[name] for name in wanted]


def _is_held(session: Session, workplace: Workplace, person: Person) -> bool:
    known = (
        select(Customer.id).where(Customer.id == person.id),
        select(Publication.id).where(Publication.customer_id == person.id).limit(1),
    )
    return (
        any(session.scalar(query) is not None for query in known)
        or bool(erasure.quarantined(session, [person]))
        or bool(erasure.quarantined_outcomes(session, [person]))
        or bool(erasure.inbox(session, [person]))
        or bool(lake.holding(traces.lake_files(workplace.settings), [person.id]))
    )


def _stop_sending(workplace: Workplace, key: bytes, persons: Sequence[Person]) -> None:
    for start in range(0, len(persons), PORTION):
        with workplace.sessions.begin() as session:
            erasure.put_on_list(session, key, persons[start : start + PORTION], workplace.now)


def _clean_files(workplace: Workplace, persons: Sequence[Person], words: frozenset[str]) -> None:
    """The report names customers as examples of a segment; logs and errors may name anybody."""
    state = workplace.settings.state_folder
    report = state / "report.html"
    if report.exists():
        before = text = report.read_text(encoding="utf-8")
        for person in persons:
            text = text.replace(f"<bdi>{html.escape(person.id)}</bdi>", "<bdi>erased</bdi>")
        if text != before:
            replace_file(report, text.encode())
    for log in [*(state / "logs").glob("**/*"), last_error_file()]:
        if log.is_file():
            traces.mask_lines(log, words)


def _erase_rows(workplace: Workplace, key: bytes, persons: Sequence[Person]) -> None:
    for start in range(0, len(persons), PORTION):
        portion = persons[start : start + PORTION]
        with workplace.sessions.begin() as session:
            # Attributes are text that is encoded for customers without events.
            ids = [person.id for person in portion]
            found = session.scalars(select(Customer.attributes).where(Customer.id.in_(ids)))
            texts = [profile_text(attributes) for attributes in found if attributes]
            vector_cache.forget(texts, workplace.settings.vectors_folder)
            erasure.erase(session, key, portion)
            # Nobody reads sources now: such folders are of processes that were killed.
            for folder in (workplace.settings.state_folder / "lake").glob("*/.*"):
                shutil.rmtree(folder, ignore_errors=True)


def _clean_lake(workplace: Workplace, persons: Sequence[Person]) -> None:
    ids = [person.id for person in persons]
    planned_from = _being_planned(workplace)
    # Who collects outcomes now is waited for: it may still write theirs.
    with locked(workplace.settings.outcomes_folder):
        remove_leftovers(workplace.settings)
        _remove(workplace, ids, planned_from)


def _remove(workplace: Workplace, ids: Sequence[str], planned_from: Set[Path]) -> None:
    for file in traces.lake_files(workplace.settings):
        # A plan goes on by position in these lists: whoever stands behind them would move up and be passed over.
        if planned_from.isdisjoint(file.parents) and (there := lake.holding([file], ids)):
            lake.remove(file, there)


def _being_planned(workplace: Workplace) -> set[Path]:
    """The lists from which an occurrence is being planned; run again when it is, they are cleaned then."""
    with workplace.sessions() as session:
        found = session.scalars(select(Occurrence.segmentation_id).where(Occurrence.planned_at.is_(None)))
        return {workplace.settings.membership_folder(number) for number in found}


def _still_named(workplace: Workplace, words: frozenset[str], told_of: str) -> list[str]:
    """What is not ours to change, and what of ours still names them; of files in `told_of` there is a sentence already."""
    settings, told = workplace.settings, []
    for path in traces.data_files(settings.brand, settings.state_folder):
        if str(path) not in told_of and traces.names_anybody(path, words):
            told.append(
                f"{path} still names them; take them out where it comes from, so that no copy is left."
            )
    for path in sorted(settings.state_folder.rglob("*")):
        if path.is_file() and path.suffix != ".key" and traces.bytes_name_anybody(path, words):
            told.append(f"{path} still names them, perhaps in what somebody wrote by hand; look where.")
    return told
