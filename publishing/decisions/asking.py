"""What a site or an app asks for, and what it is told: JSON in and out."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Annotated, Any, NamedTuple, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError


def _storable(text: str) -> str:
    # PostgreSQL holds no such text, so nobody is called that.
    if "\0" in text:
        raise ValueError("it holds a NUL character")
    return text


Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_storable)]


class Question(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    customer: Name
    slots: list[Name] = Field(min_length=1, max_length=20)


class Decision(NamedTuple):
    """What stands in one slot for one customer now."""

    slot: str
    #: None leaves the slot to the site
    text: str | None
    landing_page: str | None = None
    #: says to machines that a model wrote it (EU AI Act, article 50(2))
    ai_mark: str | None = None
    #: nothing was chosen for the customer
    default: bool = True
    #: the row of the ledger that says so
    publication_id: int | None = None


def read_question(body: bytes, known: Collection[str]) -> Question:
    """The question of a body; ValueError with a sentence when it is none."""
    try:
        told = json.loads(body, object_pairs_hook=_once, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("The body is nested too deeply.") from None
    except ValueError as error:
        raise ValueError(f"The body is no JSON: {error}.") from None
    try:
        question = Question.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise ValueError(
            f'{where}: {first["msg"].removeprefix("Value error, ").lower()}; ask with {{"customer": ID, "slots": [SLOT, …]}}.'
        ) from None
    if len(set(question.slots)) < len(question.slots):
        raise ValueError("slots: one of them stands there twice; ask for each once.")
    for slot in question.slots:
        if slot not in known:
            raise ValueError(f"slots: {slot!r} is not one of {', '.join(known) or 'brand.yaml'}.")
    return question


def tell(decisions: Sequence[Decision], receipts: dict[int, str]) -> bytes:
    """The body of an answer; `receipts` names the rows of the ledger for outsiders."""
    told = [
        {
            "slot": item.slot,
            "text": item.text,
            "landing_page": item.landing_page,
            "ai_disclosure": item.ai_mark,
            "default": item.default,
            "receipt": None if item.publication_id is None else receipts[item.publication_id],
        }
        for item in decisions
    ]
    return json.dumps({"decisions": told}, ensure_ascii=False, separators=(",", ":")).encode()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
