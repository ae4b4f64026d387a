"""Texts that speak to the model, or to a program, instead of to a customer (OWASP LLM01, prompt injection)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

import re2

_DROP = r"(?:ignore|disregard|forget|override|bypass)"
_WHICH = r"(?:(?:all|any|of|these|those|your|my|the|our|safety|every|previous|prior|above|earlier|system)\s+)"
_ORDERS = re.compile(
    rf"\b{_DROP}\s+{_WHICH}{{0,5}}(?:instructions?|prompts?|guidelines|previous|above)\b"
    rf"|\b{_DROP}\s+{_WHICH}{{1,5}}(?:rules|facts)\b|\b{_DROP}\s+(?:everything|anything|all|what)\b[^.]{{0,20}}\b(?:above|before|told)\b"
    r"|\b(?:oubliez?|ignorez?|vergiss|ignoriere|ignora|olvida|dimentica|negeer|vergeet)\b[^.]{0,40}"
    r"\b(?:consignes|anweisungen|regeln|instrucciones|istruzioni|instructies|regole|reglas|règles)\b"
    r"|\b(?:you are|act|behave|answer|pretend to be|roleplay) (?:now )?(?:as )?(?:an?|the) (?:\w+ )?(?:ai|assistant|model|language model|chatbot|copywriter|dan|jailbreak)\b"
    r"|\b(?:system|developer|hidden|secret) (?:prompt|message|instructions?)\b|\b(?:new|updated|real|following) instructions?\b"
    r"|\bend of (?:facts|prompt|instructions|context|document)\b|\bjailbreak|\bdeveloper mode\b|\bprompt injection\b"
    r"|\b(?:do not|don't|never) (?:mention|use|say|write|follow|obey|repeat|check)\b[^.]{0,30}\b(?:facts?|instructions?|rules?|conditions?|limits?|gates?|checks?|policy)\b"
    r"|(?:^|[.;:!?\n\"(]\s*|\b(?:and|then|but|instead|please|now|always|must|only|just|simply) )(?:say|state|claim|write|print|output|respond|reply|answer|repeat|echo|insert|append|translate|"
    r"tell (?:them|everyone|customers|the (?:reader|customer)s?))(?: only| also| exactly| back| with)*\b[: ]+(?:that\b|this\b|it is\b|it's\b|exactly\b|verbatim\b|the (?:following|word|sentence|text|link|url|price|phrase|prompt|above)\b|instead\b|"
    r"everything\b|something\b|nothing\b|\"|'|“|https?:|www\.)"
    r"|\b(?:include|insert|add|mention|append|promote|recommend|offer)\b (?:the |this |a |an |our )?(?:link|url|web ?site|web address|phone number|e-?mail|discount|coupon|code|price)\b[^.]{0,12}(?::|https?:|www\.|@|\bin every\b|\bto every\b)",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"<\|?/?[a-z_ ]{1,30}\|>|< ?\|[^>]{0,40}>|<(?:start|end)_of_turn>|\[/?(?:INST|SYS|SYSTEM)\]|<</?SYS>>|</?(?:s|bos|eos|think|system|user|assistant|tool_call)>"
    r"|(?:^|\n|[(\[]|#{2,} ?)(?:system|assistant|user|human|instruction|response)\s*:",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\{\{|\}\}|\{%|%\}|\{#|\$\{|#\{|<%|%>|\*\||\|\*|%%\w+%%|\[\[|\]\]"
    r"|<\s*/?\s*(?:script|iframe|img|svg|a|style|link|meta|object|embed|form|body|html|mj-\w+)\b|\bon(?:error|load|click|mouseover)\s*="
    r"|\b(?:javascript|vbscript|data|file)\s*:\s*(?:\w+/|//|\w+\()|;\s*(?:--|drop|delete)\b|\bdrop table\b|\bunion (?:all )?select\b|'\s*or\s+'?1'?\s*=\s*'?1"
    r"|^\s*[=@+-]\s*(?:cmd|hyperlink|import\w*|webservice|sum|dde|exec|concatenate)\b|\b(?:hyperlink|webservice|importxml)\(",
    re.IGNORECASE,
)
_FAULTS = (
    (_ORDERS, "it reads like an instruction to the model"),
    (_CHAT, "it holds a mark of the model's chat format"),
    (_CODE, "it holds code or a template's syntax"),
)
_WORD = re.compile(r"[^\W\d_]{2,}")


def _set_of_faults() -> Any:
    found = re2.Set.SearchSet(re2.Options())
    for pattern, _ in _FAULTS:
        found.Add(f"(?i){pattern.pattern}")
    found.Compile()
    return found


# One pass of RE2, which reads ASCII as Python does, for the texts without any of them: nearly all.
_MAY_MATCH = _set_of_faults().Match
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN", "COPTIC")


@lru_cache(50_000)
def speaks_to_the_machine(text: str) -> str | None:
    """Why a person must look at a text before a model or a page gets it, or None.

    Letters of two alphabets in one word are refused too: they hide what the other rules look for.
    """
    simple = text.isascii() and text.isprintable()
    if simple and not _MAY_MATCH(text):
        return None
    shown = text if simple else _shown(text)
    for pattern, reason in _FAULTS:
        if found := pattern.search(shown):
            return f"{reason}: {' '.join(found.group(0).split())!r}"
    mixed = mixed_alphabets(shown)
    return f"it mixes alphabets in one word: {mixed!r}" if mixed else None


def _shown(text: str) -> str:
    """Of a text in its compatibility form, what a reader sees."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})


def mixed_alphabets(text: str) -> str | None:
    """The first word whose letters come from two alphabets, such as a Latin word with a Cyrillic е."""
    return None if text.isascii() else next(filter(_mixes, _WORD.findall(text)), None)


def _mixes(word: str) -> bool:
    if word.isascii():
        return False
    # Micrometres and kiloohms are written with a Greek letter.
    names = {unicodedata.name(character, "").split(" ")[0] for character in word if character not in "μΩ"}
    return len(names.intersection(_ALPHABETS)) > 1
