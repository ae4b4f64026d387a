"""Templates: what they may say, where values may stand, and that the fast way gives the bytes of plain Jinja2."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from mjml import mjml2html

from content_store.errors import BadInput
from publishing.escaping import link
from publishing.templates import Field, Link, Personal, Shared, compile_template, fill_in, fill_shared
from tests.publishing.pages import mjml

ROOT = Path(__file__).parents[2]
LINKS = {
    "landing_page": "https://www.example.com/new?a=1&b=2",
    "unsubscribe_url": "https://www.example.com/u?t='x'&y=2",
}


def plain(source: str, values: dict[str, Any], *, autoescape: bool) -> str:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=autoescape)
    environment.filters["part"] = lambda value: quote(str(value), safe="")
    return environment.from_string(source).render(values)


def assert_same_bytes(page: str, text: str, slots: dict[str, str], customer: dict[str, str]) -> None:
    """`page` may say `|part` where the fast way percent-encodes by itself."""
    template = compile_template(page.replace("|part", ""), text)
    values = {**slots, "brand": "Fairlow"}
    expected = {**values, **LINKS, "customer": customer}
    html = fill_in(fill_shared(template.html, values), customer, LINKS)
    assert html == plain(str(mjml2html(page, fonts={})), expected, autoescape=True)
    assert fill_in(fill_shared(template.text, values), customer, LINKS) == plain(
        text, expected, autoescape=False
    )


@pytest.mark.parametrize("folder", ["examples/grocer", "surmesure/starter"])
@given(store=st.text(), texts=st.lists(st.text(), min_size=5, max_size=5))
@settings(max_examples=30)
def test_the_templates_that_we_ship_give_the_bytes_of_plain_jinja(
    folder: str, store: str, texts: list[str]
) -> None:
    source = ROOT / folder / "templates" / "newsletter.mjml"
    slots = dict(zip(["subject", "preheader", "headline", "opening", "cta"], texts, strict=True))
    page, text = source.read_text(), source.with_suffix(".txt").read_text()
    assert_same_bytes(page, text, slots, {"home_store": store})


_expressions = st.sampled_from(
    [
        "{{ a }}", "{{ customer.x }}", "{{ customer['y'] }}", "{{ unsubscribe_url }}", "{{ landing_page }}",
        "{{ customer.x|upper }}", "{{ a|title }}", "{{ customer.y|default('z')|trim }}", "{{ 'b>' }}",
        "{{ 'yes' if customer.x == a else customer.y }}", "{{- customer.x -}} ", "{# remark #}", "&amp; <b>b</b>",
        "{% raw %}{{ 7 }}{% endraw %}", '<a href="{{ landing_page }}">x</a>', '<i title="{{ customer.x }}">x</i>',
        '<a href="{{ unsubscribe_url }}&amp;q={{ customer.x|part }}">x</a>', "{{ customer.items }}",
        '<a href="https://e.example/{{ a|part }}/{{ customer.y|part }}">x</a>',
    ]
)  # fmt: skip
_ifs = st.tuples(
    st.sampled_from(["customer.x == 'A'", "a", "not customer.y", "b is defined", "customer.x in ['A', a]"]),
    st.lists(_expressions, max_size=3),
    st.lists(_expressions, max_size=3),
).map(lambda made: f"{{% if {made[0]} %}}{''.join(made[1])}{{% else %}}{''.join(made[2])}{{% endif %}}")


@given(
    body=st.lists(_expressions | _ifs, max_size=6).map("".join),
    a=st.text() | st.sampled_from(["A", "{{ customer.x }}", "\"'<>&", "\ue000\ue001"]),
    x=st.text()
    | st.sampled_from(["A", "a", "{{ a }}", "{% if %}", "</title><script>", "\" onload='x", "\ue000"]),
    y=st.text(),
)
@settings(max_examples=150, deadline=None)
def test_any_template_with_any_values_gives_the_bytes_of_plain_jinja(
    body: str, a: str, x: str, y: str
) -> None:
    customer = {"x": x, "y": y, "items": "three"}
    page = mjml(f"x{body}").replace("customer.items", "customer['items']")
    assert_same_bytes(page, "{{ a }}\n{{ customer.x }} {{ unsubscribe_url }}\n", {"a": a}, customer)


def test_only_what_differs_between_customers_is_left_to_fill_in() -> None:
    source = (ROOT / "examples/grocer/templates/newsletter.mjml").read_text()
    template = compile_template(source, "{{ customer.home_store|upper }}")
    kinds = [type(stretch) for stretch in template.html.stretches]
    assert kinds == [Shared, Field, Shared, Link, Shared, Link, Shared]
    assert [type(stretch) for stretch in template.text.stretches] == [Personal]
    assert template.html.names == {
        *("subject", "preheader", "brand", "headline", "opening", "cta"),
        *("landing_page", "unsubscribe_url"),
    }
    assert template.html.fields == {"home_store"}


def test_a_field_named_like_a_method_is_the_customers_value() -> None:
    template = compile_template(mjml("{{ customer.items }}"), "{{ customer.keys|upper }}")
    customer = {"items": "three", "keys": "two"}
    assert ">three</div>" in fill_in(fill_shared(template.html, {}), customer, LINKS)
    assert fill_in(fill_shared(template.text, {}), customer, LINKS) == "TWO"


@pytest.mark.parametrize(
    "code, why",
    [
        ("{{ ''|attr('__class__') }}", "the filter attr is not allowed"),
        ("{{ ''.__class__ }}", "only customer has fields"),
        ("{{ ''['__class__'] }}", "only customer has fields"),
        ("{{ customer.x.y }}", "only customer has fields"),
        ("{{ customer[a] }}", "only customer has fields"),
        ("{{ customer }}", "customer stands without a field"),
        ("{{ 9**(9**9) }}", "arithmetic is not allowed"),
        ("{{ 'a'*3000000000 }}", "arithmetic is not allowed"),
        ("{{ a ~ a }}", "concat is not allowed"),
        ("{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}", "a loop is not allowed"),
        ("{{ range(10) }}", "call is not allowed"),
        ("{{ lipsum() }}", "call is not allowed"),
        ("{{ a|safe }}", "the filter safe is not allowed"),
        ("{{ a|upper|e }}", "the filter e is not allowed"),
        ("{{ 'a'|center(999999999) }}", "the filter center is not allowed"),
        ("{{ 'a'|replace('a', 'aa') }}", "the filter replace is not allowed"),
        ("{{ a|link_part }}", "the filter link_part is not allowed"),
        ("{{ a|trim(5) }}", "the filter trim is not allowed"),
        ("{% autoescape false %}{{ a }}{% endautoescape %}", "a block such as autoescape or with is not allowed"),
        ("{% include '/etc/passwd' %}", "include is not allowed"),
        ("{% import 'x' as x %}", "import is not allowed"),
        ("{% from 'x' import y %}", "import is not allowed"),
        ("{% extends 'x' %}", "extends is not allowed"),
        ("{% block x %}{% endblock %}", "block is not allowed"),
        ("{% macro m() %}{% endmacro %}", "macro is not allowed"),
        ("{% set x %}<b>{% endset %}", "set is not allowed"),
        ("{% set x = 1 %}", "set is not allowed"),
        ("{% filter upper %}x{% endfilter %}", "a filter block is not allowed"),
        ("{{ a if customer.x }}", "an if inside {{ }} has no else"),
        ("{{ a == b == 5 }}{{ a &lt; 5 }}", "unexpected char"),
        ("{{ a is divisibleby 3 }}", "the test divisibleby is not allowed"),
        ("{{ 'a' in 5 }}", "the comparison in is not allowed"),
        ("{{ a >= b }}", "the comparison gteq is not allowed"),
        ("{{ a", "unexpected"),
        ("{% do x %}", "unknown tag 'do'"),
        ("{{ " + "(" * 5000 + "a" + ")" * 5000 + " }}", "it is nested too deeply"),
    ],
)  # fmt: skip
def test_what_could_run_for_long_or_reach_out_is_refused(code: str, why: str) -> None:
    with pytest.raises(BadInput) as caught:
        compile_template(mjml(code), "x", "templates/letter")
    assert str(caught.value).startswith("templates/letter.mjml: ")
    assert why in str(caught.value)
    if "&lt;" not in code:
        with pytest.raises(BadInput, match=r"^templates/letter\.txt: ") as caught:
            compile_template(mjml("x"), code, "templates/letter")
        assert why in str(caught.value)


@pytest.mark.parametrize(
    "body, why",
    [
        ('<a href="{{ customer.x }}">x</a>', "customer.x stands at the start of a link"),
        ('<a href="{{ opening }}">x</a>', "opening stands at the start of a link"),
        ('<a href="{{ landing_page|upper }}">x</a>', "a value stands at the start of a link"),
        ('<a href="https://{{ customer.x }}/">x</a>', "customer.x stands at the start of a link"),
        ('<a href="https://www.{{ customer.x }}.example/">x</a>', "stands at the start of a link"),
        ('<a href="javascript:f({{ customer.x }})">x</a>', "a link starts with javascript:; use https:"),
        ('<a href=" java&#10;script:f()">x</a>', "a link starts with javascript:; use https:"),
        ('<a href="data:text/html,x">x</a>', "a link starts with data:"),
        ('<a onclick="f({{ customer.x }})">x</a>', "customer.x stands in the attribute onclick"),
        ('<b style="color: {{ customer.x }}">x</b>', "customer.x stands in the attribute style"),
        ('<img srcset="{{ landing_page }}" />', "landing_page stands in the attribute srcset"),
        ("<!-- {{ customer.x }} -->x", "customer.x stands in a comment"),
        ("<script>{{ customer.x }}</script>", "customer.x stands in <script>"),
        ('<svg><style>b</style><a>{{ customer.x }}</a></svg>', "customer.x stands in <svg>"),
        ('<a title="{% if a %}x{% endif %}">x</a>', "a {% … %} stands inside a tag"),
        ("<!-- {% if a %} -->{% endif %}", "a {% … %} stands inside a tag, a comment"),
        ("\ue000", "a character of private use"),
    ],
)  # fmt: skip
def test_a_value_stands_only_where_its_escaping_holds(body: str, why: str) -> None:
    with pytest.raises(BadInput, match=r"^letter\.mjml: ") as caught:
        compile_template(mjml(body), "x", "letter")
    assert why in str(caught.value)


def test_a_style_takes_no_value() -> None:
    with pytest.raises(BadInput, match="a stands in <style>, where no value may stand"):
        compile_template(mjml("x", "<mj-style>b { color: {{ a }} }</mj-style>"), "x")


def test_a_value_inside_a_link_is_percent_encoded() -> None:
    body = '<a href="https://e.example/?q={{ customer.x }}&amp;p={{ a }}">x</a>'
    part = fill_shared(compile_template(mjml(body), "x").html, {"a": 'b"&c'})
    html = fill_in(part, {"x": 'a&b="/><é>'}, LINKS)
    assert '<a href="https://e.example/?q=a%26b%3D%22%2F%3E%3C%C3%A9%3E&amp;p=b%22%26c">x</a>' in html


def test_values_inside_conditional_comments_for_outlook_are_escaped() -> None:
    body = '<!--[if mso]><b title="{{ customer.x }}">{{ customer.x }}</b><![endif]-->'
    part = fill_shared(compile_template(mjml(body), "x").html, {})
    html = fill_in(part, {"x": '"--><script>'}, LINKS)
    assert '<b title="&#34;--&gt;&lt;script&gt;">&#34;--&gt;&lt;script&gt;</b>' in html


def test_a_statement_between_elements_chooses_whole_elements() -> None:
    section = "<mj-section><mj-column><mj-text>{{ customer.x }}</mj-text></mj-column></mj-section>"
    page = (
        "<mjml><mj-body><mj-raw>{% if customer.x == 'A' %}</mj-raw>"
        + section
        + "<mj-raw>{% endif %}</mj-raw></mj-body></mjml>"
    )
    part = fill_shared(compile_template(page, "x").html, {})
    assert ">A</div>" in fill_in(part, {"x": "A"}, LINKS)
    assert ">B</div>" not in fill_in(part, {"x": "B"}, LINKS)


def test_a_page_that_mjml_does_not_take_is_refused() -> None:
    with pytest.raises(BadInput, match=r"^letter\.mjml: this is not MJML"):
        compile_template("<mjml><mj-body>", "x", "letter")
    with pytest.raises(BadInput, match=r"^letter\.mjml: this is not MJML"):
        compile_template('<mjml><mj-body><mj-include path="/etc/passwd" /></mj-body></mjml>', "x", "letter")


def test_code_that_mjml_would_drop_is_refused() -> None:
    page = mjml("x", "<mj-title>x</mj-title>").replace(
        "<mj-column>", "<mj-column><!--{{ a }}--><mj-unknown/>"
    )
    with pytest.raises(BadInput):
        compile_template(page, "x")


def test_a_text_that_the_message_lacks_is_refused() -> None:
    template = compile_template(mjml("{{ body }}"), "{% if customer.x == 'A' %}{{ body }}{% endif %}")
    with pytest.raises(BadInput, match="'body' is undefined"):
        fill_shared(template.html, {"opening": "x"})
    with pytest.raises(BadInput, match="'body' is undefined"):
        fill_in(fill_shared(template.text, {}), {"x": "A"}, LINKS)


def test_the_links_of_these_tests_are_links() -> None:
    assert [link(url) for url in LINKS.values()] == list(LINKS.values())


def test_a_page_asks_nothing_of_a_host_that_serves_fonts() -> None:
    page = mjml("<mj-text>Hi</mj-text>")
    assert "https://fonts.googleapis.com" in str(mjml2html(page))
    assert "googleapis" not in fill_in(fill_shared(compile_template(page, "x").html, {}), {}, LINKS)
