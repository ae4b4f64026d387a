"""A person's approval of a block version, written into the decision log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import chain, library
from content_store.approval_rules import DECIDING
from content_store.errors import BadInput, NotAllowed
from content_store.models import Action, BlockStatus, BlockVersion, Decision, User


def approve_version(session: Session, version_id: int, *, by: User, at: datetime) -> Decision:
    """Approve a block version in place of the one approved before.

    Messages approved on the old text go on as they are until content_store.lapses.lapse is called, which the caller does
    in the same transaction. NotAllowed for a role that keeps no blocks; StaleState for a version that is approved
    already or was withdrawn.
    """
    if not by.holds(*DECIDING):
        raise NotAllowed(f"{by.name} may not approve blocks; a reviewer or legal may.")
    if by.briefs:
        raise NotAllowed(
            f"{by.name} sees some briefs only, and a block serves all; ask somebody who sees them all."
        )
    chain.lock(session)
    version = session.get(BlockVersion, version_id, populate_existing=True)
    if version is None:
        raise BadInput(f"there is no block version {version_id}.")
    before = version.status
    replaced = session.scalars(
        select(BlockVersion.number).where(
            BlockVersion.block_id == version.block_id,
            BlockVersion.id != version_id,
            BlockVersion.status == BlockStatus.APPROVED,
        )
    ).first()
    library.change_status(session, version_id, BlockStatus.APPROVED)
    return chain.append(
        session,
        subject=f"block {version.block_id} version {version.number}",
        action=Action.APPROVE_BLOCK,
        by=by.name,
        at=at,
        content_hash=version.content_hash,
        details={"block_version_id": version_id, "was": before.value, "replaces": replaced},
    )
