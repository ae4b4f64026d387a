"""Results: what each campaign earned as far as it was measured, and how sure that is."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from content_store.models import Measurement
from evaluation.measurement.campaign_report import shown
from evaluation.measurement.kept import results_from
from review import measured
from review.auth.guard import visible
from review.pages import language, page, weekday_writer
from review.queue import Number
from review.routes.queue import Seeing
from review.routes.sign_in import AtDesk

router = APIRouter(include_in_schema=False, prefix="/results")


@router.get("")
def show_results(request: Request, desk: AtDesk, caller: Seeing) -> Response:
    """Every campaign that was measured, in a line each."""
    with desk.reads() as session:
        found = measured.campaigns(session, caller.user)
        schedule, times = measured.planned(session, desk.now())
    return page(
        request,
        "results/list.html",
        campaigns=found,
        schedule=schedule,
        times=times,
        when=weekday_writer(request),
    )


@router.get("/{measurement_id}")
def show_measurement(request: Request, desk: AtDesk, caller: Seeing, measurement_id: Number) -> Response:
    """One measurement of a campaign, with the others to choose from."""
    with desk.reads() as session:
        row = session.get(Measurement, measurement_id)
        if row is None:
            raise HTTPException(404, "There is no such item.")
        visible(caller.user, row.brief_id)
        others = measured.measurements(session, row.brief_id)
    return page(
        request,
        "results/campaign.html",
        measurement=row,
        others=others,
        links=True,
        **shown(results_from(row.results), language(request)),
    )
