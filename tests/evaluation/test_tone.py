"""The voice model: what it reads off a text, what it learns, what its gate refuses, and how honest its numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from content_store.model_folders import default_encoder_folder, fingerprint
from evaluation.gates.gate import Copy, Verdict
from evaluation.gates.text import words
from evaluation.scores.tone import asked_rather_than_another, tone
from evaluation.tone.examples import Example, shipped_examples, shipped_vectors
from evaluation.tone.style_features import NAMES, style_features
from evaluation.tone.tone_gate import UNLIKE, check_tone
from evaluation.tone.voice_model import Text, Vectors, VoiceModel, learn_voice, read_voice
from evaluation.tone.voice_words import FoundWord, allowed_words, voice_words


def _feature(text: str, name: str, allowed: str = "") -> float:
    return float(style_features(text, allowed)[NAMES.index(name)])


@pytest.fixture(scope="module")
def shipped() -> list[Example]:
    return shipped_examples()


@pytest.fixture(scope="module")
def vectors() -> Vectors:
    found = shipped_vectors(fingerprint(default_encoder_folder()))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def model(shipped: list[Example], vectors: Vectors) -> VoiceModel:
    """Learned without every fifth text."""
    known = np.arange(len(shipped)) % 5 != 0
    return learn_voice(
        [example for example, used in zip(shipped, known, strict=True) if used], vectors[known]
    )


def test_words_that_give_a_voice_away_are_found_the_longest_first() -> None:
    assert voice_words(words("Look no further, you idiot")) == [
        FoundWord("cliche", "look no further"),
        FoundWord("insult", "idiot"),
    ]


def test_a_word_of_the_facts_gives_no_voice_away() -> None:
    facts = allowed_words(["The Idiot by Dostoevsky costs £9."])
    assert voice_words(words("The Idiot, £9"), facts) == []
    assert voice_words(words("Act now"), allowed_words(["Act two starts now."])) == [
        FoundWord("pressure", "act now")
    ]


def test_style_counts_what_a_reader_would() -> None:
    assert _feature("Soup? Yes. It opens at 9.", "questions") == pytest.approx(1 / 3)
    assert _feature("BUY SOUP NOW!!!", "exclamation_marks") == 3
    assert _feature("Buy SOUP today", "capitals") == 1
    assert _feature("Buy SOUP today", "capitals", allowed_words(["SOUP comes in tins."])) == 0
    assert _feature("We kept your list.", "second_person") == pytest.approx(1 / 8)
    assert _feature("Soooo good", "stretched_letters") == 1


@given(st.text(max_size=300))
def test_any_text_has_numbers_for_all_style_features(text: str) -> None:
    found = style_features(text)
    assert found.shape == (len(NAMES),)
    assert np.isfinite(found).all()


def test_the_score_is_the_voice_times_the_asked_tone_against_another() -> None:
    assert asked_rather_than_another(1 / 8, 8) == pytest.approx(0.5)
    assert asked_rather_than_another(0.5, 8) == pytest.approx(0.875)
    tones = np.array([[0.5, 0.5], [0.2, 0.8], [0.2, 0.8]])
    found = tone(np.array([1.0, 0.5, 0.9]), tones, ["warm", "warm", "gothic"], ["warm", "plain"])
    assert found.tolist() == pytest.approx([0.5, 0.1, 0.9])


def test_the_shipped_vectors_are_one_for_each_text(shipped: list[Example], vectors: Vectors) -> None:
    assert vectors.shape == (len(shipped), 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=0.01)
    assert shipped_vectors("another encoder") is None


def test_texts_held_out_are_told_apart_and_the_probability_is_honest(
    model: VoiceModel, shipped: list[Example], vectors: Vectors
) -> None:
    held_out = shipped[::5]
    good = np.array([example.in_voice for example in held_out])
    said = read_voice(model, [Text(example.text) for example in held_out], vectors[::5]).in_voice
    assert (said[good] < model.least).mean() <= 0.03
    assert (said[~good] < model.least).mean() >= 0.8
    assert ((said - good) ** 2)[good].mean() + ((said - good) ** 2)[~good].mean() < 0.12
    sure = said > 0.9
    assert good[sure].mean() > 0.95


def test_no_texts_give_no_numbers(model: VoiceModel) -> None:
    found = read_voice(model, [], np.zeros((0, 384), np.float32))
    assert found.in_voice.shape == (0,)
    assert found.tones.shape == (0, 8)


def test_the_same_texts_give_the_same_model(shipped: list[Example], vectors: Vectors) -> None:
    first, second = (learn_voice(shipped[::3], vectors[::3]) for _ in range(2))
    assert first.least == second.least
    assert first.voice.coef_.tolist() == second.voice.coef_.tolist()


def test_a_brand_teaches_with_its_own_examples(shipped: list[Example], vectors: Vectors) -> None:
    asked = Text("Good morrow, traveller. The tavern serves stew until ten.")
    vector = vectors[:1]
    heard = []
    for liked in (True, False):
        own = [Example("Good morrow, traveller. Thy ale awaits thee at the tavern.", liked, "playful")] * 3
        model = learn_voice(shipped, vectors, own, np.repeat(vector, 3, axis=0))
        heard.append(float(read_voice(model, [asked], vector).in_voice[0]))
    assert heard[0] > heard[1]


def test_a_refusal_names_the_word_that_is_worst(model: VoiceModel) -> None:
    verdict = _check(model, "Hurry, you idiot, soup is gonna be £3.")
    assert verdict == ("tone", False, 'It insults or belittles the reader: "idiot".')
    assert _check(model, "Soup is gonna be £3 from now on.").reason == 'It sounds like slang: "gonna".'
    assert _check(model, "Soup, three pounds.").reason == UNLIKE


def test_only_english_is_judged_and_approved_text_passes(
    shipped: list[Example], vectors: Vectors, model: VoiceModel
) -> None:
    assert _check(model, "Hurry, you idiot.", locale="fr-FR").passed
    own = [Example("Hurry, you idiot.", True, "plain")]
    assert _check(learn_voice(shipped, vectors, own, vectors[:1]), "Hurry, you  idiot.").passed


def _check(model: VoiceModel, text: str, locale: str = "en-US") -> Verdict:
    """The verdict on a text that the model takes for off voice."""
    return check_tone(Copy(text, locale=locale), model, 0.0, style_features(text))


def test_a_rude_order_is_an_insult_and_a_notice_period_is_no_notice() -> None:
    assert [found.kind for found in voice_words(words("Stop sulking and pull yourself together"))] == [
        "insult",
        "insult",
    ]
    assert voice_words(words("Leave whenever you like, with no notice to give")) == []
