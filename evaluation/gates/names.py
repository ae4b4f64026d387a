"""Gate: every name in the copy (product, place, person, other brand) stands in a fact, the audience or the lexicon."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from functools import lru_cache

from evaluation.gates.altered_names import altered_name, is_one_edit_from
from evaluation.gates.carried import carried_stems, root
from evaluation.gates.common_words import COMMON_WORDS
from evaluation.gates.competitors import competitor_named
from evaluation.gates.function_words import FUNCTION_WORDS
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.quantities import quantities
from evaluation.gates.scene_names import is_of_scene
from evaluation.gates.spelling import is_word
from evaluation.gates.text import CACHED_FACTS, forms, plain, stem, words
from evaluation.gates.units import CURRENCIES, MONTHS, SHORT_UNITS, WEEKDAYS

GATE = "names"

_TOKEN = re.compile(r"[^\W_]+(?:['&][^\W_]+)*")
_CAPITALISED = re.compile(r"[A-Z]|[a-z]+[A-Z]")
_SENTENCE_LEAD = re.compile(r"(?:^|[.!?:;\"(|/]|- |\.\.\.|^'| ')\s*['\"(]*$")
# "T-shirt", "U-turn".
_JOINED = re.compile(r"-[a-z]")
_TITLES = re.compile(r"\b(?:dr|mr|mrs|ms|prof|st|no|vs|inc|ltd|co|dear|hi|hello|hey)\. $", re.IGNORECASE)
_VERB_AFTER = re.compile(
    r"'s\b|:|\s(?:is|has|comes|opens|keeps|serves|takes|makes|gives|costs|pays|covers|weighs|fits|works|will|can|does|and [A-Z]|"
    r"beats|offers|lasts|welcomes|includes|holds|says|knows|was)\b| [A-Z\d]"
)
_ALWAYS = (
    frozenset(
        "gran grandma granny nan dada mama papa moon sun earth i i'm i'd i've i'll ok tv uk eu us usa sms faq id pc diy mum dad mom gps usb wi wifi fi qr ceo hr it vat ev led lcd "
        "celsius fahrenheit english a am pm o".split()
    )
    | MONTHS.keys()
    | WEEKDAYS.keys()
)
# Days that every reader knows.
_HOLIDAYS = re.compile(r"\b(?:New Year|Boxing|Mother|Father|Valentine)(?:'?s'?)?(?: Day| Eve)\b|\bNew Year\b")
# "Margaret, the tea is in": somebody is spoken to.
_SPOKEN_TO = re.compile(r", (?:the|your|our|you|you're|we|we've|it's|it|this|these|that|a|an|here)\b")
# Somebody's aunt is no brand, whatever her name.
_FAMILY = re.compile(r"\b(?:Aunt|Auntie|Uncle|Cousin|Grandma|Granny|Grandpa|Grandad|Nana)(?: [A-Z][a-z]+)?\b")
# "Dignity is optional": an ordinary word, whatever stands after it.
_ABSTRACT = re.compile(r"[A-Z][a-z]{2,}(?:ness|tion|ment|ance|ence|ship|ism|ity)")
_PLACE = re.compile(r"\b(gate|plan|platform|row|seat|dock|bay|terminal|hall|door|exhibit|point) $")
_GERMANIC = ("de",)


def check_names(copy: Copy, policy: Policy) -> Verdict:
    text = plain(copy.text)
    if other := competitor_named(copy, policy):
        return refuses(GATE, f'"{other}" is another brand; the copy may not name it.')
    if copy.locale.split("-")[0] in _GERMANIC:
        return passes(GATE)
    known = forms(copy.support + copy.keep + policy.lexicon)
    kin = frozenset(w for found in _FAMILY.findall(text) for w in words(found))
    tokens = list(_TOKEN.finditer(_HOLIDAYS.sub(lambda found: found[0].lower(), text)))
    for token in tokens:
        word = token[0]
        if word.islower() or not _CAPITALISED.match(word):
            continue
        if _may_be_altered(word.lower(), known) and (altered := altered_name(token, text, copy)):
            return refuses(GATE, f'The name "{altered}" is another one in the facts.')
        if _is_known(word, known) or word.lower() in kin or text[: token.start()].rstrip().endswith("°"):
            continue
        if word.lower() in _currency_names(copy.facts):
            continue
        if _is_name(token, text, known, _is_title_case(tokens), copy):
            return refuses(GATE, f'The name "{word}" stands in none of the facts.')
    return passes(GATE)


@lru_cache(CACHED_FACTS)
def _currency_names(facts: tuple[str, ...]) -> frozenset[str]:
    """ "CHF" and "Swiss" for Swiss francs: what the currencies of the facts are called."""
    units = {q.unit for fact in facts for q in quantities(fact) if q.kind == "money"}
    return frozenset(word for name, unit in CURRENCIES.items() if unit in units for word in name.split())


def _is_name(token: re.Match[str], text: str, known: frozenset[str], title_case: bool, copy: Copy) -> bool:
    """Inside a sentence a capital makes a name; at its start the word must be no common one, and used as a name is."""
    word = token[0]
    if len(word) == 1 and (_JOINED.match(text, token.end()) or _is_of_place(text[: token.start()], known)):
        return False
    if word.isupper() and len(word) > 1 and _initials(word, copy):
        return False
    lead = text[: token.start()]
    titled = _TITLES.search(lead) is not None and word.lower() not in FUNCTION_WORDS
    inside = titled or (_SENTENCE_LEAD.search(lead) is None)
    if inside and not title_case:
        return True
    if (
        _is_common(word)
        or (_ABSTRACT.fullmatch(word) and is_word(word.lower(), "en"))
        or root(stem(word.lower())) in carried_stems(copy.support)
    ):
        return False
    if title_case and inside:
        return True
    if is_of_scene(token, text, copy):
        return False
    return (
        _VERB_AFTER.match(text, token.end()) is not None
        or (not lead and _SPOKEN_TO.match(text, token.end()) is not None)
        or _misspells(word, known)
        or not is_word(word.lower().split("'")[0], "en")
    )


def _may_be_altered(low: str, known: frozenset[str]) -> bool:
    """A word that may always stand, or that only its stem makes known: "Mayes" for Mays."""
    return low in _ALWAYS or low not in known


def _is_of_place(lead: str, known: frozenset[str]) -> bool:
    """The letter of "gate K" and of "plan B", where no fact has gates or plans."""
    place = _PLACE.search(lead)
    return place is not None and place[1] not in known


def _is_known(word: str, known: frozenset[str]) -> bool:
    low = word.lower()
    return (
        low in known
        or low in _ALWAYS
        or low in SHORT_UNITS
        or low.removesuffix("s") in WEEKDAYS
        or stem(low) in known
        or low.split("'")[0] in known | _ALWAYS
    )


def _initials(word: str, copy: Copy) -> bool:
    """ "PO" for purchase orders."""
    letters = word.lower()
    return any(letters in "".join(w[0] for w in words(text)) for text in copy.support)


def _is_common(word: str) -> bool:
    low = word.lower().split("'")[0]
    return low in COMMON_WORDS or stem(low) in COMMON_WORDS or low in FUNCTION_WORDS


def _misspells(word: str, known: frozenset[str]) -> bool:
    """A name that is one letter off a known one: "Cordia" for "Corda"."""
    low = word.lower()
    return len(low) > 3 and any(
        abs(len(k) - len(low)) <= 1 and len(k) > 3 and is_one_edit_from(low, k) for k in known
    )


def _is_title_case(tokens: list[re.Match[str]]) -> bool:
    """ "Your Weekly Shop Made Easy": most of the longer words are capitalised."""
    long_words = [t[0] for t in tokens if len(t[0]) > 3]
    return len(long_words) >= 4 and sum(w[0].isupper() for w in long_words) > 0.75 * len(long_words)
