"""Gate: what a copy states of the offer or the company stands in a fact; scenes, greetings and questions stay free."""

import re

from evaluation.gates.carried import carried_by, is_tied, telling_words
from evaluation.gates.function_words import FUNCTION_STEMS
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.statements import Clause, is_firm, statements
from evaluation.gates.text import plain, stems, words

GATE = "support"


def check_support(copy: Copy, policy: Policy) -> Verdict:
    known = carried_by(copy, policy)
    if taken := _included_at_a_charge(copy):
        return refuses(GATE, f'The copy says "{taken}"; the facts charge for it.')
    for clause in statements(copy.text):
        if word := unsupported_word(clause, known):
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


def unsupported_word(clause: Clause, known: frozenset[str]) -> str:
    """The first word of the clause that nothing carries and that makes it a statement of the offer; empty when none."""
    telling = telling_words(clause.text, known)
    if telling and clause.continues and _DOES_SO.match(clause.text) and words(clause.text)[0] == telling[0]:
        return telling[0]
    if telling and is_firm(clause.text):
        return telling[0]
    offered = [w for w in telling if _is_offered(w)]
    if not offered or len(words(clause.text)) == 1:
        return telling[0] if _is_full_of_news(clause, telling, known) else ""
    manner = next((w for w in offered if w in OFFERED_MANNERS), "")
    if manner and not _sets_scene(clause.text, manner):
        return manner
    return offered[0] if _speaks_of_offer(clause, offered, known) else ""


def _is_full_of_news(clause: Clause, telling: list[str], known: frozenset[str]) -> bool:
    """ "Dogs may sleep under the desks", "with crackers": short of offer words, but it says so of what the facts name."""
    if (
        clause.continues
        and len(telling) == 1
        and (_WITH_ONE.match(clause.text) or words(clause.text)[0] in OFFERED_DEEDS)
    ):
        return True
    if len(telling) < 2:
        return False
    if _THERE.match(clause.text) or _GUESTS.match(clause.text):
        return True
    return _SAYS_OF.match(clause.text) is not None and is_tied(clause.text, known)


def _is_offered(word: str) -> bool:
    return word in OFFERED_DEEDS or word in OFFERED_MANNERS or word in OFFERED_THINGS


def _speaks_of_offer(clause: Clause, offered: list[str], known: frozenset[str]) -> bool:
    """ "The tent is dry again" and "Two boxes, one argument fewer" do not: a strange subject, or a thing without a statement."""
    text = clause.text
    if _WANTS.search(text):
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


def _sets_scene(clause: str, manner: str) -> bool:
    """ "An early flight is easier", "Soup wants a creamy friend", "The sunny end of produce:" """
    if _GENERAL.search(clause):
        return True
    return (
        clause.endswith(":")
        and len(words(clause)) > 2
        and words(clause)[0] != manner
        and not _SUBJECT.match(clause)
    )


_THERE = re.compile(
    r"^(?:and |so |but )?there(?:'s| is| are|'re| will be) (?!always|nothing|someone|somebody|nobody)",
    re.IGNORECASE,
)
# "And waters them before shipping": what the company does, told after what a fact holds.
_DOES_SO = re.compile(r"[a-z]{3,}s (?:them|it|each|every|your|the|all)\b", re.IGNORECASE)
_WITH_ONE = re.compile(r"^(?:with|plus) (?:an? |some )?[\w-]+[.!]?$", re.IGNORECASE)
_SAYS_OF = re.compile(
    r"^(?:and |but |so )?(?:the |our |all )?(?!your|you|i\b)(?:[\w-]+ ){1,2}(?:(?:can|may|will|must) |(?:has|have) (?:an? |its own |their own |\w+s\b))",
    re.IGNORECASE,
)
_GUESTS = re.compile(
    r"^(?:and |but |so )?(?:the |our |all )?(?:guests|visitors|passengers|residents|patients|shoppers|participants|beginners|children|parents|dogs|pets|players|members|students) (?:may |can |also |always )?"
    r"(?!of\b|in\b|at\b|on\b|with\b|who\b|and\b|or\b)[a-z]+\b",
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
    r"\b(?:wants?|deserves?|calls? for|fancies|beats|nobody's|no one's|anyone's|(?:needs?|loves?) (?:an?|some|something))\b",
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
