"""What servers write when a mail comes back is understood, and nothing else breaks the reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publishing.bounces import MOST_BYTES, Kind, NoReport, Report, parse
from publishing.message_names import MessageName, message_name, read_message_id
from tests.publishing.returned_mails import EXIM, POSTFIX, STAMP, bounce, complaint, ours

MAIL = MessageName(7, STAMP)
NOBODY = "550 5.1.1 <c01@example.com>: Recipient address rejected: User unknown"


def test_postfix_says_that_nobody_is_there() -> None:
    assert parse(bounce(ours())) == Report(MAIL, Kind.FAILED, "5.1.1", f"smtp; {NOBODY}", "c01@example.com")


def test_exim_says_it_in_the_words_of_the_other_server() -> None:
    assert parse(bounce(ours(), form=EXIM)) == Report(
        MAIL, Kind.FAILED, "5.1.1", f"smtp; {NOBODY}", "c01@example.com"
    )
    bare = bounce(ours(), form=EXIM, diagnostic="550 Unrouteable address of 5.1.1.9")
    assert parse(bare).code == "5.0.0"


@pytest.mark.parametrize(
    ("action", "status", "kind", "code"),
    [
        ("failed", "5.2.2 (mailbox full)", Kind.FAILED, "5.2.2"),
        ("delayed", "4.4.1", Kind.DELAYED, "4.4.1"),
        ("Delivered", "2.1.5", Kind.DELIVERED, "2.1.5"),
        ("relayed", "2.0.0", Kind.DELIVERED, "2.0.0"),
        ("expanded", "2.1.0", Kind.DELIVERED, "2.1.0"),
    ],
)
def test_each_action_is_understood(action: str, status: str, kind: Kind, code: str) -> None:
    found = parse(bounce(ours(), action=action, status=status))
    assert (found.kind, found.code) == (kind, code)


def test_of_several_recipients_the_gravest_counts() -> None:
    two = bounce(ours(), action="delivered", status="2.1.5").replace(
        b"Final-Recipient", b"Action: failed\r\nStatus: 5.1.2\r\n\r\nFinal-Recipient", 1
    )
    assert parse(two)[1:3] == (Kind.FAILED, "5.1.2")


def test_a_complaint_is_understood() -> None:
    assert parse(complaint(ours())) == Report(MAIL, Kind.COMPLAINED, to="c01@example.com")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "it is no report of a mail server"),
        (b"Subject: I am on holiday\r\n\r\nSee you.\r\n", "it is no report of a mail server"),
        (b"Content-Type: multipart/report\r\n\r\nno parts\r\n", "it is a report of another kind"),
        (bounce(ours(), action="unheard-of"), "it says nothing of a recipient"),
        (bounce(ours()).replace(b"Message-ID", b"X-Other"), "it names no mail of ours"),
        (bounce(ours(stamp="x")), "it names no mail of ours"),
        (bounce(ours()).replace(b"message/rfc822", b"text/plain"), "it names no mail of ours"),
        (bounce(ours()).replace(b"message/delivery-status", b"text/plain"), "it is a report of another kind"),
        (complaint(ours(), "not-spam"), "it is feedback of another kind than a complaint"),
        (b"x" * (MOST_BYTES + 1), "it is too large for a report"),
        (b"\n" * 50_001, "it is too large for a report"),
        (b"\r" * 50_001, "it is too large for a report"),
        (b"Content-Type: multipart/report;" + b"a=b;" * 400_000, "its Content-Type is too long"),
        (b"Content-Type: multipart/report;" + b"\r\n a=b;" * 1_000, "its Content-Type is too long"),
    ],
)
def test_what_is_no_report_of_ours_says_why(raw: bytes, reason: str) -> None:
    with pytest.raises(NoReport, match=reason):
        parse(raw)


@pytest.mark.parametrize(
    "kind", ["multipart/mixed; boundary={0}", "message/rfc822", "multipart/digest; boundary={0}"]
)
def test_parts_within_parts_without_end_are_refused(kind: str) -> None:
    bomb = "".join(
        f"Content-Type: {kind.format(depth)}\r\n\r\n--{depth}\r\n" for depth in range(10_000)
    ).encode()
    with pytest.raises(NoReport, match="it has too many parts within parts"):
        parse(b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n" + bomb)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_report_or_none(raw: bytes) -> None:
    with pytest.raises(NoReport):
        parse(raw)


@given(
    st.sampled_from([POSTFIX, EXIM]),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 60), st.binary(max_size=30)), max_size=6),
)
def test_a_report_that_was_damaged_is_a_report_or_none(
    form: str, damages: list[tuple[int, int, bytes]]
) -> None:
    raw = bounce(ours(), form=form)
    for start, length, instead in damages:
        raw = raw[:start] + instead + raw[start + length :]
    try:
        found = parse(raw)
    except NoReport:
        return
    assert found.mail.publication_id >= 0


@given(st.integers(0, 10**18 - 1), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_the_name_of_a_mail_is_read_back(publication_id: int, rendered_hash: str) -> None:
    header = f" <{message_name(publication_id, rendered_hash)}@fairlow.example.com>\r\n"
    assert read_message_id(header) == MessageName(publication_id, rendered_hash[:24])


@pytest.mark.parametrize(
    "header",
    ["", "<7@x.example>", f"<7.{STAMP[:-1]}@x>", f"<-7.{STAMP}@x>", f"<7.{STAMP}@x> <8.{STAMP}@x>", f"7.{STAMP}@x",
     f"<{'9' * 19}.{STAMP}@x>", f"<٣.{STAMP}@x>"],
)  # fmt: skip
def test_another_name_is_none_of_ours(header: str) -> None:
    assert read_message_id(header) is None
