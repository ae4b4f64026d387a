"""One wording for what can be said in several: "ad-free" and "shows no adverts", "21 years old" and "aged 21"."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from evaluation.gates.arithmetic import with_rates_of_facts
from evaluation.gates.condition_wordings import CONDITION_WORDINGS
from evaluation.gates.courtesies import COURTESIES
from evaluation.gates.day_wordings import DAY_WORDINGS, by_the_head
from evaluation.gates.gate import Copy
from evaluation.gates.quantity_patterns import RATE_OF_ADVERB
from evaluation.gates.quantity_values import number
from evaluation.gates.rare_patterns import one_pass, without_lookarounds
from evaluation.gates.spoken_numbers import in_figures
from evaluation.gates.successions import with_successions
from evaluation.gates.superlative_wordings import with_superlatives
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems
from evaluation.gates.units import LARGE_WORDS, MONTHS, NUMBER_WORDS, WEEKDAYS

_NUMBER = rf"(?:\d+|(?:{'|'.join([*NUMBER_WORDS, *LARGE_WORDS])})(?:[- ](?:{'|'.join(NUMBER_WORDS)}))?)"
_WEEKDAY = "|".join(name for name in WEEKDAYS if name.endswith("day"))
_MONTH = "|".join(name for name in MONTHS if len(name) > 4 or name in ("may", "june", "july"))
_PEOPLE = (
    r"child(?:ren)?|kids?|adults?|people|guests?|passengers?|drivers?|pupils?|students?|pensioners?|seniors?|bab(?:y|ies)|toddlers?|"
    r"boys?|girls?|teenagers?|those|anyone|everyone|visitors?|riders?|members?|participants?|players?|customers?|dogs?|cats?"
)
_TO_AN_AGE = r"(?:up to|under|over|below|above|from|of|between|until|aged|at least|younger than|older than|\d+ (?:to|and))"
# A thing that is denied or left out: "flights", "the bike lock".
_THING = r"(?!it\b|they\b|this\b|that\b|which\b|you\b|we\b)[a-z][\w'-]*"
_APART = r"(?:s|ed|ing|ped|ping|ging)?(?:-| (?:(?:it|them|this|your|the|my|our)(?: \w+){0,2} )?)"
# "Three quarters of", "a fifth of"; "between 1 and 30 November".
_WHOLES = ((4, "quarter"), (5, "fifth"), (10, "tenth"))
_COUNTED = ("an?|one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_WHOLE_MONTHS = (
    ("2[89]", "February"),
    ("30", "April|June|September|November"),
    ("31", "January|March|May|July|August|October|December"),
)
_DAYS = [name.capitalize() for name in WEEKDAYS if name.endswith("day")]
_NEIGHBOURS = tuple((_DAYS[i - 1], day, _DAYS[(i + 1) % 7]) for i, day in enumerate(_DAYS))
_LANGUAGES = (
    ("Deutsch", "German"), ("français", "French"), ("italiano", "Italian"), ("español", "Spanish"), ("português", "Portuguese"),
    ("Nederlands", "Dutch"), ("dansk", "Danish"), ("svenska", "Swedish"), ("norsk", "Norwegian"), ("suomi", "Finnish"), ("polski", "Polish"),
)  # fmt: skip
_WORDINGS: tuple[tuple[str, str], ...] = (
    *COURTESIES,
    *DAY_WORDINGS,
    *CONDITION_WORDINGS,
    # Price
    (
        r"\bfree of (?:any |all )?charges?\b|\bfor free\b|\bwithout charging (?:you|them|anyone|anything|extra)?\b|"
        r"\bwithout (?:a |any |an? extra )?(?:charge|cost)\b|\b(?:at|for) no (?:extra |additional |further )?(?:charge|cost)\b|"
        r"\bfree of cost\b|\b(?:costs?|for) (?:you )?nothing\b|\bon the house\b|\bcomplimentary\b",
        "free",
    ),
    (
        r"\b(?:(?:does|do|will) not|doesn't|don't|won't|never) charges? (?:you|them|guests|anyone|anything|a fee)(?: anything| a (?:fee|cent|penny)| extra)?\b",
        "is free",
    ),
    (r"\b(?:pays?|paying) nothing\b|\bwithout paying\b", "free"),
    (r"\bno two (?:[a-z]+ )?(?:are|is) (?:quite |exactly )?(?:alike|the same)\b|\bone of a kind\b", "unique"),
    (
        r"\b(?:get|gets|receive|receives|have|claim|give you|gives you|pay you|pays you) (?:all )?(?:of )?(?:your|the|their|his|her) "
        r"money back\b|\b(?:your|the|their|get) money back\b|\b(?:you )?gets? (?:it|everything) (?:paid )?back\b|"
        r"\breimburs(?:es?|ed|ement)\b|\b(?:give|gives|pay|pays) back (?:your|the) money\b",
        "refund",
    ),
    # What is denied or left out
    (rf"\b({_THING})(?: (?:is|are|was|were))? (?:not|n't) (?:included|part of (?:it|the (?:price|deal|offer|package|plan)))\b", r"no \1"),
    (rf"\b({_THING}) (?:(?:is|are) )?(?:excluded|extra|not in the price)(?=[.,;!?]|$)", r"no \1"),
    (rf"\b({_THING}): (?:none|no|not included|zero)(?=[.,;!?]|$)", r"no \1"),
    (r"\b(?:(?:does|do|will) not|doesn't|don't|won't) (?:include|contain|have|show|use|come with)\b(?: any)?", "has no"),
    (rf"\b(?:excluding|excludes?|without(?= [a-z])(?! (?:[a-z]+ing|you|us|me|it|them)\b)|free of|empty of|free from(?! (?:\d|noon|midday|midnight|{_WEEKDAY}|{_MONTH}))|minus|zero|lacks)(?: (?:any|an?|the))?\b", "no"),
    (r"\b(?:contains?|includes?|shows?|have|uses?|comes? with) no\b", "has no"),
    (r"\b(?:with|there (?:is|are)) no\b", "no"),
    (r"\bnot (?:a|an|any|one)(?: single)?\b", "no"),
    (r"\bno (?:upper |set )?limits? (?:on|to|of) (?:the |your )?(?:number of )?", "unlimited "),
    (r"\bno limits?\b|\blimitless\b|\bas (?:many|much|often) ([\w]+ )?as you (?:like|want|wish|can|please)\b", r"unlimited \1"),
    (r"\b(?:ads?|advertisements?|advertising|commercials?)\b", "adverts"),
    (r"\b(all|every|any|each|whole|everything|everyone|anywhere|everywhere|anyone|daily)\b([^.;:!?]{0,60}?),? (?:bar|but|save)(?: for)? (?=(?:the|in|on|at|to|for|two|\d+)\b|(?-i:[A-Z]))", r"\1\2 except "),
    (r"(?:^|(?<=[.;:!?,] ))(?:the |your )?([\w-]+(?: and [\w-]+| [\w-]+)?) aside\b", r"except \1"),
    (rf"\b({_THING}) (?:is|are|stays?|remains?) (?:yours? to (?:pay|buy|bring|cover|settle|sort|arrange|organise|supply|provide|find|add)|on you|up to you|at your (?:own )?(?:cost|expense))\b", r"no \1"),
    (r"\b(?:as|so) long as it(?:'s| is)(?: in)? ([a-z]+)", r"only \1"),
    (r"\b(?:owes?|owing) (?:[\w'-]+ ){0,4}nothing\b", "free"),
    (r"\bevery (?:last |single )?(?:penny|cent)(?: of [\w' ]{1,20}?)?(?= (?:back|refunded|returned|repaid)\b)", "in full"),
    # How often, how much
    (rf"\b({_NUMBER} times|once|twice) (?:daily|each day|every day|per day)\b", r"\1 a day"),
    (rf"\b({_NUMBER} times|once|twice) (?:weekly|each week|every week|per week)\b", r"\1 a week"),
    (rf"\b({_NUMBER} times|once|twice) (?:monthly|each month|every month|per month)\b", r"\1 a month"),
    (rf"\b({_NUMBER} times|once|twice) (?:yearly|annually|each year|every year|per year)\b", r"\1 a year"),
    (r"\bannual(?:ly)?\b", "yearly"),
    (r"\b(?:can|may) (?:go|be put|be washed|be cleaned) in(?:to)? the dishwasher\b", "is dishwasher-safe"),
    (r"\b(?:can|may) be washed (?:in the (?:washing )?machine|by machine)\b|\bwashable in the machine\b", "is machine-washable"),
    (r"\bany(?= (?:branch|shop|store|station|office|counter|customer|member|guest|size|colour)\b)", "every"),
    (r"\b(?:seven days a week|7 days a week|each day|all week)\b", "every day"),
    (r"\b(?:each|all)(?: of)?(?: the| our| its| your)?(?= [a-z])(?! (?:day|night|year|in|over|you|about|round|time|weekend|other|until|for|and|or|on|at|if|when|from|to|as|is|are|two|three|four|five|six|seven|eight|nine|ten)\b)", "every"),
    (r"\b(?:a|per|each|every|for each|for every) (?:head|person|guest)\b", "per person"),
    *((rf"\b(?:(?:the|an?) )?{adverb} ([£$€] ?\d[\d.,]*\d|[£$€] ?\d)(?!\d)", rf"\1 a {rate}") for adverb, rate in RATE_OF_ADVERB.items()),
    (r"\b(lesson|class|session|month|week|day|visit|round|part|volume|season|year|order) one\b", r"first \1"),
    (r"\bhand-?(made|sewn|woven|painted|knitted|rolled|stitched|picked|carved|thrown|crafted|finished|blown|tied|cut|poured)\b", r"\1 by hand"),
    (r"\b(oven|water|wind|shock|fire|child|scratch|dust|sound|weather|splash|rain|frost|rust)-?(proof|tight|resistant)\b", r"\1-\2"),
    (r"\bhome-?(made|grown|baked|cooked)\b", r"\1 at home"),
    # Spans and limits
    (rf"\bbetween ({_WEEKDAY})s? and ({_WEEKDAY})s?\b", r"\1 to \2"),
    (r"\bfor the first year\b", "for the first 12 months"),
    (r"\bno ([\w-]+(?: [\w-]+){0,3}) (has|have|holds?|takes?|is|are|costs?|lasts?|weighs?) (more|less|fewer|longer|larger|older) than\b", r"\1 \2 no \3 than"),
    (r"\bone another\b", "each other"),
    (r"\bgrown-?up(s?)\b", r"adult\1"),
    (r",? and no other [a-z]+(?= ?[.,;!?]| (?:do|does|is|are|has|have|can)[.,;!?]|$)", " only"),
    (r"\bany day(?! but| now| of| soon)\b", "every day"),
    *((rf"\b(?:every day|daily|all (?:the )?week)(?: of the week)?,? (?:except|but|bar|save)(?: for| on)? {name}s?\b", rf"{after} to {before}") for before, name, after in _NEIGHBOURS),
    (r"\bMondays? (?:to|through|until|till|-) Sundays?\b|\bevery day of the week\b(?:, (?:Sundays|weekends) included| including (?:Sundays|weekends))?", "every day"),
    (rf"\bup to and including (?=(?:the )?\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})|(?:{_MONTH}|{_WEEKDAY})\b)", "until "),
    (r"(?<!all) \(?inclusive\)?(?=[.,;:!?]|$)", ""),
    # Left out, closed, parts of a whole
    (r"\b(?:sits?|sit) (?:this|that) (?:one )?out\b", "is excluded"),
    (r"\b(?:falls?|lies?|stands?) outside (?:it|this|that|(?:the|its) [a-z]+)\b", "is not included"),
    (r"\b(?:asks?|calls?) for (?=no\b)", "requires "),
    (r"\b(?:never|(?:does|do|will|is|are)(?:n't| not)) open(?:s|ed)?\b(?! (?:until|till|before|late)\b)", "is closed"),
    (r"\b(?:is|are) (?:(?:taking|having) an? (?:[a-z]+ )?(?:break|holiday|rest)|on (?:its |their )?holiday)\b", "is closed"),
    *((rf"\b(?:{said}) {name}s? of\b(?! an?\b)", f"{100 * part // whole}% of") for whole, name in _WHOLES for part, said in enumerate(_COUNTED[: whole - 1], 1)),
    (r"\bhalf of\b(?! an?\b)", "50% of"),
    (r"\b(?:a|one) third of\b(?! an?\b)", "33% of"),
    (r"\btwo thirds of\b(?! an?\b)", "67% of"),
    *((rf"\b(?:between|from) (?:the )?1(?:st)?(?: (?:{months}))? (?:and|to|until|till|through) (?:the )?{days}(?:st|th)? ({months})\b", r"in \1") for days, months in _WHOLE_MONTHS),
    # Languages by their own names
    *((rf"\b{own}\b", english) for own, english in _LANGUAGES),
    # Days and hours with a name
    (r"\b(?:12 |twelve )?(?:noon|midday)\b", "12:00"),
    (r"\bChristmas Eve\b", "24 December"),
    (r"\bChristmas Day\b", "25 December"),
    (r"\bBoxing Day\b", "26 December"),
    (r"\bNew Year'?s Eve\b", "31 December"),
    (r"\bNew Year'?s Day\b", "1 January"),
    (r"\bValentine'?s Day\b", "14 February"),
    (r"\bHalloween\b", "31 October"),
    # Ages
    (r"\b(\d+)(?:st|nd|rd|th) birthday\b", r"\1"),
    (rf"\b({_NUMBER})[- ]years?(?:[- ]olds?| of age)\b", r"\1"),
    (rf"\b((?:{_PEOPLE})(?: (?:who|that) (?:are|is))? (?:{_TO_AN_AGE} )+{_NUMBER}) years?\b", r"\1"),
    (r"\b(?:the age of|aged|ages?(?= \d))\s", ""),
    (rf"\b(?:until|till|before) (?:they|he|she|you|your child)(?:'re| are| is| turns?| reach(?:es)?) (?:the age of )?({_NUMBER})(?=[.,;!?]|$)", r"under \1"),
    # Verbs and their nouns that are written apart or together: "pick it up", "pick-up"
    (rf"\b(pick|set|sign|back|top|wake){_APART}(up)\b(?! to\b)", r"\1\2"),
    (rf"\b(check|log|trade|plug){_APART}(in)\b", r"\1\2"),
    (rf"\b(check|log|work){_APART}(out)\b(?! of\b)", r"\1\2"),
    (rf"\b(drop|take){_APART}(off|away)\b(?! (?:your|the|my)\b)", r"\1\2"),
    (rf"\b(hand|stop){_APART}(over)\b", r"\1\2"),
    (rf"\b(add|try){_APART}(on)\b", r"\1\2"),
)  # fmt: skip
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), wording) for pattern, wording in _WORDINGS
)


# One pass of RE2 tells which of the patterns are worth a try.
_WORTH_A_TRY = one_pass(f"(?i){without_lookarounds(pattern)}" for pattern, _ in _WORDINGS)
_FEWER_THAN = re.compile(rf"(?<!no )(?<!not )\bfewer than ({_NUMBER})\b", re.IGNORECASE)
_OR_YOUNGER = re.compile(rf"\b({_NUMBER}) (?:and|or) (?:younger|under)\b", re.IGNORECASE)
_OUT_OF = re.compile(
    rf"\b({_NUMBER}) (?:in|out of)(?: every)? ({_NUMBER})(?= (?!minutes?|hours?|days?|nights?|weeks?|months?|years?)[a-zA-Z])(?: of)?",
    re.IGNORECASE,
)
_FREE_OF = re.compile(r"\b([a-z]{2,})-free\b", re.IGNORECASE)
_UN = re.compile(r"\b(?:un|non-?)([a-z]{3,}ed|[a-z]{3,}able|[a-z]{3,}n)\b", re.IGNORECASE)
# Names that are nothing else: "may" and "march" are verbs as well.
_MONTH_NAMED = re.compile(
    r"\b(?:January|February|April|June|July|August|September|October|November|December)\b"
)
_DAY_OF_IT = re.compile(r"\bthe (\d{1,2})(?:st|nd|rd|th)\b(?=[.,;:!?]|$| (?:and|at|or|to|it|you)\b)(?! of\b)")
_SHORT_FORMS = {"ad": "adverts", "advert": "adverts"}


def in_common_words(copy: Copy) -> Copy:
    """The copy and its facts with one wording for each of these meanings; positions and capitals may differ."""
    named = frozenset(s for fact in copy.facts for s in stems(_reworded(fact)))
    return replace(
        copy,
        text=_reworded(
            in_figures(
                _in_denials(
                    with_superlatives(
                        by_the_head(
                            _with_months(with_successions(with_rates_of_facts(copy), copy.facts)), copy.facts
                        ),
                        copy.facts,
                    ),
                    named,
                ),
                copy.facts,
            )
        ),
        facts=tuple(_reworded(_FREE_OF.sub(_denial, plain(fact))) for fact in copy.facts),
    )


def _with_months(text: str) -> str:
    """ "By the 15th" is "by 15 October" where October is the only month that the copy names."""
    months = {found[0] for found in _MONTH_NAMED.finditer(text)}
    return _DAY_OF_IT.sub(rf"\1 {months.pop()}", text) if len(months) == 1 else text


def _share(found: re.Match[str]) -> str:
    """ "Three in four" is 75%."""
    part, whole = number(found[1]), number(found[2])
    return f"{100 * part / whole:.0f}% of" if 0 < part < whole <= 10 else found[0]


def _denial_of(named: frozenset[str]) -> Callable[[re.Match[str]], str]:
    """ "Alcohol-free" is "no alcohol" where a fact speaks of alcohol; "hassle-free" stays a claim."""

    def reword(found: re.Match[str]) -> str:
        return _denial(found) if stem(_full(found[1])) in named else found[0]

    return reword


def _in_denials(text: str, named: frozenset[str]) -> str:
    """ "Unfiltered" is "not filtered" where a fact speaks of what is filtered."""
    return _UN.sub(
        lambda found: f"not {found[1]}" if stem(found[1].lower()) in named else found[0],
        _FREE_OF.sub(_denial_of(named), text),
    )


def _denial(found: re.Match[str]) -> str:
    return f"no {_full(found[1])}"


def _full(word: str) -> str:
    return _SHORT_FORMS.get(word.lower(), word.lower())


@lru_cache(CACHED_TEXTS)
def _reworded(text: str) -> str:
    text = plain(text)
    worth_a_try = _WORTH_A_TRY(text)
    for index, (pattern, wording) in enumerate(_PATTERNS):
        if index in worth_a_try and (reworded := pattern.sub(wording, text)) != text:
            text, worth_a_try = reworded, _WORTH_A_TRY(reworded)
    text = _FEWER_THAN.sub(lambda found: f"{number(found[1]) - 1:.0f} or fewer", text)
    text = _OUT_OF.sub(_share, text)
    text = _OR_YOUNGER.sub(lambda found: f"under {number(found[1]) + 1:.0f}", text)
    return " ".join(text.split())
