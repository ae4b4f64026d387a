"""One wording for each condition that can be put in several: an age, a least length, a duty to register, a refund."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

from evaluation.gates.units import NUMBER_WORDS

_NUMBER = rf"(?:\d+|{'|'.join(NUMBER_WORDS)})"
_SPAN = r"(?:nights?|days?|weeks?|months?|years?|hours?)"
# What a condition is told of without saying more than its length: "for contracts of at least 6 months".
_CARRIERS = "rentals?|hires?|contracts?|stays?|bookings?|terms?|subscriptions?|memberships?|leases?|tenancies|plans?|loans?"
_ORDINALS = tuple(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth".split()
)
_WHOSE = r"(?:a|an|the|their|his|her|your)"
_BIRTHDAY = r"(\d+)(?:st|nd|rd|th) birthday"
_ANY_AGE = r"children|kids|babies|toddlers|anyone|anybody|those|people|anything"
# A duty as a deed and as a thing.
_DEEDS = tuple(
    tuple(line.split("/"))
    for line in "register/registration reserve/reservation apply/application enrol/enrolment enroll/enrolment sign-up/registration".split()
)
_OBLIGED = r"(?:you (?:do |will |'ll |just |only )?(?:need|have) to|you'll (?:need|have) to|you must|please)"

CONDITION_WORDINGS: tuple[tuple[str, str], ...] = (
    # Who is not yet of an age
    (
        rf"\b(?:who|that|if they|if you) (?:has|have|is|are)(?: not|n't)(?: yet)? (?:turned |reached )?({_NUMBER})(?: yet)?\b(?! {_SPAN})",
        r"under \1",
    ),
    *((rf"\b{ordinal} birthday\b", f"{age}th birthday") for age, ordinal in enumerate(_ORDINALS, 1)),
    (
        rf"\b(?:(?:who|that|they|you) )?(?:has|have)(?: not|n't)(?: yet)? (?:had|celebrated|reached|seen) {_WHOSE} {_BIRTHDAY}(?: yet)?",
        r"under \1",
    ),
    (rf"\b(?:until|till|before|up to) {_WHOSE} {_BIRTHDAY}", r"under \1"),
    (rf"\b(?:not (?:yet|quite)|still under|younger than|not even) ({_NUMBER})(?=[.,;:!?]|$)", r"under \1"),
    (r"\blittle ones\b", "children"),
    # Whom a thing does not suit, and whom it suits
    (
        rf"\b(?:(?:is|are|it's|they're) )?not (?:suitable|suited|recommended|intended|meant|made|right) for (?:(?:{_ANY_AGE}) )?(?:under|younger than|below) ({_NUMBER})\b(?! {_SPAN})",
        r"suitable for children from \1",
    ),
    (rf"\b(?!for\b)[a-z]+ aged ({_NUMBER})(?: years)? (?:and|or) (?:up|over|older|above|upwards)\b", r"children from \1"),
    (
        rf"(children from {_NUMBER}\b[^.!?]*?)[,;]? ?(?:(?:and|but) )?(?:(?:they|it) )?(?:(?:is|are|was)(?: not|n't)|not) (?:(?:suitable|suited|recommended|intended|meant|made|right) )?for (?:{_ANY_AGE}) younger\b",
        r"\1",
    ),
    (r"\b(?:anyone|anybody|everyone|everybody|those) under (\d|1[0-8])\b(?! (?:%|years|months|days))", r"children under \1"),
    (
        rf"\b(child(?:ren)?|kids|players|riders|swimmers|those|people|anyone|everyone) (?:aged )?({_NUMBER})(?: years)? (?:and|or) (?:up|over|older|above|upwards)\b",
        r"\1 from \2",
    ),
    (rf"\bsuitable (?:for children )?from (?:the age of )?({_NUMBER}) years?(?: of age| old)?\b", r"suitable for children from \1"),
    # A least length
    (rf"\bfor (?:{_CARRIERS}) of (?=at least\b|{_NUMBER} {_SPAN} (?:or|and) )", "for "),
    (rf"\b({_NUMBER}) ({_SPAN}) (?:or|and) (?:more|longer|over|upwards|up)\b", r"at least \1 \2"),
    (rf"\b({_NUMBER}) ([a-z]+) or (fewer|less|more)\b(?! than)", r"\1 or \3 \2"),
    # The end of what is free at first
    (
        rf"\bbefore (?:the|your|these|those|that) ((?:free )?(?:fortnight|{_SPAN}|{_NUMBER} {_SPAN}|trial(?: period| month| week)?)) (?:is|are|has|have) (?:over|up|out|done|through|ended|passed|finished|run out)\b",
        r"before the trial ends (\1)",
    ),
    (rf"\bbefore (?:the|your|these|those|that) ((?:free )?(?:fortnight|{_SPAN}|{_NUMBER} {_SPAN})) (?:ends?|expires?)\b", r"before the trial ends (\1)"),
    # In one way alone
    (r"\bexclusively (?=(?:in|at|on|by|for|to|with|via|through|from)\b)", "only "),
    (r",? (?:and|but) (?:nowhere|nobody|no one|nothing) else\b", " only"),
    (r",? (?:rather than|instead of|as opposed to) (online|in[- ]store|in the (?:shop|app)|by (?:phone|post|mail|card|cheque))\b", r", not \1"),
    # What is told by two denials, or left out
    (r"\b(?:there is |there's )?(?:not one|not a single|no) ([\w-]+) (?:that|which) (?:won't|(?:will|does|can|do) not|doesn't|can't|cannot|don't)\b", r"every \1 does"),
    (r"\b(?:leaves?|leaving) out\b", "excludes"),
    (r"\b([a-z]+) (?:comes?|(?:is|are) brought|must come) from home\b", r"no \1"),
    (r"\b(?:once|when|after|as soon as) the sun (?:is down|goes down|has gone down|sets|has set)\b|\bonce it(?:'s| is) dark\b", "after sunset"),
    (r"\b(?:once|when|after|as soon as) the sun (?:is up|comes up|has come up|rises|has risen)\b", "after sunrise"),
    # Within a time
    (
        r"\b(?:no|not) later than (?:a|one) week (?:afterwards|later|after(?:wards)?(?= (?:the|your|that|it|this)\b))",
        "within 7 days",
    ),
    (rf"\b(?:no|not) later than ({_NUMBER} {_SPAN}) (?:afterwards|later|after(?= (?:the|your|that|it|this)\b))", r"within \1"),
    (r"\bwithin (?:a|one) week\b", "within 7 days"),
    # A duty
    *((rf"\b{_OBLIGED} {deed}\b(?! (?:your|the|a|an|it|them|this)\b)", f"{thing} is required") for deed, thing in _DEEDS),
    # Days
    (r"\b(?:on |all )?(?:weekdays|working days)(?= (?:from|between|at|\d|until|half|quarter)\b)", "Monday to Friday"),
    # Money that comes back
    (r"\bgets? (?:that|this|the whole|all that) money back\b", "refund"),
)  # fmt: skip
