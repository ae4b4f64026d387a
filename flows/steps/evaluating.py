"""A model over the cases of a golden set: candidates written, judged by all gates, the best chosen."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import evaluation
from content_store import queries
from content_store.database import is_made
from content_store.errors import BadInput
from evaluation.model_comparison import Decided, JudgedCandidate, JudgedCase
from flows.steps.copies import PORTION, Wanted, copy_of, ground_of
from flows.steps.judge import Judgement, judge_copies
from flows.steps.workplace import Workplace
from flows.steps.writing import Draft, decode_requests, make_request

PACKAGED = Path(evaluation.__file__).parent / "golden" / "validation.jsonl"

#: Names of the packaged model, with and without its starter adapter.
WITH_STARTER, BASE = "default", ("base", "none")


def golden_file(folder: Path) -> Path:
    """The brand's own golden set, or the packaged one."""
    own = folder / "golden.jsonl"
    return own if own.is_file() else PACKAGED


def writer(workplace: Workplace, model: str | None, sampling: dict[str, Any]) -> Workplace:
    """The brand with another model; its folder is checked, and merged with its adapter where it has one.

    `model` is `default` (packaged, with the starter adapter), `base` or `none` (packaged, without), a folder or
    Hugging Face id, or MODEL+ADAPTER_FOLDER; None is what the settings say. `sampling` replaces generator settings.
    """
    from generators.model_files import check_model_folder

    named = {} if model is None else _named(model)
    generator = workplace.settings.generator.model_copy(update=named | sampling)
    opened = Workplace(workplace.settings.model_copy(update={"generator": generator}), workplace.brand)
    check_model_folder(opened.generator_folder)
    return opened


def fill_cases(
    writing: Workplace, judging: Workplace, cases: Sequence[Wanted], candidates: int, done: int, total: int
) -> Iterator[JudgedCase]:
    """Each case as the model of `writing` fills it and `judging` judges it; `done` of `total` cases are told as progress.

    One text is written before the clock starts, so that loading the model is not counted.
    """
    cases = [
        case._replace(max_chars=case.max_chars or writing.policy.slot_limits.get(case.slot)) for case in cases
    ]
    requests = [make_request(writing, case.slot, case.tone, ground_of(case), candidates) for case in cases]
    decode_requests(writing, [requests[0]._replace(seeds=requests[0].seeds[:1])], done, total)
    for start in range(0, len(cases), PORTION):
        portion = cases[start : start + PORTION]
        began = time.perf_counter()
        drafts = decode_requests(writing, requests[start : start + PORTION], done + start, total)
        seconds = (time.perf_counter() - began) / len(portion)
        copies = [
            copy_of(case, draft.text) for case, group in zip(portion, drafts, strict=True) for draft in group
        ]
        fluencies = [draft.fluency for group in drafts for draft in group]
        judgements = iter(judge_copies(judging, copies, [""] * len(copies), fluencies))
        for case, group in zip(portion, drafts, strict=True):
            yield _judged(case, group, [next(judgements) for _ in group], seconds)


def decided_by_people(workplace: Workplace) -> Decided:
    """How people decided on earlier texts of the workplace's model; nothing where there is no database yet."""
    if not is_made(workplace.settings.database_url):
        return Decided(0, 0)
    with workplace.sessions() as session:
        found = queries.decided_texts(session, workplace.generator_fingerprint)
    workplace.close()
    return Decided(*found)


def _named(model: str) -> dict[str, Any]:
    if model == WITH_STARTER:
        return {"model": None, "adapter": "starter"}
    # A folder's name may have a plus sign of its own.
    base, plus, adapter = (model, "", "") if Path(model).expanduser().is_dir() else model.partition("+")
    if not base or (plus and not adapter):
        raise BadInput(
            f"--model {model!r} names no model; write default, base, a folder, or MODEL+ADAPTER_FOLDER."
        )
    # In full, so that a folder is never taken for the words starter and none.
    folder = str(Path(adapter).expanduser().resolve()) if adapter else "none"
    return {"model": None if base in (*BASE, WITH_STARTER) else base, "adapter": folder}


def _judged(
    case: Wanted, drafts: Sequence[Draft], judgements: Sequence[Judgement], seconds: float
) -> JudgedCase:
    passing = [place for place, judgement in enumerate(judgements) if judgement.passed]
    return JudgedCase(
        case.slot,
        case.facts,
        case.keep,
        [
            JudgedCandidate(
                draft.text,
                draft.tokens,
                {verdict.gate: verdict.reason for verdict in judgement.verdicts if not verdict.passed},
                {**judgement.scores, "fluency": draft.fluency},
            )
            for draft, judgement in zip(drafts, judgements, strict=True)
        ],
        max(passing, key=lambda place: round(judgements[place].worth, 6), default=None),
        seconds,
    )
