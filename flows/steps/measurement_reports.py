"""The reports of campaigns: measured, and written as files for people and for programs."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
from sqlalchemy import select

from content_store.brand_folder.briefs import BriefFile
from content_store.database import reading
from content_store.durable_files import replace_by, replace_file
from content_store.errors import BadInput, WorkFailed
from content_store.models import Publication
from evaluation.measurement.campaign_report import render
from evaluation.measurement.kept import as_values
from evaluation.measurement.results import CampaignResults
from evaluation.measurement.units import Lake, measured
from flows.steps.measuring import results_of
from flows.steps.workplace import Workplace

REPORT, RESULTS, UNITS = "report.html", "results.json", "units.parquet"

#: What of a unit leads to nobody: no id, no moment of a send, no answer of a server.
COLUMNS = (
    "occurrence, channel, locale, segment_id, arm, message_id, held, propensity, status, delivered, bounced, opened, clicks,"
    " bot_clicks, conversions, value, margin, unsubscribed, complained, before, closed"
)


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
    results = results_of(workplace, brief, as_of)
    folder = out / brief.id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / REPORT, render(results, workplace.brand.name).encode())
        values = json.dumps(as_values(results), indent=1, ensure_ascii=False)
        replace_file(folder / RESULTS, values.encode())
        _write_units(workplace, brief, as_of, folder / UNITS)
    except (OSError, duckdb.IOException) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise WorkFailed(f"{folder}: {reason}; the report is written there.") from None
    return Report(results, folder)


def _write_units(workplace: Workplace, brief: BriefFile, as_of: datetime, file: Path) -> None:
    """The table of units for other tools, readable by its owner alone.

    `customer` tells rows of one customer apart from those of another in this file only: the numbers follow a hash with a
    key that is thrown away, so they lead to nobody.
    """
    settings = workplace.settings
    lake = Lake(settings.events_folder, settings.outcomes_folder)
    with (
        reading(workplace.sessions)() as session,
        measured(session, brief.id, brief.conversion, lake, as_of) as connection,
        replace_by(file) as temporary,
    ):
        temporary.touch(mode=0o600)
        connection.execute("set variable key = ?", [secrets.token_hex(32)])
        connection.execute(
            f"copy (select dense_rank() over (order by sha256(getvariable('key') || customer_id)) as customer, {COLUMNS}"
            f" from units order by customer, occurrence, channel) to '{str(temporary).replace(chr(39), chr(39) * 2)}' (format parquet)"
        )
        temporary.chmod(0o600)
