"""E-mails filled in a second on one core, beside a Jinja2 template compiled anew for every customer."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

import jinja2
from mjml import mjml2html

from publishing.render import MessageParts, TemplateSource, prepare, render

TEMPLATES = Path(__file__).parents[1] / "examples" / "grocer" / "templates"
TEXTS = {
    "subject": "Pot roast this weekend?",
    "preheader": "Chuck roast is $3.99 a pound through Sunday.",
    "headline": "Low, slow, and done by dinner",
    "opening": "Chuck roast is $3.99 a pound through Sunday, January 14. The oven does the rest.",
    "cta": "See this week's meat",
}
STORE = "{{ customer.home_store }}"
LANDING_PAGE = "https://www.example.com/fairlow/this-week"


def measure(customers: int = 100_000, sample: int = 200) -> dict[str, float]:
    """E-mails a second: ours with subject, page, text, cleaned values and hash; the usual way with page and text alone.

    `compiled_once` is the usual way with the template kept; `logic` is ours for a template that compares and changes a customer's value.
    """
    mjml, text = ((TEMPLATES / f"newsletter.{ending}").read_text() for ending in ("mjml", "txt"))
    source = TemplateSource("newsletter", mjml, text)
    logic = source._replace(mjml=mjml.replace(STORE, f"{{% if customer.home_store == 'Store 4' %}}our {{% endif %}}{STORE}"))  # fmt: skip
    fields = _customers(customers)
    usual = _usual(source, fields[:sample])
    once = _usual(source, fields[: customers // 10], compiled_once=True)
    ours = _ours(source, fields)
    return {
        "emails_per_second": ours,
        "emails_per_second_logic": _ours(logic, fields[: customers // 4]),
        "usual_emails_per_second": usual,
        "compiled_once_emails_per_second": once,
        "ratio": ours / usual,
        "seconds_for_a_million": 1_000_000 / ours,
    }


def _customers(number: int) -> list[dict[str, Any]]:
    return [
        {"home_store": f"Store {i % 600}", "first_name": f"Zoë {i}", "age": "35-44"} for i in range(number)
    ]


def _unsubscribe(number: int) -> str:
    return f"https://www.example.com/unsubscribe?token=bWFya2V0aW5nLmVtYWls.{number:032x}"


def _ours(source: TemplateSource, customers: list[dict[str, Any]]) -> float:
    parts = MessageParts(
        "email", TEXTS, "Fairlow Market", LANDING_PAGE, {"home_store": "your local store"}, "", source, True
    )
    start = perf_counter()
    message = prepare(parts)
    for number, fields in enumerate(customers):
        render(message, fields, unsubscribe_url=_unsubscribe(number))
    return len(customers) / (perf_counter() - start)


def _usual(source: TemplateSource, customers: list[dict[str, Any]], *, compiled_once: bool = False) -> float:
    html = str(mjml2html(source.mjml))
    start = perf_counter()
    page, text = jinja2.Template(html, autoescape=True), jinja2.Template(source.text)
    for number, fields in enumerate(customers):
        if not compiled_once:
            page, text = jinja2.Template(html, autoescape=True), jinja2.Template(source.text)
        values = {
            **TEXTS,
            "brand": "Fairlow Market",
            "landing_page": LANDING_PAGE,
            "unsubscribe_url": _unsubscribe(number),
            "customer": fields,
        }
        page.render(values)
        text.render(values)
    return len(customers) / (perf_counter() - start)


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.4g}")
