"""The whole pipeline with tiny real models, through Prefect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from content_store.models import (
    Candidate,
    Message,
    MessageVariant,
    Origin,
    ReviewStatus,
    Run,
    RunStatus,
    Variant,
)
from flows.steps.workplace import open_workplace


@pytest.mark.usefixtures("prefect_server")
def test_a_run_leads_from_sources_to_messages_that_wait_and_a_second_run_changes_nothing(
    brand_folder: Path,
) -> None:
    from flows.run import run

    summary = run(str(brand_folder))
    assert summary["counts"]["customers"] == 135
    assert [item["size"] for item in summary["segments"]] == [45, 45, 45]
    assert summary["counts"]["messages"] == summary["counts"]["messages_waiting"] > 0
    assert set(summary["seconds"]) == {
        "ingest",
        "segment",
        "blocks",
        "retrieve",
        "generate",
        "score",
        "queue",
        "report",
    }
    left = json.loads((brand_folder / ".surmesure" / "last_run.json").read_text())
    assert left == summary
    assert (brand_folder / ".surmesure" / "report.html").read_text().startswith("<!")

    again = run(str(brand_folder))
    assert again["counts"]["messages"] == 0
    assert again["counts"]["messages_unchanged"] == summary["counts"]["messages"]
    assert again["counts"]["candidates_new"] == 0
    assert again["counts"]["candidates_reused"] == summary["counts"]["candidates_new"]
    assert again["counts"]["segmentation_reused"] == 1
    assert again["segments"] == summary["segments"]


@pytest.mark.usefixtures("prefect_server")
def test_every_sentence_of_every_message_names_its_block_version_and_every_candidate_its_making(
    brand_folder: Path,
) -> None:
    from flows.run import run

    run(str(brand_folder), ["come-back"])
    with open_workplace(brand_folder).sessions() as session:
        messages = session.scalars(select(Message)).all()
        assert {message.status for message in messages} == {ReviewStatus.PENDING}
        variants = session.scalars(select(Variant).join(MessageVariant)).all()
        assert variants
        for variant in variants:
            assert variant.sentences
            assert {entry["block_version_id"] for entry in variant.sentences} <= set(
                variant.block_version_ids
            )
        # A model of random weights writes nothing that passes, so the approved text stands in, and says so.
        assert {variant.origin for variant in variants} <= {Origin.FALLBACK, Origin.VERBATIM}
        for candidate in session.scalars(select(Candidate)):
            assert candidate.prompt == "line.v2"
            assert len(candidate.prompt_hash) == len(candidate.model) == 64
            assert candidate.seed > 0
            assert candidate.block_version_ids
            assert candidate.passed or candidate.refusals
        assert (
            session.scalar(select(func.count()).select_from(Run).where(Run.status == RunStatus.FINISHED)) == 1
        )


@pytest.mark.usefixtures("prefect_server")
def test_the_flows_one_by_one_do_what_the_whole_does(brand_folder: Path) -> None:
    from flows.generate import generate
    from flows.ingest import ingest
    from flows.segment import segment

    assert [source["accepted"] for source in ingest(str(brand_folder))] == [135, 270, 1276]
    assert segment(str(brand_folder)) == 1
    assert generate(str(brand_folder), ["come-back"])["counts"]["messages"] == 3
