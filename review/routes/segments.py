"""Segments: a map of the customers, and a card for each group of them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from content_store import queries
from content_store.models import Message, ReviewStatus, User
from evaluation import segment_map
from review.pages import page
from review.routes.queue import Seeing
from review.routes.sign_in import AtDesk
from review.segment_points import segment_points
from review.segment_view import segment_view

router = APIRouter(include_in_schema=False)


@router.get("/segments")
def show_segments(request: Request, desk: AtDesk, caller: Seeing) -> Response:
    """The segments of the newest segmentation, the largest first."""
    with desk.reads() as session:
        segmentation = queries.latest_segmentation(session)
        found = queries.snapshots(session, segmentation.id) if segmentation else []
        views = [segment_view(session, desk, snapshot.segment_id) for snapshot in found]
        waiting = _messages(session, caller.user)
    points = segment_points(desk.settings, segmentation.id) if segmentation else ()
    drawn = segment_map.draw_map(points, [(item.segment_id, item.name) for item in found])
    return page(
        request,
        "segments/page.html",
        segmentation=segmentation,
        views=views,
        messages=waiting,
        map=drawn,
        frame=segment_map,
    )


def _messages(session: Session, user: User) -> dict[int, int]:
    """Segment -> messages of the user's team that stand."""
    query = (
        select(Message.segment_id, func.count())
        .where(Message.status.not_in([ReviewStatus.SUPERSEDED, ReviewStatus.RECALLED]))
        .group_by(Message.segment_id)
    )
    if user.briefs:
        query = query.where(Message.brief_id.in_(user.briefs))
    return dict(session.execute(query).all())
