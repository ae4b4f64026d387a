"""How many candidates pass all gates on the validation pairs, and how unlike one another they are.

Example: python -m benchmarks.candidate_quality --adapter none --cases 40 --temperature 0.7
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

from content_store.brand_folder.brand import NEUTRAL_BRAND
from content_store.settings import GeneratorSettings, Settings
from evaluation.gates import Copy, Policy, judge
from flows.steps.workplace import Workplace
from flows.steps.writing import decode_requests, make_request
from surmesure.opening import print_line, stay_local

PAIRS = Path(__file__).parents[1] / "evaluation" / "golden" / "validation.jsonl"


def main() -> None:
    options = _options()
    stay_local()
    pairs = [json.loads(line) for line in options.pairs.read_text(encoding="utf-8").splitlines()][
        : options.cases
    ]
    generator = GeneratorSettings(
        adapter=options.adapter,
        temperature=options.temperature,
        top_p=options.top_p,
        candidates=options.candidates,
        threads=options.threads,
    )
    workplace = Workplace(Settings(brand=Path.cwd(), generator=generator), NEUTRAL_BRAND)
    requests = [
        make_request(workplace, p["slot"], p["facts"], p["keep"], p["audience"], p["tone"], p["max_chars"])
        for p in pairs
    ]
    started = time.perf_counter()
    texts = [[text for text, _ in case] for case in decode_requests(workplace, requests)]
    seconds = time.perf_counter() - started
    refused = [[_refusals(text, pair) for text in case] for pair, case in zip(pairs, texts, strict=True)]
    if options.out:
        lines = [
            json.dumps(
                {**pair, "candidates": [{"text": t, "refused": r} for t, r in zip(case, why, strict=True)]}
            )
            for pair, case, why in zip(pairs, texts, refused, strict=True)
        ]
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print_line({**vars(options), "seconds": round(seconds), **measures(pairs, texts, refused)})


def measures(
    pairs: list[dict[str, Any]], texts: list[list[str]], refused: list[list[dict[str, str]]]
) -> dict[str, Any]:
    """Shares of candidates and cases, over all cases; the last three over the candidates that pass."""
    passed = [
        [t for t, why in zip(case, whys, strict=True) if not why]
        for case, whys in zip(texts, refused, strict=True)
    ]
    count = sum(map(len, texts))
    good = [text for case in passed for text in case]
    return {
        "candidates_that_pass": round(len(good) / count, 3),
        "cases_with_one": round(sum(map(bool, passed)) / len(texts), 3),
        "refused_by": dict(Counter(gate for case in refused for why in case for gate in why).most_common()),
        "distinct_in_a_case": round(sum(len(set(case)) for case in passed) / max(1, len(good)), 3),
        "distinct_openings": round(
            len({(n, *_words(t)[:2]) for n, c in enumerate(passed) for t in c}) / max(1, len(good)), 3
        ),
        "words_beyond_the_facts": round(
            sum(_new_words(text, pair) for pair, case in zip(pairs, passed, strict=True) for text in case)
            / max(1, sum(len(_words(text)) for text in good)),
            3,
        ),
    }


def _refusals(text: str, pair: dict[str, Any]) -> dict[str, str]:
    copy = Copy(
        text,
        pair["slot"],
        tuple(pair["facts"]),
        tuple(pair["keep"]),
        pair["audience"],
        pair["tone"],
        pair["max_chars"],
    )
    return {verdict.gate: verdict.reason for verdict in judge(copy, Policy()) if not verdict.passed}


def _new_words(text: str, pair: dict[str, Any]) -> int:
    known = set(_words(" ".join([*pair["facts"], *pair["keep"]])))
    return sum(word not in known for word in _words(text))


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'’%$£€.-]*\w", text.lower())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", default="starter", help="starter, none or a folder")
    parser.add_argument("--pairs", type=Path, default=PAIRS)
    parser.add_argument("--cases", type=int, default=None, help="the first so many; all without it")
    parser.add_argument("--candidates", type=int, default=8)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--top-p", type=float, default=0.95)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None, help="JSON Lines with every candidate")
    return parser.parse_args()


if __name__ == "__main__":
    main()
