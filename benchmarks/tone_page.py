"""What `benchmarks.tone` measured, as a page and a curve."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BINS = 10
SIDE, MARGIN = 320, 48

Rows = NDArray[np.float64]


class Reliability(NamedTuple):
    """Brier score, expected calibration error, and per bin: mean probability, share of positives, texts."""

    brier: float
    error: float
    bins: list[tuple[float, float, int]]


class Measured(NamedTuple):
    """All that the page says. Shares are 0..1; `refused` names a set of copies with how many there are and are refused."""

    examples: Counter[str]
    voice: Reliability
    score: Reliability
    tone_heard: float
    refused_good: float
    refused_facts: float
    refused_off: float
    refused_kinds: dict[str, tuple[int, int]]
    refused: dict[str, tuple[int, int]]
    speed: dict[str, float]


def reliability(probability: Rows, true: NDArray[np.bool_], weights: Rows | None = None) -> Reliability:
    """How far probabilities are from shares, over `BINS` equal bins (Guo et al., 2017)."""
    weights = np.ones(len(true)) if weights is None else weights
    number = np.minimum((probability * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for inside in (number == bin_ for bin_ in range(BINS)):
        if not inside.any():
            continue
        said = float(np.average(probability[inside], weights=weights[inside]))
        share = float(np.average(true[inside], weights=weights[inside]))
        bins.append((said, share, int(inside.sum())))
        error += abs(said - share) * float(weights[inside].sum() / weights.sum())
    return Reliability(float(np.average((probability - true) ** 2, weights=weights)), error, bins)


def page(found: Measured) -> str:
    """docs/tone.md."""
    return _PAGE.format(
        copies=found.examples["copies"],
        facts=found.examples["facts"],
        off=found.examples["off"],
        voice_brier=found.voice.brier,
        voice_error=found.voice.error,
        voice_bins=_bins(found.voice),
        brier=found.score.brier,
        error=found.score.error,
        bins=_bins(found.score),
        heard=found.tone_heard,
        good=found.refused_good,
        plain_facts=found.refused_facts,
        caught=found.refused_off,
        kinds=_refused("Kind of off-voice text", found.refused_kinds),
        golden=_refused("Copies", found.refused),
        texts_a_second=found.speed["texts_a_second"],
        learning_seconds=found.speed["learning_seconds"],
    )


def curve(found: Reliability) -> str:
    """An SVG: for each bin the probability said (across) and the share that was so (up); on the line they agree."""
    scale, base = SIDE - 2 * MARGIN, SIDE - MARGIN
    label = 'font-family="sans-serif" font-size="12"'
    points = [(MARGIN + scale * said, base - scale * share) for said, share, _ in found.bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>\n' for x, y in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">\n'
        f"<title>The tone score on held-out texts: expected calibration error {found.error:.3f}</title>\n"
        f'<path d="M{MARGIN},{MARGIN} V{base} H{base}" fill="none" stroke="#666"/>\n'
        f'<path d="M{MARGIN},{base} L{base},{MARGIN}" stroke="#bbb" stroke-dasharray="4"/>\n'
        f'<text x="{base}" y="{base + 20}" text-anchor="end" {label}>probability said</text>\n'
        f'<text x="{MARGIN}" y="{MARGIN - 14}" {label}>share that was so</text>\n'
        f'<polyline points="{line}" fill="none" stroke="#111" stroke-width="2"/>\n{dots}</svg>\n'
    )


def _bins(found: Reliability) -> str:
    rows = [f"| {said:.2f} | {share:.2f} | {count} |" for said, share, count in found.bins]
    return "\n".join(["| Probability said | Share that was so | Texts |", "|---|---|---|", *rows])


def _refused(title: str, sets: dict[str, tuple[int, int]]) -> str:
    rows: Sequence[str] = [
        f"| {name} | {count:,} | {refused:,} ({refused / count:.1%}) |"
        for name, (count, refused) in sets.items()
    ]
    return "\n".join([f"| {title} | Texts | Refused |", "|---|---|---|", *rows])


_PAGE = """<!-- Written by python -m benchmarks.tone; change benchmarks/tone_page.py. -->
# The tone score and the tone gate

The score `tone` is a probability: how likely it is that a copy is in the brand's voice **and** in the tone that was asked for.

    tone = P(in voice, not off voice) x P(the asked tone, not another of the eight)

Both factors are for even odds. The gate `tone` looks at the first one alone, and refuses copy that is clearly off voice.

## What it learns from

| | |
|---|---|
| copy written by people in one of eight tones, a draw from the training pairs | {copies} |
| plain approved facts | {facts} |
| texts that are off voice in any brand: slang, insults, pressure, officialese, jargon, clichés and others | {off} |
| the brand's do examples and approved blocks against its don't examples, each counted five times | its own |

A text is read as its embedding and about sixty style features: lengths, marks, small words, and words that give a voice
away (`evaluation/tone/voice_words.txt`). What stands in the facts, or in a text of the brand's own, is not held against it. Two
logistic regressions learn from that in {learning_seconds:.1f} s when a brand folder is opened; the first is calibrated on held-out folds.
Without the encoder {texts_a_second:,} texts a second are read on one core.

## Calibration on texts held out of the learning

Five folds; each text is judged by a model that saw none of its fold.

![Calibration curve of the tone score](tone.svg)

**The score** (each copy with its own tone, with another one, and as many off-voice texts): Brier {brier:.3f}, expected calibration
error {error:.3f}. The right one of eight tones is heard in {heard:.0%} of the copies; part of that is the subject, which goes with the tone.

{bins}

**In voice or off voice** (even weight): Brier {voice_brier:.3f}, expected calibration error {voice_error:.3f}.

{voice_bins}

## The gate

The limit lies where 0.8 % of the good copy of the held-out folds is refused. Held out in five outer folds, {good:.1%} of the copies,
{plain_facts:.1%} of the facts and {caught:.0%} of the off-voice texts are refused.

{kinds}

On copies of the golden sets and of the training (the draw is among the latter):

{golden}

## What these numbers do not say

- The list of words was written by the author of the off-voice texts, who knew them, so {caught:.0%} is flattering. That author then wrote
  two sets of 60 fresh off-tone copies, each tried once before anything was learned from it: this gate refused 36 of 60 (60 %) both
  times, at a limit of 1 %. Of the second set all gates together refused 73 %, some for other reasons than tone. Both sets are
  among the texts learned from now. Expect about 60 % from this gate on faults that it has not seen, rather less by another author.
- The off-tone faults of the golden set were read before the list was written, and some words were taken off the list after good
  copies of the golden and training sets had been refused for them; the limit was lowered for the same reason. So these rows flatter, too.
- What it misses most: an insult or a reproach in everyday words, sarcasm, an official tone without official words.
- Off-voice copy is rarer than one half of what a model writes, so the real share in voice is above the probability said.
- It reads English. For other languages the gate lets everything pass, and the score means little.
- With another encoder than the default one, the shipped texts are encoded once and kept; the numbers above do not hold for it.
"""
