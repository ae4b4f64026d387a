"""Batched decoding writes what the library's own loop writes, whatever else is in the batch."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest
import torch
from transformers import LogitsProcessorList, SuppressTokensLogitsProcessor

from content_store.errors import BadInput
from generators.decoding import Continuation, decode
from generators.language_model import LanguageModel, control_tokens, load
from generators.model_files import default_model_folder
from generators.prompt_tokens import encode_chat, encode_text

PROMPTS = [
    "Fresh",
    "Save on coffee",
    "Our medium roast ground coffee",
    "apples, pears and plums are here! Come in",
    "bread",
    "this weekend: apples",
    "milk and",
    "12 oz bags. 12 oz bags. 12 oz bags.",
    "!",
    "today\ntoday",
]


def generate_greedily(lm: LanguageModel, prompt: list[int], new_tokens: int) -> list[int]:
    """The library's own loop, one prompt, with the same tokens forbidden; without the end token."""
    ends = {2}
    barred = sorted((control_tokens(lm) - ends) | set(range(len(lm.tokenizer), lm.model.config.vocab_size)))
    with torch.inference_mode():
        written = lm.model.generate(  # type: ignore[operator]
            torch.tensor([prompt]),
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            max_new_tokens=new_tokens,
            do_sample=False,
            suppress_tokens=barred,
            pad_token_id=0,
        )
    tokens = [int(token) for token in written[0, len(prompt) :]]
    return tokens[: tokens.index(2)] if 2 in tokens else tokens


def only_texts(written: list[list[Continuation]]) -> list[list[str]]:
    return [[one.text for one in texts] for texts in written]


def what_was_written(groups: list[list[Continuation]]) -> list[list[tuple[str, tuple[int, ...], int, str]]]:
    """All but the fluency, whose last digits depend on what else is in the batch."""
    return [[one[:4] for one in group] for group in groups]


@pytest.mark.parametrize("max_rows", [1, 3, 4, 128])
def test_greedy_rows_equal_the_librarys_generate_in_any_batch(tiny: LanguageModel, max_rows: int) -> None:
    prompts = [encode_text(tiny, prompt) for prompt in PROMPTS]
    written = decode(tiny, prompts, continuations=2, max_new_tokens=30, temperature=0.0, max_rows=max_rows)
    for prompt, texts in zip(prompts, written, strict=True):
        expected = generate_greedily(tiny, prompt, 30)
        assert [list(one.tokens) for one in texts] == [expected, expected]
        assert texts[0].text == tiny.tokenizer.decode(expected)
        assert texts[0].finished == ("stop" if len(expected) < 30 else "length")


def test_what_the_memory_held_before_does_not_reach_any_text(
    tiny: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fresh memory may hold NaN, and zero times NaN is NaN: hidden columns must be cleared, not only masked.

    Small prefills let rows join after others have begun, in places that nobody has used before.
    """
    monkeypatch.setattr("generators.decoding.PREFILL_TOKENS", 10)
    written = []
    for held in (0.0, torch.nan):
        monkeypatch.setattr(
            "generators.kv_slots._room",
            lambda slots, like, held=held: torch.full(
                (slots.rows, like.shape[1], slots.columns, like.shape[3]), held, dtype=like.dtype
            ),
        )
        prompts = [encode_text(tiny, prompt) for prompt in PROMPTS]
        budgets = [1, 40, 3, 25, 8, 60, 2, 17, 33, 5]
        written.append(
            decode(tiny, prompts, continuations=1, max_new_tokens=budgets, temperature=0.0, max_rows=16)
        )
    assert written[0] == written[1]


def test_rows_that_end_at_different_times_do_not_disturb_the_others(tiny: LanguageModel) -> None:
    prompts = [encode_text(tiny, prompt) for prompt in PROMPTS]
    budgets = [1, 40, 3, 25, 8, 60, 2, 17, 33, 5]
    written = decode(tiny, prompts, continuations=1, max_new_tokens=budgets, temperature=0.0, max_rows=4)
    for prompt, budget, texts in zip(prompts, budgets, written, strict=True):
        assert list(texts[0].tokens) == generate_greedily(tiny, prompt, budget)


def test_a_long_run_in_few_slots_shifts_the_rows_and_stays_the_same(tiny: LanguageModel) -> None:
    prompts = [encode_text(tiny, PROMPTS[at % 10][: 1 + at % 7] + "a") for at in range(40)]
    few = decode(tiny, prompts, continuations=3, max_new_tokens=20, seed=5, max_rows=8)
    many = decode(tiny, prompts, continuations=3, max_new_tokens=20, seed=5, max_rows=128)
    assert what_was_written(few) == what_was_written(many)


def test_the_same_seed_writes_the_same_and_another_seed_something_else(tiny: LanguageModel) -> None:
    first = decode(tiny, PROMPTS, continuations=4, max_new_tokens=12, seed=1)
    assert decode(tiny, PROMPTS, continuations=4, max_new_tokens=12, seed=1) == first
    other = decode(tiny, PROMPTS, continuations=4, max_new_tokens=12, seed=2)
    assert all(one != two for one, two in zip(only_texts(first), only_texts(other), strict=True))
    assert len({one.seed for texts in first + other for one in texts}) == 80


def test_a_recorded_seed_writes_its_text_again_alone(tiny: LanguageModel) -> None:
    written = decode(tiny, PROMPTS, continuations=4, max_new_tokens=12, seed=1)
    again = decode(tiny, [PROMPTS[3]], continuations=1, max_new_tokens=12, seed=[[written[3][2].seed]])
    assert what_was_written(again) == what_was_written([[written[3][2]]])


def test_a_prompt_keeps_its_texts_when_the_others_change(tiny: LanguageModel) -> None:
    written = decode(tiny, PROMPTS, continuations=2, max_new_tokens=12, seed=9)
    again = decode(tiny, PROMPTS[4:6], continuations=2, max_new_tokens=12, seed=9)
    assert what_was_written(again) == what_was_written(written[4:6])


def test_the_same_prompt_twice_gets_different_texts(tiny: LanguageModel) -> None:
    first, second = decode(tiny, ["Save", "Save"], continuations=3, max_new_tokens=12, seed=9)
    assert {one.text for one in first}.isdisjoint(one.text for one in second)


def test_a_text_ends_before_the_stop_string(tiny: LanguageModel) -> None:
    free = decode(tiny, PROMPTS, continuations=4, max_new_tokens=30, seed=3)
    stops = ["e", "ou"]
    cut = decode(tiny, PROMPTS, continuations=4, max_new_tokens=30, seed=3, stop_strings=stops)
    for before, after in zip(chain(*free), chain(*cut), strict=True):
        places = [before.text.index(stop) for stop in stops if stop in before.text]
        assert after.text == before.text[: min(places, default=len(before.text))]
        assert after.finished == ("stop" if places else before.finished)
        assert len(after.tokens) <= len(before.tokens)


def test_control_tokens_are_never_written_even_at_high_temperature(tiny: LanguageModel) -> None:
    written = decode(
        tiny, PROMPTS, continuations=20, max_new_tokens=20, temperature=50.0, top_p=1.0, top_k=10_000
    )
    tokens = {token for texts in written for one in texts for token in one.tokens}
    assert tokens.isdisjoint(control_tokens(tiny))
    assert max(tokens) < len(tiny.tokenizer)
    assert len(tokens) > 200
    assert not any("<|" in one.text or "<tool>" in one.text for texts in written for one in texts)


def test_top_p_and_top_k_leave_only_the_best_tokens(tiny: LanguageModel) -> None:
    best = decode(tiny, PROMPTS, continuations=1, max_new_tokens=10, temperature=0.0)
    for narrow in ({"top_k": 1, "top_p": 1.0}, {"top_k": 50, "top_p": 1e-6}):
        drawn = decode(tiny, PROMPTS, continuations=1, max_new_tokens=10, temperature=2.0, **narrow)  # type: ignore[arg-type]
        assert only_texts(drawn) == only_texts(best)


def test_the_librarys_logits_processors_work(tiny: LanguageModel) -> None:
    best = decode(tiny, ["Save"], continuations=1, max_new_tokens=8, temperature=0.0)[0][0].tokens
    barred = LogitsProcessorList([SuppressTokensLogitsProcessor([best[0]])])
    other = decode(
        tiny, ["Save"], continuations=1, max_new_tokens=8, temperature=0.0, logits_processor=barred
    )
    assert best[0] not in other[0][0].tokens


def test_a_processor_sees_each_rows_tokens_and_whose_they_are(tiny: LanguageModel) -> None:
    seen: dict[tuple[int, int], list[int]] = {}

    def watch(
        input_ids: torch.Tensor, scores: torch.Tensor, *, rows: Sequence[tuple[int, int]]
    ) -> torch.Tensor:
        assert input_ids.shape[0] == scores.shape[0] == len(rows)
        for place, ids in zip(rows, input_ids.tolist(), strict=True):
            seen[place] = ids
        return scores

    prompts = [encode_text(tiny, prompt) for prompt in PROMPTS]
    written = decode(
        tiny, prompts, continuations=2, max_new_tokens=15, seed=4, max_rows=5, logits_processor=watch
    )
    for (prompt, number), ids in seen.items():
        one = written[prompt][number]
        told = prompts[prompt] + list(one.tokens if one.finished == "stop" else one.tokens[:-1])
        assert ids == [0] * (len(ids) - len(told)) + told


def test_a_row_without_any_allowed_token_ends(tiny: LanguageModel) -> None:
    def bar_all(
        input_ids: torch.Tensor, scores: torch.Tensor, *, rows: Sequence[tuple[int, int]]
    ) -> torch.Tensor:
        return torch.full_like(scores, -torch.inf) if input_ids.shape[1] > 3 and rows else scores

    one = decode(tiny, [[40, 41]], continuations=1, max_new_tokens=9, logits_processor=bar_all)[0][0]
    assert (len(one.tokens), one.finished) == (2, "length")


def test_progress_counts_texts_up_to_all(tiny: LanguageModel) -> None:
    calls: list[tuple[int, int]] = []
    decode(
        tiny,
        PROMPTS,
        continuations=2,
        max_new_tokens=[*range(1, 11)],
        on_progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == sorted(calls)
    assert calls[-1] == (20, 20)


def test_nothing_asked_is_nothing_written(tiny: LanguageModel) -> None:
    assert decode(tiny, [], continuations=2, max_new_tokens=5) == []


def test_a_prompt_beyond_the_context_is_refused_and_not_cut(tiny: LanguageModel) -> None:
    with pytest.raises(BadInput, match=r"Prompt 2 has 120 tokens and shall get 9 more, but .* holds 128"):
        decode(tiny, [[50], [50] * 120], continuations=1, max_new_tokens=9)
    assert len(decode(tiny, [[50] * 120], continuations=1, max_new_tokens=8)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"continuations": 0},
        {"max_new_tokens": 0},
        {"max_new_tokens": [3]},
        {"temperature": -1.0},
        {"top_p": 0.0},
        {"top_k": 0},
        {"seed": [[1]]},
    ],
)
def test_impossible_requests_are_refused(tiny: LanguageModel, wrong: dict[str, object]) -> None:
    request: dict[str, object] = {"continuations": 2, "max_new_tokens": 3, **wrong}
    with pytest.raises(BadInput):
        decode(tiny, ["a", "b"], **request)  # type: ignore[arg-type]


def test_an_empty_prompt_is_refused(tiny: LanguageModel) -> None:
    with pytest.raises(BadInput, match="Prompt 1 is empty"):
        decode(tiny, [""], continuations=1, max_new_tokens=3)


@pytest.mark.slow
def test_the_default_model_writes_what_generate_writes() -> None:
    lm = load(default_model_folder(Path.home() / ".cache" / "surmesure"), dtype="float32")
    prompts = [
        encode_chat(lm, "You write one short line.", "Sell coffee in 12 oz bags."),
        encode_chat(lm, None, "Name three fruits in one line, please."),
    ]
    asked = [
        {"role": "system", "content": "You write one short line."},
        {"role": "user", "content": "Sell coffee in 12 oz bags."},
    ]
    assert prompts[0] == lm.tokenizer.apply_chat_template(
        asked, add_generation_prompt=True, return_dict=False
    )
    written = decode(lm, prompts, continuations=2, max_new_tokens=16, temperature=0.0)
    for prompt, texts in zip(prompts, written, strict=True):
        assert [list(one.tokens) for one in texts] == [generate_greedily(lm, prompt, 16)] * 2
