"""Training pairs: what one line of copy is asked from, and the copy that a person wrote."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from content_store.errors import BadInput
from generators.language_model import LanguageModel
from generators.prompt import render
from generators.prompt_tokens import encode_chat, plain_tokens

PACKAGED_PAIRS = Path(__file__).parent / "training_data" / "pairs.jsonl"
PROMPT = "line.v2"


class Pair(BaseModel):
    """One line of a JSONL file; keys that only people read (industry) are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    slot: str = Field(min_length=1)
    facts: list[str] = Field(min_length=1)
    keep: list[str] = []
    audience: str
    tone: str
    max_chars: int | None = Field(default=None, ge=1)
    copy_: str = Field(alias="copy", min_length=1)


class Example(NamedTuple):
    """The tokens of one pair: the prompt, then the copy and the end token."""

    prompt: list[int]
    target: list[int]


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a JSONL file, in its order; raises BadInput with the line's number."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise BadInput(f"{path}: not a readable UTF-8 file; name a JSONL file of training pairs.") from None
    pairs = []
    for number, line in enumerate(lines, start=1):
        try:
            pairs.append(Pair.model_validate(json.loads(line)))
        except (ValidationError, ValueError) as error:
            fault = error.errors()[0]["loc"] if isinstance(error, ValidationError) else "JSON"
            raise BadInput(
                f"{path}, line {number}: not a training pair ({fault}); each line is a JSON object with slot, "
                "facts, keep, audience, tone and copy."
            ) from None
    return pairs


def encode_pair(lm: LanguageModel, pair: Pair, facts: Sequence[str], max_chars: int | None) -> Example:
    """The prompt exactly as it is asked when copy is written, with the facts in the order given."""
    prompt = render(
        PROMPT,
        slot=pair.slot,
        facts=list(facts),
        keep=pair.keep,
        audience=pair.audience,
        tone=pair.tone,
        max_chars=str(max_chars or ""),
    )
    end = lm.tokenizer.eos_token_id
    assert isinstance(end, int)
    return Example(encode_chat(lm, "", prompt.text), [*plain_tokens(lm, pair.copy_), end])
