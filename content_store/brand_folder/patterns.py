"""Patterns that a brand may write: RE2 syntax, linear in time, and no nested repeats."""

from __future__ import annotations

import re
import re._constants as sre
import re._parser as parser
import warnings
from typing import Any

import re2

_REPEATS = {sre.MAX_REPEAT, sre.MIN_REPEAT}


def compile_pattern(pattern: str) -> Any:
    """A compiled RE2 pattern; ValueError says why one is refused.

    RE2 itself runs `(a+)+$` in linear time; it is refused all the same, because the pattern would hang
    every other tool that reads the brand folder.
    """
    try:
        options = re2.Options()
        options.log_errors = False
        compiled = re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"the pattern {pattern!r} is not valid RE2 ({_reason(error)})") from None
    if _repeats_a_repeat(pattern):
        raise ValueError(f"the pattern {pattern!r} repeats a repeat; write it without nesting + or *")
    if compiled.search("") is not None:
        raise ValueError(
            f"the pattern {pattern!r} matches empty text, so it would refuse every copy; correct it"
        )
    return compiled


def _repeats_a_repeat(pattern: str) -> bool:
    try:
        with warnings.catch_warnings():
            # Python warns of sets such as [[:alpha:]], which RE2 knows.
            warnings.simplefilter("ignore", FutureWarning)
            return _nested(parser.parse(pattern), inside_repeat=False)
    except (re.error, OverflowError):
        return False
    except RecursionError:
        return True


def _nested(tokens: Any, inside_repeat: bool) -> bool:
    for operator, argument in tokens:
        if operator in _REPEATS:
            unbounded = argument[1] == sre.MAXREPEAT
            if (unbounded and inside_repeat) or _nested(argument[2], inside_repeat or unbounded):
                return True
        parts = argument[1] if operator is sre.BRANCH else argument[3:] if operator is sre.SUBPATTERN else ()
        if any(_nested(part, inside_repeat) for part in parts):
            return True
    return False


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else "unknown reason"
    return reason.decode() if isinstance(reason, bytes) else str(reason)
