"""Asides to the reader that state nothing of an offer: whose task a thing is, what is encouraged, who has the last word."""

import re

from evaluation.gates.carried import is_tied
from evaluation.gates.statements import Clause
from evaluation.gates.text import words

# "The apron is your department", "the umbrella is up to you": what the reader brings is not offered.
_READERS_TASK = re.compile(
    r"(?:and |but |so )?(?:the |that |any |all )?[\w'-]+(?: [\w'-]+){0,3} (?:is|are|remains?|stays?) (?:entirely |all |strictly |still )?"
    r"(?:up to you|your (?:own )?(?:department|job|call|turn|business|choice|affair|problem|part|half|side of (?:it|things|the bargain)|task|responsibility|concern|decision|move|secret|doing|fault))[.!]?",
    re.IGNORECASE,
)
# "Spinning at the mirror is encouraged": how one looks at it; "camping is allowed" is a permission.
_ATTITUDE = re.compile(
    r"(?!(?:book|reserv|order|tipp|haggl|park|camp|smok|cancel|return|bring|pay|subscrib|register|rent|refill|shar|swapp|cycl|swimm)\w*ing\b)"
    r"(?:and |but |so )?[a-z]+ing\b[^,;:]* (?:is|are) (?:\w+ly |very much |not (?:un)?)?(?:encouraged|forgiven|expected|understood|understandable|applauded|tolerated|discouraged|frowned upon|human|normal)"
    r"(?: (?:here|until then|throughout|of course|either way))?[.!]?",
    re.IGNORECASE,
)
# "The casting vote goes to whoever owns the van"; whoever orders wins something.
_WHOEVER = re.compile(
    r"(?:and |but |so )?(?:the |that )?(?!(?:[\w'-]+ )?(?:prizes?|gifts?|rewards?|discounts?|vouchers?|bonus|tickets?|seats?|places?)\b)[\w'-]+(?: [\w'-]+){0,3} (?:goes|go|belongs?|falls?|is left|are left) to (?:whoever|whomever|the one who|the person who|anyone who) "
    r"(?![^.]*\b(?:orders?|books?|buys?|bought|signs?|joins?|spends?|subscribes?|calls?|registers?|applies|enters?|wins?|reviews?|refers?|first|next|today|tomorrow)\b).+",
    re.IGNORECASE,
)
# "Last plump!", "One more twirl!": a cheer before anything is offered.
_CHEER = re.compile(
    r"(?:(?:one|just one) (?:more|last|final)|last|final|another|an?(?: (?:quick|little|last|final|big|deep))?) (?!\w+ed\b)[a-z]+!",
    re.IGNORECASE,
)


def is_aside(clause: Clause, of_facts: frozenset[str]) -> bool:
    """Whether a clause, without any word of the facts, is one of these."""
    text = clause.text
    if _READERS_TASK.fullmatch(text):
        return True
    if _CHEER.fullmatch(text):
        return not clause.earlier.strip() and not is_tied(words(text)[-1], of_facts)
    if is_tied(text, of_facts):
        return False
    return _ATTITUDE.fullmatch(text) is not None or _WHOEVER.fullmatch(text) is not None
