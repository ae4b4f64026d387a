"""The words with which a letter ends: they state nothing of an offer."""

_FAREWELL = (
    r"(?:with )?(?:(?:our|my) )?(?:very )?(?:kind|kindest|best|warm|warmest|friendly|many|good)(?: and \w+)? (?:regards|wishes|thanks|greetings)|"
    r"yours(?: (?:sincerely|faithfully|truly|ever|always|warmly))?|sincerely(?: yours)?|cordially|respectfully|warmly|"
    r"with (?:thanks|gratitude|love)|(?:season's )?greetings|all the best|regards|cheers|take care"
)
#: What stands after it is who signs: a name, "from all of us at the pool".
COURTESIES: tuple[tuple[str, str], ...] = (
    (rf"(?:^|(?<=[.!?] ))(?:{_FAREWELL})(?:,? from (?:all of us|everyone|everybody|the team)(?: (?:at|in))?\b|,(?! (?:but|and|or|so)\b)|[.!]?$)", ""),
)  # fmt: skip
