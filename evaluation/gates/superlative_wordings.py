"""A superlative told by its denial: "no tent in the range weighs less" for the lightest tent in the range."""

import re

from evaluation.gates.function_words import content_stems
from evaluation.gates.text import plain, words

# "No tent in the range weighs less", "nothing in the range costs less than Zell Mini".
_NONE_IS_MORE = re.compile(
    r"\b(?:no(?: other)?|not one|none of the|nothing(?: else)?|none)(?P<thing>(?: (?!is\b|are\b)[\w'-]+){0,7}?) (?P<verb>is|are|[a-z]{3,}s|weigh|cost) "
    r"(?P<more>less|more(?: [a-z]+)?|[a-z]{2,}er)(?: than (?P<than>[^.,;:!?]+))?(?=[.,;:!?]|$)",
    re.IGNORECASE,
)
# "There is no lighter tent in the range".
_NO_MORE = re.compile(
    r"\bno (?P<more>[a-z]{2,}er|more [a-z]+)(?P<thing>(?: (?!than\b|is\b|are\b)[\w'-]+){1,7})(?: than (?P<than>[^.,;:!?]+))?(?=[.,;:!?]|$)",
    re.IGNORECASE,
)
_OF_MEASURE = {
    ("weigh", "less"): "lightest",
    ("weigh", "more"): "heaviest",
    ("cost", "less"): "cheapest",
    ("cost", "more"): "most expensive",
}
_IRREGULAR = {"better": "best", "worse": "worst", "further": "furthest"}
# How far a superlative of a fact reaches: "in the Ridgeline family".
_REACH = re.compile(
    r"[^.,;:!?]*?\b(?:in|of|among|from) (?P<reach>(?!\d)[^.,;:!?]*?)(?= (?:at|with|and|by|for)\b|[.,;:!?]|$)"
)


def with_superlatives(text: str, facts: tuple[str, ...]) -> str:
    """The text with the superlatives of its facts, where it denies that anything goes beyond them in the same reach."""
    if not any(sign in text.lower() for sign in ("no ", "not one ", "none ", "nothing ")):
        return text

    def reword(found: re.Match[str]) -> str:
        superlative = _superlative(found)
        own = next((fact for fact in facts if superlative in words(fact) or f"the {superlative}" in fact), "")
        said = content_stems(f"{found['thing']} {found['than'] or ''}")
        if (
            not own
            or not _reach(superlative, own) <= said
            or not content_stems(found["than"] or "") <= content_stems(own)
        ):
            return found[0]
        named = f": {found['than']}" if found["than"] else ""
        return f"the {superlative}{found['thing']}{named}"

    return _NO_MORE.sub(reword, _NONE_IS_MORE.sub(reword, plain(text)))


def _superlative(found: re.Match[str]) -> str:
    more = found["more"].lower()
    verb = found.groupdict().get("verb", "").lower().removesuffix("s")
    if (verb, more) in _OF_MEASURE:
        return _OF_MEASURE[verb, more]
    if more.startswith("more "):
        return f"most {more.removeprefix('more ')}"
    return _IRREGULAR.get(more, f"{more.removesuffix('er')}est")


def _reach(superlative: str, fact: str) -> frozenset[str]:
    after = plain(fact).partition(superlative)[2]
    reach = _REACH.match(after)
    return content_stems(reach["reach"]) if reach else frozenset()
