"""The texts of the interface as they stand in templates and code, for the tests of the catalogues."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir

import review
from evaluation.measurement import campaign_report

ROOT = Path(review.__file__).parent
KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "translate": None}


def interface_texts() -> dict[str | tuple[str, ...], list[str]]:
    """Those of the page, among them what it shows as reports do."""
    return texts() | texts(campaign_report.TEMPLATES.parent, "templates")


def texts(root: Path = ROOT, pages: str = "templates") -> dict[str | tuple[str, ...], list[str]]:
    """Text (a tuple where it has a plural) -> the places where it is used, `file:line`."""
    found: dict[str | tuple[str, ...], list[str]] = {}
    methods = [("**.py", "python"), (f"{pages}/**.html", "jinja2.ext:babel_extract")]
    options = {f"{pages}/**.html": {"trimmed": "true", "extensions": "jinja2.ext.do"}}
    for file, line, message, _, _ in extract_from_dir(root, methods, options, KEYWORDS):
        found.setdefault(message, []).append(f"{file}:{line}")
    return found
