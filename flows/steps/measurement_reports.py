"""The reports of campaigns: measured, and written as files for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
from sqlalchemy import select

from content_store.brand_folder.briefs import BriefFile
from content_store.database import reading
from content_store.durable_files import replace_file
from content_store.errors import BadInput, WorkFailed
from content_store.models import Publication
from evaluation.measurement.campaign_report import render
from evaluation.measurement.kept import as_values
from evaluation.measurement.results import CampaignResults
from flows.steps.measuring import results_of
from flows.steps.workplace import Workplace

REPORT, RESULTS, UNITS = "report.html", "results.json", "units.parquet"


class Report(NamedTuple):
    """What was found of a campaign, and the folder that it was written to."""

    results: CampaignResults
    folder: Path


def default_folder(workplace: Workplace) -> Path:
    """Where reports go when nobody says where."""
    return workplace.settings.state_folder / "measured"


def measurable(workplace: Workplace, only: Sequence[str] = ()) -> list[BriefFile]:
    """The brand's briefs of which something was planned, or those named; BadInput for a name of which nothing was."""
    briefs = workplace.briefs(only)
    with reading(workplace.sessions)() as session:
        begun = set(session.scalars(select(Publication.brief_id).distinct()))
    found = [brief for brief in briefs if brief.id in begun]
    for brief in briefs:
        if only and brief.id not in begun:
            raise BadInput(
                f"nothing of brief {brief.id} was published yet; `surmesure publish {brief.id} --to …` does, and then it can be measured."
            )
    return found


def write_report(workplace: Workplace, brief: BriefFile, out: Path, as_of: datetime) -> Report:
    """Measure a campaign as it stood at `as_of` and write its report, results and units into a folder of its own."""
    folder = out / brief.id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        results = results_of(workplace, brief, as_of, folder / UNITS)
        replace_file(folder / REPORT, render(results, workplace.brand.name).encode())
        values = json.dumps(as_values(results), indent=1, ensure_ascii=False)
        replace_file(folder / RESULTS, values.encode())
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise WorkFailed(
            f"{folder}: {reason}; the report is written there, so make room or give another folder by --out."
        ) from None
    return Report(results, folder)
