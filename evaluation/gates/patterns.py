"""Checking a brand's policy: its patterns before they run, its rules against one another."""

import re
import warnings
from collections.abc import Sequence
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

import re2

from content_store.errors import BadInput
from evaluation.gates.banned_phrases import _pattern as banned_pattern
from evaluation.gates.gate import Policy
from evaluation.gates.text import plain, skeleton

_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)


def compile_pattern(pattern: str, where: str) -> Any:
    """An RE2 pattern.

    Raises:
        BadInput: RE2 refuses the pattern, it matches the empty text, or it repeats a repetition without bound,
            such as `(a+)+$`.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise BadInput(
            f"{where}: the pattern {pattern!r} is not RE2 syntax ({_said(error)}); correct it."
        ) from error
    if _repeats_a_repetition(pattern):
        raise BadInput(
            f"{where}: the pattern {pattern!r} repeats a repetition, such as (a+)+; write it with one repeat."
        )
    if compiled.search("") is not None:
        raise BadInput(
            f"{where}: the pattern {pattern!r} matches empty text, so it would refuse every copy; correct it."
        )
    return compiled


def contradictions(policy: Policy, do_examples: Sequence[str] = ()) -> list[str]:
    """Rules of one policy that cannot both hold, each as a sentence."""
    return [
        *(
            f'The banned phrase "{phrase}" stands in the {place} "{text}".'
            for phrase in policy.banned_phrases
            for place, texts in (("lexicon as", policy.lexicon), ("do example", do_examples))
            for text in texts
            if banned_pattern((phrase,)).search(skeleton(text))
        ),
        *(
            f'The claim rule "{rule.name}" refuses the {place} "{text}".'
            for rule in policy.claim_rules
            for place, texts in (("lexicon name", policy.lexicon), ("do example", do_examples))
            for text in texts
            if rule.pattern.search(plain(text))
        ),
        *(
            f'"{name}" is both in the lexicon and a competitor.'
            for name in policy.competitors
            if name in policy.lexicon
        ),
    ]


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode() if isinstance(said, bytes) else str(said)


def _repeats_a_repetition(pattern: str) -> bool:
    """Python's parser reads the structure; what only RE2 knows (such as \\pL) is no nested repeat."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _nested(_parser.parse(pattern), inside=False)
    except (re.error, OverflowError):
        return False


def _nested(tree: Any, inside: bool) -> bool:
    for operation, argument in tree:
        if operation in _REPEATS:
            _low, high, body = argument
            unbounded = high == _constants.MAXREPEAT
            if (unbounded and inside) or _nested(body, inside or unbounded):
                return True
        elif any(_nested(part, inside) for part in _parts(argument)):
            return True
    return False


def _parts(argument: Any) -> list[Any]:
    """The sub-patterns of a group, a branch or an assertion."""
    if isinstance(argument, _parser.SubPattern):
        return [argument]
    if isinstance(argument, (tuple, list)):
        return [part for item in argument for part in _parts(item)]
    return []
