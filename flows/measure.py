"""Measuring as a Prefect flow: outcomes into the lake, then each campaign, its report, and what Prefect's page shows of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from content_store.errors import WorkFailed
from evaluation.measurement.campaign_summary import summary
from evaluation.measurement.trust import standing_of
from flows.steps import measurement_reports, outcomes
from flows.steps.workplace import open_workplace

collect_outcomes = task(name="collect", cache_policy=NO_CACHE, persist_result=False)(outcomes.collect)
measure_campaign = task(name="measure", cache_policy=NO_CACHE, persist_result=False)(
    measurement_reports.write_report
)


@flow(name="measure", persist_result=False)
def measure(brand: str, campaigns: list[str] | None = None) -> dict[str, Any]:
    """Every campaign of which something was published, or those named; gives what was found of each in a sentence.

    A campaign that cannot be measured does not keep the others from it; WorkFailed names it when they are done.
    """
    workplace = open_workplace(Path(brand))
    collected = collect_outcomes(workplace)
    out, as_of = measurement_reports.default_folder(workplace), workplace.as_of(None)
    table, failed = [], []
    for brief in measurement_reports.measurable(workplace, campaigns or []):
        state = measure_campaign(workplace, brief, out, as_of, return_state=True)
        if not state.is_completed():
            failed.append(f"{brief.id}: {state.result(raise_on_failure=False)}")
            continue
        results, folder = state.result()
        row = {"campaign": brief.id, "standing": standing_of(results).value, "result": results.headline}
        table.append(row | {"report": str(folder / measurement_reports.REPORT)})
        create_markdown_artifact(key=f"measured-{brief.id}", markdown=summary(results))
    create_table_artifact(key="measured", table=table, description=f"Outcomes until {as_of.isoformat()}")
    if failed:
        raise WorkFailed(
            f"{len(failed)} of {len(failed) + len(table)} campaigns could not be measured. {' '.join(failed)}"
        )
    return {"outcomes": collected.new, "campaigns": table}
