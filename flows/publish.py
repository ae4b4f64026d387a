"""Publishing one occurrence of a brief as a Prefect flow; stopped anywhere, it goes on where it was."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from content_store.brand_folder.briefs import BriefFile
from flows.steps import publishing
from flows.steps.ways import Way
from flows.steps.workplace import Workplace, open_workplace


@task(name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish_occurrence(
    workplace: Workplace, brief: BriefFile, way: Way, at: datetime | None
) -> dict[str, Any]:
    """Send it; gives where everybody stands."""
    occurrence = publishing.publish(workplace, brief, way, at)
    with workplace.sessions() as session:
        return publishing.told(session, occurrence)


@flow(name="publish", persist_result=False)
def publish(
    brand: str, brief: str, destination: str, form: str, occurrence: datetime | None = None
) -> dict[str, Any]:
    """What was approved of a brief, for one scheduled moment; gives how many publications stand where.

    Without an occurrence, as from Prefect's page, it is the one that is not finished, else that of today.
    """
    workplace = open_workplace(Path(brand))
    (wanted,) = workplace.briefs([brief])
    facts = publish_occurrence(workplace, wanted, Way(destination, form), occurrence)
    state = "finished" if facts["finished"] else "not finished: it goes on by itself"
    create_table_artifact(
        key=f"published-{brief}",
        table=facts["publications"],
        description=f"{brief}, {facts['occurrence']}: {state}, to {destination}",
    )
    return facts
