"""Proof that nobody tampered with decisions: the log read again, and every message held against it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import URL, Engine, create_engine, func, select
from sqlalchemy.orm import Session

from content_store import chain
from content_store.database import Sessions
from content_store.grounds import changed_grounds
from content_store.message_hash import SlotText, message_hash, template_hash
from content_store.models import (
    Action,
    Approval,
    BlockStatus,
    BlockVersion,
    Decision,
    Message,
    MessageVariant,
    ReviewStatus,
    TemplateVersion,
    Variant,
    VariantBlock,
)

CHUNK = 500


class Audited(NamedTuple):
    """What an audit found."""

    entries: int
    head: str
    messages: int
    #: what does not fit, one sentence each; empty when everything does
    problems: list[str]


def verify(session: Session, expected: Sequence[str] = ()) -> Audited:
    """Read the log and all messages again; `expected` are heads noted earlier, which the log must still hold.

    While others decide, in a session of `one_moment`: the log and the messages would not fit each other otherwise.
    """
    log = chain.verify(session, tuple(expected))
    problems = [*log.problems, *_recalls(session), *_approvals(session), *changed_grounds(session)]
    count = 0
    for messages in _chunks(session):
        count += len(messages)
        last = _last_entries(session, messages)
        problems += _statuses(messages, last)
        problems += _texts(session, [item for item in messages if item.id in last], last)
    return Audited(log.entries, log.head, count, problems)


@contextmanager
def one_moment(sessions: Sessions) -> Iterator[Session]:
    """All as it stands now, however long it is read, while others go on writing.

    PostgreSQL keeps that moment itself. A reader of SQLite would keep everybody from committing, so a copy beside the
    file is read, which takes the lock as long as copying takes.
    """
    engine: Engine = sessions.kw["bind"]
    if engine.dialect.name == "postgresql":
        with sessions() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
        return
    file = Path(engine.url.database or "").absolute()
    with TemporaryDirectory(dir=file.parent, prefix=".audit-") as folder:
        path = Path(folder) / file.name
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(path)) as target:
            source.backup(target)
        copy = create_engine(URL.create("sqlite", database=str(path)))
        try:
            with Session(copy) as session:
                yield session
        finally:
            copy.dispose()


def log_entries(sessions: Sessions, chunk: int = CHUNK) -> Iterator[dict[str, Any]]:
    """The log as JSON values, the oldest entry first: what was hashed, and the hash.

    Read a chunk at a time, each in a transaction of its own: whoever reads on slowly keeps nobody from deciding.
    """
    after = 0
    while True:
        query = select(Decision).where(Decision.id > after).order_by(Decision.id).limit(chunk)
        with sessions() as session:
            entries = session.scalars(query).all()
        for entry in entries:
            yield chain.entry_content(entry) | {"entry_hash": entry.entry_hash}
        if len(entries) < chunk:
            return
        after = entries[-1].id


def log_line(entry: dict[str, Any]) -> str:
    """An entry as one line of JSON; the same entry gives the same bytes."""
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"


def _chunks(session: Session) -> Iterator[Sequence[Message]]:
    query = select(Message).order_by(Message.id).execution_options(yield_per=CHUNK)
    yield from session.scalars(query).partitions()


def _last_entries(session: Session, messages: Sequence[Message]) -> dict[int, Decision]:
    """Message id -> the last entry about it; one without an entry is not there."""
    ids = [message.id for message in messages]
    newest = select(func.max(Decision.id)).where(Decision.message_id.in_(ids)).group_by(Decision.message_id)
    entries = session.scalars(select(Decision).where(Decision.id.in_(newest)))
    return {entry.message_id: entry for entry in entries if entry.message_id is not None}


def _statuses(messages: Sequence[Message], last: Mapping[int, Decision]) -> list[str]:
    """Each message stands where the last entry about it left it; a recall has one entry for all, see _recalls."""
    problems = []
    for message in messages:
        entry = last.get(message.id)
        told = entry.to_status if entry else ReviewStatus.PENDING
        if message.status is not told and message.status is not ReviewStatus.RECALLED:
            by = f"entry {entry.id} left it {told}" if entry and told else "no entry tells of it"
            problems.append(f"message {message.id} is {message.status}, but {by}.")
        elif (
            message.status is ReviewStatus.APPROVED and entry and entry.content_hash != message.approved_hash
        ):
            problems.append(f"message {message.id} has another approved hash than entry {entry.id}.")
    return problems


def _texts(session: Session, messages: Sequence[Message], last: Mapping[int, Decision]) -> list[str]:
    """What is stored, the template's bytes too, is what the last entry was about, wherever a message stands now."""
    ids = [message.id for message in messages]
    slots: dict[int, list[SlotText]] = {}
    for message_id, slot, text, versions in session.execute(
        select(MessageVariant.message_id, MessageVariant.slot, Variant.text, Variant.block_version_ids)
        .join(Variant, Variant.id == MessageVariant.variant_id)
        .where(MessageVariant.message_id.in_(ids))
        .order_by(MessageVariant.message_id, MessageVariant.position)
    ):
        slots.setdefault(message_id, []).append(SlotText(slot, text, versions))
    used = {message.template_version_id for message in messages}
    templates: dict[int | None, str] = {
        number: template_hash(mjml, text)
        for number, mjml, text in session.execute(
            select(TemplateVersion.id, TemplateVersion.mjml, TemplateVersion.text).where(
                TemplateVersion.id.in_(used)
            )
        )
    }
    return [
        f"the content of message {message.id} is not what entry {last[message.id].id} was about."
        for message in messages
        if message_hash(
            slots.get(message.id, []),
            templates.get(message.template_version_id),
            message.personal_fields,
            message.ai_notice,
        )
        != last[message.id].content_hash
    ]


def _recalls(session: Session) -> list[str]:
    """What was recalled is still withdrawn; of the messages that stand on it none is approved, and no other is recalled."""
    recalled = {
        entry.details["block_version_id"]: entry.id
        for entry in session.scalars(select(Decision).where(Decision.action == Action.RECALL))
    }
    versions = session.execute(
        select(BlockVersion.id, BlockVersion.status)
        .where(BlockVersion.id.in_(recalled), BlockVersion.status != BlockStatus.WITHDRAWN)
        .order_by(BlockVersion.id)
    )
    messages = session.execute(
        select(Message.id, VariantBlock.block_version_id)
        .join(MessageVariant, MessageVariant.message_id == Message.id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(Message.status == ReviewStatus.APPROVED, VariantBlock.block_version_id.in_(recalled))
        .order_by(Message.id)
        .distinct()
    )
    under = (
        select(MessageVariant.message_id)
        .join(VariantBlock, VariantBlock.variant_id == MessageVariant.variant_id)
        .where(VariantBlock.block_version_id.in_(recalled))
    )
    without = session.scalars(
        select(Message.id)
        .where(Message.status == ReviewStatus.RECALLED, Message.id.not_in(under))
        .order_by(Message.id)
    )
    return [
        *(f"message {id} is recalled, but no entry recalled a block under it." for id in without),
        *(
            f"block version {id} is {status}, but entry {recalled[id]} recalled it."
            for id, status in versions
        ),
        *(
            f"message {id} is approved, but entry {recalled[version]} recalled a block under it."
            for id, version in messages
        ),
    ]


def _approvals(session: Session) -> list[str]:
    """Each role's approval was given by somebody in the log."""
    given = session.execute(
        select(Approval.message_id, Approval.role, Decision.details)
        .outerjoin(
            Decision,
            (Decision.message_id == Approval.message_id)
            & (Decision.by == Approval.by)
            & (Decision.content_hash == Approval.content_hash)
            & (Decision.action == Action.APPROVE),
        )
        .order_by(Approval.message_id, Approval.role)
        .execution_options(yield_per=1000)
    )
    sound: dict[tuple[int, str], bool] = {}
    for message, role, details in given:
        told = bool(details) and role in details.get("roles", ())
        sound[message, role] = told or sound.get((message, role), False)
    return [
        f"message {message} counts as approved by {role}, but no entry tells of it."
        for (message, role), told in sound.items()
        if not told
    ]
