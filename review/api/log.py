"""The decision log over the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy import select

from content_store.errors import NotAllowed
from content_store.models import Decision
from review.api.answers import DecisionOut, DecisionsOut
from review.api.messages import READS
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.routes.sign_in import AtDesk

router = APIRouter(tags=["log"])

Exporting = Annotated[Caller, Depends(may(Permission.EXPORT_LOG))]


@router.get("/log", responses=READS)
def read_log(
    desk: AtDesk,
    caller: Exporting,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> DecisionsOut:
    """Entries of the log in their order, a page at a time; the log is whole, so only for those who see every brief."""
    if caller.user.briefs:
        raise NotAllowed(
            f"{caller.user.name} sees some briefs only, and the log tells of all; ask somebody who sees them all."
        )
    query = select(Decision).where(Decision.id > after).order_by(Decision.id).limit(limit)
    with desk.reads() as session:
        found = [DecisionOut.model_validate(entry) for entry in session.scalars(query)]
    return DecisionsOut(decisions=found, next=found[-1].id if len(found) == limit else None)
