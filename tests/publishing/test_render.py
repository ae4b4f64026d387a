"""Messages for one customer: approved texts as they are, the customer's values made harmless or replaced."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from content_store import queries
from content_store.brand_folder.brand import NEUTRAL_BRAND, Channel, PersonalField
from content_store.database import Sessions
from content_store.errors import BadInput
from content_store.models import Origin
from publishing.render import (
    AI_MARK,
    customer_fields,
    message_parts,
    prepare,
    render,
)
from tests.factories import make_brief, make_customer, make_message, make_run, make_template
from tests.publishing.pages import UNSUBSCRIBE, make_parts, mjml


def test_a_mail_has_subject_page_text_and_the_values_that_stand_in_it() -> None:
    parts = make_parts(
        'Hi from {{ customer.home_store }}. {{ opening }} <a href="{{ unsubscribe_url }}">Stop</a>',
        "{{ customer.home_store }}: {{ opening }} {{ landing_page }} {{ unsubscribe_url }}",
    )
    mail = render(prepare(parts), {"home_store": "Store <4>", "age": "40"}, unsubscribe_url=UNSUBSCRIBE)
    assert mail.subject == "Boots are in"
    assert mail.html is not None
    assert "Hi from Store &lt;4&gt;. They came today. " in mail.html
    assert '<a href="https://www.example.com/u?token=a&amp;b=1">Stop</a>' in mail.html
    assert mail.text == f"Store <4>: They came today. https://www.example.com/new?a=1&b=2 {UNSUBSCRIBE}"
    assert (mail.values, mail.replaced, mail.ai_mark) == ({"home_store": "Store <4>"}, {}, None)
    whole = "\0".join(["Boots are in", mail.html, mail.text, "https://www.example.com/new?a=1&b=2"])
    assert mail.rendered_hash == hashlib.sha256(whole.encode()).hexdigest()


@pytest.mark.parametrize(
    "fields, replaced",
    [
        ({}, {}),
        ({"home_store": None}, {}),
        ({"home_store": ""}, {}),
        ({"home_store": "\u200b\u3164"}, {}),
        ({"home_store": "x" * 10_000}, {"home_store": "it is longer than 200 characters"}),
        ({"home_store": "go to evil.com"}, {"home_store": "it holds a web address"}),
        ({"home_store": {"a": 1}}, {"home_store": "it is not a text"}),
    ],
)
def test_a_value_that_is_missing_or_unfit_gives_way_to_the_approved_fallback(
    fields: dict[str, Any], replaced: dict[str, str]
) -> None:
    mail = render(prepare(make_parts(text="{{ customer.home_store }}")), fields, unsubscribe_url=UNSUBSCRIBE)
    assert (mail.text, mail.values, mail.replaced) == ("our store", {"home_store": "our store"}, replaced)


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "{{ customer.home_store }}", "{% if x %}", "<script>", "a & b"]
)
def test_no_text_is_ever_read_as_a_template_or_as_markup(text: str) -> None:
    slots = {"subject": text, "opening": text}
    message = prepare(make_parts("{{ opening }}{{ customer.home_store }}", "{{ opening }}", slots=slots))
    mail = render(message, {"home_store": text}, unsubscribe_url=UNSUBSCRIBE)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert mail.html is not None
    assert f">{escaped}{escaped}</div>" in mail.html
    assert (mail.subject, mail.text) == (text, text)


def test_a_customer_cannot_add_a_header() -> None:
    slots = {"subject": "One\r\nBcc: all@example.com\u2028two", "opening": "x"}
    assert prepare(make_parts(slots=slots)).subject == "One Bcc: all@example.com two"


def test_text_of_a_machine_says_so_to_machines() -> None:
    mail = render(prepare(make_parts(machine_written=True)), {}, unsubscribe_url=UNSUBSCRIBE)
    assert mail.ai_mark == AI_MARK == "mode=ai-originated"
    assert mail.html is not None
    head = mail.html.partition("</head>")[0]
    assert '<head><meta name="ai-disclosure" content="mode=ai-originated">' in head
    assert "trainedAlgorithmicMedia" in head
    assert "ai-disclosure" not in str(render(prepare(make_parts()), {}, unsubscribe_url=UNSUBSCRIBE).html)


def test_a_mail_that_a_model_wrote_a_part_of_says_so_in_words_where_the_brand_wants_it() -> None:
    notice = "Written by a computer <&> read by people."
    parts = make_parts(text="{{ opening }} {{ unsubscribe_url }}", ai_notice=notice, machine_written=True)
    mail = render(prepare(parts), {}, unsubscribe_url=UNSUBSCRIBE)
    assert mail.text.endswith(f"b=1\n\n{notice}\n")
    assert mail.html is not None
    assert mail.html.count("Written by a computer &lt;&amp;&gt; read by people.</p></body>") == 1
    people = render(prepare(parts._replace(machine_written=False)), {}, unsubscribe_url=UNSUBSCRIBE)
    assert "computer" not in f"{people.html}{people.text}"
    sms = parts._replace(channel="sms", template=None)
    assert "computer" not in render(prepare(sms), {}, unsubscribe_url=UNSUBSCRIBE).text


def test_a_text_message_ends_with_the_channels_suffix() -> None:
    parts = make_parts(
        channel="sms", slots={"sms": "Boots are in."}, suffix="Reply STOP to opt out", template=None
    )
    sms = render(prepare(parts), {"home_store": "x"}, unsubscribe_url=UNSUBSCRIBE)
    assert (sms.subject, sms.html) == (None, None)
    assert sms.text == "Boots are in. Reply STOP to opt out"
    assert sms.slots == {"sms": "Boots are in. Reply STOP to opt out"}
    assert sms.values == {}


def test_a_push_has_its_text_and_where_it_leads() -> None:
    parts = make_parts(channel="push", slots={"push": "Boots are in."}, template=None, machine_written=True)
    push = render(prepare(parts), {}, unsubscribe_url=UNSUBSCRIBE, landing_page="https://go.example.com/a b")
    assert (push.text, push.landing_page) == ("Boots are in.", "https://go.example.com/a%20b")
    assert push.ai_mark == "mode=ai-originated"


def test_the_hash_covers_all_that_a_customer_gets() -> None:
    message = prepare(make_parts("{{ customer.home_store }}"))
    one = render(message, {"home_store": "A"}, unsubscribe_url=UNSUBSCRIBE)
    assert (
        render(message, {"home_store": "A"}, unsubscribe_url=UNSUBSCRIBE).rendered_hash == one.rendered_hash
    )
    for other in (
        render(message, {"home_store": "B"}, unsubscribe_url=UNSUBSCRIBE),
        render(message, {"home_store": "A"}, unsubscribe_url=UNSUBSCRIBE, landing_page="https://e.example/"),
        render(prepare(make_parts("{{ customer.home_store }}!")), {"home_store": "A"}, unsubscribe_url=UNSUBSCRIBE),
    ):  # fmt: skip
        assert other.rendered_hash != one.rendered_hash


def test_a_link_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="is no link that a message may hold"):
        render(prepare(make_parts()), {}, unsubscribe_url="javascript:alert(1)")
    with pytest.raises(BadInput, match="is no link that a message may hold"):
        prepare(make_parts(landing_page="javascript:alert(1)"))


def test_a_field_that_was_not_approved_is_never_filled_in() -> None:
    with pytest.raises(BadInput, match=r"customer\.income was not approved with this message"):
        prepare(make_parts("{{ customer.income }}"))


def test_the_parts_of_a_stored_message_are_what_was_approved_with_it(sessions: Sessions) -> None:
    brand = NEUTRAL_BRAND.model_copy(
        update={"personal_fields": {"home_store": PersonalField(fallback="changed since")}}
    )
    with sessions.begin() as session:
        brief = make_brief(session, content={"landing_page": "https://www.example.com/new"})
        template = make_template(
            session, mjml=mjml("{{ opening }} {{ customer.home_store }}"), text="{{ brand }}"
        )
        message = make_message(
            session,
            run=make_run(session, brief_id=brief.id),
            slots={"subject": "Coffee is on.", "opening": "It is hot."},
            template_version_id=template.id,
            personal_fields={"home_store": {"fallback": "our store"}},
        )
        customer = make_customer(session, first_name="Ann", attributes={"home_store": "Store 4"})
        parts = message_parts(session, message.id, brand)
        assert parts.slots == {"subject": "Coffee is on.", "opening": "It is hot."}
        assert parts.personal_fields == {"home_store": "our store"}
        assert parts.machine_written
        assert parts.landing_page == "https://www.example.com/new"
        mail = render(prepare(parts), customer_fields(customer), unsubscribe_url=UNSUBSCRIBE)
    assert mail.html is not None
    assert "It is hot. Store 4" in mail.html
    assert mail.text == "Your brand"


def test_a_stored_text_message_gets_the_suffix_of_its_channel(sessions: Sessions) -> None:
    sms = Channel.model_validate({"slots": {"sms": {"max_chars": 160}}, "suffix": "Reply STOP"})
    brand = NEUTRAL_BRAND.model_copy(update={"channels": {"sms": sms}})
    with sessions.begin() as session:
        message = make_message(session, channel="sms", slots={"sms": "Boots are in."})
        parts = message_parts(session, message.id, brand)
    assert render(prepare(parts), {}, unsubscribe_url=UNSUBSCRIBE).text == "Boots are in. Reply STOP"


def test_a_message_that_is_not_there_is_said(sessions: Sessions) -> None:
    with sessions() as session, pytest.raises(BadInput, match="there is no message 7"):
        message_parts(session, 7, NEUTRAL_BRAND)


def test_the_origin_of_the_texts_decides_the_mark(sessions: Sessions) -> None:
    with sessions.begin() as session:
        message = make_message(session, slots={"sms": "Boots are in."}, channel="sms")
        for variant in queries.message_variants(session, [message.id])[message.id]:
            variant.origin = Origin.FALLBACK
        session.flush()
        assert not message_parts(session, message.id, NEUTRAL_BRAND).machine_written
