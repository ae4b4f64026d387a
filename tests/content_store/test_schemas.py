"""The schemas and the reference in docs/ say what the code reads, and the brand folders in this repository obey them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from content_store.brand_folder import yaml_text
from content_store.brand_folder.blocks import BlockFile, parse_block
from content_store.brand_folder.brand import Brand
from content_store.brand_folder.briefs import BriefFile
from content_store.brand_folder.reference import fill_in, keys
from content_store.brand_folder.schemas import as_text, schemas
from content_store.brand_folder.sources import Sources
from content_store.settings import SECRETS, Settings, load_settings

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "surmesure" / "starter", ROOT / "examples" / "grocer"]
DOCUMENT = ROOT / "docs" / "brand-folder.md"


def as_json(model: BaseModel) -> Any:
    """What a file says, as JSON values.

    Our loader reads every scalar as text, and the model turns "60" into 60; other YAML readers give 60 at once.
    So it is the model's JSON that the schema describes.
    """
    return model.model_dump(mode="json", exclude_unset=True)


def files_of(folder: Path) -> Iterator[tuple[Path, str, BaseModel]]:
    whole: list[tuple[Path, str, type[BaseModel]]] = [
        (folder / "brand.yaml", "brand", Brand),
        (folder / "sources.yaml", "sources", Sources),
        *((path, "brief", BriefFile) for path in sorted((folder / "briefs").glob("*.yaml"))),
    ]
    for path, name, model in whole:
        if path.exists():
            text = yaml_text.read_text(path)
            yield path, name, yaml_text.validate(model, yaml_text.parse(text, str(path)), str(path))
    for path in sorted((folder / "blocks").glob("*.md")):
        yield path, "block", parse_block(yaml_text.read_text(path), str(path))


def examples(language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.mark.parametrize("name", ["brand", "block", "brief", "sources", "settings"])
def test_schema_files_are_fresh_and_valid(name: str) -> None:
    schema = schemas()[name]
    Draft202012Validator.check_schema(schema)
    written = (ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    assert written == as_text(schema), "run `python -m content_store.brand_folder.schemas docs/schemas`"


def test_there_is_one_file_for_each_schema() -> None:
    assert {path.stem for path in (ROOT / "docs" / "schemas").glob("*.json")} == set(schemas())


def test_the_tables_of_the_reference_are_fresh() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert fill_in(text, schemas()) == text, "run `python -m content_store.brand_folder.schemas docs/schemas`"
    assert text.count("<!-- end of keys -->") == 5


@pytest.mark.parametrize("name", ["brand", "block", "brief", "sources", "settings"])
def test_every_key_has_a_meaning(name: str) -> None:
    assert [key.path for key in keys(schemas()[name]) if not key.meaning] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_of_the_brand_folders_obeys_its_schema(folder: Path) -> None:
    validators = {name: Draft202012Validator(schema) for name, schema in schemas().items()}
    for path, name, model in files_of(folder):
        value = as_json(model)
        if name == "block":
            del value["text"]
        faults = [error.message for error in validators[name].iter_errors(value)]
        assert faults == [], path


def test_a_schema_refuses_an_unknown_key_and_a_missing_one() -> None:
    validator = Draft202012Validator(schemas()["block"])
    assert [error.message for error in validator.iter_errors({"id": "a", "colour": "red"})] == [
        "Additional properties are not allowed ('colour' was unexpected)"
    ]
    assert [error.message for error in validator.iter_errors({})] == ["'id' is a required property"]


def test_defaults_that_the_code_makes_stand_in_the_schema() -> None:
    found = {key.path: key.default for key in keys(schemas()["block"])}
    assert found["channels"] == '`["email"]`'
    assert found["status"] == "`draft`"
    assert found["id"] == "required"


def test_keys_of_lists_and_of_chosen_names_have_their_own_rows() -> None:
    found = {key.path: key.type for key in keys(schemas()["brand"])}
    assert found["claim_rules[].pattern"] == "text"
    assert found["channels.NAME.slots.NAME.max_chars"] == "whole number from 1 to 5,000"


def test_the_examples_of_the_reference_are_read_without_a_fault() -> None:
    brand, brief, sources = examples("yaml")
    for model, text in ((Brand, brand), (BriefFile, brief), (Sources, sources)):
        yaml_text.validate(model, yaml_text.parse(text, "example"), "example")
    (block,) = examples("markdown")
    assert isinstance(parse_block(block, "example"), BlockFile)
    (settings,) = examples("toml")
    Draft202012Validator(schemas()["settings"]).validate(tomllib.loads(settings))


def switched_on(settings: str) -> str:
    """The starter's settings with every line in force."""
    return re.sub(r"^# (\w+ = .*)$", r"\1", settings, flags=re.MULTILINE)


def test_the_starter_names_every_setting_and_sets_none() -> None:
    text = (FOLDERS[0] / "surmesure.toml").read_text(encoding="utf-8")
    assert [values for values in tomllib.loads(text).values() if values != {}] == []
    named = {
        path
        for part, value in tomllib.loads(switched_on(text)).items()
        for path in ([part, *(f"{part}.{name}" for name in value)] if isinstance(value, dict) else [part])
    }
    # A secret does not belong in a file.
    secret = {f"{part}.{name}" for part, names in SECRETS.items() for name in names}
    assert named == {key.path for key in keys(schemas()["settings"])} - secret


def test_the_starter_shows_the_default_of_every_setting_that_has_one(tmp_path: Path) -> None:
    text = (FOLDERS[0] / "surmesure.toml").read_text(encoding="utf-8")
    (tmp_path / "surmesure.toml").write_text(switched_on(text), encoding="utf-8")
    shown = load_settings(tmp_path).model_dump(mode="json")
    for part, values in Settings(brand=tmp_path).model_dump(mode="json").items():
        if isinstance(values, dict):
            defaults = {name: value for name, value in values.items() if value not in (None, [], {})}
            assert {name: shown[part][name] for name in defaults} == defaults
