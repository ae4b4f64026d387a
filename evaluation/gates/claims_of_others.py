"""Superlatives, haste and habits of a scene: "your uncle takes the best chair" praises nothing that is offered."""

import re

from evaluation.gates.carried import carried_stems, is_tied
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.text import words

#: Of these families a scene may use the words.
FAMILIES_OF_SCENES = ("superlative", "scarcity or urgency", "frequency")

_SENTENCE_END = re.compile(r"[.!?:;]+[\"')]*(?:\s|$)")
# Whoever lives in scenes; the owner, the chef and the team are the brand's.
_HOUSEHOLD = (
    r"cats?|dogs?|puppy|kitten|goldfish|hamster|parrot|neighbours?|neighbors?|kids?|children|child|baby|toddler|teenagers?|husband|wife|partner|uncle|aunt|cousins?|brothers?|sisters?|"
    r"(?:grand)?(?:mother|father|mum|dad|parents|son|daughter)(?:-in-law)?|gran|grandma|grandpa|granny|boss|colleagues?|roommate|flatmate|landlord|friends?|"
    r"alarm(?: clock)?|bus|train|tram|lift|printer|fridge|kettle|doorbell|phone|postman|clock|sun|moon|rain|wind|snow|weather|tide|sofa|mirror|suitcase|meeting|monday|weekend|winter|summer"
)
_SUBJECT = rf"(?:(?:one|some|both|neither|half|most) of (?:you|us|them)|the other(?: one)?|some(?:one|body)(?: (?:in|at|on|from|next) (?:the |your )?[\w'-]+)?|(?:your|my|his|her)(?: [\w'-]+){{0,2}}|the(?: [a-z]+)? (?:{_HOUSEHOLD}))"
# What a thing is, has or gives may be what the offer does to it: "your skin becomes the softest".
_DEED = (
    r"(?!(?:is|was|has|does|gets|becomes|feels|looks|tastes|stays|remains|makes|gives|offers|deserves|needs|wants|loves|costs|saves|sounds|smells|works|serves|bakes|sells|brews|cooks|builds)\b)"
    r"(?:[a-z]{2,}(?:s|ed)|took|went|came|sang|ate|knew|said|left|slept|ran|got up)"
)
_FOREIGN_DEED = re.compile(
    rf"(?:^|[,;-] (?:and |but |while |so )?)(?:{_SUBJECT} (?:always |never |still |already |only |often |usually )?{_DEED}|"
    rf"the(?: [a-z]+)? (?:{_HOUSEHOLD}) (?:has|have|gets?))\b"
)
# "The best seat is always taken by the dog".
_TAKEN_BY = re.compile(
    rf" [^.!?]*? (?:is|are|was|were|gets) (?:always |already |usually )?(?:[a-z]+ed|taken|eaten|worn|stolen|known|kept) by (?:(?:your|my|his|her)\b|(?:the|an?)(?: [a-z]+)? (?:{_HOUSEHOLD})\b)"
)
# "What if the only thing that grows is the pile of post?"
_ONLY_THING = re.compile(r"the only (?:one|thing|person) (?:that|who|which) ")
# "Best opened, my aunt says, with a spoon": a way, put in somebody's mouth or in doubt.
_BEST_DONE = re.compile(
    r"best \w+ed,? (?:it seems|they say|as they say|(?:my|your) [\w'-]+ says|apparently|perhaps)\b"
)
_OF_OFFER = re.compile(
    r"\b(?:it(?! (?:really|still) (?:home|sunday|monday))|its|they|them|their|this|these|we|our|ours|us|here|nobody|no one|none|everyone|everybody|anyone|others?|rivals?|market|town|city|country|world|street|prices?|rates?|deals?|offers?|buy|order|"
    r"try|choose|switch|hurry|miss|today|tomorrow|tonight|will|you'll|ever)\b"
)
_IT_SEEMS = re.compile(
    r"\b(?:it seems|it turns out|is it (?:really|still|even)|they say|as they say|(?:one|some|both|neither|half|most) of (?:us|them))\b"
)


def tells_of_others(start: int, end: int, text: str, facts: tuple[str, ...]) -> bool:
    """Whether the words between two positions of a lower-case text stand in a sentence on somebody else's doings."""
    first = max((mark.end() for mark in _SENTENCE_END.finditer(text, 0, start)), default=0)
    mark = _SENTENCE_END.search(text, end)
    sentence = text[first : mark.start() if mark else len(text)]
    asked = mark is not None and mark[0].startswith("?")
    before = sentence[: start - first]
    found = text[start:end]
    told = (
        _FOREIGN_DEED.search(before) is not None
        or _TAKEN_BY.match(sentence[end - first :]) is not None
        or _BEST_DONE.match(sentence) is not None
        or (asked and _ONLY_THING.match(f"{sentence[start - first :]} ") is not None)
    )
    return told and not _is_of_offer(sentence, found, asked, facts)


def _is_of_offer(sentence: str, found: str, asked: bool, facts: tuple[str, ...]) -> bool:
    rest = _IT_SEEMS.sub(" ", sentence).replace(found, " ", 1)
    return (
        _OF_OFFER.search(rest) is not None
        or is_tied(rest, carried_stems(facts))
        or any(
            w in OFFERED_THINGS or w in OFFERED_MANNERS or (w in OFFERED_DEEDS and not asked)
            for w in words(rest)
        )
    )
