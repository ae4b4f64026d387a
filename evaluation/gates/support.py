"""Gate: what a copy states of the offer or the company stands in a fact; scenes, greetings and questions stay free."""

import re

from evaluation.gates.asides import is_aside, is_scene
from evaluation.gates.carried import carried_by, carried_stems, is_tied, telling_words
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.meanwhile import goes_on, is_imagined
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.statements import Clause, is_firm, statements
from evaluation.gates.text import plain, stems, words

GATE = "support"
_NEVER = 1_000


def check_support(copy: Copy, policy: Policy) -> Verdict:
    known = carried_by(copy, policy)
    if taken := _included_at_a_charge(copy):
        return refuses(GATE, f'The copy says "{taken}"; the facts charge for it.')
    of_facts = carried_stems(copy.facts)
    for clause in statements(copy.text):
        if word := unsupported_word(clause, known, of_facts):
            return refuses(GATE, f'"{clause.text}" states something ("{word}") that no fact says.')
    return passes(GATE)


def _included_at_a_charge(copy: Copy) -> str:
    """ "Packing included" where the fact charges for packing."""
    text = plain(copy.text)
    for found in _INCLUDED.finditer(text) if "included" in text or "at no" in text else ():
        named = frozenset(s for s in stems(found[1]) if s not in FUNCTION_STEMS)
        if "not" in found[1].lower().split():
            continue
        facts = [fact for fact in copy.facts if named & frozenset(stems(fact))]
        if (
            facts
            and all(_CHARGED.search(fact) for fact in facts)
            and not any(_GIVEN.search(fact) for fact in facts)
        ):
            return found[0].strip()
    return ""


def unsupported_word(clause: Clause, known: frozenset[str], of_facts: frozenset[str]) -> str:
    """The first word of the clause that nothing carries and that makes it a statement of the offer; empty when none."""
    if (
        _NOT_INCLUDED.fullmatch(clause.text)
        or _is_time_to_spend(clause)
        or is_imagined(clause.text, of_facts)
        or goes_on(clause, of_facts)
        or is_aside(clause, of_facts)
    ):
        return ""
    telling = telling_words(clause.text, known)
    if telling and is_scene(clause, of_facts):
        return ""
    if telling and (
        _does_more(clause, telling[0])
        or _tells_of_part(clause, of_facts)
        or len(telling) >= _many(clause, of_facts)
    ):
        return telling[0]
    if telling and is_firm(clause.text):
        return "" if _points_ahead(clause, of_facts) else telling[0]
    offered = [w for w in telling if _is_offered(w)]
    if not offered or len(words(clause.text)) == 1:
        return telling[0] if _is_full_of_news(clause, telling) else ""
    manner = next((w for w in offered if w in OFFERED_MANNERS), "")
    if manner and not _sets_scene(clause, manner, known):
        return manner
    return offered[0] if _speaks_of_offer(clause, offered, known) else ""


def _is_time_to_spend(clause: Clause) -> bool:
    """ "Two hours. Enough for the park and a swim": what the reader does meanwhile."""
    before_sentence = clause.earlier.removesuffix(clause.before)
    return (
        _ENOUGH_FOR.match(clause.before or clause.text) is not None
        and _TIME_LAST.search(before_sentence) is not None
    )


def _does_more(clause: Clause, verb: str) -> bool:
    """ "And waters them before shipping", "packs into its own bag": more of what the offer does, told after a clause of a fact."""
    does = _DOES_SO.match(clause.text) or _DOES_SOMEWHERE.match(clause.text)
    return clause.continues and does is not None and does[1].lower() == verb


def _tells_of_part(clause: Clause, of_facts: frozenset[str]) -> bool:
    return clause.continues and _ITS_PART.match(clause.text) is not None and is_tied(clause.before, of_facts)


def _many(clause: Clause, of_facts: frozenset[str]) -> int:
    """How many strange words make any clause a statement, once the offer is named: scenes come before it or keep apart."""
    if not is_tied(clause.before if clause.continues else clause.earlier, of_facts) or _WANTS.search(
        clause.text
    ):
        return _NEVER
    if not clause.continues and _HAS_HAPPENED.match(clause.text) and not is_tied(clause.text, of_facts):
        return _NEVER
    return 2 if not clause.continues and is_tied(clause.text, of_facts) else 3


def _points_ahead(clause: Clause, of_facts: frozenset[str]) -> bool:
    """ "Made to be mended:" leads to what it means; "it hangs by a thread" speaks of something before any offer is named."""
    if clause.text.endswith(":"):
        return True
    return _IT.match(clause.text) is not None and not is_tied(_OF_READER.sub(" ", clause.earlier), of_facts)


def _is_full_of_news(clause: Clause, telling: list[str]) -> bool:
    """ "Dogs may sleep under the desks", "with crackers": short of offer words, but it says so of what the facts name."""
    if (
        clause.continues
        and len(telling) == 1
        and (_WITH_ONE.match(clause.text) or words(clause.text)[0] in OFFERED_DEEDS)
    ):
        return True
    return len(telling) > (not clause.continues) and _GUESTS.match(clause.text) is not None


def _is_offered(word: str) -> bool:
    return word in OFFERED_DEEDS or word in OFFERED_MANNERS or word in OFFERED_THINGS


def _speaks_of_offer(clause: Clause, offered: list[str], known: frozenset[str]) -> bool:
    """ "The tent is dry again" and "Two boxes, one argument fewer" do not: a strange subject, or a thing without a statement."""
    text = clause.text
    if text.endswith(":") or _WANTS.search(text):
        return False
    if clause.continues and words(text)[0] == offered[0] and offered[0] in OFFERED_DEEDS:
        return True
    if _WITH.match(text) or _THERE.match(text) or len(offered) > 1:
        return True
    subject = _SUBJECT.match(text)
    if subject is not None:
        about = words(subject["subject"])
        return offered[0] in about or is_tied(subject["subject"], known) or "you" in about
    return offered[0] in OFFERED_DEEDS and is_tied(text, known)


def _sets_scene(clause: Clause, manner: str, known: frozenset[str]) -> bool:
    """ "An early flight is easier", "Soup wants a creamy friend", "The sunny end of produce:", "Midweek has a soft spot" """
    text = clause.text
    if _GENERAL.search(text):
        return True
    subject = _SUBJECT.match(text)
    if (
        subject
        and not clause.continues
        and manner not in words(subject["subject"])
        and not is_tied(text, known)
    ):
        return True
    return text.endswith(":") and len(words(text)) > 2 and words(text)[0] != manner and not subject


# "Chef not included": what the facts include is compared elsewhere.
_NOT_INCLUDED = re.compile(r"(?:the |your )?[\w-]+(?: [\w-]+)? not included[.!]?", re.IGNORECASE)
# "Sunday pancakes have run out of excuses": what has come to pass is no part of an offer.
_HAS_HAPPENED = re.compile(
    r"(?!we|our|it|they\b)(?:[\w'-]+ ){1,3}(?:has|have) (?:[a-z]+ly |finally |just )?[a-z]+\b", re.IGNORECASE
)
_ENOUGH_FOR = re.compile(r"(?:just |long |time )*enough (?:time )?(?:for|to)\b", re.IGNORECASE)
_TIME_LAST = re.compile(
    r"\b(?:minutes?|hours?|days?|weeks?|weekends?|mornings?|afternoons?|evenings?)\W*$", re.IGNORECASE
)
_THERE = re.compile(
    r"^(?:and |so |but )?there(?:'s| is| are|'re| will be) (?!always|nothing|someone|somebody|nobody)",
    re.IGNORECASE,
)
_DOES_SO = re.compile(
    r"(?:and )?([a-z]{3,}s) (?:them|it|each|every|your|the|all|you|an?|its|their|us|any)\b", re.IGNORECASE
)
_DOES_SOMEWHERE = re.compile(
    r"(?:and )?(?!belongs|leaves|closes|opens|ends)([a-z]{3,}s) (?:in|on|into|with|from|up|out|through|without|against) [a-z]"
)
# "And the cable reaches any corner", "each in its own colour", after a clause on the offer.
_ITS_PART = re.compile(
    r"^(?:and |but |while )(?:the|its|their|all|every|each) |^and (?!you|we|i|everyone|nobody|somebody)[a-z]+ [a-z]+ (?:them|it)\b|^(?:each|all|both) (?:in|with|of|on|from) ",
    re.IGNORECASE,
)
_WITH_ONE = re.compile(r"^(?:with|plus) (?:an? |some )?[\w-]+[.!]?$", re.IGNORECASE)
_IT = re.compile(r"^(?:and |so |but |then |now )*(?:it|they|these|those)\b", re.IGNORECASE)
_OF_READER = re.compile(r"\b(?:your|my) [\w'-]+", re.IGNORECASE)
_GUESTS = re.compile(
    r"^(?:and |but |so )?(?:the |our |all )?(?:guests|visitors|passengers|residents|patients|shoppers|participants|beginners|children|parents|dogs|pets|players|members|students) (?:may|can|also|always) [a-z]+\b",
    re.IGNORECASE,
)
_INCLUDED = re.compile(
    r"((?:[\w-]+ )?[\w-]+) (?:is |are )?(?:also )?(?:included|at no (?:extra )?(?:cost|charge))\b",
    re.IGNORECASE,
)
_CHARGED = re.compile(r"\b(?:separately|extra|charged?|more|additional|on top|costs?)\b", re.IGNORECASE)
_GIVEN = re.compile(
    r"\b(?:includ\w+|free|with|no charge|no extra|come|comes|has|have|hold|holds|part of|nothing|complimentary)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\b(?:wants?|deserves?|calls? for|fancies|beats|nobody's|no one's|anyone's|(?:needs?|loves?) (?:an?|some(?:one|body|thing|where)?))\b",
    re.IGNORECASE,
)
# "An early flight is easier": how things are, not how the offer is.
_GENERAL = re.compile(
    r"^(?:an?|some) (?:[\w-]+ ){1,3}(?:is|are|was|has|can|will|may|makes?|needs?)\b|\b(?:wants?|deserves?|calls? for|got|gets|earned)\b",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"^(?:complete |together |along )?(?:with|plus|including|featuring|enough|room for|space for) ",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^(?:and |so |but |then |now |yes |also )?(?:the |our |every |each |all |most |some |its |your )?(?P<subject>[\w'-]+(?: (?!to\b|of\b|for\b|in\b)[\w'-]+){0,2}?) "
    r"(?:is|are|has|have|was|were|will|(?:can|may) be|isn't|aren't|hasn't|won't|doesn't|don't|do|does|just|never|always|needs?|makes?|goes|takes?|gets?|comes?|stays?|stops?|lasts?|rests?|"
    r"eats?|sells?|offers?|sends?|delivers?|rents?|repairs?|cleans?|sleeps?|plays?|picks?|visits?|meets?|speaks?|answers?|charges?|fits?|works?|runs?|finds?|loads?|keeps?|holds?|opens?|closes?|faces?|serves?|costs?|pays?|arrives?|looks?|feels?|brings?|takes?|reads?|warns?|\w+ed)\b",
    re.IGNORECASE,
)
