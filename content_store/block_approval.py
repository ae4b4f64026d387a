"""A person's approval of a block version, written into the decision log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store import chain, library
from content_store.approval_rules import DECIDING, needed_for_block
from content_store.brand_folder.brand import ApprovalRule
from content_store.errors import BadInput, NotAllowed, StaleState
from content_store.models import BLOCK_CHANGES, Action, BlockStatus, BlockVersion, Decision, User


def approve_version(
    session: Session, version_id: int, *, by: User, at: datetime, rules: Sequence[ApprovalRule]
) -> Decision:
    """Approve a block version in place of the one approved before, when every role that the rules ask for has approved.

    The roles are those that a message on it would need. Messages approved on the old text go on as they are until
    content_store.lapses.lapse is called, which the caller does in the same transaction. NotAllowed for a role that
    keeps no blocks, or that is not waited for; StaleState for a version that is approved already or was withdrawn.
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
    if BlockStatus.APPROVED not in BLOCK_CHANGES[before]:
        raise StaleState(f"block version {version_id} cannot become approved from where it stands now.")
    missing = missing_roles(session, version, rules)
    counted = [role for role in missing if role in by.roles]
    left = [role for role in missing if role not in counted]
    if not counted:
        raise NotAllowed(
            f"{_subject(version)} waits for {' and '.join(missing)}; {by.name} is {', '.join(by.roles)}."
        )
    if not left:
        library.change_status(session, version_id, BlockStatus.APPROVED)
    return chain.append(
        session,
        subject=_subject(version),
        action=Action.APPROVE_BLOCK,
        by=by.name,
        at=at,
        content_hash=version.content_hash,
        details={
            "block_version_id": version_id,
            "was": before.value,
            "replaces": replaced,
            "roles": counted,
            "waiting_for": left,
        },
    )


def missing_roles(session: Session, version: BlockVersion, rules: Sequence[ApprovalRule]) -> list[str]:
    """The roles whose approval of a version is missing, by the entries of the log since it was last approved."""
    given: set[str] = set()
    entries = session.scalars(
        select(Decision.details)
        .where(Decision.subject == _subject(version), Decision.action == Action.APPROVE_BLOCK)
        .order_by(Decision.id)
    )
    for details in entries:
        # An approval that was complete has ended; so did those from before roles were counted.
        given = given | set(details["roles"]) if details.get("waiting_for") else set()
    return [role for role in needed_for_block(rules, version) if role not in given]


def _subject(version: BlockVersion) -> str:
    return f"block {version.block_id} version {version.number}"
