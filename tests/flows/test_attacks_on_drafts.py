"""Attacks through the whole of `draft`, with a real model: nothing chosen says what they want."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from content_store.errors import BadInput
from flows.steps.copies import Wanted, draft_copies, ground_of
from flows.steps.workplace import open_workplace
from flows.steps.writing import make_request
from generators.language_model import control_tokens
from generators.prompt_tokens import encode_chat

FACT = "Our medium roast ground coffee comes in 240 g bags."
ATTACKS = [
    json.loads(line)
    for line in Path(__file__).parents[1].joinpath("attacks.jsonl").read_text("utf-8").splitlines()
]


def wanted(audience: str, *facts: str) -> Wanted:
    return Wanted("subject", facts or (FACT,), (), audience, "plain", 60, "en-US")


def test_an_attack_in_the_audience_never_reaches_the_chosen_copy(brand_folder: Path) -> None:
    workplace = open_workplace(brand_folder)
    lines = [wanted(row["attack"]) for row in ATTACKS]
    results = list(draft_copies(workplace, lines, 1))
    workplace.close()
    assert len(results) == len(ATTACKS)
    for row, result in zip(ATTACKS, results, strict=True):
        chosen = result["chosen"]["copy"].lower()
        assert not any(text.lower() in chosen for text in (row["attack"], *row["copies"]))
        assert chosen == FACT.lower() or not result["chosen"]["fallback"]


def test_what_people_wrote_becomes_no_control_token(brand_folder: Path) -> None:
    workplace = open_workplace(brand_folder)
    lm = workplace.language_model
    controls = control_tokens(lm)

    def framed(audience: str) -> Counter[int]:
        request = make_request(workplace, "subject", "plain", ground_of(wanted(audience)), 1)
        return Counter(token for token in encode_chat(lm, None, request.prompt.text) if token in controls)

    expected = framed("coffee drinkers")
    assert all(framed(row["attack"]) == expected for row in ATTACKS)
    workplace.close()


def test_facts_beyond_the_context_are_refused_with_its_length(brand_folder: Path) -> None:
    workplace = open_workplace(brand_folder)
    with pytest.raises(BadInput, match="context holds 4096; shorten the prompt"):
        list(draft_copies(workplace, [wanted("drinkers", *([FACT] * 200))], 1))
    workplace.close()
