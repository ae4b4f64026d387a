"""Pages of the public app: a template, the language that a browser accepts, and the headers that every answer carries."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from content_store.languages import accepted_languages, catalogue

PAGES = Path(__file__).parent / "pages"
LOCALES = Path(__file__).parent / "locales"
DOMAIN = "publishing"

#: The first is that of the texts in the templates.
LANGUAGES = ("en", "fr")

STYLE = (PAGES / "style.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

#: No script, no style but our own, nothing from elsewhere; nobody keeps, frames or finds the page, or learns its address.
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
)


def page(
    request: Request, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A template filled in, in the language that the browser likes most."""
    accepted = accepted_languages(request.headers.get("accept-language", ""))
    language = next((known for known in accepted if known in LANGUAGES), LANGUAGES[0])
    text = _environment(language).get_template(name).render(values)
    return HTMLResponse(text, status, {**HEADERS, **(headers or {})})


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of a language."""
    return catalogue(LOCALES, DOMAIN, language)


@cache
def _environment(language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"language": language, "style": Markup(STYLE)}
    return made
