"""Sources as customers send them: files are real, and every refusal names the file, the line and what to do."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from content_store.errors import BadInput
from content_store.models import SourceKind
from segments.sources import (
    BadRow,
    Limits,
    Note,
    Reading,
    SourceSpec,
    fingerprint,
    partition_of,
    read,
    write_events,
)

AS_OF = datetime(2018, 1, 1, 12, tzinfo=UTC)
CONSENT_HEADER = "customer_id,purpose,channel,granted,at\n"
EVENT_HEADER = "id,customer_id,at,kind,item,quantity,value\n"


def customers(path: Path, content: str | bytes, limits: Limits | None = None) -> Reading:
    return _read(SourceKind.CUSTOMERS, path / "customers.csv", content, limits)


def consents(path: Path, rows: str) -> Reading:
    return _read(SourceKind.CONSENTS, path / "consents.csv", CONSENT_HEADER + rows)


def events(path: Path, rows: str) -> Reading:
    return _read(SourceKind.EVENTS, path / "events.csv", EVENT_HEADER + rows)


def _read(kind: SourceKind, path: Path, content: str | bytes, limits: Limits | None = None) -> Reading:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(SourceSpec(kind, path), as_of=AS_OF, limits=limits or Limits())


def column(reading: Reading, name: str) -> list[Any]:
    return reading.accepted.column(name).to_pylist()


def query(folder: Path, sql: str, kind: SourceKind = SourceKind.CUSTOMERS) -> Reading:
    return read(SourceSpec(kind, sql=sql, folder=folder), as_of=AS_OF)


# 1 encodings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    reading = customers(tmp_path, "id,first_name\n7,Zoë\n".encode(encoding))
    assert column(reading, "first_name") == ["Zoë"]


def test_latin_1_is_refused_with_line_and_byte(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"customers\.csv, line 3: byte 25 of the file is not UTF-8; save the file as"
    ):
        customers(tmp_path, b"id,first_name\n1,Ann\n2,Zo\xeb\n")


def test_utf_16_without_a_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="looks like UTF-16 without a byte-order mark; save it as UTF-8"):
        customers(tmp_path, "id\n7\n".encode("utf-16-le"))


def test_a_mark_that_lies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="its byte-order mark says utf-16, but"):
        customers(tmp_path, b"\xff\xfei\x00d\x00\n\x00\x00")


# 2 NUL bytes


def test_a_row_with_a_nul_byte_is_set_aside(tmp_path: Path) -> None:
    reading = customers(tmp_path, b"id,first_name,city\n1,A\0nn,Rome\n2,Bo,R\0me\n3,Cy,Rome\n")
    assert column(reading, "id") == ["3"]
    assert reading.quarantined == [
        BadRow(2, "first_name", "holds a NUL byte", "A␀nn"),
        BadRow(3, "city", "holds a NUL byte", "R␀me"),
    ]


# 3 quotes


@pytest.mark.parametrize(
    "rows", ['1,Ann\n2,"Bo\n3,Cy\n', '1,Ann\n2,"Bo\n3,"Cy"\n4,"Di"\n', '1,"Ann"\n2,"Bo\n3,Cy\n4,Di']
)
def test_an_unclosed_quote_is_refused_with_the_line_of_the_field(tmp_path: Path, rows: str) -> None:
    with pytest.raises(
        BadInput, match=r"customers\.csv, line 3: the quote that opens a field here is not closed"
    ):
        customers(tmp_path, "id,first_name\n" + rows)


def test_a_quote_inside_a_plain_field_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"line 2: a quote stands inside a field that is not quoted; put the field in"
    ):
        customers(tmp_path, 'id,first_name\n1,Bob "Bobby" Lee\n')


def test_an_unclosed_quote_in_the_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 1: a quote in the column names never closes"):
        customers(tmp_path, 'id,"first_name\n1,Ann\n')


def test_a_row_of_megabytes_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 3: a row of more than 2,000,000 bytes starts here"):
        customers(tmp_path, "id,first_name\n1,Ann\n2,Bo" + "o" * 2_000_001 + "\n")


# 4 duplicates and contradictions


def test_the_second_row_of_an_id_is_set_aside(tmp_path: Path) -> None:
    reading = customers(tmp_path, "id,first_name\n1,Ann\n2,Bo\n1,Anna\n")
    assert column(reading, "first_name") == ["Ann", "Bo"]
    assert reading.quarantined == [BadRow(4, "id", "stands in an earlier row already", "1")]


def test_of_contradicting_answers_the_no_is_kept(tmp_path: Path) -> None:
    answer = "7,marketing,email,{},2017-05-01\n"
    reading = consents(tmp_path, answer.format("yes") + answer.format("no") + answer.format("yes"))
    assert column(reading, "granted") == [False]
    assert column(reading, "line") == [3]
    reason = "contradicts a no of the same moment, which is kept"
    assert reading.quarantined == [BadRow(2, "granted", reason, "true"), BadRow(4, "granted", reason, "true")]


def test_a_repeated_answer_counts_once(tmp_path: Path) -> None:
    reading = consents(
        tmp_path, "7,marketing,email,yes,2017-05-01\n7,Marketing,EMAIL,y,2017-05-01T00:00:00Z\n"
    )
    assert reading.accepted.num_rows == 1
    assert reading.quarantined == []
    assert reading.notes == [Note("", "the same as an earlier row, so counted once", 1)]


# 5 the header


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r'line 1: the column "Email" stands there twice; keep one\.'):
        customers(tmp_path, "id,email,Email\n1,a@b.co,a@b.co\n")


def test_a_column_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 1: column 2 has no name; name it or remove it"):
        customers(tmp_path, "id,,email\n1,x,a@b.co\n")


def test_a_missing_required_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r'the column "id" is missing; it has: customer, email\.'):
        customers(tmp_path, "customer,email\n1,a@b.co\n")


def test_a_header_without_rows_is_an_empty_source(tmp_path: Path) -> None:
    reading = customers(tmp_path, "id,email\n")
    assert (reading.accepted.num_rows, reading.quarantined) == (0, [])


# 6 ids


def test_ids_keep_their_form(tmp_path: Path) -> None:
    assert column(customers(tmp_path, "id\n007\n1e5\n0x1F\n1.0\nTrue\n"), "id") == [
        "007",
        "1e5",
        "0x1F",
        "1.0",
        "True",
    ]


def test_an_id_with_an_invisible_character_is_set_aside(tmp_path: Path) -> None:
    reading = customers(tmp_path, 'id,first_name\n7\u200b,Ann\n"8\n9",Bo\n,Cy\n')
    assert [(row.line, row.reason) for row in reading.quarantined] == [
        (2, "holds a line break or an invisible character"),
        (3, "holds a line break or an invisible character"),
        (5, "is missing"),
    ]


# 7 and 8 addresses


@pytest.mark.parametrize(
    "address",
    ["a@b.c, d@e.f", "alice@x.org)bob@y.net", "a@b@c.org", "a b@c.org", "a@localhost", ".a@b.org", "a..b@c.org",
     "a@-b.org", "<a@b.org>", "Ann <a@b.org>", "a@b.org\\n", "a@[127.0.0.1]", "é@b.org", "a@b.org;", "@b.org",
     "a" * 65 + "@b.org"],
)  # fmt: skip
def test_what_is_not_exactly_one_address_is_set_aside(tmp_path: Path, address: str) -> None:
    reading = customers(tmp_path, f'id,email\n1,"{address}"\n2,b@example.com\n')
    assert column(reading, "email") == ["b@example.com"]
    assert reading.quarantined == [BadRow(2, "email", "is not exactly one plain e-mail address", address)]


@pytest.mark.parametrize(
    "address", ["a@b.co", "o'neil+news@mail.example.com", "A.B-c_d@xn--bcher-kva.example"]
)
def test_plain_addresses_pass_as_they_are(tmp_path: Path, address: str) -> None:
    assert column(customers(tmp_path, f"id,email\n1,{address}\n"), "email") == [address]


# 9, 10, 11 and 12 texts


def test_line_breaks_in_a_name_become_one_space(tmp_path: Path) -> None:
    reading = customers(tmp_path, 'id,first_name\n1,"Ann\r\nBcc: x@y.z"\n2,A\x0bB\u2028C\n3,Cy\n')
    assert column(reading, "first_name") == ["Ann Bcc: x@y.z", "A B C", "Cy"]
    assert column(reading, "line") == [2, 4, 5]
    cleaned = "cleaned of line breaks and invisible characters, or cut to 200 characters"
    assert reading.notes == [Note("first_name", cleaned, 2)]


@pytest.mark.parametrize(
    "text", ["{{7*7}}", "${7*7}", "=HYPERLINK(1)", "+1", "@SUM(A1)", "-2+3", "<b>Ann</b>", "O''Neil"]
)
def test_template_and_formula_texts_stay_literal(tmp_path: Path, text: str) -> None:
    assert column(customers(tmp_path, f"id,first_name\n1,{text}\n"), "first_name") == [text]


def test_invisible_and_text_direction_characters_are_dropped(tmp_path: Path) -> None:
    reading = customers(
        tmp_path, "id,first_name,city\n1,\u202eAn\u200bn\u00ad\ufeff,\u2066Ro\u0000me\n".replace("\0", "")
    )
    assert column(reading, "first_name") == ["Ann"]
    assert json.loads(column(reading, "attributes")[0]) == {"city": "Rome"}


def test_a_name_of_ten_thousand_characters_is_cut(tmp_path: Path) -> None:
    reading = customers(tmp_path, f"id,first_name\n1,{'x' * 10_000}\n2,{'e' + chr(769) * 10_000}\n")
    assert [len(name) for name in column(reading, "first_name")] == [200, 200]


def test_a_name_of_nothing_visible_is_no_name(tmp_path: Path) -> None:
    assert column(customers(tmp_path, "id,first_name\n1,\u200b\u3164\n"), "first_name") == [None]


# 13 and 14 consents


def test_a_consent_that_is_no_clear_yes_is_none_and_it_is_said(tmp_path: Path) -> None:
    rows = ["yes", "TRUE", "1", "no", "maybe", "", "null", "yes?"]
    reading = consents(
        tmp_path, "".join(f"{i},marketing,email,{row},2017-05-01\n" for i, row in enumerate(rows))
    )
    assert column(reading, "granted") == [True, True, True, False, False, False, False, False]
    assert reading.notes == [Note("granted", "neither a yes nor a no, so counted as no consent", 4)]


def test_a_consent_from_the_future_is_set_aside(tmp_path: Path) -> None:
    reading = consents(
        tmp_path, "7,marketing,email,yes,2018-01-01T12:00:01Z\n8,marketing,email,yes,2018-01-01T12:00:00Z\n"
    )
    assert column(reading, "customer_id") == ["8"]
    reason = "lies in the future, after 2018-01-01T12:00:00+00:00"
    assert [(row.line, row.column, row.reason) for row in reading.quarantined] == [(2, "at", reason)]


def test_moments_without_an_offset_are_utc(tmp_path: Path) -> None:
    moments = ["2017-05-01", "2017-05-01 10:00", "2017-05-01T10:00:00+02:00", "2017-05-01T10:00:00.5Z"]
    reading = consents(
        tmp_path, "".join(f"{i},marketing,sms,no,{moment}\n" for i, moment in enumerate(moments))
    )
    assert [moment.isoformat() for moment in column(reading, "at")] == [
        "2017-05-01T00:00:00+00:00",
        "2017-05-01T10:00:00+00:00",
        "2017-05-01T08:00:00+00:00",
        "2017-05-01T10:00:00.500000+00:00",
    ]


# 15 and 16 Parquet


def test_a_parquet_bomb_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "customers.parquet"
    texts = pa.array(["x" * 1_000_000] * 50)
    pq.write_table(pa.table({"id": texts}), path, use_dictionary=False, compression="zstd")
    assert path.stat().st_size < 100_000
    with pytest.raises(
        BadInput, match=r"would unpack to 5\d,\d{3},\d{3} bytes, over the limit of 10,000,000; split"
    ):
        read(SourceSpec(SourceKind.CUSTOMERS, path), as_of=AS_OF, limits=Limits(unpacked_bytes=10_000_000))


def test_too_many_rows_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has 3 rows, over the limit of 2; split the file"):
        customers(tmp_path, "id\n1\n2\n3\n", Limits(rows=2))


@pytest.mark.parametrize("cut", [1, 9, 200])
def test_a_truncated_parquet_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "customers.parquet"
    pq.write_table(pa.table({"id": [str(number) for number in range(1000)]}), path)
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(
        BadInput, match=r"customers\.parquet: is not a whole Parquet file \(.+\); export or copy it again"
    ):
        read(SourceSpec(SourceKind.CUSTOMERS, path), as_of=AS_OF)


def test_typed_parquet_columns_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    table = pa.table({
        "Customer_ID": pa.array([7, 8]),
        "at": pa.array([datetime(2017, 5, 1, 10), datetime(2099, 1, 1)], pa.timestamp("ns")),
        "kind": ["purchase", "purchase"],
        "item": ["dairy: milk", "dairy: eggs"],
        "quantity": pa.array([2, None], pa.int32()),
        "value": [1.5, float("nan")],
    })  # fmt: skip
    pq.write_table(table, path)
    reading = read(SourceSpec(SourceKind.EVENTS, path), as_of=AS_OF)
    row = reading.accepted.to_pylist()[0]
    assert (row["customer_id"], row["quantity"], row["value"]) == ("7", 2.0, 1.5)
    assert row["at"] == datetime(2017, 5, 1, 10, tzinfo=UTC)
    assert [(bad.line, bad.column) for bad in reading.quarantined] == [(2, "at")]


# events


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("1970-01-01T00:00:00Z", "lies before 1990-01-01: the clock was not set"),
        ("2099-01-01", "lies in the future, after 2018-01-02T12:00:00+00:00"),
        ("yesterday", "is not a date as ISO 8601 writes it, such as 2017-03-01T09:30:00Z"),
        ("01/02/2017", "is not a date as ISO 8601 writes it, such as 2017-03-01T09:30:00Z"),
        ("2017-02-30", "is not a date as ISO 8601 writes it, such as 2017-03-01T09:30:00Z"),
        ("1483228800", "is not a date as ISO 8601 writes it, such as 2017-03-01T09:30:00Z"),
        ("infinity", "is not a date as ISO 8601 writes it, such as 2017-03-01T09:30:00Z"),
        ("", "is missing"),
    ],
)
def test_an_event_with_a_bad_moment_is_set_aside(tmp_path: Path, moment: str, reason: str) -> None:
    reading = events(
        tmp_path, f"e1,7,{moment},purchase,dairy: milk,1,2\ne2,7,2018-01-02,purchase,dairy: milk,1,2\n"
    )
    assert column(reading, "id") == ["e2"]
    assert reading.quarantined == [BadRow(2, "at", reason, moment)]


@pytest.mark.parametrize(
    ("quantity", "value", "bad"),
    [
        ("1,5", "1", ("quantity", "is not a finite number")),
        ("-1", "1", ("quantity", "is below zero")),
        ("1", "NaN", ("value", "is not a finite number")),
        ("1", "inf", ("value", "is not a finite number")),
        ("1", "-2.5", None),
        ("", "", None),
    ],
)
def test_numbers_of_events_are_finite(
    tmp_path: Path, quantity: str, value: str, bad: tuple[str, str] | None
) -> None:
    reading = events(tmp_path, f'e1,7,2017-05-01,purchase,dairy: milk,"{quantity}","{value}"\n')
    assert [(row.column, row.reason) for row in reading.quarantined] == ([bad] if bad else [])


def test_an_event_id_counts_once_and_the_first_row_wins(tmp_path: Path) -> None:
    row = "e1,7,2017-05-01,purchase,{},1,2\n"
    reading = events(
        tmp_path, row.format("dairy: milk") + row.format("dairy: eggs") + row.format("dairy: milk")
    )
    assert column(reading, "item") == ["dairy: milk"]
    assert reading.notes == [Note("", "the same as an earlier row, so counted once", 2)]


def test_without_ids_an_equal_row_counts_once(tmp_path: Path) -> None:
    row = ",7,2017-05-01,purchase,dairy: milk,{},2\n"
    reading = events(tmp_path, row.format(1) + row.format(1) + row.format(2))
    assert column(reading, "quantity") == [1.0, 2.0]
    assert len(set(column(reading, "id"))) == 2


# lines, separators and formats


def test_lines_are_right_after_blank_lines_ragged_rows_and_fields_of_several_lines(tmp_path: Path) -> None:
    content = (
        '\nid,email,city\n1,a@b.co,"Ro\nme"\n\n2,bad,x\n3,b@b.co\n4,c@b.co,x,y\r\n"5","bad","x\n\n"\n6,bad,x'
    )
    reading = customers(tmp_path, content)
    email = "is not exactly one plain e-mail address"
    assert reading.quarantined == [
        BadRow(6, "email", email, "bad"),
        BadRow(7, "", "has not the 3 fields that the header has", "3,b@b.co"),
        BadRow(8, "", "has not the 3 fields that the header has", "4,c@b.co,x,y"),
        BadRow(9, "email", email, "bad"),
        BadRow(12, "email", email, "bad"),
    ]
    assert column(reading, "line") == [3]
    assert reading.quarantined_count == 5


def test_lines_are_right_over_many_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segments.records.CHUNK_BYTES", 64)
    rows = [f'{n},"{"x" * 5 * n}\n{n}"' if n % 3 else f"{n},{'long ' * n}" for n in range(100)]
    starts = [2 + n + sum(1 for m in range(n) if m % 3) for n in range(100)]
    assert column(customers(tmp_path, "id,city\n" + "\n".join(rows)), "line") == starts


def test_quarantined_rows_are_counted_beyond_those_kept(tmp_path: Path) -> None:
    reading = customers(tmp_path, "id,email\n" + "1,bad\n" * 30 + "2\n" * 30, Limits(quarantined_kept=10))
    assert (len(reading.quarantined), reading.quarantined_count) == (10, 60)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_header_tells_the_separator(tmp_path: Path, delimiter: str) -> None:
    content = "id,first_name\n1,Ann\n".replace(",", delimiter)
    assert column(customers(tmp_path, content), "first_name") == ["Ann"]


def test_bare_carriage_returns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="line 2: a bare carriage return stands outside quotes"):
        customers(tmp_path, "id,first_name\n1,An\rn\n")
    with pytest.raises(BadInput, match="line 1: lines end in a bare carriage return"):
        customers(tmp_path, "id,first_name\r1,Ann\r")


def test_other_columns_of_customers_become_attributes(tmp_path: Path) -> None:
    reading = customers(
        tmp_path, 'ID,Home Store,quote"s,kids\n7, Store 3 ,,2\n'.replace('quote"s', '"quote""s"')
    )
    assert json.loads(column(reading, "attributes")[0]) == {"Home Store": "Store 3", "kids": "2"}


def test_columns_can_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("kunde,email,mail,shop\n7,x,a@b.co,3\n")
    mapped = {"id": "Kunde", "email": "mail", "home_store": "shop"}
    reading = read(SourceSpec(SourceKind.CUSTOMERS, path, columns=mapped), as_of=AS_OF)
    row = reading.accepted.to_pylist()[0]
    assert (row["id"], row["email"], json.loads(row["attributes"])) == ("7", "a@b.co", {"home_store": "3"})
    with pytest.raises(
        BadInput, match=r'sources\.yaml takes "id" from a column "nummer", which is missing; it has: kunde'
    ):
        read(SourceSpec(SourceKind.CUSTOMERS, path, columns={"id": "nummer"}), as_of=AS_OF)


def test_json_lines_are_read_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "customers.jsonl"
    lines = ['{"id": "007", "first_name": "Ann", "tags": ["a"]}', "", "not json", '{"id": 8, "a/b": null}', "[1]",
             '{"id": "9", "email": "bad"}', '{"id": "1", "id": "2"}', '{"id": "a\\u0000"}']  # fmt: skip
    reading = _read(SourceKind.CUSTOMERS, path, "\ufeff" + "\r\n".join(lines))
    assert column(reading, "id") == ["007", "8"]
    assert column(reading, "line") == [1, 4]
    assert json.loads(column(reading, "attributes")[0]) == {"tags": '["a"]'}
    unreadable = "is not one JSON object without repeated fields"
    assert reading.quarantined == [
        BadRow(3, "", unreadable, "not json"),
        BadRow(5, "", unreadable, "[1]"),
        BadRow(6, "email", "is not exactly one plain e-mail address", "bad"),
        BadRow(7, "", unreadable, '{"id": "1", "id": "2"}'),
        BadRow(8, "id", "holds a NUL byte", "a␀"),
    ]


def test_missing_empty_and_strange_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.csv: there is no such file; check the path\."):
        read(SourceSpec(SourceKind.CUSTOMERS, tmp_path / "nowhere.csv"), as_of=AS_OF)
    with pytest.raises(BadInput, match="the file is empty; export it again"):
        customers(tmp_path, "")
    with pytest.raises(BadInput, match="the file is empty; it needs at least a line with column names"):
        customers(tmp_path, "\n\n")
    with pytest.raises(BadInput, match=r"cannot tell the format; let the name end with \.csv"):
        _read(SourceKind.CUSTOMERS, tmp_path / "customers.xlsx", "PK")


def test_phones_locales_and_time_zones_are_checked_and_written_one_way(tmp_path: Path) -> None:
    rows = ["1,(212) 555-0100,en_us,Europe/Paris", "2,+49 30 123456,ZH-hant-tw,UTC", "3,call me,en,UTC",
            "4,+12125550100,English,UTC", "5,,,Mars/Base"]  # fmt: skip
    reading = customers(tmp_path, "id,phone,locale,time_zone\n" + "\n".join(rows) + "\n")
    assert column(reading, "phone") == ["2125550100", "+4930123456"]
    assert column(reading, "locale") == ["en-US", "zh-Hant-TW"]
    assert [(row.line, row.column) for row in reading.quarantined] == [
        (4, "phone"),
        (5, "locale"),
        (6, "time_zone"),
    ]


# SQL


def test_a_query_reads_files_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "people.csv").write_text("number,first\n1,Ann\n2,Bo\n")
    reading = query(
        tmp_path, "SELECT number AS id, first AS first_name FROM 'data/people.csv' ORDER BY 1 DESC; -- end"
    )
    assert column(reading, "id") == ["2", "1"]
    assert column(reading, "line") == [1, 2]


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1 AS id; SELECT 2", "COPY (SELECT 1) TO 'out.csv'", "SET threads = 1", "", "ATTACH 'x.db'"],
)
def test_only_a_single_select_is_run(tmp_path: Path, sql: str) -> None:
    with pytest.raises(BadInput, match=r"the query in sources\.yaml must be a single SELECT"):
        query(tmp_path, sql)


def test_a_query_reads_nothing_outside_its_folder_and_writes_nothing(tmp_path: Path) -> None:
    brand = tmp_path / "brand"
    brand.mkdir()
    (tmp_path / "secret.csv").write_text("id\n1\n")
    (brand / "link.csv").symlink_to(tmp_path / "secret.csv")
    outside = [f"SELECT * FROM '{tmp_path}/secret.csv'", "SELECT * FROM '../secret.csv'", "SELECT * FROM 'link.csv'",
               "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM glob('/etc/*')"]  # fmt: skip
    writes = [f"WITH w AS (COPY (SELECT 1) TO '{brand}/out.csv') SELECT * FROM w",
              f"SELECT * FROM query('WITH w AS (COPY (SELECT 1) TO ''{brand}/out.csv'') SELECT * FROM w')"]  # fmt: skip
    for sql in outside + writes:
        with pytest.raises(BadInput, match=r"the query in sources\.yaml does not run \(.+\): "):
            query(brand, sql)
    assert [path.name for path in brand.iterdir()] == ["link.csv"]


def test_a_query_that_fails_on_its_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"the query for customers: cannot be read \(Conversion Error"):
        query(tmp_path, "SELECT CAST(x AS INTEGER) AS id FROM (VALUES ('1'), ('x')) AS t (x)")


# writing events


def test_events_are_written_by_partition_sorted_and_once(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    rows = [f"e{n},c{n % 5},2017-05-{1 + n % 28:02d},purchase,dairy: milk,1,2" for n in range(100)]
    path.write_text(EVENT_HEADER + "\n".join([*rows, *rows[:10], "x,c1,1970-01-01,purchase,dairy: milk,1,2"]))
    written = write_events(SourceSpec(SourceKind.EVENTS, path), tmp_path / "lake", 4, as_of=AS_OF)
    assert (written.rows, written.customers, written.quarantined_count) == (100, 5, 1)
    assert written.quarantined[0].line == 112
    assert (written.oldest, written.newest) == (
        datetime(2017, 5, 1, tzinfo=UTC),
        datetime(2017, 5, 28, tzinfo=UTC),
    )
    for file in (tmp_path / "lake").glob("*/*.parquet"):
        part = pq.ParquetFile(file).read().to_pylist()
        assert {f"part={partition_of(row['customer_id'], 4)}" for row in part} == {file.parent.name}
        assert part == sorted(part, key=lambda row: (row["customer_id"], row["at"], row["id"]))
    found = duckdb.execute(
        f"SELECT count(*), count(DISTINCT id) FROM '{tmp_path}/lake/*/*.parquet'"
    ).fetchall()
    assert found == [(100, 100)]


def test_events_written_again_replace_those_before_and_a_failure_leaves_them(tmp_path: Path) -> None:
    path, lake = tmp_path / "events.csv", tmp_path / "lake"
    spec = SourceSpec(SourceKind.EVENTS, path)
    for rows in ("e1,7,2017-05-01,purchase,milk,1,2\n", "e2,8,2017-05-01,purchase,eggs,1,2\n"):
        path.write_text(EVENT_HEADER + rows)
        write_events(spec, lake, 2, as_of=AS_OF)
    path.write_text(EVENT_HEADER + 'e3,"8,2017-05-01,purchase,eggs,1,2\n')
    with pytest.raises(BadInput):
        write_events(spec, lake, 2, as_of=AS_OF)
    tables = [pq.ParquetFile(file).read() for file in lake.glob("*/*.parquet")]
    assert [table.column("id").to_pylist() for table in tables] == [["e2"]]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["events.csv", "lake"]


def test_a_partition_is_the_same_everywhere() -> None:
    assert [partition_of(customer, 16) for customer in ("H0001", "007", "é")] == [1, 14, 7]


# fingerprints


def test_a_fingerprint_is_of_the_bytes_and_of_the_mapping(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(b"id\n7\n")
    spec = SourceSpec(SourceKind.CUSTOMERS, path)
    assert fingerprint(spec) == "914419b85387e5174dd3fe260c2f68d2426d16f677a6ac13080e07d8f9679058"
    assert fingerprint(spec._replace(columns={"id": "ID"})) != fingerprint(spec)
    assert fingerprint(SourceSpec(SourceKind.CUSTOMERS, sql="SELECT 1 AS id")) is None
    with pytest.raises(BadInput, match="cannot be read"):
        fingerprint(spec._replace(path=tmp_path / "nowhere.csv"))


# what is written as CSV is what is read

FIELDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(FIELDS, FIELDS), max_size=8), line_end=st.sampled_from(["\n", "\r\n"]))
def test_any_rows_written_by_the_csv_module_are_read_back_as_they_were(
    tmp_path: Path, rows: list[tuple[str, str]], line_end: str
) -> None:
    path = tmp_path / "consents.csv"
    starts = []
    with path.open("w", newline="", encoding="utf-8") as file:
        # With a bare LF as line end this module leaves a CR unquoted, unless all fields are quoted.
        quoting: Literal[0, 1] = csv.QUOTE_ALL if line_end == "\n" else csv.QUOTE_MINIMAL
        writer = csv.writer(file, lineterminator=line_end, quoting=quoting)
        writer.writerow(["customer_id", "purpose", "channel", "granted", "at", "wording", "source"])
        for number, (wording, source) in enumerate(rows):
            file.flush()
            starts.append(path.read_bytes().count(b"\n") + 1)
            writer.writerow([str(number), "marketing", "email", "yes", "2017-05-01", wording, source])
    reading = read(SourceSpec(SourceKind.CONSENTS, path), as_of=AS_OF)
    assert reading.quarantined == []
    assert list(zip(column(reading, "wording"), column(reading, "source"), strict=True)) == rows
    assert column(reading, "line") == starts
