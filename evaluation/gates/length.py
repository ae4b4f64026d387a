"""Gate: the copy fits its slot, counted in characters as typed."""

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses

GATE = "length"


def check_length(copy: Copy, policy: Policy) -> Verdict:
    limit = copy.max_chars or policy.slot_limits.get(copy.slot)
    length = len(copy.text)
    if limit is None or length <= limit:
        return passes(GATE)
    return refuses(GATE, f"The text has {length} characters; the {copy.slot or 'slot'} holds {limit}.")
