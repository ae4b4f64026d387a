"""The declared contract of customers, consents, events and outcomes: what each column means and what a bad value leads to."""

import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from content_store.models import SourceKind

_MARKED = re.compile(r"(<!-- contracts -->\n).*?(<!-- end of contracts -->)", re.DOTALL)


class ColumnType(StrEnum):
    """How a value is read; BAD_VALUES says what happens to one that breaks the rule."""

    ID = "id"  # text as it stands: 007 and 1e5 keep their form
    NAME = "name"  # short text that may be shown, cleaned
    VERBATIM = "verbatim"  # text kept to the letter, because it is proof
    WORD = "word"  # a lower-case name such as email or purchase
    EMAIL = "email"  # one address
    PHONE = "phone"  # one number, kept as digits with an optional +
    LOCALE = "locale"  # a language and optional script and region
    TIME_ZONE = "time zone"  # a name of the IANA database
    ANSWER = "answer"  # yes or no
    MOMENT = "moment"  # ISO 8601 date and time; UTC where no offset is written
    AMOUNT = "amount"  # a finite number, zero or more
    NUMBER = "number"  # a finite number


NAME_CHARS = 200
VERBATIM_CHARS = 10_000
ID_CHARS = 128

BAD_VALUES: dict[ColumnType, str] = {
    ColumnType.ID: f"row quarantined when longer than {ID_CHARS} characters or holding invisible characters",
    ColumnType.NAME: "cleaned: line breaks and control characters become a space, invisible and text-direction "
    f"characters are dropped, and what passes {NAME_CHARS} characters is cut",
    ColumnType.VERBATIM: f"row quarantined when longer than {VERBATIM_CHARS:,} characters",
    ColumnType.WORD: "row quarantined unless it is letters, digits, - and _, starting with a letter",
    ColumnType.EMAIL: "row quarantined unless it is exactly one plain address (RFC 5321, ASCII)",
    ColumnType.PHONE: "row quarantined unless it has 7 to 15 digits; spaces, dots, dashes and brackets are dropped",
    ColumnType.LOCALE: "row quarantined unless it looks like en, en-US or zh-Hant-TW",
    ColumnType.TIME_ZONE: "row quarantined unless the IANA database knows it",
    ColumnType.ANSWER: "yes, y, true, t, 1, on, granted are a yes; everything else, also nothing, is a no",
    ColumnType.MOMENT: "row quarantined when it is no ISO 8601 date, lies before 1990 or in the future",
    ColumnType.AMOUNT: "row quarantined when it is no finite number or below zero",
    ColumnType.NUMBER: "row quarantined when it is no finite number",
}


@dataclass(frozen=True)
class Column:
    """One column of a source. `future_days` is how far after `as_of` a moment may lie, and `offset` says that its text
    must have one.
    """

    name: str
    type: ColumnType
    required: bool
    meaning: str
    future_days: int = 0
    offset: bool = False

    @property
    def bad_value(self) -> str:
        """What is done with a value that breaks the rule, in words."""
        missing = "row quarantined when empty; " if self.required else ""
        without = "; row quarantined when it is a text without an offset" if self.offset else ""
        return missing + BAD_VALUES[self.type] + without


@dataclass(frozen=True)
class Contract:
    """What a source of one kind must and may hold."""

    kind: SourceKind
    one_row: str
    columns: tuple[Column, ...]
    other_columns: str
    repeats: str

    def column(self, name: str) -> Column | None:
        """The column called `name`, or None."""
        return next((column for column in self.columns if column.name == name), None)


CUSTOMERS = Contract(
    SourceKind.CUSTOMERS,
    "one customer",
    (
        Column("id", ColumnType.ID, True, "the customer's id, the same in all three sources"),
        Column("email", ColumnType.EMAIL, False, "where e-mail goes"),
        Column("phone", ColumnType.PHONE, False, "where text messages go"),
        Column("first_name", ColumnType.NAME, False, "what the customer is called"),
        Column("locale", ColumnType.LOCALE, False, "the language of the copy"),
        Column("time_zone", ColumnType.TIME_ZONE, False, "where quiet hours are counted"),
    ),
    other_columns="become attributes of the customer: text, cleaned as a name is",
    repeats="a second row with the same id is quarantined",
)

CONSENTS = Contract(
    SourceKind.CONSENTS,
    "one answer of one customer, for one purpose on one channel",
    (
        Column("customer_id", ColumnType.ID, True, "who answered"),
        Column("purpose", ColumnType.WORD, True, "what for, such as marketing"),
        Column("channel", ColumnType.WORD, True, "email, sms, push, …"),
        Column("granted", ColumnType.ANSWER, False, "the answer"),
        Column("at", ColumnType.MOMENT, True, "when the answer was given"),
        Column(
            "wording", ColumnType.VERBATIM, False, "the text that was shown: the proof, kept to the letter"
        ),
        Column("source", ColumnType.VERBATIM, False, "where the answer was given, such as signup form"),
    ),
    other_columns="are ignored",
    repeats="of contradicting answers with the same customer, purpose, channel and moment the no is kept "
    "and the yes is quarantined; a repeated answer counts once; a yes that is newer than the day on which the customer "
    "unsubscribed counts only with a source, and is quarantined without",
)

EVENTS = Contract(
    SourceKind.EVENTS,
    "one thing that a customer did",
    (
        Column("id", ColumnType.ID, False, "the event's id; without one it is made from the whole row"),
        Column("customer_id", ColumnType.ID, True, "who did it"),
        Column("at", ColumnType.MOMENT, True, "when", future_days=1),
        Column("kind", ColumnType.WORD, True, "what was done, such as purchase"),
        Column("item", ColumnType.NAME, True, 'what was touched, in words: "dairy: yogurt, greek yogurt"'),
        Column("quantity", ColumnType.AMOUNT, False, "how many"),
        Column("value", ColumnType.NUMBER, False, "what it was worth, in the brand's currency"),
    ),
    other_columns="are ignored",
    repeats="an event id counts once per customer, the first row wins; without ids a row that is the same "
    "in every column counts once",
)

OUTCOMES = Contract(
    SourceKind.OUTCOMES,
    "one thing that became of a publication, or that a customer did; such files are given to `surmesure measure import`",
    (
        Column(
            "id", ColumnType.ID, True, "what you call it, the same each time it is told, by HTTP or in a file"
        ),
        Column(
            "receipt",
            ColumnType.ID,
            False,
            "which publication it is about: its receipt, or its publication_id, a dot and its rendered_hash; quarantined when"
            " it is none of ours",
        ),
        Column(
            "customer_id",
            ColumnType.ID,
            False,
            "whom it is about, where there is no receipt; quarantined when there is no such customer, or the receipt is"
            " another's",
        ),
        Column(
            "kind",
            ColumnType.WORD,
            True,
            "delivered, bounced, opened, clicked, converted, unsubscribed or complained; bounced and opened need a receipt,"
            " and opened the brand's open_pixel and the customer's consent",
        ),
        Column("at", ColumnType.MOMENT, True, "when", future_days=3, offset=True),
        Column("value", ColumnType.NUMBER, False, "of a conversion: what it was worth"),
        Column("margin", ColumnType.NUMBER, False, "of a conversion: what of it is left after its cost"),
        Column(
            "currency",
            ColumnType.ID,
            False,
            "of value and margin; quarantined when it is not that of the brand (`measuring.currency`)",
        ),
    ),
    other_columns="are ignored",
    repeats="an id counts once, whoever told it first; the first row of a file wins",
)

CONTRACTS: dict[SourceKind, Contract] = {
    contract.kind: contract for contract in (CUSTOMERS, CONSENTS, EVENTS, OUTCOMES)
}


def contract_markdown(contract: Contract) -> str:
    """A contract as a section of documentation with a table of its columns."""
    lines = [f"### {contract.kind}", "", f"One row is {contract.one_row}.", ""]
    lines += ["| column | type | required | meaning | a bad value |", "|---|---|---|---|---|"]
    for column in contract.columns:
        required = "yes" if column.required else "no"
        lines.append(
            f"| `{column.name}` | {column.type} | {required} | {column.meaning} | {column.bad_value} |"
        )
    lines += ["", f"Other columns {contract.other_columns}. Repeats: {contract.repeats}."]
    return "\n".join(lines) + "\n"


def fill_in(document: str) -> str:
    """The document with every contract between its markers."""
    tables = "\n".join(contract_markdown(contract) for contract in CONTRACTS.values())
    return _MARKED.sub(lambda found: f"{found[1]}\n{tables}\n{found[2]}", document)


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(fill_in(page.read_text(encoding="utf-8")), encoding="utf-8")
