"""Gate: a text message takes no more segments than its slot may cost (3GPP TS 23.038 and TS 23.040)."""

from typing import Literal, NamedTuple

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses

GATE = "sms"

GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: They take an escape sign before them, so two septets.
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


class Segments(NamedTuple):
    """How a text travels; `odd` are the characters that force UCS-2, each once, in order."""

    encoding: Literal["GSM-7", "UCS-2"]
    number: int
    odd: tuple[str, ...]


def segments(text: str) -> Segments:
    """A segment holds 160 septets or 70 UTF-16 units; of several segments each loses room for its number: 153 or 67."""
    odd = tuple(dict.fromkeys(c for c in text if c not in GSM and c not in GSM_EXTENSION))
    if odd:
        return Segments("UCS-2", _count([2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67), odd)
    return Segments("GSM-7", _count([2 if c in GSM_EXTENSION else 1 for c in text], 160, 153), ())


def check_sms(copy: Copy, policy: Policy) -> Verdict:
    limit = policy.segment_limits.get(copy.slot)
    if limit is None:
        return passes(GATE)
    suffix = policy.suffixes.get(copy.slot)
    found = segments(f"{copy.text} {suffix}" if suffix else copy.text)
    if found.number <= limit:
        return passes(GATE)
    why = ""
    if found.odd:
        odd = ", ".join(f"“{c}”" for c in found.odd[:3])
        why = f" because of {odd}, which plain text messages lack"
    whole = " with its ending" if suffix else ""
    return refuses(GATE, f"The text{whole} takes {found.number} segments{why}; {copy.slot} may take {limit}.")


def _count(sizes: list[int], alone: int, shared: int) -> int:
    """Segments for characters of these sizes; none is cut in two."""
    if sum(sizes) <= alone:
        return 1
    count, room = 1, shared
    for size in sizes:
        if size > room:
            count, room = count + 1, shared
        room -= size
    return count
