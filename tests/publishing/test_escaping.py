"""Values at their places: what a customer's name may do, it may not do to a message."""

from __future__ import annotations

import csv
import io
import unicodedata
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_store.errors import BadInput
from publishing.escaping import csv_cell, header, link, link_part, one_line, personal


@pytest.mark.parametrize(
    "value, text",
    [
        ("Ann", "Ann"),
        ("Zoë Ó Briain", "Zoë Ó Briain"),
        ("Ann\r\nBcc: x", "Ann Bcc: x"),
        ("A\x0bB\u2028C\x85D", "A B C D"),
        ("\u202eAn\u200bn\u00ad\ufeff", "Ann"),
        ("\u2066Ann\u2069  Lee ", "Ann Lee"),
        ("\u3164\u115f", ""),
        ("", ""),
        ("{{7*7}}", "{{7*7}}"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        (436, "436"),
        ("Store No.12", "Store No.12"),
    ],
)
def test_a_value_of_a_customer_becomes_one_visible_line(value: Any, text: str) -> None:
    assert personal(value) == text


@pytest.mark.parametrize(
    "value, why",
    [
        ("x" * 10_000, "it is longer than 200 characters"),
        ("x" * 201, "it is longer than 200 characters"),
        ({"a": 1}, "it is not a text"),
        ([1], "it is not a text"),
        (True, "it is not a text"),
        (float("nan"), "it is not a text"),
        (object(), "it is not a text"),
        ("Win at https://evil.example", "it holds a web address"),
        ("www.evil.example", "it holds a web address"),
        ("see evil.com now", "it holds a web address"),
        ("ev\u200bil.c\u200bom", "it holds a web address"),
        ("ｅｖｉｌ．ｃｏｍ", "it holds a web address"),
        ("bad.example/x", "it holds a web address"),
        ("me@evil.example", "it holds a web address"),
    ],
)
def test_a_value_that_no_message_should_hold_is_refused_with_the_reason(value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        personal(value)


@given(st.text())
def test_one_line_never_holds_what_breaks_hides_or_turns(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    assert line == line.strip()
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for char in line)
    assert one_line(line) == line


@pytest.mark.parametrize(
    "url, safe",
    [
        ("https://www.example.com/a?b=1&c=%20#d", "https://www.example.com/a?b=1&c=%20#d"),
        ("https://www.example.com/été \"<x>'", "https://www.example.com/%C3%A9t%C3%A9%20%22%3Cx%3E'"),
        ("https://www.example.com", "https://www.example.com/"),
        ("http://127.0.0.1:8000/u/abc", "http://127.0.0.1:8000/u/abc"),
        ("mailto:stop@example.com?subject=stop", "mailto:stop@example.com?subject=stop"),
    ],
)
def test_a_link_is_percent_encoded(url: str, safe: str) -> None:
    assert link(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.com/",
        "//example.com/",
        "www.example.com",
        "https://",
        "https:///path",
        "https://bank.example@evil.example/",
        "https://exa\u200bmple.com/",
        "https://example.com/\r\nBcc: x",
        " https://example.com/",
        "https://bücher.example/",
        "https://example.com\\@evil.example/",
    ],
)
def test_what_is_no_clear_link_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="is no link that a message may hold"):
        link(url)


@given(st.text())
def test_a_value_inside_a_link_stays_inside(value: str) -> None:
    parts = urlsplit(f"https://www.example.com/a?q={link_part(value)}&r=1")
    assert (parts.hostname, parts.path, parts.fragment) == ("www.example.com", "/a", "")
    assert parts.query.count("&") == 1


@given(st.text(max_size=150))
def test_any_text_is_taken_as_a_mail_header_and_adds_none(text: str) -> None:
    message = EmailMessage()
    message["Subject"] = header(text)
    assert message.keys() == ["Subject"]
    head = message.as_bytes().split(b"\n\n")[0]
    assert all(len(line) <= 998 for line in head.splitlines())
    assert b"\nBcc:" not in head


def test_a_header_that_cannot_be_folded_is_refused() -> None:
    assert header("x" * 900) == "x" * 900
    with pytest.raises(BadInput, match="has more than 900 bytes"):
        header("é" * 451)


@pytest.mark.parametrize(
    "value, cell",
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("Ann", "Ann"),
        ("O'Neil", "O'Neil"),
        ("", ""),
        (-3, -3),
        (None, None),
    ],
)
def test_a_cell_never_starts_a_formula(value: Any, cell: Any) -> None:
    assert csv_cell(value) == cell


@given(
    st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=2)
)
def test_cells_come_back_as_they_were_but_for_the_quote(values: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerow([csv_cell(value) for value in values])
    (row,) = csv.reader(io.StringIO(file.getvalue(), newline=""))
    assert [cell.removeprefix("'") for cell in row] == [value.removeprefix("'") for value in values]
    assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
