"""The grammar of copy, on a real tokenizer, and writing under it with a model of random weights: the worst of writers."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from llguidance import LLMatcher

from content_store.errors import WorkFailed
from generators.copy_grammar import lark
from generators.decoding import decode
from generators.grounded_decoding import GroundedDecoding, _open_vocabulary
from generators.grounding import Ground
from generators.language_model import LanguageModel, embedding_rows, end_tokens
from generators.pairs import PACKAGED_PAIRS, read_pairs

FACTS = (
    "The Harrow 30 rucksack weighs 980 g and costs €150 until 12 September.",
    "Orders of 20 chairs or more get 15% off.",
)
GROUND = Ground(FACTS, audience="hikers in Wales", lexicon=("Trailmark",), banned=("cheapest", "act now"))


def accepts(lm: LanguageModel, ground: Ground, text: str) -> bool:
    """Whether the whole text may be written, and may end there."""
    vocabulary = _open_vocabulary(lm.tokenizer, embedding_rows(lm.model), tuple(sorted(end_tokens(lm))))
    matcher = LLMatcher(vocabulary.tokenizer, LLMatcher.grammar_from_lark(lark(ground)), log_level=0)
    tokens = lm.tokenizer(text, add_special_tokens=False).input_ids
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


@pytest.mark.parametrize(
    "text",
    [
        "Pack light: the Harrow 30 weighs 980 g.",
        "Walking in Wales? Harrow 30, €150 until 12 September",
        "A 980-g rucksack from Trailmark. It’s yours until 12 September!",
        "Need 20 chairs or more? You get 15% off, and I’ll carry them.",
        "“Good weight,” says everyone (it is 980 g).",
    ],
)
def test_copy_that_stands_on_its_facts_can_be_written(tiny: LanguageModel, text: str) -> None:
    assert accepts(tiny, GROUND, text)


@pytest.mark.parametrize(
    "text",
    [
        "The Harrow 30 weighs 98 g.",
        "The Harrow 30 weighs 980 kg.",
        "Orders of 20 kg or more.",
        "Orders of 20kg or more.",
        "It costs $150.",
        "It costs 15 euros.",
        "Now 20% off.",
        "Until 13 September.",
        "Meet John on the way.",
        "The new Osprey pack.",
        "See www.harrow.example today.",
        "See harrow.example today.",
        "Mail help@harrow.example today.",
        "The cheapest rucksack.",
        "The CHEAPEST rucksack.",
        "Cheapest of all.",
        "Please act now.",
        "Please act-now.",
        "{{ first_name }}, look.",
        "<b>Look</b>",
        "Look\nhere",
        "look here",
        "Look 👀",
    ],
)
def test_what_no_fact_holds_cannot_be_written(tiny: LanguageModel, text: str) -> None:
    assert not accepts(tiny, GROUND, text)


def test_a_banned_phrase_inside_a_longer_word_is_free(tiny: LanguageModel) -> None:
    assert accepts(tiny, Ground(FACTS, banned=("art",)), "Start with a part of it.")
    assert not accepts(tiny, Ground(FACTS, banned=("art",)), "Start with art.")


def test_nearly_all_copies_that_people_wrote_can_be_written(tiny: LanguageModel) -> None:
    pairs = read_pairs(PACKAGED_PAIRS)[:300]

    written = [
        pair
        for pair in pairs
        if accepts(tiny, Ground(tuple(pair.facts), tuple(pair.keep), pair.audience), pair.copy_)
    ]

    assert len(written) >= 294


@settings(max_examples=8, deadline=None)
@given(
    st.integers(min_value=0, max_value=99_999),
    st.sampled_from(["kg", "g", "hours", "%", "nights"]),
    st.integers(min_value=0, max_value=2**31),
)
def test_a_model_of_random_weights_cannot_write_a_number_a_name_or_a_sign_that_no_fact_holds(
    tiny: LanguageModel, number: int, unit: str, seed: int
) -> None:
    ground = Ground((f"The Harrow weighs {number} {unit} and costs €7.",), banned=("e",), max_chars=60)

    texts = decode(
        tiny,
        ["Write."] * 2,
        continuations=16,
        max_new_tokens=70,
        temperature=1.5,
        top_p=1.0,
        seed=seed,
        logits_processor=GroundedDecoding(tiny, [ground, ground]),
    )

    for one in (one for group in texts for one in group):
        assert len(one.text) <= 60
        # What was cut off at its limit may end inside a word.
        text = one.text if one.finished == "stop" else one.text.rpartition(" ")[0]
        assert set(re.findall(r"[€$]?\d+", text)) <= {str(number), "€7"}
        assert not re.search(r"[@#{}<>|\\_*=~^\n]|://", text)
        assert not re.search(r"(?<![a-zß-ÿœ])e(?![a-zß-ÿœ])", text, re.IGNORECASE)
        inside = re.findall(r"(?<=[a-z,] )[A-Z]\w*", text)
        assert set(inside) <= {"Harrow", "I", "Mum", "Mom", "Dad", "TV", "OK"}


def test_a_text_does_not_end_while_a_keep_phrase_that_fits_is_missing(tiny: LanguageModel) -> None:
    ground = Ground(("It is a coat.",), keep=("a coat",), max_chars=40)

    texts = decode(
        tiny,
        ["Write."],
        continuations=64,
        max_new_tokens=60,
        seed=3,
        logits_processor=GroundedDecoding(tiny, [ground]),
    )

    print(
        [
            (o.text, o.finished)
            for o in texts[0]
            if not ("a coat" in o.text or len(o.text) > 40 - len("a coat") - 20)
        ]
    )
    assert all("a coat" in one.text or len(one.text) > 40 - len("a coat") - 20 for one in texts[0])


def test_rows_may_leave_and_join_between_two_steps(tiny: LanguageModel) -> None:
    """With four rows for twelve texts, each text is the one that it is when all are written at once."""
    grounds = [GROUND, Ground(("Only 5 days.",)), Ground(("A hat.",))]
    prompts = ["One.", "Two words.", "Three more words."]

    def write(rows: int) -> list[list[str]]:
        torch.manual_seed(0)
        written = decode(
            tiny,
            prompts,
            continuations=4,
            max_new_tokens=20,
            seed=5,
            max_rows=rows,
            logits_processor=GroundedDecoding(tiny, grounds),
        )
        return [[one.text for one in group] for group in written]

    assert write(4) == write(12)


def test_a_slow_tokenizer_is_refused_with_what_to_do(tiny: LanguageModel) -> None:
    class Slow:
        pass

    slow = tiny._replace(tokenizer=Slow())  # type: ignore[arg-type]

    with pytest.raises(WorkFailed, match="set grounded = false"):
        _open_vocabulary(slow.tokenizer, 10, (2,))
