"""Gate: an editor would not throw the text away at sight. For texts of a model only; no rule says what is wrong with them."""

from evaluation.gates.gate import Copy, Verdict, passes, refuses

GATE = "sense"
#: Held out, 3 % of what editors would send scores below this, and 37 % of what must not be sent.
LEAST = 0.05
#: Calls to action are too short to be told apart, and none was labelled.
UNREAD_SLOTS = ("cta",)


def check_sense(copy: Copy, readers: float, fluency: float | None) -> Verdict:
    """`readers` is the preference 0..1; a text without fluency was written by people and passes."""
    if fluency is None or copy.slot in UNREAD_SLOTS or readers >= LEAST:
        return passes(GATE)
    return refuses(
        GATE,
        f"Editors hardly ever send a text like this (score {readers:.2f}): it reads oddly or repeats itself.",
    )
