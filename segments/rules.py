"""The contract's rules as SQL: one query turns a source's columns into values and says what is wrong with a row."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import available_timezones

from content_store.models import SourceKind
from segments.contracts import ID_CHARS, NAME_CHARS, VERBATIM_CHARS, Column, ColumnType, Contract
from segments.records import RAW_CHARS

# Columns of the query beside the contract's own; no source may have such names.
ROW = '"#row"'  # the number of the row in its source, from 0
FAULT = '"#fault"'  # 0, or the number of the fault, from 1
RAW = '"#raw"'  # what stood in the column at fault
UNREADABLE = '"#unreadable"'

EARLIEST = "1990-01-01"
OFFSET = r":\d\d([.,]\d+)? ?([Zz]|UTC|[+-]\d\d(:?\d\d)?)$"
YES = ("yes", "y", "true", "t", "1", "on", "granted")
NO = ("no", "n", "false", "f", "0", "off", "denied", "withdrawn")
ADDRESS = (
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+([A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{1,58}[A-Za-z0-9])"
)
# Unicode format characters (zero width, text direction, soft hyphen, tags) and letters that show nothing.
INVISIBLE = r"[\p{Cf}\x{115F}\x{1160}\x{3164}\x{FFA0}]+"
BREAKS = r"[\p{Cc}\p{Z}]+"
NEEDS_CLEANING = r"[^\x20-\x7E]|  "  # a quick test: most names are printable ASCII with single spaces
UNFIT_FOR_ID = r"[\p{C}\p{Zl}\p{Zp}\x{A0}\x{115F}\x{1160}\x{3164}\x{FFA0}]"
CLEANED = f"cleaned of line breaks and invisible characters, or cut to {NAME_CHARS} characters"
DATES = ("TIMESTAMP", "DATE")
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip


class Fault(NamedTuple):
    """One way in which a row can break the contract."""

    column: str
    reason: str


class Remark(NamedTuple):
    """Something done to values of a column without setting their rows aside."""

    column: str
    what: str


class Binding(NamedTuple):
    """Which column of the source stands for which of ours, with the source's DuckDB types."""

    columns: Mapping[str, str]  # ours → theirs
    attributes: Mapping[str, str]  # ours → theirs
    types: Mapping[str, str]  # theirs → type


class Judgement(NamedTuple):
    """A query that judges every row: ROW, FAULT, RAW, the values, and "#remark0", "#remark1", … (booleans)."""

    query: str
    faults: list[Fault]
    remarks: list[Remark]


class _Rule(NamedTuple):
    """SQL of a column's value, and conditions over the text "x" and the value "=x" with what they mean."""

    value: str
    refused: tuple[tuple[str, str], ...] = ()
    remarked: tuple[tuple[str, str], ...] = ()


def judge(
    contract: Contract, binding: Binding, source: str, as_of: datetime, unreadable: tuple[str, str]
) -> Judgement:
    """The query over the query `source`. `unreadable` is SQL, true for a row that has no values, and why it has none."""
    rules = {column.name: _column_rule(column, as_of) for column in contract.columns}
    others = [Column(name, ColumnType.NAME, False, "an attribute") for name in binding.attributes]
    rules |= {column.name: _column_rule(column, as_of) for column in others}
    texts = [f"{_text(column, binding)} AS {quoted(column.name)}" for column in contract.columns]
    texts += [f"nullif(trim({quoted(theirs)}::VARCHAR), '') AS {quoted(ours)}"
              for ours, theirs in binding.attributes.items()]  # fmt: skip
    values = [f"{rule.value} AS {_value(name)}" for name, rule in rules.items()]
    refused = [(UNREADABLE, Fault("", unreadable[1]))]
    refused += [
        (condition, Fault(name, why)) for name, rule in rules.items() for condition, why in rule.refused
    ]
    remarked = [
        (condition, Remark(name, what)) for name, rule in rules.items() for condition, what in rule.remarked
    ]
    final = [f"{_value(column.name)} AS {quoted(column.name)}" for column in contract.columns]
    if contract.kind is SourceKind.CUSTOMERS:
        final.append(f"{_attributes(list(binding.attributes))} AS attributes")
    query = (
        f"WITH texts AS (SELECT {', '.join([ROW, f'{unreadable[0]} AS {UNREADABLE}', *texts])} FROM ({source})),\n"
        f"valued AS (SELECT {', '.join(['*', *values])} FROM texts),\n"
        f"faulty AS (SELECT *, {_number_of([condition for condition, _ in refused])} AS {FAULT} FROM valued)\n"
        f"SELECT {', '.join([ROW, FAULT, _raw([fault for _, fault in refused]), *final])}"
        + "".join(f', {condition} AS "#remark{index}"' for index, (condition, _) in enumerate(remarked))
        + " FROM faulty"
    )
    return Judgement(query, [fault for _, fault in refused], [remark for _, remark in remarked])


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _number_of(conditions: list[str]) -> str:
    cases = " ".join(
        f"WHEN {condition} THEN {number}" for number, condition in enumerate(conditions, start=1)
    )
    return f"CAST(CASE {cases} ELSE 0 END AS SMALLINT)"


def _raw(faults: list[Fault]) -> str:
    cases = " ".join(
        f"WHEN {number} THEN left({quoted(fault.column)}::VARCHAR, {RAW_CHARS})"
        for number, fault in enumerate(faults, start=1)
        if fault.column
    )
    return f"CASE {FAULT} {cases} END AS {RAW}"


def _value(name: str) -> str:
    return quoted(f"={name}")


def _text(column: Column, binding: Binding) -> str:
    """The column as trimmed text, or as it is where the source has typed moments and numbers."""
    if column.name not in binding.columns:
        return "NULL::VARCHAR"
    theirs = binding.columns[column.name]
    name, kind = quoted(theirs), binding.types[theirs]
    if column.type is ColumnType.MOMENT and kind.startswith(DATES):
        return f"{name}::TIMESTAMPTZ"
    if column.type in (ColumnType.AMOUNT, ColumnType.NUMBER) and kind.startswith(NUMBERS):
        return f"{name}::DOUBLE"
    if column.type is ColumnType.VERBATIM:
        return f"nullif({name}::VARCHAR, '')"
    return f"nullif(trim({name}::VARCHAR), '')"


def _column_rule(column: Column, as_of: datetime) -> _Rule:
    text, value = quoted(column.name), _value(column.name)
    rule = _rule(column, text, value, as_of)
    first = [(f"contains({text}::VARCHAR, chr(0))", "holds a NUL byte")]
    if column.required:
        first.append((f"{text} IS NULL", "is missing"))
    return rule._replace(refused=(*first, *rule.refused))


def _rule(column: Column, text: str, value: str, as_of: datetime) -> _Rule:
    match column.type:
        case ColumnType.ID:
            return _Rule(text, (
                (f"length({text}) > {ID_CHARS}", f"is longer than {ID_CHARS} characters"),
                (f"regexp_matches({text}, '{UNFIT_FOR_ID}')", "holds a line break or an invisible character"),
            ))  # fmt: skip
        case ColumnType.NAME:
            return _name(text, value, column.required)
        case ColumnType.VERBATIM:
            too_long = f"length({text}) > {VERBATIM_CHARS}", f"is longer than {VERBATIM_CHARS:,} characters"
            return _Rule(text, (too_long,))
        case ColumnType.WORD:
            shape = f"NOT regexp_full_match({value}, '[a-z][a-z0-9_-]{{0,63}}')"
            return _Rule(
                f"replace(lower({text}), ' ', '_')",
                ((shape, "is no plain word of letters, digits, - and _"),),
            )
        case ColumnType.EMAIL:
            shape = f"NOT regexp_full_match({text}, {literal(ADDRESS)})"
            size = f"length({text}) > 254 OR strpos({text}, '@') > 65"
            return _Rule(text, ((f"{shape} OR {size}", "is not exactly one plain e-mail address"),))
        case ColumnType.PHONE:
            shape = f"NOT regexp_full_match({value}, '[+]?[0-9]{{7,15}}')"
            return _Rule(f"regexp_replace({text}, '[ ()./-]', '', 'g')",
                         ((shape, "is not one phone number of 7 to 15 digits"),))  # fmt: skip
        case ColumnType.LOCALE:
            shape = f"NOT regexp_full_match({value}, '[a-z]{{2,3}}(-[A-Z][a-z]{{3}})?(-([A-Z]{{2}}|[0-9]{{3}}))?')"
            return _Rule(_locale(text), ((shape, "is not a locale such as en-US"),))
        case ColumnType.TIME_ZONE:
            zones = ", ".join(literal(zone) for zone in sorted(available_timezones()))
            return _Rule(text, ((f"{text} NOT IN ({zones})", "is not a time zone such as America/New_York"),))
        case ColumnType.ANSWER:
            return _answer(text)
        case ColumnType.MOMENT:
            return _moment(text, value, as_of + timedelta(days=column.future_days), offset=column.offset)
        case ColumnType.AMOUNT:
            number = _number(text, value)
            return number._replace(refused=(*number.refused, (f"{value} < 0", "is below zero")))
        case ColumnType.NUMBER:
            return _number(text, value)


def _name(text: str, value: str, required: bool) -> _Rule:
    visible = f"regexp_replace({text}, '{INVISIBLE}', '', 'g')"
    spaced = f"nfc_normalize(trim(regexp_replace({visible}, '{BREAKS}', ' ', 'g')))"
    empty = f"{value} IS NULL", "holds nothing but invisible characters"
    return _Rule(
        f"CASE WHEN regexp_matches({text}, '{NEEDS_CLEANING}') OR length({text}) > {NAME_CHARS} "
        f"THEN nullif(trim(left({spaced}, {NAME_CHARS})), '') ELSE {text} END",
        (empty,) if required else (),
        ((f"{text} IS DISTINCT FROM {value}", CLEANED),),
    )


def _answer(text: str) -> _Rule:
    yes, known = (", ".join(literal(word) for word in words) for words in (YES, YES + NO))
    unknown = f"coalesce(lower({text}) NOT IN ({known}), true)"
    return _Rule(f"coalesce(lower({text}) IN ({yes}), false)", (),
                 ((unknown, "neither a yes nor a no, so counted as no consent"),))  # fmt: skip


def _moment(text: str, value: str, latest: datetime, *, offset: bool) -> _Rule:
    # The pattern keeps DuckDB from reading words such as "epoch", and dates whose day and month are a guess.
    moment = f"CASE WHEN {text}::VARCHAR LIKE '____-__-__%' THEN try_cast({text} AS TIMESTAMPTZ) END"
    # What the source has as a moment reads with an offset, whatever it was.
    without = (
        f"NOT regexp_matches({text}::VARCHAR, '{OFFSET}')",
        "has no offset, such as 2017-03-01T09:30:00Z has",
    )
    return _Rule(moment, (
        (f"{value} IS NULL", "is not a date as ISO 8601 writes it, such as 2017-03-01T09:30:00Z"),
        (f"{value} < TIMESTAMPTZ '{EARLIEST} 00:00:00+00'", f"lies before {EARLIEST}: the clock was not set"),
        (f"{value} > TIMESTAMPTZ '{latest.isoformat()}'", f"lies in the future, after {latest.isoformat()}"),
        *([without] if offset else []),
    ))  # fmt: skip


def _number(text: str, value: str) -> _Rule:
    broken = f"{text} IS NOT NULL AND coalesce(NOT isfinite({value}), true)"
    return _Rule(f"try_cast({text} AS DOUBLE)", ((broken, "is not a finite number"),))


def _locale(text: str) -> str:
    parts = f"string_split(lower(replace({text}, '_', '-')), '-')"
    part = "CASE WHEN i = 1 THEN p WHEN length(p) = 4 THEN upper(p[1]) || p[2:] ELSE upper(p) END"
    return f"array_to_string(list_transform({parts}, lambda p, i: {part}), '-')"


def _attributes(names: list[str]) -> str:
    """The other columns of a row as the text of one JSON object, without those that are empty."""
    entries = ", ".join(f"struct_pack(k := {literal(name)}, v := {_value(name)})" for name in names)
    if not entries:
        return "'{}'"
    return f"to_json(map_from_entries(list_filter([{entries}], lambda e: e.v IS NOT NULL)))::VARCHAR"
