"""Gate: no personal data, web address, prompt text, template syntax or chat token that the facts do not hold."""

import re

import re2

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import plain

GATE = "leaks"

_EMAIL = re.compile(r"[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)+|[\w.+-]+ ?[\[(]at[\])] ?[\w-]+", re.IGNORECASE)
_DOMAINS = (
    "com|org|net|edu|gov|io|co|uk|de|fr|es|it|nl|be|eu|us|ca|au|info|biz|shop|store|app|dev|ai|xyz|online|site|link|"
    "ly|gl|me|tv|ru|cn|in|ch|at|pl|se|no|dk|fi|ie|nz|example|test|invalid|top|club|live|click|news"
)
_URL = re.compile(
    rf"(?:[a-z][a-z+.-]*://|www\.)\S+|javascript:|data:\w+/|\b[^\W_](?:[\w-]*[^\W_])?(?:\.[\w-]+)*\.(?:{_DOMAINS})\b(?:/\S*)?",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\w.])\+?\(?\d(?:[ ().-]{0,2}\d){6,14}(?![\w%])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_NATIONAL_ID = re.compile(r"\b\d{3}-\d{2}-\d{4}\b|\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_TEMPLATE = re.compile(
    r"\{\{|\}\}|\{%|%\}|\$\{|\{\w+\}|<%|%>|\*\||\|\*|%%|\[\[|\]\]|"
    r"\[(?:your |the |customer |insert |first |last |brand |product )?\s?(?:name|company|product|brand|link|url|date|price|city|store|address|amount|code)\]|"
    r"\[insert[^\]]*\]|<(?:first|last|customer|user|your)[_ ]?name>|\bfirst_?name\b|\blast_?name\b|\bcustomer_?name\b|\bFNAME\b|\blorem ipsum\b|\bTODO\b|\bTBD\b|\bXX+\b",
    re.IGNORECASE,
)
_CHAT = re.compile(
    r"<\|?\s*/?\s*(?:im_start|im_end|endoftext|system|user|assistant|eot_id|begin_of_text|start_header_id|end_header_id|end|s|bos|eos|unk|pad)\s*\|?>|"
    r"\[/?(?:INST|SYS|SYSTEM|PAD|MASK|CLS|SEP|UNK)\]|<</?SYS>>|<\||\|>|</?s>|#{2,}|```|\*\*|(?:^|\s)(?:user|assistant|system|human|ai|bot|model)\s*:",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"(?:^|[\s\"'(.|-])(?:facts?(?: ?\d+)?|keep(?: phrases?)?|audience|tone|slot|copy|subject(?: line)?|preheader|headline|opening|cta|sms|push(?: notification)?|"
    r"max(?:imum)?[ _](?:chars?|characters|length)|output|input|response|prompt|instructions?|option \d|draft|variant \d|candidate(?: \d)?)\s*[:=](?=\s|$)|"
    r"write (?:one|a|an|the|me)\b[^.]*\b(?:line|copy|subject|headline|email|sms)|say only what|marketing copy|as an ai|language model|i(?:'m| am) (?:sorry|unable|an? (?:ai|assistant|chatbot))|i can(?:'t|not) (?:help|assist|write|fulfil)|"
    r"^(?:sure|certainly|of course|absolutely|okay|ok)[,!.:]? (?:here|i)\b|\bhere(?:'s| is| are) (?:a|an|the|your|one|some|my)\b[^.]{0,30}\b(?:line|copy|subject|headline|draft|version|text|options?|rewrite|sms|message|example|push|caption)\b|"
    r"ignore (?:all |any )?(?:the )?(?:previous|above|prior|earlier)|(?:previous|above|prior) instructions|system prompt|you are (?:a|an) (?:\w+ )?(?:assistant|copywriter|model|ai)\b|the (?:facts|keep phrases|audience|target audience|reader)\b (?:are|is|must|say|above)|"
    r"\bkeep phrases?\b|\btarget audience\b|\bword count\b|\bcharacters? (?:limit|long|max)|\(\d+ characters\)|<\w+[^>]*>",
    re.IGNORECASE,
)
# Most copies hold nothing that could leak; RE2 sees that in one pass.
_SUSPECT = re2.compile(
    r"[@:=<>{}\[\]|#*`_]|%%|\(at\)|\w\.\w|www|\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d\D{0,3}\d|\b(?:name|todo|tbd|xx+|lorem|write|say only|marketing copy|"
    r"an? ai|language model|i(?:'m| am) (?:sorry|unable)|sure|certainly|of course|absolutely|okay|ok|here|ignore|instructions|prompt|you are an?|the (?:facts|keep|audience|target|reader)|"
    r"keep phrases?|target|word count|characters?|can(?:'t|not) (?:help|assist|write|fulfil)|[a-z]{2}\d{2})\b|[a-z]{2}\d{2} ?[a-z0-9]{4}|[a-z]{2} ?\d{2} ?\d{2} ?\d{2}"
)
_WHAT: tuple[tuple[re.Pattern[str], str], ...] = (
    (_CHAT, "a mark of the language model's chat format"),
    (_TEMPLATE, "template syntax that nobody filled in"),
    (_PROMPT, "text of the prompt, not of the copy"),
    (_EMAIL, "an e-mail address that no fact holds"),
    (_URL, "a web address that no fact holds"),
)


def check_leaks(copy: Copy, policy: Policy) -> Verdict:
    text = plain(copy.text)
    if _SUSPECT.search(text.lower()) is None:
        return passes(GATE)
    support = [plain(s).lower() for s in (*copy.facts, *policy.lexicon)]
    for pattern, what in _WHAT:
        for found in pattern.finditer(text):
            if not _held(found[0], support):
                return refuses(GATE, f'"{found[0].strip()}" is {what}.')
    for found in _IBAN.finditer(text):
        if is_iban(found[0]) and not _held(found[0], support):
            return refuses(GATE, f'"{found[0]}" is a bank account number (IBAN).')
    return _personal_numbers(text, support)


def is_iban(text: str) -> bool:
    """ISO 13616: the rearranged digits are 1 modulo 97."""
    code = text.replace(" ", "")
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


def is_card_number(text: str) -> bool:
    """13 to 19 digits with the check digit of Luhn (ISO/IEC 7812)."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits)))
    return 13 <= len(digits) <= 19 and doubled % 10 == 0


def _personal_numbers(text: str, support: list[str]) -> Verdict:
    for pattern, what, real in (
        (_CARD, "a card number", is_card_number),
        (_NATIONAL_ID, "a personal number", lambda _: True),
        (_PHONE, "a phone number", lambda found: sum(c.isdigit() for c in found) >= 7),
    ):
        for found in pattern.finditer(text):
            if real(found[0]) and not _held(found[0], support):
                return refuses(GATE, f'"{found[0].strip()}" looks like {what} that no fact holds.')
    return passes(GATE)


def _held(found: str, support: list[str]) -> bool:
    bare = found.strip().lower().rstrip(".,")
    digits = re.sub(r"\D", "", bare)
    return any(bare in s or (len(digits) >= 7 and digits in re.sub(r"\D", "", s)) for s in support)
