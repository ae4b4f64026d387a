"""Gate: no personal data, web address, prompt text, template syntax or chat token that the facts do not hold."""

import re

from content_store.brand_folder.instructions import speaks_to_the_machine
from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.machine_text import ADDRESS, CHAT, CODE, MARKUP, PROMPT, TEMPLATE
from evaluation.gates.personal_data import ACCOUNT, EMAIL, PRIVATE, SPELLED, personal_numbers
from evaluation.gates.rare_patterns import SHARED, one_pass
from evaluation.gates.text import plain, skeleton, stem, stems, words

GATE = "leaks"

_KINDS: tuple[tuple[str, str], ...] = (
    (CHAT, "a mark of the language model's chat format"),
    (TEMPLATE, "template syntax that nobody filled in"),
    (MARKUP, "markup, not text"),
    (CODE, "code, not text"),
    (PROMPT, "text of the prompt, not of the copy"),
    (EMAIL, "an e-mail address that no fact holds"),
    (ADDRESS, "a web address that no fact holds"),
    (ACCOUNT, "an account name that no fact holds"),
)
_PRIVATE = SHARED.compile(PRIVATE, re.IGNORECASE)
_DIGITS = rf"(?:\d\D{{0,3}}){{6}}\d|[a-z]{{2}} ?(?:\d{{2}} ?){{3}}[a-d]\b|1.?8\d\d|{SPELLED}"
# RE2 reads a copy once for all of them; Python's own engine then says which it was.
_MACHINE, _MANY_DIGITS = range(2)
_HOLDS = one_pass([f"(?i){'|'.join(pattern for pattern, _ in _KINDS)}", f"(?i){_DIGITS}"])
_EACH: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), what) for pattern, what in _KINDS
)
# Labels of the prompt that may be things of an offer, and that no model sets before its copy.
_FEATURE = re.compile(r"(tone|slot|audience|input|output)\s*:", re.IGNORECASE)


def check_leaks(copy: Copy, policy: Policy) -> Verdict:
    for said, where in ((copy.audience, "audience"), *((fact, "fact") for fact in copy.facts)):
        if reason := speaks_to_the_machine(said):
            return refuses(GATE, f"No copy is taken from this {where}, because {reason}.")
    if private := _private(copy):
        return refuses(GATE, f'"{private}" is private; nothing says that the reader has told it.')
    for read in (plain,) if copy.text.isascii() else (plain, skeleton):
        form = read(copy.text)
        support = [read(given).lower() for given in (*copy.facts, *policy.lexicon)]
        holds = _HOLDS(form)
        if _MACHINE in holds and (found := _machine_text(form, support)):
            return refuses(GATE, found)
        if _MANY_DIGITS in holds:
            for number in personal_numbers(form):
                if not _held(number.text, support):
                    return refuses(
                        GATE, f'"{number.text.strip()}" looks like {number.what} that no fact holds.'
                    )
    return passes(GATE)


def _private(copy: Copy) -> str:
    """ "Your divorce", unless a fact or the audience speaks of it."""
    for found in _PRIVATE.finditer(plain(copy.text)):
        if not any(stem(words(found[0])[-1]) in stems(said) for said in copy.support):
            return found[0]
    return ""


def _machine_text(text: str, support: list[str]) -> str:
    for pattern, what in _EACH:
        for found in pattern.finditer(text):
            if not (_held(found[0], support) or _names_feature(found, text, support)):
                return f'"{found[0].strip()}" is {what}.'
        # An approved e-mail address holds a web address, which is approved with it.
        text = pattern.sub(" ", text)
    return ""


def _names_feature(found: re.Match[str], text: str, support: list[str]) -> bool:
    """ "Tone: warm?" of an amplifier: a fact has both the label and what the copy sets behind it."""
    label = _FEATURE.fullmatch(found[0].strip(" \"'(.|-"))
    after = stems(text[found.end() :])[:1]
    return label is not None and any({stem(label[1].lower()), *after} <= set(stems(fact)) for fact in support)


def _held(found: str, support: list[str]) -> bool:
    bare = found.strip().lower().strip(".,\"'(")
    digits = re.sub(r"\D", "", bare)
    return any(_stands(bare, s) or (len(digits) >= 7 and digits in re.sub(r"\D", "", s)) for s in support)


def _stands(found: str, support: str) -> bool:
    """As a whole: "example.com" is not held by a fact that names "example.com.au"."""
    return re.search(rf"(?<![\w@.-]){re.escape(found)}(?![\w@]|[.-]\w)", support) is not None
