"""Which words of a clause the facts carry: the same stem or root, or another word for the same."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache
from itertools import chain

from evaluation.gates.function_words import FUNCTION_STEMS, FUNCTION_WORDS
from evaluation.gates.gate import Copy, Policy
from evaluation.gates.offer_words import ALIKE
from evaluation.gates.text import CACHED_FACTS, CACHED_TEXTS, stem, stems, words
from evaluation.gates.units import LARGE_WORDS, NUMBER_WORDS, UNITS, WEEKDAYS

_SUFFIX = re.compile(r"(?:e?abl|l?ation|ment|ness|ful|al|er|or|ion|an[ct]|en[ct])$")
# "Subscription" and "subscribe", "reduction" and "reduce": how the noun's root ends, and the verb's.
_NOUN_AND_VERB = (
    ("script", "scrib"), ("duct", "duc"), ("miss", "mit"), ("tens", "tend"), ("cis", "cid"), ("lus", "lud"), ("cept", "ceiv"), ("pans", "pand"),
    ("ific", "if"), ("plic", "pl"), ("vis", "vid"), ("solut", "solv"), ("quisit", "quir"), ("sumpt", "sum"), ("ceiv", "ceiv"),
)  # fmt: skip
_PARTS = frozenset("quarter quarters half halves couple pair pairs double triple twice thrice".split())
_OWNERS = frozenset("your my his her their".split())


def carried_by(copy: Copy, policy: Policy) -> frozenset[str]:
    """The stems that the facts, the audience, the keep phrases or the lexicon of a copy carry."""
    return carried_stems((*copy.support, *copy.keep, *policy.lexicon))


@lru_cache(CACHED_FACTS)
def carried_stems(texts: tuple[str, ...]) -> frozenset[str]:
    """The stems of the texts and of what means the same."""
    return frozenset().union(*map(kin, chain.from_iterable(map(stems, texts))))


@lru_cache(CACHED_TEXTS)
def kin(own: str) -> frozenset[str]:
    """A stem, its roots, and the stems of what means the same."""
    near = {own, root(own), _done_anew(own)}
    return frozenset(near.union(*(ALIKE[s] for s in near & ALIKE.keys())))


@lru_cache(CACHED_TEXTS)
def root(own: str) -> str:
    """What "rechargeable", "cancellation" and "payment" share with "recharge", "cancel" and "pay"."""
    cut = _SUFFIX.sub("", own)
    if cut != own and len(cut) > 3 and cut[-1] == cut[-2] and cut[-1] not in "ls":
        cut = cut[:-1]
    if own.endswith("ion"):
        cut = next(
            (cut.removesuffix(noun) + verb for noun, verb in _NOUN_AND_VERB if cut.endswith(noun)), cut
        )
    return cut if len(cut) >= 4 else own


def _done_anew(own: str) -> str:
    """ "Resoled" holds "sole", "refilled" holds "fill"."""
    return own[2:] if own.startswith("re") and len(own) >= 5 else own


def telling_words(clause: str, known: frozenset[str]) -> list[str]:
    """The words of a clause that nothing carries, less those that say little and those of the reader's own things."""
    said = words(clause)
    return [w for w in said if is_fresh(w, known) and stem(w) not in IDLE and not _is_readers(w, said)]


def is_fresh(word: str, known: frozenset[str]) -> bool:
    bare = word.split("'")[0]
    own = stem(bare)
    return not (
        own in known
        or root(own) in known
        or own in FUNCTION_STEMS
        or word in FUNCTION_WORDS
        or bare[0].isdigit()
        or len(bare) == 1
        or bare in NUMBER_WORDS
        or bare.removesuffix("s") in LARGE_WORDS
        or bare in _PARTS
        or bare in UNITS
        or bare in WEEKDAYS
    )


def is_tied(text: str, known: frozenset[str]) -> bool:
    """Whether a text holds any word of what is known."""
    return any(s in known for s in stems(text) if s not in FUNCTION_STEMS and not s[0].isdigit())


def _is_readers(word: str, said: tuple[str, ...]) -> bool:
    """ "Your old sofa" is the reader's, "Gran's kitchen" another's: no part of the offer."""
    at = said.index(word)
    return any(before in _OWNERS or before.endswith("'s") for before in said[max(0, at - 2) : at])


# Words that carry no statement by themselves; what they are said with does.
IDLE = frozenset(
    stem(word)
    for word in (
        "go come get make thing way time day need want wait today now ready back last next first lot left right rest everything something anything nothing someone "
        "everyone nobody yet still even never always well good bit matter like know see say ask tell thank please hello welcome sorry look turn put take give keep let "
        "leave stay stand remain happen mean help later sooner soon again already almost nearly perhaps maybe enough instead straight whole end start begin count "
        "call question answer story word name part place side life love hope think feel hard simple new old big little long hold bring carry run move ride "
        "arrive show pair send play open travel supply sell go work choose use add find start set join wear pay read whenever wherever whatever however everywhere somewhere elsewhere nowhere somehow sometimes possibly "
        "goes alone together people person somebody folk another week month year morning evening afternoon night tomorrow tonight weekend half third fifth tenth many kind sort true yours "
        "mine ours done gone round number advance included provided pass news off plus also forward way ahead along early late around exactly really quite rather pretty actually simply truly possible able option choice none proud less fewer"
    ).split()
)
