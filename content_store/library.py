"""The library of blocks: files become versions, statuses move, vectors are kept beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from content_store import chain
from content_store.brand_folder import yaml_text
from content_store.brand_folder.blocks import BlockFile
from content_store.brand_folder.briefs import BriefFile
from content_store.errors import BadInput, StaleState
from content_store.message_hash import template_hash
from content_store.models import (
    BLOCK_CHANGES,
    Block,
    BlockMode,
    BlockStatus,
    BlockVector,
    BlockVersion,
    Brief,
    TemplateVersion,
)

CHUNK = 500


class ImportCounts(NamedTuple):
    """What an import did, in block versions."""

    new: int = 0
    unchanged: int = 0
    held: int = 0
    moved: int = 0


def import_blocks(
    session: Session, blocks: Sequence[BlockFile], *, approve: bool, now: datetime
) -> ImportCounts:
    """Store each block whose content is new as its next version, and move the status of those that stand already.

    Takes its turn among decisions: what a person withdraws meanwhile is not overwritten.
    """
    chain.lock(session)
    new = unchanged = held = moved = 0
    for start in range(0, len(blocks), CHUNK):
        chunk = blocks[start : start + CHUNK]
        known = _versions_by_block(session, [block.id for block in chunk])
        for block in chunk:
            versions = known.get(block.id, [])
            same = next((version for version in versions if version.content_hash == block.content_hash), None)
            status = _wanted_status(block, approve)
            if status is BlockStatus.WITHDRAWN:
                _withdraw([version for version in versions if version is not same])
            if same is None:
                _add_version(session, block, versions, status, now)
                new += 1
                held += status is BlockStatus.HELD
            elif _move(same, status, versions):
                moved += 1
            else:
                unchanged += 1
        session.flush()
    return ImportCounts(new, unchanged, held, moved)


def change_status(session: Session, version_id: int, status: BlockStatus) -> None:
    """Move one version by a conditional update; StaleState when somebody moved it to where this change is not legal.

    An approval takes the place of the version that was approved before.
    """
    allowed = [before for before, after in BLOCK_CHANGES.items() if status in after]
    changed = session.execute(
        update(BlockVersion)
        .where(BlockVersion.id == version_id, BlockVersion.status.in_(allowed))
        .values(status=status)
        .returning(BlockVersion.block_id)
    ).all()
    if len(changed) != 1:
        raise StaleState(f"block version {version_id} cannot become {status.value} from where it stands now.")
    if status is BlockStatus.APPROVED:
        others = (BlockVersion.block_id == changed[0].block_id, BlockVersion.id != version_id)
        session.execute(
            update(BlockVersion)
            .where(*others, BlockVersion.status == BlockStatus.APPROVED)
            .values(status=BlockStatus.SUPERSEDED)
        )


def store_vectors(session: Session, model: str, ids: Sequence[int], vectors: np.ndarray) -> None:
    """Keep the vectors of block versions: ids (n), vectors (n, d) float32, all finite."""
    if not np.isfinite(vectors).all():
        raise BadInput(
            "a block's vector holds a number that is not finite; check the encoder's model folder."
        )
    session.add_all(
        BlockVector(block_version_id=version_id, model=model, vector=vector.astype("<f4").tobytes())
        for version_id, vector in zip(ids, vectors, strict=True)
    )


def stored_vectors(session: Session, model: str, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (n, d) float32 and ids (n) int64 of all versions that may be searched, ordered by id."""
    rows = session.execute(
        select(BlockVector.block_version_id, BlockVector.vector)
        .join(BlockVersion, BlockVersion.id == BlockVector.block_version_id)
        .where(BlockVector.model == model, BlockVersion.status == BlockStatus.APPROVED)
        .order_by(BlockVector.block_version_id)
    ).all()
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    vectors = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4").reshape(len(rows), dimension)
    return vectors.astype(np.float32), ids


def vectors_of(session: Session, model: str, ids: Sequence[int], dimension: int) -> np.ndarray:
    """The stored vectors (n, d) float32 of these versions, in their order."""
    found: dict[int, bytes] = {}
    for start in range(0, len(ids), CHUNK):
        rows = session.execute(
            select(BlockVector.block_version_id, BlockVector.vector).where(
                BlockVector.model == model, BlockVector.block_version_id.in_(ids[start : start + CHUNK])
            )
        )
        found.update(dict(rows.all()))
    joined = b"".join(found[version_id] for version_id in ids)
    return np.frombuffer(joined, dtype="<f4").reshape(len(ids), dimension).astype(np.float32)


def store_brief(session: Session, brief: BriefFile, now: datetime) -> Brief:
    """The brief as a row, its content updated when the file changed."""
    row = session.get(Brief, brief.id)
    if row is None:
        row = Brief(id=brief.id, content_hash=brief.content_hash, content=brief.content(), updated_at=now)
        session.add(row)
    elif row.content_hash != brief.content_hash:
        row.content_hash, row.content, row.updated_at = brief.content_hash, brief.content(), now
    session.flush()
    return row


def store_template(session: Session, folder: Path, name: str, now: datetime) -> TemplateVersion:
    """The template's current version: templates/NAME.mjml with its text part NAME.txt."""
    mjml, text = (
        yaml_text.read_text(folder / "templates" / f"{name}{ending}") for ending in (".mjml", ".txt")
    )
    if "<mjml" not in mjml:
        raise BadInput(
            f"{folder / 'templates' / f'{name}.mjml'}: there is no <mjml> element; write the template in MJML."
        )
    same = template_version(session, name, mjml, text)
    if same is not None:
        return same
    known = session.scalar(
        select(func.count()).select_from(TemplateVersion).where(TemplateVersion.name == name)
    )
    version = TemplateVersion(
        name=name,
        number=(known or 0) + 1,
        content_hash=template_hash(mjml, text),
        mjml=mjml,
        text=text,
        created_at=now,
    )
    session.add(version)
    session.flush()
    return version


def template_version(session: Session, name: str, mjml: str, text: str) -> TemplateVersion | None:
    """The version with exactly this content, if it is stored."""
    query = select(TemplateVersion).where(
        TemplateVersion.name == name, TemplateVersion.content_hash == template_hash(mjml, text)
    )
    return session.scalars(query).first()


def _versions_by_block(session: Session, ids: Sequence[str]) -> dict[str, list[BlockVersion]]:
    versions: dict[str, list[BlockVersion]] = {}
    rows = session.scalars(
        select(BlockVersion).where(BlockVersion.block_id.in_(ids)).order_by(BlockVersion.number),
        execution_options={"populate_existing": True},
    )
    for version in rows:
        versions.setdefault(version.block_id, []).append(version)
    return versions


def _wanted_status(block: BlockFile, approve: bool) -> BlockStatus:
    if block.status == "withdrawn":
        return BlockStatus.WITHDRAWN
    if block.held_reason:
        return BlockStatus.HELD
    return BlockStatus.APPROVED if approve else BlockStatus(block.status)


def _add_version(
    session: Session, block: BlockFile, versions: list[BlockVersion], status: BlockStatus, now: datetime
) -> None:
    if not versions:
        session.add(Block(id=block.id, created_at=now))
    version = BlockVersion(
        block_id=block.id,
        number=len(versions) + 1,
        content_hash=block.content_hash,
        slot=block.slot,
        text=block.text,
        mode=BlockMode(block.mode),
        locale=block.locale,
        channels=list(block.channels),
        themes=list(block.themes),
        facts=[fact.model_dump() for fact in block.facts],
        status=status,
        owner=block.owner,
        created_at=now,
        valid_from=block.valid_from,
        valid_until=block.valid_until,
        held_reason=block.held_reason,
    )
    session.add(version)
    if status is BlockStatus.APPROVED:
        _supersede(versions)


def _move(version: BlockVersion, status: BlockStatus, versions: list[BlockVersion]) -> bool:
    # From approved no way leads to held: what a person has looked at and approved stays so when its file comes again.
    if status is version.status or status not in BLOCK_CHANGES[version.status]:
        return False
    version.status = status
    if status is BlockStatus.APPROVED:
        _supersede([other for other in versions if other is not version])
    return True


def _withdraw(versions: Iterable[BlockVersion]) -> None:
    """A withdrawn block leaves no older text of it in use."""
    for version in versions:
        version.status = BlockStatus.WITHDRAWN


def _supersede(versions: Iterable[BlockVersion]) -> None:
    for version in versions:
        if version.status is BlockStatus.APPROVED:
            version.status = BlockStatus.SUPERSEDED


def count_blocks(session: Session) -> dict[str, int]:
    """Block versions by status."""
    rows = session.execute(select(BlockVersion.status, func.count()).group_by(BlockVersion.status))
    return {status.value: count for status, count in rows}
