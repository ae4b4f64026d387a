"""Splitting copy into sentences; a full stop inside a number, an address or an abbreviation ends none."""

import re

_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9$€£¿¡])|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[ap]\.m|no|nr|oz|lb|lbs|fl|ft|in|approx|incl|excl|max|min|vs|etc|e\.g|i\.e|dr|mr|mrs|ms|prof|st|ave|inc|ltd|co|dept|est|tel|ext|vol|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thurs?|fri|sat|sun)|\b[A-Z])\.$",
    re.IGNORECASE,
)
# Characters that hold any abbreviation, its full stop and what stands before it.
_LONGEST = 12
# After these a capital or a figure may start a new sentence all the same; the next word decides.
_CLOSING = re.compile(r"\b(?:[ap]\.m|etc|oz|lbs?|inc|ltd|co)\.$", re.IGNORECASE)
_STARTS_SENTENCE = re.compile(
    r"[\"'“‘(]*(?:A|An|The|This|That|These|Those|It|It's|We|We're|We'll|You|You'll|You're|Your|Our|They|He|She|I|I'm|If|When|And|But|Or|So|No|Not|Now|"
    r"For|From|In|On|At|With|All|Any|Each|Every|Just|Please|See|Order|Book|Bring|Come|Get|Give|Join|Let|Reply|Take|Tell|Try|Visit|What|Where|Who|Why|How|One|Two|Then|There|Children|Members|Lunch|Plus|Until|Till)\b"
)


def sentences(text: str) -> list[str]:
    """The sentences of a text, trimmed, in order; no character but white space is lost."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        before, after = text[start : end.start()].strip(), text[end.end() :]
        short = before.endswith(".") and _ABBREVIATION.search(before[-_LONGEST:])
        if short and "\n" not in end[0] and not (_CLOSING.search(before) and _STARTS_SENTENCE.match(after)):
            continue
        cut = text[start : end.end()].strip()
        if cut:
            found.append(cut)
        start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found
