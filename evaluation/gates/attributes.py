"""Gate: a number stays with its product when a copy joins several facts, or several clauses of one."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations

from evaluation.gates.equal_quantities import same_quantity
from evaluation.gates.function_words import FUNCTION_STEMS, content_stems
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.quantities import Quantity, quantities
from evaluation.gates.rare_patterns import SHARED
from evaluation.gates.text import CACHED_TEXTS, plain, stem, stems

GATE = "attributes"
FREE = "free"

_CLAUSE_END = re.compile(r"[.;!?:]\s|,\s|\s(?:and|or|but|while|whereas|with)\s|\s-\s")
_SENTENCE_END = re.compile(r"[.;!?]\s")
_FREE = SHARED.compile(
    r"\b(?:free(?: of charge)?|complimentary|(?:(?:at|for|with|has|have|pays?|is|are) )?no (?:\w+ ){0,2}(?:charge|cost|fee)s?|without (?:a |any )?(?:charge|cost|fee)|(?:for|costs?) nothing)\b(?!-)",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"\b(?:instead of|rather than|not|was|were|usually|normally|down from|previously|formerly)(?: the)? $",
    re.IGNORECASE,
)
_FOR = re.compile(r" (?:with|for|in|on|at|by|without)\b", re.IGNORECASE)
_LISTED = re.compile(r"(?:[\d:.]+(?: [ap]\.?m\.?)?|[,&/\s]|\band\b|\bor\b)+")
_LONGEST_LABEL = 3
_PRICE_VERBS = frozenset("cost pay charg pric".split())
_ARTICLES = frozenset("a an the our your their its".split())


@dataclass(frozen=True)
class Placed:
    """A quantity in its text (in plain form); what stands around it is read when it is asked for."""

    quantity: Quantity
    text: str

    @cached_property
    def clause(self) -> frozenset[str]:
        """The stems of its clause."""
        cuts = _cuts(self.text)
        start = max(c for c in cuts if c <= self.quantity.start)
        end = min((c for c in cuts if c >= self.quantity.end), default=len(self.text))
        around = self.text[start : self.quantity.start] + " " + self.text[self.quantity.end : end]
        return frozenset(
            s for s in stems(around) if s not in FUNCTION_STEMS and s not in _PRICE_VERBS and not s.isdigit()
        )

    @cached_property
    def sentence(self) -> frozenset[str]:
        """The words of its sentence, or of its half before or after a semicolon."""
        ends = [0, *(end.end() for end in _SENTENCE_END.finditer(self.text)), len(self.text)]
        start = max(end for end in ends if end <= self.quantity.start)
        end = min((end for end in ends if end >= self.quantity.end), default=len(self.text))
        return content_stems(self.text[start:end]) - _PRICE_VERBS

    @cached_property
    def beside(self) -> frozenset[str]:
        """The three words before and the two after, within the clause."""
        before = re.split(r"[.;!?:]\s|,\s|\b(?:and|or|but)\s", self.text[: self.quantity.start])[-1]
        words_before = [w for w in re.findall(r"[\w']+", before.lower()) if w not in _ARTICLES][-3:]
        return frozenset(stem(w) for w in words_before) | self._after

    @cached_property
    def whom(self) -> frozenset[str]:
        """Whom or what a price is for, where the words after it say so: "with a trainee"."""
        return self._after if _FOR.match(self.text, self.quantity.end) else frozenset()

    @cached_property
    def former(self) -> bool:
        """Whether it is the former price."""
        lead = self.text[max(0, self.quantity.start - 20) : self.quantity.start]
        return _FORMER.search(lead) is not None

    @cached_property
    def _after(self) -> frozenset[str]:
        """The two words after, within the clause."""
        after = re.split(r"[.;!?:,](?:\s|$)", self.text[self.quantity.end :])[0]
        return frozenset(
            stem(w) for w in [w for w in re.findall(r"[\w']+", after.lower()) if w not in _ARTICLES][:2]
        )


def check_attributes(copy: Copy, _policy: Policy) -> Verdict:
    said = placed_quantities(copy.text)
    if len(said) < 2:
        return passes(GATE)
    known = [placed for fact in copy.facts for placed in placed_quantities(fact)]
    fault = _swapped(said, known)
    return refuses(GATE, fault) if fault else passes(GATE)


@lru_cache(CACHED_TEXTS)
def placed_quantities(text: str) -> tuple[Placed, ...]:
    """Where each quantity stands; "free" counts as the price 0."""
    shown = plain(text)
    free = [Quantity("money", 0, FREE, m[0], m.start(), m.end()) for m in _FREE.finditer(shown)]
    found = sorted([*quantities(text), *free], key=lambda q: q.start)
    return tuple(Placed(q, shown) for q in found if not q.implied)


@lru_cache(CACHED_TEXTS)
def _cuts(text: str) -> tuple[int, ...]:
    """Where clauses begin and end; a short label and what follows it ("Film X: four seasons") are one."""
    cuts = [0]
    for end in _CLAUSE_END.finditer(text):
        label = text[cuts[-1] : end.start()]
        if end[0] != ": " or len(label.split()) > _LONGEST_LABEL:
            cuts.append(end.end())
    return (*cuts, len(text))


def _swapped(said: tuple[Placed, ...], known: list[Placed]) -> str:
    """Two quantities of one kind whose surroundings in the copy are those of each other in the facts."""
    for a, b in combinations(said, 2):
        if _is_pronoun(a) or _is_pronoun(b) or not _comparable(a.quantity, b.quantity):
            continue
        if same_quantity(a.quantity, b.quantity):
            continue
        fact_a = [p for p in known if same_quantity(a.quantity, p.quantity)]
        fact_b = [p for p in known if same_quantity(b.quantity, p.quantity)]
        if (
            len(fact_a) == 1
            and len(fact_b) == 1
            and not _listed_alike(a, b, fact_a[0], fact_b[0])
            and _crossed(a, b, fact_a[0], fact_b[0])
        ):
            return (
                f'The copy puts "{a.quantity.text}" where the facts have "{b.quantity.text}", or the reverse.'
            )
    return ""


def _listed_alike(a: Placed, b: Placed, fact_a: Placed, fact_b: Placed) -> bool:
    """The copy and the fact hold both in one list, in the same order: "08:15, 12:15 and 17:15"."""
    return _is_list(a, b) and fact_a.text == fact_b.text and _is_list(fact_a, fact_b)


def _is_list(first: Placed, last: Placed) -> bool:
    between = first.text[first.quantity.end : last.quantity.start]
    return last.quantity.start > first.quantity.end and _LISTED.fullmatch(between) is not None


def _is_pronoun(placed: Placed) -> bool:
    return placed.quantity.spelled and placed.quantity.value == 1 and placed.quantity.kind == "count"


def _comparable(a: Quantity, b: Quantity) -> bool:
    """Two of a kind; "free" also stands against a percentage."""
    prices = ("money", "percent")
    return a.kind == b.kind or (FREE in (a.unit, b.unit) and a.kind in prices and b.kind in prices)


def _crossed(a: Placed, b: Placed, fact_a: Placed, fact_b: Placed) -> bool:
    if fact_a.former != fact_b.former and a.former != b.former and a.former != fact_a.former:
        return True
    priced = a.quantity.value and b.quantity.value
    if not priced and _changes_hands(a, b, fact_a, fact_b):
        return True
    for view in ("clause", "beside", "whom", "sentence") if priced else ("clause",):
        only_a = getattr(fact_a, view) - getattr(fact_b, view)
        only_b = getattr(fact_b, view) - getattr(fact_a, view)
        if not (only_a and only_b):
            continue
        near_a, near_b = getattr(a, view), getattr(b, view)
        right = len(near_a & only_a) + len(near_b & only_b)
        wrong_a, wrong_b = len(near_a & only_b), len(near_b & only_a)
        both = right == 0 and wrong_a + wrong_b >= 2
        if wrong_a + wrong_b > right and ((wrong_a and wrong_b) or both):
            return True
    return False


def _changes_hands(a: Placed, b: Placed, fact_a: Placed, fact_b: Placed) -> bool:
    """Those for whom it is free are said beside the price, and not beside "free"."""
    free, paid, fact_free, fact_paid = (
        (a, b, fact_a, fact_b) if a.quantity.unit == FREE else (b, a, fact_b, fact_a)
    )
    favoured = fact_free.clause - fact_paid.clause
    return free.quantity.unit == FREE and bool(paid.clause & favoured) and not free.clause & favoured
