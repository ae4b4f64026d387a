"""How well the tone score is calibrated and what its gate catches, on texts held out of the learning; writes docs/tone.md.

Examples: python -m benchmarks.tone            measure and write docs/tone.md and docs/tone.svg
          python -m benchmarks.tone --draw     draw the shipped copy anew from the training pairs, encode, then measure
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from benchmarks.tone_page import Measured, curve, page, reliability
from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.settings import Settings
from evaluation.gates.gate import Copy
from evaluation.scores.tone import tone
from evaluation.tone import examples as files
from evaluation.tone.examples import Example, shipped_examples, shipped_vectors, store_vectors
from evaluation.tone.tone_gate import allowed_in, check_tone
from evaluation.tone.voice_model import Text, VoiceModel, learn_voice, read_voice
from evaluation.tone.voice_words import allowed_words
from flows.steps.workplace import Workplace
from generators.pairs import PACKAGED_PAIRS, read_pairs
from surmesure.opening import print_line, stay_local

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "evaluation" / "golden"
COPIES_PER_TONE = 125
FACTS = 400
TONES = 8
LOAD = 20_000

Rows = NDArray[np.float64]


class HeldOut(NamedTuple):
    """What models that had not seen a text say of it; `margin` is its probability less the gate's limit."""

    in_voice: Rows
    tones: Rows
    margin: Rows
    names: list[str]


def main() -> None:
    stay_local()
    options = _options()
    workplace = Workplace(Settings(brand=Path.cwd()), NEUTRAL_BRAND)
    if options.draw:
        draw_shipped(workplace)
    shipped = shipped_examples()
    vectors = shipped_vectors(workplace.encoder_fingerprint)
    assert vectors is not None, "the shipped vectors are of another encoder: run with --draw"
    held_out = read_held_out(shipped, vectors)
    model = learn_voice(shipped, vectors)
    refused = {
        name: (len(rows), _refused(workplace, model, rows))
        for name, rows in _golden_rows(options.more).items()
    }
    speed = _speed(model, vectors, shipped)
    found = _measured(shipped, held_out, refused, speed)
    (ROOT / "docs" / "tone.md").write_text(page(found), encoding="utf-8")
    (ROOT / "docs" / "tone.svg").write_text(curve(found.score), encoding="utf-8")
    print_line({name: count / total for name, (total, count) in refused.items()} | speed)


def draw_shipped(workplace: Workplace) -> None:
    """As many copies of each tone and facts, in the order of their hashes, so that the same pairs give the same draw."""
    pairs = read_pairs(PACKAGED_PAIRS)
    by_hash = sorted(pairs, key=lambda pair: hashlib.sha256(pair.copy_.encode()).digest())
    taken: Counter[str] = Counter()
    rows: list[dict[str, str | None]] = []
    for pair in by_hash:
        taken[pair.tone] += 1
        if taken[pair.tone] <= COPIES_PER_TONE:
            rows.append({"tone": pair.tone, "text": pair.copy_})
    facts = sorted(
        {fact for pair in pairs for fact in pair.facts}, key=lambda f: hashlib.sha256(f.encode()).digest()
    )
    rows += [{"tone": None, "text": fact} for fact in facts[:FACTS]]
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    files.IN_VOICE.write_text("".join(lines), encoding="utf-8")
    vectors = workplace.encode_now([example.text for example in shipped_examples()])
    store_vectors(workplace.encoder_fingerprint, vectors)


def read_held_out(shipped: Sequence[Example], vectors: NDArray[np.float32]) -> HeldOut:
    """Every shipped text read by a model of the other four fifths, whose calibration is its own."""
    in_voice, tones, margin = np.zeros(len(shipped)), np.zeros((len(shipped), TONES)), np.zeros(len(shipped))
    names: list[str] = []
    groups = [example.tone or str(example.in_voice) for example in shipped]
    for known, held_out in StratifiedKFold(5, shuffle=True, random_state=1).split(groups, groups):
        model = learn_voice([shipped[row] for row in known], vectors[known])
        reading = read_voice(model, [Text(shipped[row].text) for row in held_out], vectors[held_out])
        in_voice[held_out], tones[held_out] = reading.in_voice, reading.tones
        margin[held_out] = reading.in_voice - model.least
        names = model.tones.classes_.tolist()
    return HeldOut(in_voice, tones, margin, names)


def mixture(shipped: Sequence[Example], held_out: HeldOut) -> tuple[list[str], Rows, NDArray[np.bool_]]:
    """What the score is a probability over: each copy with its own tone, with another one, and as many off-voice texts.

    Returns the tone asked, the score and whether the text is in voice and in that tone.
    """
    toned = [row for row, example in enumerate(shipped) if example.tone]
    off = [row for row, example in enumerate(shipped) if not example.in_voice]
    other = {row: _another(shipped[row], held_out.names) for row in (*toned, *off)}
    repeats = round(2 * len(toned) / len(off))
    rows = [*toned, *toned, *off * repeats]
    asked = [*(shipped[row].tone or "" for row in toned), *(other[row] for row in toned)]
    asked += [other[row] for row in off] * repeats
    score = tone(held_out.in_voice[rows], held_out.tones[rows], asked, held_out.names)
    return asked, score, np.arange(len(rows)) < len(toned)


def _another(example: Example, names: Sequence[str]) -> str:
    """A tone that the text was not written in, chosen by its hash."""
    others = [name for name in names if name != example.tone]
    return others[hashlib.sha256(example.text.encode()).digest()[0] % len(others)]


def _golden_rows(more: Sequence[Path]) -> dict[str, list[dict[str, Any]]]:
    faults = _rows(GOLDEN / "faults.jsonl")
    return {
        "off-tone faults": [row for row in faults if row["fault"] == "off_tone"],
        "clean copies": _rows(GOLDEN / "clean.jsonl"),
        "validation copies": _rows(GOLDEN / "validation.jsonl"),
        "training copies": _rows(PACKAGED_PAIRS),
        **{path.stem: _rows(path) for path in more},
    }


def _refused(workplace: Workplace, model: VoiceModel, rows: Sequence[dict[str, Any]]) -> int:
    """How many copies the gate refuses; each with its reason is printed."""
    copies = [
        Copy(row["copy"], row["slot"], tuple(row["facts"]), tuple(row["keep"]), row["audience"])
        for row in rows
    ]
    vectors = workplace.encode_now([copy.text for copy in copies])
    reading = read_voice(model, [Text(copy.text, allowed_in(copy)) for copy in copies], vectors)
    verdicts = [
        check_tone(copy, model, float(reading.in_voice[row]), reading.style[row])
        for row, copy in enumerate(copies)
    ]
    for copy, verdict in zip(copies, verdicts, strict=True):
        if not verdict.passed:
            print(f"{verdict.reason}  <-  {copy.text}")
    return sum(not verdict.passed for verdict in verdicts)


def _speed(model: VoiceModel, vectors: NDArray[np.float32], shipped: Sequence[Example]) -> dict[str, float]:
    """Texts read a second on one core without the encoder, no text met before, and seconds to learn a voice."""
    texts = [
        Text(f"{shipped[n % len(shipped)].text} {n}.", allowed_words(["some fact"])) for n in range(LOAD)
    ]
    repeated = vectors[np.arange(LOAD) % len(vectors)]
    started = time.perf_counter()
    read_voice(model, texts, repeated)
    read = time.perf_counter() - started
    started = time.perf_counter()
    learn_voice(shipped, vectors)
    return {"texts_a_second": round(LOAD / read), "learning_seconds": round(time.perf_counter() - started, 2)}


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _measured(
    shipped: Sequence[Example],
    held_out: HeldOut,
    refused: dict[str, tuple[int, int]],
    speed: dict[str, float],
) -> Measured:
    good = np.array([example.in_voice for example in shipped])
    toned = np.array([example.tone is not None for example in shipped])
    even = np.where(good, 0.5 / good.sum(), 0.5 / (~good).sum())
    _, score, true = mixture(shipped, held_out)
    heard = np.array(held_out.names)[held_out.tones[toned].argmax(axis=1)]
    caught = held_out.margin < 0
    kinds = [row["kind"] for row in _rows(files.OFF_VOICE)]
    by_kind = Counter(kind for kind, was in zip(kinds, caught[~good], strict=True) if was)
    counts = Counter(copies=int(toned.sum()), facts=int((good & ~toned).sum()), off=int((~good).sum()))
    return Measured(
        counts,
        reliability(held_out.in_voice, good, even),
        reliability(score, true),
        float((heard == [example.tone for example in shipped if example.tone]).mean()),
        float(caught[toned].mean()),
        float(caught[good & ~toned].mean()),
        float(caught[~good].mean()),
        {kind: (count, by_kind[kind]) for kind, count in Counter(kinds).most_common()},
        refused,
        speed,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draw", action="store_true", help="draw and encode the shipped copy anew")
    parser.add_argument(
        "--more", type=Path, nargs="*", default=[], help="further JSONL files to try the gate on"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
