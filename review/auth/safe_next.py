"""Where a person goes after signing in: only to a page of ours."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LONGEST = 2000


def is_safe_next(target: str) -> bool:
    """True for a path on this host.

    Browsers read a backslash as a slash and leave out tabs and line ends, so `/\\evil` and `/<TAB>/evil` lead elsewhere
    as `//evil` does.
    """
    if len(target) > _LONGEST or not re.fullmatch(r"/[!-\[\]-~]*", target) or target.startswith("//"):
        return False
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc
