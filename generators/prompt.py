"""Prompts are versioned files: found by name, rendered strictly, known by their hash."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from content_store.errors import WorkFailed

FOLDER = Path(__file__).parent / "prompts"

_environment = ImmutableSandboxedEnvironment(
    loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False
)


class Prompt(NamedTuple):
    """A rendered prompt with what it was made from."""

    name: str
    text: str
    hash: str


def render(name: str, **values: Any) -> Prompt:
    """The prompt `name` (a file `prompts/NAME.jinja`) with its values; a missing value is an error.

    The values are one-line texts: a line break in one of them would let it pose as another field.
    """
    flat = {key: _one_line(value) for key, value in values.items()}
    try:
        text = _environment.get_template(f"{name}.jinja").render(**flat).strip()
    except TemplateError as error:
        raise WorkFailed(
            f"the prompt {name} cannot be rendered: {error}; correct prompts/{name}.jinja."
        ) from None
    return Prompt(name, text, hashlib.sha256(text.encode()).hexdigest())


def _one_line(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    return [_one_line(item) for item in value]
