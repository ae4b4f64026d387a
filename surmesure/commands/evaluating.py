"""`surmesure evaluate`: models side by side on a golden set."""

from __future__ import annotations

import json as json_text
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, console, open_workplace, print_line

if TYPE_CHECKING:
    from evaluation.model_comparison import JudgedCase, Prices
    from flows.steps.copies import Wanted
    from flows.steps.workplace import Workplace
    from surmesure.comparison_table import Tested


def evaluate(
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            help="default (packaged, with the starter adapter), base (packaged, without), a folder or Hugging Face id, or "
            "MODEL+ADAPTER_FOLDER; give it once for each model. What surmesure.toml says without it.",
            show_default=False,
        ),
    ] = None,
    golden: Annotated[
        Path | None,
        typer.Option(
            "--golden",
            help='JSON Lines with "slot", "facts", "keep", "audience", "tone", "max_chars"; golden.jsonl in the brand '
            "folder without it, else the packaged cases.",
            show_default=False,
        ),
    ] = None,
    cases: Annotated[
        int | None, typer.Option("--cases", min=1, help="The first so many cases; all without it.")
    ] = None,
    candidates: Annotated[
        int | None,
        typer.Option("-n", min=1, max=64, help="Candidates for each case; the setting without it."),
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", min=0, max=2, help="The setting without it.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="The setting without it.")] = None,
    machine_cost_per_hour: Annotated[
        float,
        typer.Option(
            "--machine-cost-per-hour", min=0, help="In your currency; times the seconds of writing."
        ),
    ] = 0.0,
    reviewer_cost_per_hour: Annotated[
        float,
        typer.Option(
            "--reviewer-cost-per-hour", min=0, help="In the same currency; no cost is shown when both are 0."
        ),
    ] = 0.0,
    review_seconds: Annotated[
        float,
        typer.Option("--review-seconds", min=0, help="How long a person looks at one chosen candidate."),
    ] = 12.0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="JSON Lines: every case with its candidates, refusals and choice, by model."
        ),
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Compare models on a golden set: what passes, what falls back, how fast, and what an approved variant costs.

    Cost of an approved variant = (hours of writing x price of the machine + chosen candidates x hours of review x price of
    a reviewer) / (chosen candidates x approval rate). The approval rate is that of people's decisions on earlier texts of
    the model once there are 20, else 1. Shares carry a 95 % interval; every further model is compared with the first.
    Example: surmesure evaluate --model default --model base --cases 40 -n 8
    """
    workplace = open_workplace(brand, neutral=True)
    from evaluation.model_comparison import Prices, compare, conclusion
    from flows.steps import evaluating
    from surmesure.progress import shown_progress

    file = golden or evaluating.golden_file(workplace.settings.brand)
    wanted = _cases(file, cases)
    sampling = {
        name: value for name, value in (("temperature", temperature), ("seed", seed)) if value is not None
    }
    generator = workplace.settings.generator.model_copy(update=sampling)
    count = candidates or generator.candidates
    prices = Prices(machine_cost_per_hour, reviewer_cost_per_hour, review_seconds)
    with _told_when_stopped(out), _opened(out) as lines, shown_progress(quiet=json):
        writers = _writers(workplace, model, sampling)
        tested = _tested(workplace, writers, wanted, count, prices, lines)
    first, *others = tested
    comparisons = [compare(first.name, first.cases, other.name, other.cases) for other in others]
    sentences = [conclusion(comparison) for comparison in comparisons]
    if not json:
        _show(tested, f"Cases: {len(wanted)} of {file}, candidates for each: {count}", sentences)
        return
    print_line(
        {
            "golden": str(file),
            "cases": len(wanted),
            "candidates": count,
            "temperature": generator.temperature,
            "seed": generator.seed,
            "models": [
                {"model": one.name, **asdict(one.measures), "cost": asdict(one.cost) if one.cost else None}
                for one in tested
            ],
            "comparisons": [asdict(comparison) for comparison in comparisons],
            "conclusions": sentences,
        }
    )


def _writers(
    workplace: Workplace, models: list[str] | None, sampling: dict[str, Any]
) -> dict[str, Workplace]:
    """By name a workplace for each model; all are checked before the first one works for minutes."""
    from flows.steps.evaluating import writer

    if not models:
        return {"surmesure.toml": writer(workplace, None, sampling)}
    if len(set(models)) < len(models):
        raise BadInput("--model: the same model is given twice; give each once.")
    return {name: writer(workplace, name, sampling) for name in models}


def _tested(
    workplace: Workplace,
    writers: dict[str, Workplace],
    wanted: list[Wanted],
    candidates: int,
    prices: Prices,
    lines: TextIO | None,
) -> list[Tested]:
    """Every model over all cases; each leaves `writers` when its turn comes, so that only one is in memory."""
    from evaluation.model_comparison import cost, measure
    from flows.steps.evaluating import decided_by_people, fill_cases
    from surmesure.comparison_table import Tested

    tested: list[Tested] = []
    total = len(wanted) * len(writers)
    for number, name in enumerate(list(writers)):
        writer = writers.pop(name)
        filled: list[JudgedCase] = []
        judged = fill_cases(writer, workplace, wanted, candidates, number * len(wanted), total)
        for case, result in zip(wanted, judged, strict=True):
            filled.append(result)
            if lines:
                lines.write(json_text.dumps(_line(name, case, result), ensure_ascii=False) + "\n")
        measures = measure(filled)
        paid = cost(measures, prices, decided_by_people(writer)) if prices.given else None
        tested.append(Tested(name, filled, measures, paid))
    return tested


def _show(tested: list[Tested], title: str, sentences: list[str]) -> None:
    from surmesure.comparison_table import comparison_table, cost_note, refusals

    screen = console()
    screen.print(comparison_table(tested, title))
    for one in tested:
        screen.print(refusals(one), soft_wrap=True, markup=False)
    if tested[0].cost:
        screen.print(cost_note(tested), soft_wrap=True, markup=False)
    for sentence in sentences or ["One model alone: give a second --model to compare."]:
        screen.print(sentence, style="bold", soft_wrap=True, markup=False)


def _cases(file: Path, most: int | None) -> list[Wanted]:
    from flows.steps.copies import Wanted
    from surmesure.lines import DraftLine, read_lines

    lines = read_lines(file, DraftLine)[:most]
    if not lines:
        raise BadInput(f"{file}: there is no case in it; write one JSON object a line.")
    return [
        Wanted(line.slot, line.facts, line.keep, line.audience, line.tone, line.max_chars, line.locale)
        for line in lines
    ]


def _line(model: str, case: Wanted, judged: JudgedCase) -> dict[str, Any]:
    from flows.steps.copies import fallback_text

    chosen = judged.chosen_candidate
    return {
        "model": model,
        **case._asdict(),
        "candidates": [{**one._asdict(), "passed": one.passed} for one in judged.candidates],
        "chosen": chosen.text if chosen else fallback_text(case),
        "fallback": chosen is None,
    }


@contextmanager
def _opened(out: Path | None) -> Iterator[TextIO | None]:
    """The file, opened before any work, so that a wrong path costs nothing."""
    if out is None:
        yield None
        return
    try:
        file = out.open("w", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{out}: {error.strerror}; give a file that can be written.") from None
    with file:
        yield file


@contextmanager
def _told_when_stopped(out: Path | None) -> Iterator[None]:
    """An evaluation does not go on from where it was stopped, so the usual sentence would be wrong."""
    try:
        yield
    except KeyboardInterrupt:
        kept = f"the cases that were finished are in {out}" if out else "nothing was kept"
        raise typer.Abort(f"stopped; nothing was compared, and {kept}.") from None
