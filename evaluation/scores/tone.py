"""Score: how near a copy is to the brand's voice, from its do and don't examples and from how the text is built."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.gates.text import plain, words
from evaluation.scores.vectors import unit
from evaluation.sentences import sentences

# Ten points of cosine between do and don't move the score from one half to about 0.88.
STEEPNESS = 20.0
NEAREST = 3
STYLE_SHARE = 0.3

NEUTRAL_DO: tuple[str, ...] = (
    "Your usual slot is open again on Thursday, if you would like it back.",
    "Two bags of oats, one less trip. They are reduced until Sunday.",
    "We know moving house takes weeks. Your contract can wait for the right date.",
    "A quiet table by the window, and dinner is served until ten.",
    "The new lens weighs less than the old one and fits the same mount.",
    "Need a hand with the form? Our team can go through it with you by phone.",
    "Saturday sounds right: the class starts at nine, coffee is ready before.",
    "You have been with us since spring. Here is how to get more from your plan.",
)
NEUTRAL_DONT: tuple[str, ...] = (
    "HURRY!!! This insane deal will blow your mind, buy it NOW before it's gone!!!",
    "Leverage our best-in-class solution to unlock synergies and elevate your lifestyle.",
    "Dear valued customer, pursuant to the aforementioned terms you are hereby notified.",
    "OMG guys this is sooo sick, you're gonna be obsessed lol",
    "If you miss this you are an idiot and you only have yourself to blame.",
    "Say goodbye to boring and hello to the ultimate game-changing experience of a lifetime!",
    "Failure to respond will result in the immediate loss of your privileges.",
    "We are thrilled and delighted to announce our amazing, incredible, revolutionary new range!",
)

_CLICHES = re.compile(
    r"\b(?:elevat\w+|unlock\w*|unleash\w*|game[- ]?chang\w+|say (?:goodbye|hello) to|look no further|best[- ]in[- ]class|synerg\w+|leverag\w+|"
    r"revolutioni[sz]\w+|next level|one[- ]stop shop|valued customer|like never before|must[- ]have|take advantage|don't miss out|"
    r"we(?:'re| are) (?:thrilled|excited|delighted)|in today's \w+ world|seamless\w*)\b",
    re.IGNORECASE,
)
_SLANG = re.compile(
    r"\b(?:omg|lol|lmao|wtf|sooo+|gonna|wanna|gotta|yolo|bruh|dude|bro|sick|lit|insane|crazy|whoop|yay|woo+|heck|damn|hell|crap|shit\w*|fuck\w*|bitch\w*|"
    r"ass|idiot\w*|stupid|dumb|pathetic|loser\w*|moron\w*|sucks?|lazy|ugly)\b",
    re.IGNORECASE,
)
_OFFICIALESE = re.compile(
    r"\b(?:aforementioned|hereby|herein|hereinafter|pursuant|thereof|therein|whereas|notwithstanding|henceforth|shall|obligatory|mandatory|"
    r"failure to|be advised|kindly note|undersigned|in accordance with|convened|utili[sz]e\w*|facilitate\w*|commence\w*|remit\w*)\b",
    re.IGNORECASE,
)


def tone(
    copy_vectors: NDArray[np.floating],
    do_vectors: NDArray[np.floating],
    dont_vectors: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Nearness to the voice, 0..1: logistic(STEEPNESS * (nearness to do - nearness to don't)); one half is neither.

    Copies (n, d), examples (m, d), any length. Nearness is the mean cosine to the `NEAREST` nearest examples.
    """
    margin = _nearness(copy_vectors, do_vectors) - _nearness(copy_vectors, dont_vectors)
    return 1.0 / (1.0 + np.exp(-STEEPNESS * margin))


def style(texts: Sequence[str]) -> NDArray[np.float64]:
    """How calm and plain each text is built, 0..1: 1 less a penalty for each thing that no calm voice does."""
    return np.array([_style(plain(text)) for text in texts], dtype=np.float64)


def voice(
    texts: Sequence[str],
    copy_vectors: NDArray[np.floating],
    do_vectors: NDArray[np.floating],
    dont_vectors: NDArray[np.floating],
) -> NDArray[np.float64]:
    """Tone and style together, weighted 70 to 30; one fault of style such as an insult keeps the score under 0.5."""
    built = style(texts)
    together = (1 - STYLE_SHARE) * tone(copy_vectors, do_vectors, dont_vectors) + STYLE_SHARE * built
    return np.minimum(together, np.where(built < 0.5, 0.4, 1.0))


def _style(text: str) -> float:
    said = words(text)
    if not said:
        return 0.0
    letters = [c for c in text if c.isalpha()]
    shouting = sum(c.isupper() for c in letters) / max(len(letters), 1)
    longest = max(len(words(sentence)) for sentence in sentences(text))
    penalty = (
        0.3 * len(_CLICHES.findall(text))
        + 0.6 * len(_SLANG.findall(text))
        + 0.3 * len(_OFFICIALESE.findall(text))
        + 0.2 * max(0, text.count("!") - 1)
        + 0.5 * (shouting > 0.3)
        + 0.02 * max(0, longest - 28)
    )
    return max(0.0, 1.0 - penalty)


def _nearness(copies: NDArray[np.floating], examples: NDArray[np.floating]) -> NDArray[np.float64]:
    cosines = unit(copies) @ unit(examples).T
    nearest = min(NEAREST, cosines.shape[1])
    return np.asarray(np.sort(cosines, axis=1)[:, -nearest:].mean(axis=1), dtype=np.float64)
