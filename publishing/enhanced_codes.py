"""Enhanced status codes (RFC 3463): what a mail system's answer says about an address."""

from __future__ import annotations

import re

#: Nothing will ever arrive there: no such mailbox, domain or form of address, it moved away, or it takes no mail at
#: all (RFC 3463, 3.2; RFC 7505, 4.1). A bare 550 is none of them: it may be a policy as well (RFC 5321, 4.2.3).
NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})

# At the beginning, or after the three digits of SMTP; four numbers are an IP address.
_CODE = re.compile(r"(?:^\s*|\b[245]\d\d[ -])([245]\.\d{1,3}\.\d{1,3})(?![.\d])")


def enhanced_code(text: str) -> str | None:
    """The enhanced code of an answer's text, a status or a diagnostic; None without one."""
    found = _CODE.search(text)
    return found[1] if found else None
