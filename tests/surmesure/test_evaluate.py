"""`surmesure evaluate` with two tiny models on a golden set of the brand's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
from typer.testing import CliRunner

from content_store.errors import BadInput
from flows.steps.evaluating import PACKAGED, golden_file, writer
from flows.steps.workplace import open_workplace
from generators.language_model import load
from generators.pairs import Pair, encode_pair
from generators.training import TrainingConfig, train
from surmesure.commands import evaluating
from tests.tiny_models import build_encoder, build_generator

FREE = Pair(
    slot="cta",
    facts=["Free delivery over $40."],
    keep=["over $40"],
    audience="",
    tone="plain",
    max_chars=60,
    copy="Free delivery over $40",
)

app = typer.Typer()
app.command("evaluate")(evaluating.evaluate)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny encoder, a tiny generator that writes noise, and one that knows the line of `FREE`."""
    folder = tmp_path_factory.mktemp("models")
    build_encoder(folder)
    lm = load(build_generator(folder), threads=1, dtype="float32")
    example = encode_pair(lm, FREE, FREE.facts, FREE.max_chars)
    tokens = torch.tensor([example.prompt + example.target])
    labels = torch.tensor([[-100] * len(example.prompt) + example.target])
    optimizer = torch.optim.Adam(lm.model.requires_grad_(True).parameters(), lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        lm.model(input_ids=tokens, labels=labels).loss.backward()
        optimizer.step()
    lm.model.save_pretrained(folder / "taught")
    lm.tokenizer.save_pretrained(folder / "taught")
    return folder


@pytest.fixture
def brand(tmp_path: Path, models: Path) -> Path:
    """A folder with settings and two golden cases, of which the taught model knows the first."""
    known = FREE.model_dump(by_alias=True)
    other = {
        "slot": "subject",
        "facts": ["Our roast comes in 12 oz bags."],
        "keep": ["12 oz"],
        "max_chars": 40,
    }
    (tmp_path / "golden.jsonl").write_text("".join(json.dumps(case) + "\n" for case in (known, other)))
    (tmp_path / "surmesure.toml").write_text(
        # One state for all tests: the examples of the voice are encoded once.
        f'state = "{models}/state"\ncache = "{tmp_path}/cache"\n[encoder]\nmodel = "{models}/encoder"\nthreads = 1\n'
        f'[generator]\nmodel = "{models}/taught"\nthreads = 1\ncandidates = 2\n'
    )
    return tmp_path


def evaluate(brand: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(app, ["--brand", str(brand), *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_two_models_are_compared_on_the_brands_own_cases(brand: Path, models: Path) -> None:
    noise, taught = f"{models}/generator", f"{models}/taught"
    out = brand / "cases.jsonl"
    arguments = ["--model", noise, "--model", taught, "--temperature", "0", "--seed", "5", "--out", str(out)]
    said = json.loads(evaluate(brand, *arguments, "--reviewer-cost-per-hour", "300", "--json").stdout)
    assert (said["golden"], said["cases"], said["candidates"], said["seed"]) == (
        str(brand / "golden.jsonl"), 2, 2, 5)  # fmt: skip
    first, second = said["models"]
    assert (first["model"], first["cases_with_one"]["value"], first["fall_backs"]) == (noise, 0.0, 2)
    assert first["cost"] == {"per_approved": None, "approval_rate": 1.0, "decisions": 0}
    assert (second["model"], second["cases_with_one"]["value"], second["fall_backs"]) == (taught, 0.5, 1)
    assert second["fall_backs_by_slot"] == {
        "cta": {"fell_back": 0, "cases": 1},
        "subject": {"fell_back": 1, "cases": 1},
    }
    assert (second["words_beyond_facts"], second["distinct_openings"]) == (0.0, 1.0)
    # One chosen text, read for 12 seconds.
    assert second["cost"] == {"per_approved": 1.0, "approval_rate": 1.0, "decisions": 0}
    assert said["comparisons"][0]["cases_with_one"]["value"] == 0.5
    assert said["conclusions"] == [
        f"2 cases are too few to choose between {noise} and {taught}; take at least 20."
    ]
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(line["model"], line["chosen"], line["fallback"]) for line in lines] == [
        (noise, "Free delivery over $40.", True),
        (noise, "Our roast comes in 12 oz bags.", True),
        (taught, "Free delivery over $40", False),
        (taught, "Our roast comes in 12 oz bags.", True),
    ]
    assert "keep_phrases" in lines[1]["candidates"][0]["refusals"]
    assert not (models / "state" / "surmesure.db").exists()


def test_people_read_a_table_and_standard_output_stays_empty(brand: Path) -> None:
    result = evaluate(brand, "--cases", "1", "-n", "1", "--machine-cost-per-hour", "0.1")
    assert result.stdout == ""
    for told in ("surmesure.toml", "Tokens a second", "Cost of an approved variant", "give a second --model"):
        assert told in result.stderr


def test_a_model_with_an_adapter_is_merged_and_another_than_the_model_alone(
    brand: Path, models: Path
) -> None:
    config = TrainingConfig(rank=4, alpha=8, epochs=1, dtype="float32")
    adapter = train(config, [FREE], models / "generator", brand / "adapter").folder
    workplace = open_workplace(brand, neutral=True)
    alone = writer(workplace, f"{models}/generator", {})
    merged = writer(workplace, f"{models}/generator+{adapter}", {"seed": 5})
    assert alone.generator_folder == models / "generator"
    assert merged.generator_folder.parent == brand / "cache"
    assert merged.settings.generator.seed == 5
    assert writer(workplace, None, {}).generator_folder == models / "taught"


def test_without_a_set_of_its_own_a_brand_is_measured_on_the_packaged_cases(tmp_path: Path) -> None:
    assert golden_file(tmp_path) == PACKAGED
    assert PACKAGED.is_file()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "nowhere"], "nowhere: neither a model folder nor a model id"),
        (["--model", "{models}/generator+nowhere"], "nowhere: not an adapter folder"),
        (["--model", "+"], "names no model"),
        (["--model", "base+"], "names no model"),
        (["--model", "base", "--model", "base"], "the same model is given twice"),
        (["--golden", "{brand}/empty.jsonl"], "empty.jsonl: there is no case in it"),
        (["--golden", "{brand}/wrong.jsonl"], "line 1: facts: input should be a valid list"),
        (["--golden", "{brand}/none.jsonl"], "the file is missing"),
        (["--out", "{brand}/no/cases.jsonl"], "No such file or directory; give a file that can be written"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_any_work(
    brand: Path, models: Path, arguments: list[str], sentence: str
) -> None:
    (brand / "empty.jsonl").write_text("\n")
    (brand / "wrong.jsonl").write_text('{"slot": "cta", "facts": "one"}\n')
    with pytest.raises(BadInput, match=sentence.replace("+", r"\+")):
        evaluate(brand, *(argument.format(brand=brand, models=models) for argument in arguments))
