"""The words by which a text denies, and where its clauses end."""

import re

from evaluation.gates.rare_patterns import SHARED

NOT = (
    r"not|no|never|without|cannot|neither|nor|isn't|aren't|wasn't|weren't|don't|doesn't|didn't|can't|couldn't|won't|wouldn't|"
    r"shouldn't|needn't|mustn't|haven't|hasn't"
)
# "No more than six", "not before noon" are bounds.
BOUND = r"(?! (?:more|less|fewer|later|earlier|longer|shorter|older|younger|larger|bigger|smaller|higher|lower|sooner|further) than| before| until| over| under)"
HARD = re.compile(rf"\b(?:(?:{NOT}){BOUND}|exclud\w+|except(?:ed)?)\b", re.IGNORECASE)
SOFT = re.compile(
    rf"\b(?:{NOT}|exclud\w+|except\w*|none|nobody|nothing|nowhere|exempt|unless|unavailable|stop\w*|lacks?|less|minus|other than|apart from|"
    r"instead|skip\w*|zero|clos\w+|forget|unable|separately|extra|un\w+ed|un\w+able|waived|forbidden|prohibited|avoid\w*|"
    r"[a-z]+-free|lose|leaves?|left|stays? (?:at home|away|behind|outside|in (?:the|its|your) (?:cupboard|drawer|shed|garage|wallet|purse|pocket|[a-z]*(?:book|box|bag|case)))|spare|banned|rests?|pauses?|(?:day|night|week|evening)s? off|(?:bring|take) (?:your|their) own|any day but|every day but|except|lapse\w*|despite|goes? to|passe?s? to|keep\w* (?:\w+ ){1,4}?(?:out of|away from|off|clear of)|(?:stays?|keeps?) (?:well )?(?:out of|away from|off|clear of)|(?:stays?|stands?|remains?) (?:the same|as (?:it is|they are))(?=[.,;:!?]|$))\b",
    re.IGNORECASE,
)
CLAUSE = re.compile(r"[.;:!?]\s|,\s(?:but|and|so|while|or)\s|\s(?:but|while|and)\s|,\s")
# "Guide dogs only" for "no dogs, except guide dogs".
EXCEPT = re.compile(r"\b(?:except|unless|other than|apart from)\b", re.IGNORECASE)
DENIAL = SHARED.compile(
    r"\b(?:(?P<verb>can't|cannot|can not|aren't|isn't|doesn't|don't|won't|not|never)(?: be| been)?|(?P<noun>no|without))"
    r"(?: any)? (?P<word>[a-z]+)(?=(?P<after>[^.,;:!?]*))",
    re.IGNORECASE,
)
