"""Does a template work: compiled and filled in once with sample values."""

from __future__ import annotations

from pathlib import Path

from content_store.brand_folder import yaml_text
from content_store.brand_folder.brand import Brand
from content_store.errors import BadInput
from flows.steps import templates
from publishing import template_check
from surmesure.checks.check import Check, failed


def check_template(folder: Path, name: str, brand: Brand) -> Check | None:
    """What is wrong with templates/NAME.mjml or templates/NAME.txt, None when nothing is."""
    path = folder / "templates" / name
    slots, fields = templates.fillable(brand)
    try:
        mjml, text = (yaml_text.read_text(path.with_suffix(ending)) for ending in (".mjml", ".txt"))
        template_check.check_template(mjml, text, slots, fields, name=str(path))
    except BadInput as error:
        return failed("templates", error)
    return None
