"""blocks/*.md and JSON Lines: approved content, taken as plain text or refused in one sentence."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_store.brand_folder.blocks import BlockFile, clean, load_blocks, parse_block
from tests.content_store.brand_folder.files import BLOCK, one_sentence, replaced


def test_a_sound_block_is_read_as_it_was_written() -> None:
    block = parse_block(BLOCK, "roast.md")
    assert (block.id, block.slot, block.status, block.mode) == (
        "roast-opening",
        "opening",
        "approved",
        "rewrite",
    )
    assert (block.valid_from, block.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (block.facts[0].text, block.facts[0].keep) == ("Our roast comes in 12 oz bags.", ["12 oz"])
    assert block.text == "Our medium roast comes in 12 oz bags."


def test_an_id_and_a_text_are_enough() -> None:
    block = parse_block("---\nid: hello\n---\nHello.", "hello.md")
    assert (block.slot, block.channels, block.locale, block.themes) == (
        "body",
        ["email"],
        "en-US",
        ["general"],
    )
    assert (block.mode, block.status, block.owner, block.facts) == ("rewrite", "draft", "unknown", [])


def test_words_that_yaml_would_guess_at_stay_words() -> None:
    block = parse_block("---\nid: 1e5\nowner: no\nthemes: [2026-01-31, off]\n---\n007\n", "x.md")
    assert (block.id, block.owner, block.themes, block.text) == ("1e5", "no", ["2026-01-31", "off"], "007")


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "roast.md").write_bytes(b"\xef\xbb\xbf" + BLOCK.replace("\n", "\r\n").encode())
    (block,) = load_blocks(tmp_path)
    assert block == parse_block(BLOCK, "roast.md")
    assert block.content_hash == parse_block(BLOCK, "roast.md").content_hash


def test_dashes_in_the_text_stay_there() -> None:
    text = "- milk\n--- and ---\n---\n----\nbread"
    assert parse_block(f"---\nid: x\n---\n{text}\n", "x.md").text == text


def test_the_status_is_no_part_of_the_content() -> None:
    withdrawn = parse_block(replaced(BLOCK, "status: approved", "status: withdrawn"), "x.md")
    assert withdrawn.content_hash == parse_block(BLOCK, "x.md").content_hash
    assert (
        withdrawn.content_hash != parse_block(replaced(BLOCK, "coffee team", "tea team"), "x.md").content_hash
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: roast-opening\n", "", "id is missing; add it."),
        ("id: roast-opening", "id: roast opening", "id is 'roast opening': string should match pattern"),
        ("id: roast-opening", f"id: {'x' * 500}", "…: string should match pattern"),
        ("slot: opening", "slots: opening", "slots is not a known key; remove it or correct its spelling."),
        (
            "slot: opening",
            "text: Hi.",
            "text is not a key of the front matter; write the approved text below it.",
        ),
        ("channels: [email]", "channels: email", "channels is 'email': input should be a valid list."),
        ("channels: [email]", "channels: []", "channels: list should have at least 1 item"),
        ("locale: en-US", "locale: en_US", "locale is 'en_US': string should match pattern"),
        ("mode: rewrite", "mode: free", "mode is 'free': input should be 'verbatim' or 'rewrite'."),
        (
            "status: approved",
            "status: held",
            "status is 'held': input should be 'draft', 'approved' or 'withdrawn'.",
        ),
        ("keep: [12 oz]", "keep: [13 oz]", "the keep phrase '13 oz' does not stand in its fact"),
        ("keep: [12 oz]", 'keep: [""]', "facts.0.keep.0 is '': string should have at least 1 character."),
        (
            "  - text: Our roast comes in 12 oz bags.",
            "  - fact: Our roast",
            "facts.0.text is missing; add it",
        ),
        (
            "valid_until: 2026-12-31",
            "valid_until: 2025-12-31",
            "valid_until 2025-12-31 lies before valid_from 2026-01-01",
        ),
        (
            "valid_until: 2026-12-31",
            "valid_until: 31.12.2026",
            "is '31.12.2026': a day is written YYYY-MM-DD.",
        ),
        ("valid_until: 2026-12-31", "valid_until: 2026-02-30", "valid_until is '2026-02-30': "),
        ("valid_until: 2026-12-31", "valid_until: 86400", "is '86400': a day is written YYYY-MM-DD."),
        (
            "mode: rewrite",
            "mode: !!python/object/apply:os.system [ls]",
            "line 7: the YAML tag tag:yaml.org,2002:python",
        ),
        ("mode: rewrite", "mode: &m rewrite", "line 7: YAML anchors and aliases"),
        ("mode: rewrite", "mode: rewrite: twice", "line 7, column 14: mapping values are not allowed here"),
        (
            "status: approved\nowner",
            "status: approved\nstatus: draft\nowner",
            "line 14: the key status stands twice",
        ),
    ],
)
def test_a_broken_rule_is_said_in_one_sentence(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "roast.md"
    path.write_text(replaced(BLOCK, old, new))
    assert reason in one_sentence(path, lambda: list(load_blocks(tmp_path)))


@pytest.mark.parametrize(
    "text", ["", "Just a text.", "---\nid: x\nNo end.", "id: x\n---\nText.", "---\n", " ---\nid: x\n---\nT"]
)
def test_front_matter_without_its_two_lines_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roast.md"
    path.write_text(text)
    found = one_sentence(path, lambda: list(load_blocks(path)))
    assert found == "line 1: front matter between two lines of --- is expected; add it."


@pytest.mark.parametrize(
    "text", ["", "\n \n", "\u200b\ufeff", "<script>alert(1)</script>", "<br><!-- to do -->"]
)
def test_a_block_without_text_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roast.md"
    path.write_text(f"---\nid: x\n---\n{text}")
    assert (
        one_sentence(path, lambda: list(load_blocks(tmp_path)))
        == "the block has no text; write the approved text."
    )
    lines = tmp_path / "blocks.jsonl"
    lines.write_text(json.dumps({"id": "x", "text": text}))
    assert "the block has no text" in one_sentence(lines, lambda: list(load_blocks(lines)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Fresh <b>bread</b></p>", "Fresh bread"),
        ("Milk<script>alert('x')</script> today", "Milk today"),
        ("Milk<style>p {color: red}</style> today", "Milk today"),
        ("See <a href='javascript:alert(1)'>this</a>", "See this"),
        ("javascript:alert(1)", "javascriptalert(1)"),
        ("JavaScript : alert(1)", "JavaScript alert(1)"),
        ("javajavascript:script:alert(1)", "javajavascriptscript:alert(1)"),
        ("java\u200bscript:alert(1)", "javascriptalert(1)"),
        ("<b>x</b> &lt;script&gt;alert(1)&lt;/script&gt;", "x script>alert(1)/script>"),
        ("<img src=x onerror=alert(1)", "img src=x onerror=alert(1)"),
        ("<<b>script>", "script>"),
        ("fish & chips, 2 < 3 > 1, <3", "fish & chips, 2 < 3 > 1, <3"),
        ("<i>fish &amp; chips &copy; 2026</i>", "fish & chips © 2026"),
        ("AT&amp;T", "AT&amp;T"),
        ("buy\tmilk  and\u00a0bread", "buy milk and bread"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("zero\u200bwidth \u202ebidi\u202c \x00nul", "zerowidth bidi nul"),
        ("Café 🍮 “fresh” – 4 × 90 g", "Café 🍮 “fresh” – 4 × 90 g"),
    ],
)
def test_markup_scripts_and_hidden_characters_are_taken_out(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text() | st.text(alphabet="<>/!-abjscript:&;lt \t\u200b"))
def test_cleaned_text_holds_no_tag_and_no_script_and_stays_as_it_is(text: str) -> None:
    cleaned = clean(text)
    assert "javascript:" not in cleaned.lower()
    assert not any(f"<{letter}" in cleaned for letter in "abcdefghijklmnopqrstuvwxyz/!")
    assert clean(cleaned) == cleaned


def test_facts_are_cleaned_as_the_text_is() -> None:
    fact = {"text": "Bags of <b>12\u00a0oz</b>.<script>x</script>", "keep": ["12\u00a0oz"]}
    block = BlockFile.model_validate({"id": "x", "text": "Hi.", "facts": [fact]})
    assert (block.facts[0].text, block.facts[0].keep) == ("Bags of 12 oz.", ["12 oz"])


def test_two_blocks_of_one_id_are_refused_with_both_places(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(BLOCK)
    (tmp_path / "b.md").write_text(BLOCK)
    found = one_sentence(tmp_path, lambda: list(load_blocks(tmp_path)))
    assert found == "the block id roast-opening stands in a.md and in b.md; keep one."


def test_blocks_come_as_json_lines_with_a_mark_and_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"id": "a", "text": "Caf\xc3\xa9."}\r\n\r\n{"id": "b", "text": "Tea.", "slot": "cta"}'
    )
    assert [(block.id, block.text, block.slot) for block in load_blocks(path)] == [
        ("a", "Café.", "body"),
        ("b", "Tea.", "cta"),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "line 2: this is not JSON ("),
        (b"[1]", "line 2: a JSON object with at least id and text is expected."),
        (b'{"id": "b"}', "line 2: text is missing; add it."),
        (b'{"id": 7, "text": "x"}', "line 2: id is 7: input should be a valid string."),
        (b'{"id": "b", "text": ["x"]}', "line 2: text: input should be a valid string."),
        (b'{"id": "b", "text": NaN}', "line 2: text is nan: input should be a valid string."),
        (
            b'{"id": "b", "text": "x", "valid_from": 0}',
            "line 2: valid_from is 0: a day is written YYYY-MM-DD.",
        ),
        (b'{"id": "a", "text": "again"}', "the block id a stands in line 1 and in line 2; keep one."),
        (b'{"id": "b", "text": "\xe9"}', "line 2: this is not UTF-8; save the file as UTF-8."),
        (b'{"id": "b", "text": ' + b"[" * 100_000, "line 2: the JSON is nested too deeply; flatten it."),
    ],
)
def test_a_broken_line_is_said_in_one_sentence(tmp_path: Path, line: bytes, reason: str) -> None:
    path = tmp_path / "blocks.jsonl"
    path.write_bytes(b'{"id": "a", "text": "x"}\n' + line + b"\n")
    with_line = one_sentence(path, lambda: list(load_blocks(path)))
    assert with_line.startswith(reason)


def test_a_place_without_blocks_is_refused(tmp_path: Path) -> None:
    assert "holds no .md files" in one_sentence(tmp_path, lambda: list(load_blocks(tmp_path)))
    missing = tmp_path / "no.jsonl"
    assert "the file is missing" in one_sentence(missing, lambda: list(load_blocks(missing)))
