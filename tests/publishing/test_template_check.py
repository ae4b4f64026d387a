"""A template is tried in a process of its own: whatever it does there, we get one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from content_store.errors import BadInput
from publishing.template_check import check_template
from tests.publishing.pages import mjml

ROOT = Path(__file__).parents[2]
SLOTS = ("subject", "preheader", "headline", "opening", "cta")


@pytest.mark.parametrize("folder", ["examples/grocer", "surmesure/starter"])
def test_the_templates_that_we_ship_are_accepted(folder: str) -> None:
    source = ROOT / folder / "templates" / "newsletter.mjml"
    check_template(source.read_text(), source.with_suffix(".txt").read_text(), SLOTS, ["home_store"])


@pytest.mark.parametrize(
    "page, text, sentence",
    [
        (mjml("{{ call }}"), "x", "newsletter.mjml: 'call' is undefined; a template may use brand, cta, "),
        (mjml("x"), "{{ customer.age }}", "newsletter.txt: 'customer.age' is undefined; a template may use "),
        (mjml("x"), "{{ cta", "newsletter.txt: line 1: "),
        (mjml("x").replace("</mj-body>", ""), "x", "newsletter.mjml: this is not MJML"),
        (mjml("{{ 9**(9**9) }}"), "x", "newsletter.mjml: line 1: arithmetic is not allowed"),
        (mjml("{{ opening|safe }}"), "x", "newsletter.mjml: line 1: the filter safe is not allowed"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_with_one_sentence(
    page: str, text: str, sentence: str
) -> None:
    with pytest.raises(BadInput) as caught:
        check_template(page, text, SLOTS, ["home_store"], name="newsletter")
    assert str(caught.value).startswith(sentence)


def test_a_page_that_ends_its_process_is_refused() -> None:
    deep = "<mjml><mj-body>" + "<mj-wrapper>" * 5000 + "</mj-wrapper>" * 5000 + "</mj-body></mjml>"
    with pytest.raises(BadInput, match="needs too much time or memory, or is nested too deeply"):
        check_template(deep, "x", SLOTS, [])


def test_a_template_that_is_not_ready_in_time_is_refused() -> None:
    with pytest.raises(BadInput, match=r"was not ready within 0\.01 seconds; make it simpler"):
        check_template(mjml("x"), "x", SLOTS, [], timeout_seconds=0.01)


def test_a_huge_template_is_refused() -> None:
    with pytest.raises(BadInput, match="has more than 200,000 characters"):
        check_template(mjml("x" * 200_000), "x", SLOTS, [])


@pytest.mark.parametrize("work", ["bytearray(1 << 30)", "9 ** (9 ** 9)"])
def test_the_trial_has_limits(work: str) -> None:
    program = (
        "import publishing.template_trial as trial; trial.CPU_SECONDS = 1; trial.limit_process(); " + work
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, cwd=ROOT, timeout=60, check=False
    )
    assert done.returncode != 0
