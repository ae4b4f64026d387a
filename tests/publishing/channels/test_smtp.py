"""A mail opens correctly in a real parser, its signature holds, and each answer of a real server is understood."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from content_store.errors import BadInput, WorkFailed
from content_store.models import PublicationStatus
from content_store.sending_settings import SmtpSettings
from publishing.answers import Answer
from publishing.channels import smtp
from publishing.channels.smtp import Mail
from publishing.channels.smtp_connection import connected
from publishing.opt_out import unsubscribe_link
from publishing.render import Rendered
from tests.certificates import write_certificate
from tests.factories import NOW
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import brief_file

RENDERED = Rendered(
    channel="email",
    subject="Café: 12 oz for $5",
    html="<p>Hot coffee</p>",
    text="Hot coffee\n.and a line that starts with a dot\n",
    slots={},
    landing_page="https://fairlow.example.com/",
    values={},
    replaced={},
    ai_mark="mode=ai-originated",
    rendered_hash="0" * 64,
)
LINK = unsubscribe_link("https://news.fairlow.example.com", b"k" * 32, 250_000)


def mail(to: str = "ana@example.com", opt_out: str = LINK) -> Mail:
    return smtp.build(RENDERED, brief_file().sender, to, opt_out, "7.abc", NOW)


def test_a_mail_holds_both_parts_and_every_header_that_mailbox_providers_ask_for() -> None:
    with mail_server() as (server, settings), connected(settings) as connection:
        assert smtp.send(connection, mail()) == Answer(PublicationStatus.ACCEPTED)
    (found,) = server.mails()
    assert {name: found[name] for name in found if name not in ("Content-Type", "List-Unsubscribe")} == {
        "From": "Fairlow <news@fairlow.example.com>",
        "To": "ana@example.com",
        "Subject": "Café: 12 oz for $5",
        "Date": "Mon, 02 Mar 2026 09:30:00 +0000",
        "Message-ID": "<7.abc@fairlow.example.com>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "AI-Disclosure": "mode=ai-originated",
        "MIME-Version": "1.0",
    }
    assert found.get_content_type() == "multipart/alternative"
    plain, html = found.iter_parts()
    assert plain.get_content().splitlines() == ["Hot coffee", ".and a line that starts with a dot"]
    assert html.get_content().splitlines() == ["<p>Hot coffee</p>"]


@pytest.mark.parametrize("end", ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r\n", "\r\n\x00.\r\n"])
@pytest.mark.parametrize("place", ["text", "html"])
def test_a_dot_on_a_line_of_its_own_ends_no_mail_and_begins_no_other(place: str, end: str) -> None:
    smuggled = f"before{end}MAIL FROM:<eve@example.org>{end}RCPT TO:<ana@example.com>{end}DATA{end}after\n"
    written = RENDERED._replace(text=smuggled) if place == "text" else RENDERED._replace(html=smuggled)
    built = smtp.build(written, brief_file().sender, "ana@example.com", LINK, "7", NOW)
    # Every line ends as in RFC 5322, 2.3: servers differ in what they take for the end of a line.
    assert b"\n" not in built.content.replace(b"\r\n", b"")
    assert b"\r" not in built.content.replace(b"\r\n", b"")
    with mail_server() as (server, settings), connected(settings) as connection:
        assert smtp.send(connection, built) == Answer(PublicationStatus.ACCEPTED)
        assert smtp.send(connection, mail("ben@example.com")) == Answer(PublicationStatus.ACCEPTED)
    first, second = server.mails()
    assert (first["To"], second["To"]) == ("ana@example.com", "ben@example.com")
    part = list(first.iter_parts())[0 if place == "text" else 1]
    assert part.get_content().startswith("before")
    assert part.get_content().rstrip().endswith("after")


def test_a_long_unsubscribe_link_stands_on_one_line_as_it_is() -> None:
    assert len(LINK) > 78
    lines = mail().content.split(b"\r\n")
    assert lines[:2] == [
        f"List-Unsubscribe: <{LINK}>".encode(),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]


def test_nothing_in_a_mail_is_left_for_a_relay_to_convert() -> None:
    accents = RENDERED._replace(text="Café\n", html="<p>Crème brûlée</p>")
    content = smtp.build(accents, brief_file().sender, "ana@example.com", LINK, "7", NOW).content
    assert content.isascii()
    assert b"8bit" not in content


def test_without_a_page_the_unsubscribe_header_is_a_mail_and_no_one_click_is_promised() -> None:
    content = mail(opt_out="mailto:stop@fairlow.example.com?subject=Unsubscribe").content
    assert b"List-Unsubscribe: <mailto:stop@fairlow.example.com?subject=Unsubscribe>\r\n" in content
    assert b"List-Unsubscribe-Post" not in content


def test_the_signature_covers_both_unsubscribe_headers_and_breaks_when_one_is_changed(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "dkim.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
    settings = SmtpSettings(dkim_domain="fairlow.example.com", dkim_selector="s1", dkim_key=file)
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001
        asked.append(name)
        return record

    signed = smtp.sign(mail(), settings).content
    assert dkim.verify(signed, dnsfunc=dns)
    assert asked == [b"s1._domainkey.fairlow.example.com."]
    for header in (b"List-Unsubscribe: <https", b"List-Unsubscribe-Post: List"):
        assert header in signed
        assert not dkim.verify(signed.replace(header, header + b"x"), dnsfunc=dns)


def test_a_key_that_is_none_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    settings = SmtpSettings(dkim_domain="example.com", dkim_selector="s1", dkim_key=file)
    with pytest.raises(WorkFailed, match=r"dkim.pem: No such file"):
        smtp.sign(mail(), settings)
    file.write_text("nothing")
    with pytest.raises(WorkFailed, match=r"dkim.pem signs nothing: .*it must be a private key in PEM"):
        smtp.sign(mail(), settings)


@pytest.mark.parametrize(
    "to",
    [
        "ana@example.com\r\nBcc: eve@example.org",
        "alice@x.org)bob@y.net",
        "a@b.c, d@e.f",
        "ana",
        "café@example.com",
    ],
)
def test_an_address_that_could_mean_another_is_refused(to: str) -> None:
    with pytest.raises(BadInput, match="the address"):
        mail(to)


@pytest.mark.parametrize(
    ("place", "answer", "status", "nobody"),
    [
        ("to", "550 5.1.1 no such user", PublicationStatus.REJECTED, True),
        ("to", "556 5.1.10 the domain takes no mail", PublicationStatus.REJECTED, True),
        ("to", "550 no such user", PublicationStatus.REJECTED, False),
        ("to", "550 5.7.1 not welcome", PublicationStatus.REJECTED, False),
        ("to", "552 5.2.2 full", PublicationStatus.REJECTED, False),
        ("to", "451 4.7.1 come back later", PublicationStatus.PLANNED, False),
        ("to", "450 5.1.1 a code that contradicts itself", PublicationStatus.PLANNED, False),
        ("text", "554 5.7.1 refused", PublicationStatus.REJECTED, False),
        ("text", "550 5.1.1 of the sender, perhaps", PublicationStatus.REJECTED, False),
        ("text", "452 4.3.1 full", PublicationStatus.PLANNED, False),
    ],
)
def test_4xx_means_later_and_5xx_never_and_the_connection_goes_on(
    place: str, answer: str, status: PublicationStatus, nobody: bool
) -> None:
    with mail_server() as (server, settings), connected(settings) as connection:
        getattr(server, place)["ana@example.com"] = answer
        assert smtp.send(connection, mail()) == Answer(status, answer, nobody)
        assert smtp.send(connection, mail("ben@example.com")) == Answer(PublicationStatus.ACCEPTED)
        assert server.addresses() == ["ben@example.com"]


@pytest.mark.parametrize("answer", ["530 5.7.0 Authentication required", "553 5.7.1 not your address"])
def test_what_the_server_has_against_the_sender_is_no_verdict_on_a_customer(answer: str) -> None:
    with mail_server() as (server, settings), connected(settings) as connection:
        server.sender = answer
        with pytest.raises(
            WorkFailed, match=f"takes nothing from news@fairlow.example.com: {answer}; put that"
        ):
            smtp.send(connection, mail())


@pytest.mark.parametrize("address", ["a..b@x.org", "a@x..org", "news@exämple.com"])
def test_a_sender_that_is_none_is_found_before_the_first_mail(address: str) -> None:
    sender = brief_file().sender.model_copy(update={"address": address})
    with pytest.raises(BadInput, match="the address"):
        smtp.trial(sender, LINK, SmtpSettings(), NOW)


def test_a_connection_that_is_lost_after_the_text_leaves_it_unknown() -> None:
    with mail_server() as (server, settings), connected(settings) as connection:
        server.drops.add("ana@example.com")
        answer = smtp.send(connection, mail())
        assert answer.status is PublicationStatus.UNKNOWN
        assert answer.reason is not None
        assert answer.reason.startswith("the connection was lost before the answer: ")
        assert connection.sock is None
        assert server.addresses() == ["ana@example.com"], "it had been taken"


def test_a_connection_that_is_lost_before_the_text_means_to_come_again() -> None:
    with mail_server() as (server, settings), connected(settings) as connection:
        assert connection.sock is not None
        connection.sock.shutdown(socket.SHUT_RDWR)
        assert smtp.send(connection, mail()).status is PublicationStatus.PLANNED
        assert server.taken == []


def test_a_server_without_starttls_gets_no_mail_when_it_is_asked_for() -> None:
    with mail_server() as (server, settings):
        asked = settings.model_copy(update={"security": "starttls"})
        with pytest.raises(
            WorkFailed, match=r"STARTTLS extension not supported by server. Nothing is sent in clear"
        ):
            _connect(asked)
        assert server.taken == []


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_known_one_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "cert.key")
    with mail_server(tls_context=context, require_starttls=True) as (server, settings):
        asked = settings.model_copy(update={"security": "starttls"})
        with pytest.raises(WorkFailed, match=r"takes no mail: .*CERTIFICATE_VERIFY_FAILED"):
            _connect(asked)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        with connected(asked) as connection:
            assert smtp.send(connection, mail()) == Answer(PublicationStatus.ACCEPTED)
        assert server.addresses() == ["ana@example.com"]


def test_a_connection_may_be_encrypted_from_the_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "cert.key")
    with mail_server(ssl_context=context) as (server, settings):
        asked = settings.model_copy(update={"security": "tls"})
        with pytest.raises(WorkFailed, match=r"takes no mail: .*CERTIFICATE_VERIFY_FAILED"):
            _connect(asked)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        with connected(asked) as connection:
            large = mail()._replace(content=mail().content + b"x" * 70 + b"\r\n" * 100_000)
            assert smtp.send(connection, large) == Answer(PublicationStatus.ACCEPTED)
        assert server.addresses() == ["ana@example.com"]


def test_a_server_that_is_not_there_is_told_in_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings = SmtpSettings(host="127.0.0.1", port=taken.getsockname()[1], security="none")
        with pytest.raises(WorkFailed, match=r"takes no mail: .*refused; publish again when it does"):
            _connect(settings)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"host": "mail.example.com", "security": "none"}, "mails would cross the network in clear"),
        ({"bounce_address": "bounces@example.com> SIZE=1"}, "an address is written bounces@example.com"),
        ({"per_minute": {"gmail": 1}}, "a domain is written gmail.com"),
        ({"per_minute": {"gmail.com": 0}}, "greater than 0"),
        ({"dkim_domain": "example.com"}, "dkim_domain, dkim_selector and dkim_key go together"),
    ],
)
def test_settings_that_do_not_fit_are_refused(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        SmtpSettings.model_validate(given)


def _connect(settings: SmtpSettings) -> None:
    with connected(settings):
        pass
