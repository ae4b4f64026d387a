"""What goes on elsewhere or meanwhile, imagined or at home: no statement of the offer."""

import re

from evaluation.gates.carried import is_tied
from evaluation.gates.offer_words import OFFERED_THINGS
from evaluation.gates.statements import Clause
from evaluation.gates.text import stems, words

# So many words of the facts name an offer; one may be chance.
_NAMED = 2
_ELSEWHERE = re.compile(
    r"(?:somewhere|imagine|picture|meanwhile|once upon a time|sweet dreams|good (?:night|morning|evening)|happy \w+ing)\b",
    re.IGNORECASE,
)
# A thing that cannot judge is said to.
_VERDICT = re.compile(
    r"(?:the|your|my) (?P<subject>[\w'-]+(?: [\w'-]+)?) (?:dis)?(?:approves?|agrees?|nods?|understands?|forgives?|applauds?|objects?|sighs?|rejoices?|cheers?|smiles?|sulks?|waits?)[.!]?",
    re.IGNORECASE,
)
# What stays at home is not what is offered.
_STAYS_AWAY = re.compile(
    r"(?:the |your |my )?[\w'-]+(?: [\w'-]+)? (?:(?:can |may |will )?(?:stays? (?:at home|in bed|behind|put|away|shut|off)|wait|rest)|(?:takes?|gets?|has|have) (?:the|an?) (?:day|night|morning|evening|weekend|week) off)[.!]?",
    re.IGNORECASE,
)
# "The meeting is over" ends something of the reader's.
_OVER = re.compile(
    r"^(?:and |so |then )?(?:the|your) \w+ (?:is|are) (?:[\w-]+ ){0,3}over[.!]?$", re.IGNORECASE
)
# Whoever rests meanwhile is no part of what is offered: "and the cat can have a lie-in".
_IDLES = re.compile(
    r"(?:and |so |while |then )?(?:the|your) [\w'-]+ (?:can |may |gets? to |will )?(?:has|have|gets?|takes?|enjoys?) (?:a|an|its|their|another) "
    r"(?:long |little |quiet )?(?:lie-in|nap|snooze|doze|sit-down|stretch|yawn)[.!]?",
    re.IGNORECASE,
)
_REGARDLESS = re.compile(
    r"^(?:and |but )?(?:the|your) [^,.;:]* (?:regardless|all the same|as ever)[.!]?$", re.IGNORECASE
)


def is_imagined(text: str, of_facts: frozenset[str]) -> bool:
    """ "Somewhere a waiter is already smiling", "Sweet dreams of clean socks", "The snooze button approves": no word of the facts."""
    if _OVER.match(text) or _IDLES.fullmatch(text):
        return True
    if is_tied(text, of_facts):
        return False
    if _STAYS_AWAY.fullmatch(text):
        return True
    if _ELSEWHERE.match(text):
        return True
    verdict = _VERDICT.fullmatch(text)
    return verdict is not None and not any(word in OFFERED_THINGS for word in words(verdict["subject"]))


def goes_on(clause: Clause, of_facts: frozenset[str]) -> bool:
    """ "And the kettle gets filled regardless", before any offer is named."""
    named = of_facts.intersection(stems(clause.earlier))
    return (
        _REGARDLESS.search(clause.text) is not None
        and len(named) < _NAMED
        and not is_tied(clause.text, of_facts)
    )
