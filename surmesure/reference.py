"""docs/commands.md and docs/settings.md, made from the code: `python -m surmesure.reference docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from content_store.settings import Settings
from surmesure.cli import app


class Command(NamedTuple):
    """A command as it is typed, with its help and its parameters (name, help)."""

    name: str
    help: str
    parameters: list[tuple[str, str]]


class Setting(NamedTuple):
    """A setting: its key in surmesure.toml, its variable in the environment, its default and meaning."""

    key: str
    variable: str
    default: str
    meaning: str


def commands() -> list[Command]:
    """Every command, in the order of `surmesure --help`."""
    return list(_walk(typer.main.get_command(app), "surmesure"))


def settings() -> Iterator[Setting]:
    """Every setting."""
    for name, field in Settings.model_fields.items():
        if name == "brand":
            continue
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            for inner, part in field.annotation.model_fields.items():
                yield _setting(f"{name}.{inner}", f"SURMESURE_{name}__{inner}".upper(), part)
        else:
            yield _setting(name, f"SURMESURE_{name}".upper(), field)


def commands_page() -> str:
    """docs/commands.md."""
    lines = [
        "# Commands",
        "",
        "Every command works on the brand folder in which you stand, or on `--brand DIR`. `--json` prints JSON Lines on standard",
        "output for machines; everything else goes to standard error. Exit codes: 0 done, 1 the work failed, 2 bad input.",
        "",
    ]
    for command in commands():
        text, _, example = command.help.partition("Example: ")
        lines += [
            f"## `{command.name}`",
            "",
            " ".join(text.split()),
            "",
            "```",
            f"$ {example.strip()}",
            "```",
            "",
        ]
        lines += [f"- `{name}`: {meaning}" for name, meaning in command.parameters]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def settings_page() -> str:
    """docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Every setting has a default. `surmesure.toml` in the brand folder changes it, and the environment wins over the file.",
        "An unknown key stops the command and is named.",
        "",
        "| in surmesure.toml | in the environment | default | meaning |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{item.key}` | `{item.variable}` | {item.default} | {item.meaning} |" for item in settings()
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Both pages into the folder."""
    (folder / "commands.md").write_text(commands_page(), encoding="utf-8")
    (folder / "settings.md").write_text(settings_page(), encoding="utf-8")


def _walk(command: Any, name: str) -> Iterator[Command]:
    inner = getattr(command, "commands", None)
    if inner is not None:
        for child, below in inner.items():
            yield from _walk(below, f"{name} {child}")
        return
    found = [
        (
            "/".join(part.opts) if part.param_type_name == "option" else (part.metavar or part.name),
            part.help or "",
        )
        for part in command.params
        if part.name != "help"
    ]
    yield Command(name, command.help or "", found)


def _setting(key: str, variable: str, field: FieldInfo) -> Setting:
    default = "" if field.default is None else f"`{field.default}`"
    return Setting(key, variable, default, field.description or "")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
