"""No answer holds a worker for ever, and a connection is used as long as it works."""

from __future__ import annotations

import smtplib
import socket

import pytest

from content_store.errors import WorkFailed
from content_store.models import PublicationStatus
from content_store.sending_settings import SmtpSettings
from publishing.answers import Answer
from publishing.channels import smtp
from publishing.channels.smtp import Mail
from publishing.channels.smtp_connection import connected, kept
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.channels.talking_server import Say, deaf, drip, flood, line, nothing, server_that_says

GREETING = (line(b"220 hello"), line(b"250 hi"))
UP_TO_THE_TEXT = (*GREETING, line(b"250 sender"), line(b"250 to"), line(b"354 go on"))
MAIL = Mail("news@fairlow.example.com", "ana@example.com", b"Subject: a line\r\n\r\n")

ENDLESS = [
    pytest.param(drip(b"250-and more\r\n"), "timed out", id="lines that drip"),
    pytest.param(drip(b"2"), "timed out", id="a line that drips"),
    pytest.param(deaf, "timed out", id="silence"),
    pytest.param(
        flood(b"250-and more\r\n"), "its answer is longer than 65,536 bytes", id="lines without end"
    ),
    pytest.param(flood(b"2"), "its answer is longer than 65,536 bytes", id="a line without end"),
]


@pytest.mark.parametrize(("say", "words"), ENDLESS)
@pytest.mark.parametrize("command", [2, 3, 4])
def test_an_answer_without_end_before_the_text_means_to_come_again(
    say: Say, words: str, command: int
) -> None:
    with server_that_says(*UP_TO_THE_TEXT[:command], say) as settings, connected(settings) as connection:
        answer = smtp.send(connection, MAIL)
        assert answer == Answer(PublicationStatus.PLANNED, f"the connection was lost: {words}")
        assert connection.sock is None


@pytest.mark.parametrize(("say", "words"), ENDLESS)
def test_an_answer_without_end_after_the_text_leaves_it_unknown(say: Say, words: str) -> None:
    # A line comes in for each line of the text: its header, the empty one, and the dot.
    said = (*UP_TO_THE_TEXT, nothing, nothing, say)
    with server_that_says(*said) as settings, connected(settings) as connection:
        answer = smtp.send(connection, MAIL)
        assert answer == Answer(
            PublicationStatus.UNKNOWN, f"the connection was lost before the answer: {words}"
        )
        assert connection.sock is None


@pytest.mark.parametrize(("say", "words"), ENDLESS)
def test_a_greeting_without_end_is_told_in_a_sentence(say: Say, words: str) -> None:
    with (
        server_that_says(say) as settings,
        pytest.raises(WorkFailed, match=f"takes no mail: {words}; publish"),
    ):
        _connect(settings)


@pytest.mark.parametrize(
    "garbage", [b"what?", b"\x00\xff", b"999 no", b"-50 no", b"250-one\r\n251 two", b"2\xb250 x"]
)
def test_an_answer_that_is_none_ends_the_connection_before_and_after_the_text(garbage: bytes) -> None:
    with (
        server_that_says(*GREETING, line(garbage)) as settings,
        connected(settings) as connection,
    ):
        assert smtp.send(connection, MAIL).status is PublicationStatus.PLANNED
        assert connection.sock is None
    with (
        server_that_says(*UP_TO_THE_TEXT, nothing, nothing, line(garbage)) as settings,
        connected(settings) as connection,
    ):
        assert smtp.send(connection, MAIL).status is PublicationStatus.UNKNOWN
        assert connection.sock is None


def test_a_server_that_reads_nothing_holds_nobody() -> None:
    large = MAIL._replace(content=b"Subject: a line\r\n\r\n" + b"x" * 20_000_000 + b"\r\n")
    with (
        server_that_says(*UP_TO_THE_TEXT, deaf) as settings,
        connected(settings) as connection,
    ):
        answer = smtp.send(connection, large)
        assert answer == Answer(
            PublicationStatus.UNKNOWN, "the connection was lost before the answer: timed out"
        )


def test_a_long_answer_of_many_lines_is_read_whole() -> None:
    many = b"\r\n".join([b"550-5.1.1 nobody"] * 500 + [b"550 5.1.1 here"])
    with (
        server_that_says(*GREETING, line(b"250 sender"), line(many), line(b"250 reset")) as settings,
        connected(settings) as connection,
    ):
        answer = smtp.send(connection, MAIL)
        assert answer.status is PublicationStatus.REJECTED
        assert answer.reason is not None
        assert answer.reason.startswith("550 5.1.1 nobody\n5.1.1 nobody\n")
        assert answer.no_such_address


def test_a_connection_is_kept_as_long_as_it_answers_and_opened_anew_after_that() -> None:
    with mail_server() as (server, settings), kept(settings) as ready:
        first = ready()
        assert smtp.send(first, MAIL) == Answer(PublicationStatus.ACCEPTED)
        assert ready() is first
        assert first.sock is not None
        # The server, or something between, hung up meanwhile.
        first.sock.shutdown(socket.SHUT_RDWR)
        second = ready()
        assert second is not first
        assert smtp.send(second, MAIL) == Answer(PublicationStatus.ACCEPTED)
        second.close()
        assert smtp.send(ready(), MAIL) == Answer(PublicationStatus.ACCEPTED)
        assert (len(server.taken), server.connections) == (3, 3)


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    with connected(settings) as connection:
        return connection
