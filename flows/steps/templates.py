"""A brief's template: tried once in a process with limits, then kept as an immutable version."""

from __future__ import annotations

from sqlalchemy.orm import Session

from content_store import library
from content_store.brand_folder import yaml_text
from content_store.brand_folder.brand import Brand
from content_store.models import TemplateVersion
from flows.steps.workplace import Workplace
from publishing.template_check import check_template


def stored_template(session: Session, workplace: Workplace, name: str) -> TemplateVersion:
    """The version of templates/NAME as it is now; a new one is tried before it is stored, BadInput when it fails."""
    folder = workplace.settings.brand
    path = folder / "templates" / name
    mjml, text = (yaml_text.read_text(path.with_suffix(ending)) for ending in (".mjml", ".txt"))
    if library.template_version(session, name, mjml, text) is None:
        slots, fields = fillable(workplace.brand)
        check_template(mjml, text, slots, fields, name=str(path))
    return library.store_template(session, folder, name, workplace.now)


def fillable(brand: Brand) -> tuple[set[str], set[str]]:
    """The slots and personal fields that a template may ask for."""
    return {slot for channel in brand.channels.values() for slot in channel.slots}, set(brand.personal_fields)
