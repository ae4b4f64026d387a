"""The sentences of a copy that the support gate leaves to a model: what may be a statement, and what surely is one."""

from evaluation.gates.carried import carried_by, is_fresh, is_tied, telling_words
from evaluation.gates.function_words import FUNCTION_WORDS
from evaluation.gates.gate import Copy, Policy
from evaluation.gates.statements import is_firm, statements
from evaluation.gates.text import plain, words
from evaluation.sentences import sentences

_LEAST_TELLING = 2
_FRESH_SHARE = 0.6


def doubtful_sentences(copy: Copy, policy: Policy) -> list[str]:
    """Sentences that are mostly of words that no fact carries: scenes, or invented statements in plain words."""
    known = carried_by(copy, policy)
    return [sentence for sentence in sentences(plain(copy.text)) if _is_doubtful(sentence, known)]


def checkable_sentences(copy: Copy, policy: Policy) -> list[str]:
    """Sentences with a clause that speaks of the offer: by its grammar, or by a word of the facts."""
    known = carried_by(copy, policy)
    return [
        sentence
        for sentence in sentences(plain(copy.text))
        if any(is_firm(clause.text) or is_tied(clause.text, known) for clause in statements(sentence))
    ]


def _is_doubtful(sentence: str, known: frozenset[str]) -> bool:
    if not any(len(telling_words(clause.text, known)) >= _LEAST_TELLING for clause in statements(sentence)):
        return False
    content = [w for w in words(sentence) if w not in FUNCTION_WORDS and not w[0].isdigit()]
    return sum(is_fresh(w, known) for w in content) >= _FRESH_SHARE * len(content)
