"""Gate: every keep phrase of the facts stands in the copy, word for word."""

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import plain

GATE = "keep_phrases"


def check_keep_phrases(copy: Copy, _policy: Policy) -> Verdict:
    text = plain(copy.text)
    missing = [phrase for phrase in copy.keep if not contains_phrase(text, plain(phrase))]
    if not missing:
        return passes(GATE)
    return refuses(
        GATE, "The text must contain " + " and ".join(f'"{p}"' for p in missing) + " word for word."
    )


def contains_phrase(text: str, phrase: str) -> bool:
    """Whether `phrase` stands in `text` as whole words; its first letter may be a capital where a sentence starts."""
    if not phrase:
        return True
    capital = phrase[0].upper() + phrase[1:]
    return any(
        _whole(text, at, len(phrase)) and (text[at] == phrase[0] or _starts_sentence(text, at))
        for form in dict.fromkeys((phrase, capital))
        for at in _places(text, form)
    )


def _places(text: str, phrase: str) -> list[int]:
    places, at = [], text.find(phrase)
    while at >= 0:
        places.append(at)
        at = text.find(phrase, at + 1)
    return places


def _whole(text: str, at: int, length: int) -> bool:
    """ "5 kg" does not stand in "25 kg", nor "$5" in "$5.40"; a plural or possessive ending may follow a word."""
    before, after = text[:at][-2:], text[at + length :][:2]
    first, last = text[at], text[at + length - 1]
    if (
        first.isalnum()
        and before
        and (
            before[-1].isalnum()
            or (
                first.isdigit()
                and before[-1] in ".,$€£"
                and len(before) == 2
                and (before[0].isdigit() or before[-1] in "$€£")
            )
        )
    ):
        return False
    if (
        last.isdigit()
        and after
        and (after[0].isdigit() or (after[0] in ".,%" and (after[1:].isdigit() or after[0] == "%")))
    ):
        return False
    return not (last.isalnum() and after and after[0].isalnum() and after[0] != "s")


def _starts_sentence(text: str, at: int) -> bool:
    lead = text[:at].rstrip(" \"'(")
    return not lead or lead[-1] in ".!?:;-"
