"""What a person can do or set stands in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segments.contracts import fill_in
from surmesure.reference import Command, commands, commands_page, settings, settings_page

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_every_command_and_parameter_has_help_with_an_example(command: Command) -> None:
    assert "Example: surmesure" in command.help
    assert all(meaning for _, meaning in command.parameters)


def test_the_pages_of_commands_and_settings_are_made_from_the_code_as_it_stands() -> None:
    assert (ROOT / "docs" / "commands.md").read_text(encoding="utf-8") == commands_page()
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings_page()


def test_every_setting_has_a_meaning() -> None:
    assert [setting.key for setting in settings() if not setting.meaning] == []


def test_the_data_contracts_in_the_docs_are_those_of_the_code() -> None:
    document = (ROOT / "docs" / "data-contracts.md").read_text(encoding="utf-8")
    assert fill_in(document) == document


def test_every_link_in_the_readme_and_the_docs_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("line", ["make run", "make test"])
def test_the_readme_names_the_two_commands(line: str) -> None:
    assert line in README
