"""`surmesure messages` and `surmesure variants`: what waits for a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from content_store.models import Message, Variant

BriefFilter = Annotated[str | None, typer.Option("--brief", help="Only of this brief.", show_default=False)]
StatusFilter = Annotated[
    str | None, typer.Option("--status", help="Only with this status, such as pending.", show_default=False)
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", min=1, help="At most so many.", show_default=False)
]


def list_messages(
    brief: BriefFilter = None,
    status: StatusFilter = None,
    limit: LimitOption = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """List messages with their texts.

    Example: surmesure messages list --brief weekly-newsletter --status pending
    """
    from content_store import queries

    workplace = open_workplace(brand)
    with workplace.sessions() as session:
        names = queries.segment_names(session)
        found = queries.messages(session, brief=brief, status=_status(status), limit=limit)
        texts = queries.message_variants(session, [message.id for message in found])
    if json:
        for message in found:
            print_line(_message(message, names, texts.get(message.id, [])))
        return
    for message in found:
        typer.echo(_headline(message, names))
        for variant in texts.get(message.id, []):
            typer.echo(f"    {variant.slot:<10} {variant.text}   [{variant.origin.value}]")
    typer.echo(f"{len(found)} messages. `surmesure messages show ID` tells where each sentence comes from.")


def show_message(
    message_id: Annotated[int, typer.Argument(metavar="ID", help="The message's number.")],
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Show one message: its texts, what each sentence stands on, gates, scores and alternatives.

    Example: surmesure messages show 12
    """
    from content_store import queries
    from content_store.models import Message

    workplace = open_workplace(brand)
    with workplace.sessions() as session:
        message = session.get(Message, message_id)
        if message is None:
            raise BadInput(
                f"there is no message {message_id}; `surmesure messages list` shows those there are."
            )
        names = queries.segment_names(session)
        texts = queries.message_variants(session, [message.id]).get(message.id, [])
        others = {variant.slot: queries.alternatives(session, variant) for variant in texts}
    if json:
        value = _message(message, names, texts)
        value["alternatives"] = {
            slot: [_variant(other, names) for other in rest] for slot, rest in others.items()
        }
        print_line(value)
        return
    typer.echo(_headline(message, names))
    typer.echo(f"    hash {message.content_hash}")
    for variant in texts:
        _print_variant(variant)
        for other in others[variant.slot][:5]:
            typer.echo(f"        or #{other.id}: {other.text}   [{other.origin.value}]")


def list_variants(
    brief: BriefFilter = None,
    slot: Annotated[
        str | None, typer.Option("--slot", help="Only for this slot.", show_default=False)
    ] = None,
    status: StatusFilter = None,
    limit: LimitOption = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """List variants: the texts that can stand in a slot.

    Example: surmesure variants list --slot subject --limit 20
    """
    from content_store import queries

    workplace = open_workplace(brand)
    with workplace.sessions() as session:
        names = queries.segment_names(session)
        found = queries.variants(session, brief=brief, slot=slot, status=_status(status), limit=limit)
    for variant in found:
        if json:
            print_line(_variant(variant, names))
        else:
            place = f"{variant.brief_id} · {names.get(variant.segment_id, '?')} · {variant.slot}"
            typer.echo(
                f"#{variant.id} {place} · {variant.origin.value} · {variant.status.value}\n    {variant.text}"
            )
    if not json:
        typer.echo(f"{len(found)} variants.")


def show_variant(
    variant_id: Annotated[int, typer.Argument(metavar="ID", help="The variant's number.")],
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Show one variant: what each sentence stands on, gates, scores and how it was written.

    Example: surmesure variants show 40 --json
    """
    from content_store import queries
    from content_store.models import Candidate, Variant

    workplace = open_workplace(brand)
    with workplace.sessions() as session:
        variant = session.get(Variant, variant_id)
        if variant is None:
            raise BadInput(
                f"there is no variant {variant_id}; `surmesure variants list` shows those there are."
            )
        names = queries.segment_names(session)
        candidate = session.get(Candidate, variant.candidate_id) if variant.candidate_id else None
    provenance = (
        {key: getattr(candidate, key) for key in ("prompt", "prompt_hash", "model", "seed", "tokens")}
        if candidate
        else None
    )
    if json:
        print_line(_variant(variant, names) | {"provenance": provenance})
        return
    typer.echo(f"#{variant.id} {variant.brief_id} · {names.get(variant.segment_id, '?')} · {variant.theme}")
    _print_variant(variant)
    if provenance:
        typer.echo(
            f"    written by model {provenance['model'][:12]} with prompt {provenance['prompt']}, seed {provenance['seed']}"
        )


def _status(value: str | None) -> Any:
    from content_store.models import ReviewStatus

    if value is None:
        return None
    try:
        return ReviewStatus(value)
    except ValueError:
        known = ", ".join(status.value for status in ReviewStatus)
        raise BadInput(f"--status {value} is not a status; choose one of {known}.") from None


def _headline(message: Message, names: dict[int, str]) -> str:
    segment = names.get(message.segment_id, "?")
    return f"#{message.id} {message.brief_id} · {segment} · {message.channel} · arm {message.arm} ({message.theme}) · {message.status.value}"


def _print_variant(variant: Variant) -> None:
    typer.echo(f"    {variant.slot}: {variant.text}   [{variant.origin.value}]")
    for sentence in variant.sentences:
        typer.echo(
            f"        “{sentence['text']}” stands on {sentence['block']} version {sentence['version']}"
        )
    for verdict in variant.verdicts:
        if not verdict["passed"]:
            typer.echo(f"        {verdict['gate']}: {verdict['reason']}")
    scores = ", ".join(f"{name} {value:.2f}" for name, value in variant.scores.items())
    typer.echo(f"        scores, not yet calibrated: {scores}")


def _message(message: Message, names: dict[int, str], texts: list[Variant]) -> dict[str, Any]:
    return {
        "id": message.id,
        "brief": message.brief_id,
        "run": message.run_id,
        "segment": {"id": message.segment_id, "name": names.get(message.segment_id)},
        "channel": message.channel,
        "locale": message.locale,
        "arm": message.arm,
        "theme": message.theme,
        "status": message.status.value,
        "hash": message.content_hash,
        "variants": [_variant(variant, names) for variant in texts],
    }


def _variant(variant: Variant, names: dict[int, str]) -> dict[str, Any]:
    return {
        "id": variant.id,
        "brief": variant.brief_id,
        "segment": {"id": variant.segment_id, "name": names.get(variant.segment_id)},
        "channel": variant.channel,
        "locale": variant.locale,
        "slot": variant.slot,
        "theme": variant.theme,
        "text": variant.text,
        "origin": variant.origin.value,
        "status": variant.status.value,
        "block_version_ids": variant.block_version_ids,
        "sentences": variant.sentences,
        "gates": variant.verdicts,
        "scores": variant.scores,
    }
