"""Candidates for jobs: prompts rendered, decoded in batches, stored; what was written before is read, not written again."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.models import MODEL_TIME, Candidate, Run
from evaluation.sentences import sentences
from flows.steps.jobs import Job
from flows.steps.workplace import Workplace
from generators.copy_grammar import lark
from generators.grounding import Ground
from generators.prompt import Prompt, render

PROMPT = "line.v2"

#: Prompts decoded between two commits: what is finished survives a stop.
PORTION = 32

#: The model is asked for a little less than the limit, since it sometimes goes beyond what it is asked for.
ASKED_SHARE = 0.9

_SENTENCE_ENDS = (".", "!", "?")
_QUOTES = re.compile(r'^[\s"“”\'‘’*_]*(.*?)[\s"“”*_]*$', re.DOTALL)


class Request(NamedTuple):
    """A prompt with the seeds of its candidates; the hash covers all that decides the texts."""

    prompt: Prompt
    ground: Ground
    most_tokens: int
    seeds: list[int]
    input_hash: str


class Draft(NamedTuple):
    """A text as the model wrote it; `fluency` as in `Continuation`."""

    text: str
    tokens: int
    fluency: float


class Written(NamedTuple):
    """The candidates of each job, in the jobs' order, and what it took."""

    candidates: list[list[Candidate]]
    new: int
    reused: int
    tokens: int


def write_candidates(
    session: Session, workplace: Workplace, run: Run, jobs: Sequence[Job], again: int = 0
) -> Written:
    """Candidates for every job that the model may write; [] for the others.

    `again` counts how often other texts were asked for, because people refused what there was.
    """
    wanted = [request(workplace, job, again) if job.written else None for job in jobs]
    distinct = {item.input_hash: (item, job) for item, job in zip(wanted, jobs, strict=True) if item}
    known = _known(session, list(distinct))
    reused = sum(len(found) for found in known.values())
    for candidate in (candidate for found in known.values() for candidate in found):
        candidate.run_id = run.id
    missing = [pair for input_hash, pair in distinct.items() if input_hash not in known]
    tokens = 0
    workplace.commit(session)
    for start in range(0, len(missing), PORTION):
        portion = missing[start : start + PORTION]
        began = time.perf_counter()
        texts = decode_requests(workplace, [item for item, _ in portion], start, len(missing))
        # A run that fails later has used them up all the same.
        worked = run.counts.get(MODEL_TIME, 0) + round(1000 * (time.perf_counter() - began))
        run.counts = run.counts | {MODEL_TIME: worked}
        for (item, job), written in zip(portion, texts, strict=True):
            known[item.input_hash] = [
                _candidate(workplace, run, item, job, number, draft) for number, draft in enumerate(written)
            ]
            session.add_all(known[item.input_hash])
            tokens += sum(draft.tokens for draft in written)
        workplace.commit(session)
    found = [known[item.input_hash] if item else [] for item in wanted]
    return Written(found, sum(len(item.seeds) for item, _ in missing), reused, tokens)


def request(workplace: Workplace, job: Job, again: int = 0) -> Request:
    """What is asked of the model for one job."""
    ground = Ground(job.facts, job.keep, job.audience, max_chars=job.max_chars, locale=job.locale)
    return make_request(workplace, job.slot, job.tone, ground, again=again)


def make_request(
    workplace: Workplace, slot: str, tone: str, ground: Ground, candidates: int | None = None, again: int = 0
) -> Request:
    """The prompt, its seeds (each from the setting, the prompt and the candidate's number) and their hash.

    Where texts are asked for `again`, the numbers go on after those of the times before. The brand's lexicon and banned phrases are added to the ground.
    """
    settings = workplace.settings.generator
    ground = ground._replace(lexicon=workplace.policy.lexicon, banned=workplace.policy.banned_phrases)
    prompt = render(
        PROMPT,
        slot=slot,
        facts=list(ground.facts),
        keep=list(ground.keep),
        audience=ground.audience,
        tone=tone,
        max_chars=str(int(ground.max_chars * ASKED_SHARE) if ground.max_chars else ""),
    )
    most_tokens = min(200, (ground.max_chars or 220) // 3 + 8)
    count = candidates or settings.candidates
    seeds = [
        _seed(settings.seed, prompt.hash, number) for number in range(again * count, (again + 1) * count)
    ]
    content = [
        prompt.hash,
        workplace.generator_fingerprint,
        settings.temperature,
        settings.top_p,
        most_tokens,
        seeds,
        lark(ground) if settings.grounded else None,
    ]
    return Request(
        prompt, ground, most_tokens, seeds, hashlib.sha256(json.dumps(content).encode()).hexdigest()
    )


def decode_requests(
    workplace: Workplace, requests: Sequence[Request], done: int = 0, total: int | None = None
) -> list[list[Draft]]:
    """For each request its texts."""
    if not requests:
        return []
    from generators.decoding import decode
    from generators.grounded_decoding import GroundedDecoding
    from generators.prompt_tokens import encode_chat

    lm, settings = workplace.language_model, workplace.settings.generator
    grounded = GroundedDecoding(lm, [item.ground for item in requests]) if settings.grounded else None
    share = len(requests) / max(1, sum(len(item.seeds) for item in requests))
    continuations = decode(
        lm,
        [encode_chat(lm, "", item.prompt.text) for item in requests],
        continuations=len(requests[0].seeds),
        max_new_tokens=[item.most_tokens for item in requests],
        temperature=settings.temperature,
        top_p=settings.top_p,
        seed=[item.seeds for item in requests],
        stop_strings=("\n",),
        logits_processor=grounded,
        on_progress=lambda rows, _: workplace.progress(
            "generate", done + int(rows * share), total or len(requests)
        ),
    )
    return [
        [
            Draft(whole(trim(item.text), item.finished == "length"), len(item.tokens), round(item.fluency, 4))
            for item in group
        ]
        for group in continuations
    ]


def whole(text: str, broken_off: bool) -> str:
    """A text that reached its limit, up to its last whole sentence; with none, marked as broken off."""
    if not broken_off or not text:
        return text
    ended = [sentence for sentence in sentences(text) if sentence.endswith(_SENTENCE_ENDS)]
    return " ".join(ended) if ended else f"{text} …"


def trim(text: str) -> str:
    """The copy inside what the model wrote: without the quotation marks and stars that it likes to put around it.

    Control characters go too: PostgreSQL refuses NUL in a text, and none belongs into copy.
    """
    shown = "".join(char for char in text if char.isprintable() or char.isspace())
    found = _QUOTES.match(shown)
    return " ".join((found.group(1) if found else shown).split())


def _seed(base: int, prompt_hash: str, number: int) -> int:
    digest = hashlib.sha256(f"{base}:{prompt_hash}:{number}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


def _known(session: Session, hashes: Sequence[str]) -> dict[str, list[Candidate]]:
    known: dict[str, list[Candidate]] = {}
    for start in range(0, len(hashes), 500):
        query = (
            select(Candidate)
            .where(Candidate.input_hash.in_(hashes[start : start + 500]))
            .order_by(Candidate.number)
        )
        for candidate in session.scalars(query):
            known.setdefault(candidate.input_hash, []).append(candidate)
    return known


def _candidate(
    workplace: Workplace, run: Run, item: Request, job: Job, number: int, draft: Draft
) -> Candidate:
    return Candidate(
        run_id=run.id,
        input_hash=item.input_hash,
        number=number,
        slot=job.slot,
        text=draft.text,
        prompt=item.prompt.name,
        prompt_hash=item.prompt.hash,
        model=workplace.generator_fingerprint,
        seed=item.seeds[number],
        tokens=draft.tokens,
        block_version_ids=sorted({version.id for version in job.fact_versions}),
        passed=False,
        refusals=[],
        scores={"fluency": draft.fluency},
    )
