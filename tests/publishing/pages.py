"""Small templates and messages for the tests of rendering."""

from __future__ import annotations

from typing import Any

from publishing.render import MessageParts, TemplateSource

UNSUBSCRIBE = "https://www.example.com/u?token=a&b=1"


def mjml(body: str, head: str = "") -> str:
    """A page with the body in its one text."""
    return (
        f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column><mj-text>{body}</mj-text></mj-column>"
        "</mj-section></mj-body></mjml>"
    )


def make_parts(body: str = "{{ opening }}", text: str = "{{ opening }}", **fields: Any) -> MessageParts:
    defaults: dict[str, Any] = {
        "channel": "email",
        "slots": {"subject": "Boots are in", "opening": "They came today."},
        "brand": "Larkfield",
        "landing_page": "https://www.example.com/new?a=1&b=2",
        "personal_fields": {"home_store": "our store"},
        "template": TemplateSource("newsletter", mjml(body), text),
    }
    return MessageParts(**defaults | fields)
