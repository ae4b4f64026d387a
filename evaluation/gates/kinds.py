"""A product keeps its kind: "the Varden sandal" is not the Varden boot of the fact."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache
from typing import NamedTuple

from evaluation.gates.carried import kin, root
from evaluation.gates.common_words import COMMON_WORDS
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems

_LONGEST_KIND = 4
_ARTICLES = ("The", "A", "An", "Our", "Your", "This", "Every", "Each")
# A name of one to four parts, then the words that say what it is, up to a verb, a preposition or a mark.
_NAMED = re.compile(
    r"(?P<name>[A-Z][\w&'-]*(?: (?:[A-Z][\w&'-]*|\d+[\w-]*))*)(?P<kind>(?: [a-z][\w'-]*){1,4})(?=$|[ .,;:!?)])"
)
_OF_SORT = re.compile(
    r"(?P<kind>[A-Za-z]{3,}) (?:of|from|in) the (?:variety|sort|breed|blend|cultivar) "
    r"(?P<name>[A-Z][\w&'-]*(?: [A-Z][\w&'-]*)*)"
)
# Verbs of products and companies, and what else may follow a name: the kind ends before them.
VERBS = frozenset(
    "contains contain buys buy repairs repair replaces replace cleans clean burns burn sleeps sleep dries dry reads read loads load tastes taste smells grows grow teaches teach trains "
    "lends lend refunds refund exchanges exchange collects collect prepares prepare doubles tracks supports connects transfers saves save earns earn folds fold cools freezes grinds "
    "brews bakes cooks washes wash mows cuts prints scans records becomes seats lies lie tells tell removes remove fills fill turns turn drives drive lifts lift protects protect beats beat "
    "cost costs has have holds hold comes come weighs weigh plays play runs run is are was will can may must does do shows show lasts last keeps keep "
    "makes make takes take gives give opens open closes close starts start covers cover includes include needs need fits fit sells sell offers offer delivers deliver "
    "sends send pays pay charges charge works work carries carry stores store rents rent serves serve brings bring gets get guarantees guarantee helps help lets let "
    "stays stay stands stand uses use measures measure reaches reach rolls roll leaves leave returns return arrives arrive flies fly sails sail goes go heats heat "
    "ready now today here again also still just only new even ahead alone back soon daily online too overnight outdoors indoors upstairs abroad anywhere everywhere somewhere together twice once tomorrow tonight yesterday first later early fast".split()
)
# What may be said of any product instead of its kind.
_GENERAL = frozenset(
    stem(w)
    for w in (
        "one set model range series line collection edition version size pair piece pack box bag bundle kit product item thing brand family option choice offer deal price day week month "
        "season way team people crew shop store stores branch website app home house kitchen service plan tariff package programme program scheme course class event trip tour ticket tickets "
        "customers members guests owners users clients subscribers style name classic original favourite favorite friend companion partner answer solution device machine instrument tool "
        "gadget appliance vehicle garment drink snack meal treat toy furniture equipment gear system food book film"
    ).split()
)
# The first word of a line is wider than the others: "shoe" may stand for a boot, never a sandal.
_WIDER = (
    "shoe boot sandal trainer sneaker loafer slipper pump moccasin", "bag backpack rucksack tote satchel holdall suitcase", "computer laptop notebook desktop",
    "insurance cover policy protection", "bed cot crib bunk", "lamp lantern", "screen tv television monitor", "phone smartphone handset", "car cabriolet convertible estate hatchback saloon suv",
    "boat ship ferry yacht canoe kayak", "ship ferry", "seat chair sofa bench stool", "oven cooker", "medicine tablet syrup", "energy electricity gas", "power electricity", "bread loaf sourdough", "wine riesling",
    "pan saucepan", "coat jacket parka", "jacket parka anorak", "cheese cheddar gouda brie", "loan mortgage", "hotel resort inn hostel guesthouse lodge", "treatment massage facial",
)  # fmt: skip
_ALIKE = (
    "sofa couch settee", "tv television", "jumper sweater pullover", "trousers pants", "phone mobile", "bike bicycle cycle", "fridge refrigerator", "flat apartment",
    "rucksack backpack", "laptop notebook", "headphones headset", "cooker stove", "policy insurance", "lorry truck", "van transporter", "mower lawnmower",
)  # fmt: skip
_ALSO_CALLED: frozenset[tuple[str, str]] = frozenset(
    (stem(wider), stem(word)) for line in _WIDER for wider, *others in [line.split()] for word in others
) | frozenset((stem(a), stem(b)) for line in _ALIKE for a in line.split() for b in line.split())
_PLACES_TO_BRING = frozenset(map(stem, ("address", "door", "doorstep", "home", "house")))


class Kind(NamedTuple):
    """What a text calls a name: "digital piano", its last word, and whether a verb follows."""

    name: str
    phrase: str
    head: str
    has_verb: bool


def kind_fault(copy: Copy) -> str:
    """A sentence on a product that the copy calls another thing than its facts do; empty when none."""
    said = {kind.name: kind for kind in named_kinds(copy.text)}
    for theirs in (
        (kind for fact in copy.facts for kind in (*named_kinds(fact), *_sorts(fact))) if said else ()
    ):
        ours = said.get(theirs.name)
        if ours and ours.phrase != theirs.phrase and _is_another(ours, theirs, copy):
            return f'The copy says "{ours.name} {ours.phrase}" where the fact says "{theirs.name} {theirs.phrase}".'
    return ""


@lru_cache(CACHED_TEXTS)
def named_kinds(text: str) -> tuple[Kind, ...]:
    """Each name of a text that is followed by what it is."""
    return tuple(kind for found in _NAMED.finditer(plain(text)) if (kind := _kind(found)))


@lru_cache(CACHED_TEXTS)
def _sorts(fact: str) -> tuple[Kind, ...]:
    """ "Roses of the variety Amber Glow": each name that a fact gives to a sort of a thing."""
    return tuple(
        Kind(found["name"], found["kind"].lower(), found["kind"].lower(), False)
        for found in _OF_SORT.finditer(plain(fact))
    )


def _kind(found: re.Match[str]) -> Kind | None:
    said = found["kind"].split()
    upto = next((i for i, w in enumerate(said) if w in VERBS or stem(w) in FUNCTION_STEMS), len(said))
    if not 0 < upto <= _LONGEST_KIND or said[0] in VERBS:
        return None
    parts = found["name"].split()
    name = " ".join(parts[1:] if parts[0] in _ARTICLES else parts)
    if all(part.lower() in COMMON_WORDS for part in name.split()):
        return None
    return Kind(name, " ".join(said[:upto]), said[upto - 1], upto < len(said) and said[upto] in VERBS)


def _is_another(ours: Kind, theirs: Kind, copy: Copy) -> bool:
    known = _known((*copy.support, *copy.keep))
    own = stem(ours.head)
    if own == stem(theirs.head):
        return _is_another_sort(ours, theirs, known, copy)
    if all(s in known or root(s) in known for s in stems(ours.head)) or _shares(ours.head, theirs.phrase):
        return False
    if not ours.has_verb and _is_verb(ours.head, theirs):
        return False
    if may_be_called(theirs.head, ours.head) and not _has_strange_words(ours, known):
        return False
    return stem(theirs.head) not in stems(copy.text)


def may_be_called(thing: str, name: str) -> bool:
    """Whether a thing may also go by a name: a sandal is a shoe, and anything may be "the set"."""
    own, other = stem(name), stem(thing)
    return own in _GENERAL or (own, other) in _ALSO_CALLED or (own in kin(other) and own in _PLACES_TO_BRING)


def _has_strange_words(kind: Kind, known: frozenset[str]) -> bool:
    """ "Roof box" for a bike rack: a box may be anything, a roof box may not."""
    return any(stem(word) not in known and stem(word) not in _GENERAL for word in kind.phrase.split()[:-1])


@lru_cache(CACHED_TEXTS)
def _known(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(form for text in texts for s in stems(text) for form in (s, root(s)))


def _is_another_sort(ours: Kind, theirs: Kind, known: frozenset[str], copy: Copy) -> bool:
    """ "Credit card" for a debit card: each has words before the same last one, and neither text has the other's."""
    mine, other = ours.phrase.split()[:-1], theirs.phrase.split()[:-1]
    if not mine or not other or any(stem(word) in stems(copy.text) for word in other):
        return False
    return all(stem(word) not in known and root(stem(word)) not in known for word in mine)


def _is_verb(head: str, theirs: Kind) -> bool:
    """After the name of one thing a word in -s is a verb, one in -ed or -ing no thing."""
    if head.endswith(("ed", "ing", "ly")):
        return True
    plural = theirs.head.endswith("s") and theirs.has_verb
    return head.endswith("s") and not head.endswith("ss") and not plural


def _shares(head: str, phrase: str) -> bool:
    """ "Bike" for e-bike, "board" for snowboard."""
    parts = [part for word in phrase.split() for part in word.split("-")]
    return any(
        part.endswith(stem(head)) or head.endswith(stem(part))
        for part in parts
        if len(part) > 2 and len(head) > 2
    )
