"""What belongs to a person: e-mail addresses, account names, phone, bank, card and identity numbers."""

# ruff: noqa: SIM905 (a table is easier to read as text)

import re
from collections.abc import Iterator
from typing import NamedTuple

EMAIL = (
    r"[\w.+-]+ ?@ ?[\w-]+(?:\.[\w-]+)+"
    r"|[\w.+-]+ ?[\[({<](?:at|@)[\])}>] ?[\w-]+"
    r"|[\w.+-]+ (?:at|@) [\w-]+ ?(?:\bdot\b|\[dot\]|\(dot\)) ?(?:com|org|net|de|fr|uk|io|eu|example)\b"
)
ACCOUNT = r"(?:^|[\s(\"'])@[a-z_][\w.]{2,}"

#: What a brand may know of nobody unless its audience says so (GDPR, article 9, and what is as private).
PRIVATE = (
    r"\byour (?:recent |own )?(?:divorce|separation|pregnancy|miscarriage|diagnosis|illness|disease|surgery|operation|disability|medication|depression|anxiety|"
    r"debts?|bankruptcy|overdraft|salary|income|wages|redundancy|bereavement|late (?:wife|husband|mother|father)|religion|faith|sexuality|body weight|weight gain|weight problem|criminal record|hot flushes|menopause|incontinence|hair loss|infertility|fertility treatment|addiction|impotence)\b"
    r"|\bwe (?:saw|spotted|noticed|watched) you (?:at|in|near|outside) (?:the |your )?[a-z]+"
    r"|\byou (?:told|confided in|wrote to|complained to) our (?:[a-z]+ )?[a-z]+ about (?:your |the |an? )?[a-z]+"
)
_SEPARATED = r"(?:[ ./-]{0,2}\(?\d\)?)"
_PHONE = re.compile(
    rf"(?<![\w.])(?:"
    rf"(?:\+|\b00)[ (]{{0,2}}\d{_SEPARATED}{{6,14}}"  # abroad
    rf"|\(?0\)?{_SEPARATED}{{8,11}}"  # within Europe
    r"|(?:1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}\d{3}[ .-]?\d{4}"  # North America
    r"|[2-9]\d{2}[.-]\d{4}"
    r"|1[ .-]?8\d\d[ .-][A-Z][A-Z-]{5,9}"
    r"|\d{2}(?:[ .-]\d{2}){3,4}|\d{3}(?:[ .-]\d{3}){2}|\d{3}(?:[ .-]\d{2}){3}|[69]\d{8}"  # France, Denmark, Spain, Poland
    r")(?![\w%])"
)
#: A phone number in words.
SPELLED = r"(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double)\b[ ,.-]{0,2}){7,}"
_SPELLED = re.compile(SPELLED, re.IGNORECASE)
_CARD = re.compile(r"(?<!\d)\d(?:[ ._-]{0,2}\d){12,18}(?!\d)")
_IBAN_START = re.compile(r"(?<![A-Z0-9])([A-Z])[ .-]?([A-Z])(?=[ .-]{0,2}\d[ .-]?\d)", re.IGNORECASE)
_NUMBERS_OF_PERSONS = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b"  # United States
    r"|\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"  # United Kingdom
    r"|\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b"  # Italy
)
_FRENCH = re.compile(r"(?<!\d)[12](?: ?\d){14}(?!\d)")
_SPANISH = re.compile(r"\b[XYZ]?-?(\d{7,8})-?([A-Z])\b")
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
#: Characters of an account number by country (SWIFT's IBAN registry).
_IBAN_LENGTHS = dict(
    pair.split(":")
    for pair in (
        "AD:24 AE:23 AL:28 AT:20 AZ:28 BA:20 BE:16 BG:22 BH:22 BR:29 BY:28 CH:21 CR:22 CY:28 CZ:24 DE:22 DK:18 DO:28 EE:20 "
        "EG:29 ES:24 FI:18 FO:18 FR:27 GB:22 GE:22 GI:23 GL:18 GR:27 GT:28 HR:21 HU:28 IE:22 IL:23 IQ:23 IS:26 IT:27 JO:30 "
        "KW:30 KZ:20 LB:28 LC:32 LI:21 LT:20 LU:20 LV:21 MC:27 MD:24 ME:22 MK:19 MR:27 MT:31 MU:30 NL:18 NO:15 PK:24 PL:28 "
        "PS:29 PT:25 QA:29 RO:24 RS:22 SA:24 SC:31 SE:24 SI:19 SK:24 SM:27 TN:24 TR:26 UA:29 VA:22 VG:24 XK:20"
    ).split()
)


class PersonalNumber(NamedTuple):
    """A number that belongs to a person, as it stands in the text."""

    text: str
    what: str


def personal_numbers(text: str) -> Iterator[PersonalNumber]:
    """Numbers of a plain text that are somebody's; check digits keep order numbers and product codes out."""
    for found in _IBAN_START.finditer(text):
        if account := _account(text, found):
            yield PersonalNumber(account, "a bank account number (IBAN)")
    for found in _CARD.finditer(text):
        if is_card_number(found[0]):
            yield PersonalNumber(found[0], "a card number")
    for pattern, checked in ((_NUMBERS_OF_PERSONS, None), (_FRENCH, _is_french), (_SPANISH, _is_spanish)):
        for found in pattern.finditer(text):
            if checked is None or checked(found):
                yield PersonalNumber(found[0], "a person's identity number")
    for found in _PHONE.finditer(text):
        yield PersonalNumber(found[0], "a phone number")
    for found in _SPELLED.finditer(text):
        yield PersonalNumber(found[0], "a phone number")


def is_iban(text: str) -> bool:
    """ISO 13616: of the country's length, and the rearranged digits are 1 modulo 97."""
    code = re.sub(r"[^A-Z0-9]", "", text.upper())
    if len(code) != int(_IBAN_LENGTHS.get(code[:2], 0)):
        return False
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1


def is_card_number(text: str) -> bool:
    """13 to 19 digits with the check digit of Luhn (ISO/IEC 7812)."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits)))
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and doubled % 10 == 0


def _account(text: str, start: re.Match[str]) -> str:
    """The account number that starts there, however it is spaced, or ''."""
    length = int(_IBAN_LENGTHS.get((start[1] + start[2]).upper(), 0))
    place, code = start.start(), ""
    while len(code) < length and place < len(text):
        if text[place].isascii() and text[place].isalnum():
            code += text[place]
        elif text[place] not in " .-":
            break
        place += 1
    return text[start.start() : place] if length and is_iban(code) else ""


def _is_french(found: re.Match[str]) -> bool:
    digits = found[0].replace(" ", "")
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def _is_spanish(found: re.Match[str]) -> bool:
    lead = {"X": "0", "Y": "1", "Z": "2"}.get(found[0][0], "")
    digits = lead + found[1]
    return len(digits) == 8 and _SPANISH_LETTERS[int(digits) % 23] == found[2]
