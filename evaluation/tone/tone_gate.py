"""Gate: the copy is not clearly off voice; it reads vectors, so it stands beside the gates that read text alone."""

import numpy as np
from numpy.typing import NDArray

from evaluation.gates.gate import Copy, Verdict, passes, refuses
from evaluation.gates.text import plain, words
from evaluation.tone.voice_model import VoiceModel, off_voice_pull
from evaluation.tone.voice_words import allowed_words, voice_words

GATE = "tone"

UNLIKE = "It reads unlike the texts that the brand approves; write it as the do examples are written."
_SOUNDS = {
    "crude": "It is crude",
    "insult": "It insults or belittles the reader",
    "creepy": "It sounds as if somebody watched the reader",
    "pressure": "It puts pressure on the reader",
    "contempt": "It sounds scornful or bored",
    "slang": "It sounds like slang",
    "hype": "It shouts like an advertisement",
    "officialese": "It sounds like an official notice",
    "jargon": "It is business jargon",
    "gushing": "It gushes",
    "cliche": "It is a cliché of advertising",
    "robotic": "It sounds like a machine",
    "doubtful": "It uses a word that good copy hardly ever needs",
}
_GRAVEST_FIRST = tuple(_SOUNDS)
_MARKS = {
    "exclamation_marks": "It shouts with exclamation marks.",
    "capitals": "It shouts in capitals.",
    "repeated_marks": "It shouts with repeated marks.",
    "stretched_letters": "It stretches words as people do in chats.",
}
#: A mark is named as the reason from this many log-odds on.
NOTABLE = 0.5


def check_tone(copy: Copy, model: VoiceModel, in_voice: float, style: NDArray[np.float32]) -> Verdict:
    """Refuses a copy whose probability of being in voice is below `model.least`, and says what gives it away.

    Only English is judged, and what the brand itself approved passes word for word.
    """
    if in_voice >= model.least or not copy.locale.startswith("en") or plain(copy.text) in model.approved:
        return passes(GATE)
    return refuses(GATE, _reason(copy, model, style))


def allowed_in(copy: Copy) -> str:
    """The words of the copy's facts and audience, which are not held against it."""
    return allowed_words((*copy.support, *copy.keep))


def _reason(copy: Copy, model: VoiceModel, style: NDArray[np.float32]) -> str:
    found = voice_words(words(copy.text), model.said + allowed_in(copy))
    if found:
        worst = min(found, key=lambda word: _GRAVEST_FIRST.index(word.kind))
        return f'{_SOUNDS[worst.kind]}: "{worst.phrase}".'
    pull = off_voice_pull(model, style)
    mark = max(_MARKS, key=lambda name: pull[name])
    return _MARKS[mark] if pull[mark] > NOTABLE else UNLIKE
