"""Does a template work: filled in with sample values, then made into HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from content_store.brand_folder import yaml_text
from content_store.brand_folder.brand import Brand
from content_store.errors import BadInput
from surmesure.checks.check import Check, Status, failed


def check_template(folder: Path, name: str, brand: Brand) -> Check | None:
    """What is wrong with templates/NAME.mjml or templates/NAME.txt, None when nothing is."""
    from mjml import mjml2html

    values = sample_values(brand)
    path = folder / "templates" / f"{name}.mjml"
    try:
        filled = fill(path, values, escape=True)
        fill(path.with_suffix(".txt"), values, escape=False)
        mjml2html(filled)
    except BadInput as error:
        return failed("templates", error)
    except ValueError as error:
        return Check("templates", Status.FAIL, f"{path}: this is not MJML ({error})", "correct the template")
    return None


def fill(path: Path, values: dict[str, Any], *, escape: bool) -> str:
    """The template's text with its values, in a sandbox; a name that has no value is BadInput."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=escape)
    try:
        return environment.from_string(yaml_text.read_text(path)).render(values)
    except TemplateError as error:
        known = ", ".join(sorted(values))
        raise BadInput(f"{path}: {error.message}; correct the template (it may use {known}).") from None


def sample_values(brand: Brand) -> dict[str, Any]:
    """A value for everything that a template may use."""
    slots = {slot for channel in brand.channels.values() for slot in channel.slots}
    return {
        **{slot: f"Sample {slot}" for slot in sorted(slots)},
        "brand": brand.name,
        "landing_page": "https://www.example.com/",
        "unsubscribe_url": "https://www.example.com/unsubscribe",
        "customer": {name: field.fallback for name, field in brand.personal_fields.items()},
    }
