"""The map of the project holds: who may import whom, and what each folder keeps to itself."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

STAGES = {"segments", "generators", "evaluation", "publishing"}

MAY_IMPORT: dict[str, set[str]] = {
    "content_store": set(),
    "segments": {"content_store"},
    "generators": {"content_store"},
    "evaluation": {"content_store"},
    "publishing": {"content_store"},
    "review": {"content_store", "evaluation", "publishing"},
    "flows": {"content_store", *STAGES},
    "surmesure": {"content_store", "flows", "review", *STAGES},
}

#: Library -> the files and folders that may import it.
AT_HOME: dict[str, tuple[str, ...]] = {
    "prefect": ("flows/",),
    "sentence_transformers": ("content_store/embeddings.py",),
    "faiss": ("content_store/index.py", "content_store/inverted_lists.py", "segments/clustering.py"),
}

FOLDERS = {*MAY_IMPORT, "tests", "benchmarks", "docs", "examples"}

HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "prefect",
    "faiss",
    "duckdb",
    "sqlalchemy",
    "pydantic",
    "numpy",
)


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_imports_only_what_it_may(folder: str) -> None:
    ours = {*MAY_IMPORT, "tests", "benchmarks"}
    for path in sorted((ROOT / folder).rglob("*.py")):
        strangers = {name for name in _imported(path) if name in ours} - MAY_IMPORT[folder] - {folder}
        assert not strangers, f"{path.relative_to(ROOT)} imports {strangers}"


@pytest.mark.parametrize("library", AT_HOME)
def test_a_library_stays_at_home(library: str) -> None:
    for folder in MAY_IMPORT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if library in _imported(path, for_types=False):
                assert place.startswith(AT_HOME[library]), f"{place} imports {library}"


def test_what_flows_compose_knows_no_prefect() -> None:
    for path in sorted((ROOT / "flows" / "steps").rglob("*.py")):
        assert "prefect" not in _imported(path), f"{path.relative_to(ROOT)} imports prefect"


def test_there_are_no_other_folders() -> None:
    found = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    built = {name for name in found if name.endswith(".egg-info")} | {"build", "__pycache__"}
    assert found - built <= FOLDERS
    assert found >= MAY_IMPORT.keys()


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_folder_is_ours_and_not_a_package_of_the_same_name(folder: str) -> None:
    assert Path(str(importlib.import_module(folder).__file__)) == ROOT / folder / "__init__.py"


def test_the_command_line_starts_without_anything_heavy() -> None:
    program = f"import sys, surmesure.cli; print(*sorted(set({HEAVY!r}) & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == []


def test_the_rule_sees_an_import_wherever_it_hides(tmp_path: Path) -> None:
    path = tmp_path / "sly.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import faiss\n"
        "def late() -> None:\n    from flows.steps import jobs\n    import prefect.flows as p, torch\n"
    )
    assert _imported(path) == {"typing", "faiss", "flows", "prefect", "torch"}
    assert _imported(path, for_types=False) == {"typing", "flows", "prefect", "torch"}


def _imported(path: Path, *, for_types: bool = True) -> set[str]:
    """The top-level names that a file imports anywhere; without `for_types`, not those that only type checkers see."""
    names: set[str] = set()
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8")), for_types):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the whole name"
            names.add(str(node.module).partition(".")[0])
    return names


def _nodes(node: ast.AST, for_types: bool) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not for_types:
        return
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, for_types)
