"""YAML is read as plain text values, and nothing in it runs, grows or is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_store.brand_folder import yaml_text
from content_store.errors import BadInput
from tests.content_store.brand_folder.files import one_sentence

WHERE = Path("brand.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "name: !!python/object/apply:os.system [echo hello]",
        "name: !!python/name:os.system",
        "!!python/object/new:os.system [ls]",
        "!!map {name: x}",
        "name: !!int 5",
        "name: !secret x",
        "name: !<tag:example.com,2026:x> y",
    ],
)
def test_tags_are_refused_whatever_they_mean(text: str) -> None:
    assert " is not allowed; write a plain value." in one_sentence(
        WHERE, lambda: yaml_text.parse(text, str(WHERE))
    )


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 30)]
    found = one_sentence(WHERE, lambda: yaml_text.parse("\n".join(lines), str(WHERE)))
    assert found == "line 1: YAML anchors and aliases (& and *) are not allowed; write the value out."


@pytest.mark.parametrize("text", ["a: *b", "a: &b c", "a: &b {c: *b}", "<<: *default"])
def test_anchors_and_aliases_are_refused(text: str) -> None:
    one_sentence(WHERE, lambda: yaml_text.parse(text, str(WHERE)))


@pytest.mark.parametrize("text", ["[" * 150_000, "a: " + "{a: " * 40_000, "- " * 90_000, "? " * 90_000])
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    found = one_sentence(WHERE, lambda: yaml_text.parse(text, str(WHERE)))
    assert found == "line 1: the YAML is nested deeper than 20 levels; flatten it."


def test_values_stay_the_words_that_were_written() -> None:
    text = "{a: no, b: 2026-01-31, c: 1e5, d: 007, e: 12:30, f: yes, g: 0x1F, h: .inf, i: 1_000, j: '', k: 'null'}"
    assert yaml_text.parse(text, "x") == {
        "a": "no",
        "b": "2026-01-31",
        "c": "1e5",
        "d": "007",
        "e": "12:30",
        "f": "yes",
        "g": "0x1F",
        "h": ".inf",
        "i": "1_000",
        "j": "",
        "k": "null",
    }


@pytest.mark.parametrize("text", ["a:", "a: ~", "a: null"])
def test_an_empty_value_is_none(text: str) -> None:
    assert yaml_text.parse(text, "x") == {"a": None}


def test_keys_stay_words_too() -> None:
    assert yaml_text.parse("{no: a, 1: b, null: c}", "x") == {"no": "a", "1": "b", "null": "c"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\nb: 2\na: 3", "line 3: the key a stands twice; keep one."),
        ("a: {b: 1, b: 2}", "line 1: the key b stands twice; keep one."),
        ('"a\\nb": 1\n"a\\nb": 2', "line 2: the key a b stands twice; keep one."),
        ("[a]: b", "line 1: a key is not a plain word; keep one."),
        ("", "it holds no keys; at the top a mapping of `key: value` lines is expected."),
        ("# only a comment", "it holds no keys; at the top a mapping of `key: value` lines is expected."),
        ("- a\n- b", "it holds no keys; at the top a mapping of `key: value` lines is expected."),
        ("just words", "it holds no keys; at the top a mapping of `key: value` lines is expected."),
        ("a: b: c", "line 1, column 5: mapping values are not allowed here; correct the YAML."),
        (
            "a:\n\tb: c",
            "line 2, column 1: found character '\\t' that cannot start any token; correct the YAML.",
        ),
        ("a: 1\n---\nb: 2", "line 2, column 1: but found another document; correct the YAML."),
        ("a: \x00", "it is not valid YAML; correct the YAML."),
    ],
)
def test_faults_are_said_with_their_line(text: str, reason: str) -> None:
    assert one_sentence(WHERE, lambda: yaml_text.parse(text, str(WHERE))) == reason


@given(st.text() | st.text(alphabet="{}[]:,-?&*!|>'\"%@` \n\tab#~<"))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        found: object = yaml_text.parse(text, "brand.yaml")
    except BadInput as error:
        found = str(error)
    assert isinstance(found, dict) or len(str(found).splitlines()) == 1


def test_a_byte_order_mark_and_windows_line_ends_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: Caf\xc3\xa9\r\ntone: warm\r\n")
    assert yaml_text.parse(yaml_text.read_text(path), str(path)) == {"name": "Café", "tone": "warm"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("name: Café".encode("latin-1"), "byte 9 is not UTF-8; save the file as UTF-8."),
        ("name: Café".encode("utf-16"), "byte 0 is not UTF-8; save the file as UTF-8."),
        (b"a" * 200_001, "the file is larger than 200,000 bytes; split it."),
    ],
)
def test_a_file_that_is_no_text_of_ours_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_bytes(content)
    assert one_sentence(path, lambda: yaml_text.read_text(path)) == reason


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    assert "the file is missing" in one_sentence(
        tmp_path / "no.yaml", lambda: yaml_text.read_text(tmp_path / "no.yaml")
    )
    assert "this is a folder" in one_sentence(tmp_path, lambda: yaml_text.read_text(tmp_path))
    (tmp_path / "file").touch()
    below = tmp_path / "file" / "brand.yaml"
    assert "cannot be read (Not a directory)" in one_sentence(below, lambda: yaml_text.read_text(below))
