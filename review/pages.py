"""Pages from templates, in the language and the colours of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from evaluation.measurement import campaign_report
from review import i18n, words
from review.auth.permissions import Permission
from review.desk import Desk
from review.static_files import static_url

TEMPLATES = Path(__file__).parent / "templates"

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


def page(
    request: Request, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
) -> HTMLResponse:
    """A template filled in; besides `values` it knows the desk, the caller (None before sign-in), language and theme."""
    return HTMLResponse(fragment(request, name, **values), status, headers)


def fragment(request: Request, name: str, **values: Any) -> str:
    """A template filled in, for an answer of several parts."""
    desk: Desk = request.app.state.desk
    return (
        environment(language(request))
        .get_template(name)
        .render(
            request=request,
            desk=desk,
            caller=caller_of(request),
            theme=theme(request),
            now=desk.now(),
            **values,
        )
    )


def caller_of(request: Request) -> Any:
    """Who is signed in, as `signed_in` found them; None before that."""
    return getattr(request.state, "caller", None)


def language(request: Request) -> str:
    """The language in which to answer."""
    caller = caller_of(request)
    return i18n.language_of(
        request.cookies.get(i18n.COOKIE),
        caller.user.locale if caller else None,
        request.headers.get("accept-language"),
    )


def translator(request: Request) -> NullTranslations:
    """For the few texts that are put together in code."""
    return i18n.translations(language(request))


def weekday_writer(request: Request) -> Callable[[datetime], str]:
    """Writes a moment with its weekday, in its own time zone."""
    locale = language(request)
    return lambda moment: str(format_datetime(moment, "EEE d MMM y, HH:mm", locale=locale))


def theme(request: Request) -> str:
    """The colours chosen on the page; auto follows the machine."""
    chosen = request.cookies.get(THEME_COOKIE, THEMES[0])
    return chosen if chosen in THEMES else THEMES[0]


def wants_part(request: Request) -> bool:
    """True when htmx asks for a part of a page, and not for a whole page that it lost."""
    return (
        request.headers.get("hx-request") == "true"
        and request.headers.get("hx-history-restore-request") != "true"
    )


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        # What was found of a campaign looks the same here and in its report.
        loader=FileSystemLoader([TEMPLATES, campaign_report.TEMPLATES]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(i18n.translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.policies["ext.i18n.trimmed"] = True

    def number(value: float) -> str:
        return format_decimal(value, locale=language)

    def decimals(value: float, places: int = 2) -> str:
        return format_decimal(value, format=f"0.{'0' * places}", locale=language)

    def percent(share: float, places: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_percent(
            share, format=pattern + ("\u00a0%" if language == "fr" else "%"), locale=language
        )

    def day(value: date) -> str:
        return format_date(value, format="long", locale=language)

    def moment(value: datetime) -> str:
        return format_datetime(value, format="d MMM y, HH:mm", locale=language)

    def ago(value: datetime, now: datetime) -> str:
        return format_timedelta(value - now, add_direction=True, locale=language)

    def worded(value: str, table: Mapping[Any, str]) -> str:
        """A stored value in words; one that the table lacks as it is."""
        return i18n.translations(language).gettext(table[value]) if value in table else value

    made.filters |= {
        "worded": worded,
        "number": number,
        "decimals": decimals,
        "percent": percent,
        "day": day,
        "moment": moment,
        "ago": ago,
    }
    made.globals |= {
        "language": language,
        "languages": i18n.LANGUAGES,
        "themes": THEMES,
        "static_url": static_url,
        "Permission": Permission,
        "words": words,
    }
    return made
