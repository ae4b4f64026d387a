"""Mails through a real mail server of Debian: what arrives opens correctly, and what does not comes back and counts."""

from __future__ import annotations

from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import delete, select

from content_store import suppressions
from content_store.app_settings import PublishingSettings
from content_store.models import Customer, Occurrence, Publication, PublicationStatus, Suppression
from content_store.sending_settings import SmtpSettings
from flows.steps.publishing import publish
from flows.steps.ways import SMTP, Way
from flows.steps.workplace import Workplace
from publishing.bounce_intake import take
from tests.flows.exim import PROGRAM, exim
from tests.publishing.channels.mail_server import mail_server
from tests.publishing.stage import make_stage, write_members

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PROGRAM is None, reason="Exim is not installed; `make mail-server` does that"),
]

ACCEPTED, REJECTED = PublicationStatus.ACCEPTED, PublicationStatus.REJECTED


def test_what_arrives_opens_correctly_and_what_does_not_is_not_sent_again(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with workplace.sessions.begin() as session:
        stage = make_stage(session, tmp_path, customers=4, channel="email", templated=True)
        session.execute(delete(Occurrence))
        # c03 is unknown to the server at once, c04 to the one behind it.
        session.get_one(Customer, "c04").email = "c04@far.example"
    write_members(workplace.settings, stage)
    record = _make_key(tmp_path / "dkim.pem")
    with mail_server() as (far, far_settings), exim(far_settings.port) as server:
        far.to["c04@far.example"] = "550 5.1.1 no such user here"
        monkeypatch.setenv("SSL_CERT_FILE", str(server.folder / "cert.pem"))
        smtp = SmtpSettings(
            host="127.0.0.1",
            port=server.port,
            bounce_address="bounces@fairlow.example.com",
            dkim_domain="fairlow.example.com",
            dkim_selector="s1",
            dkim_key=tmp_path / "dkim.pem",
        )
        page = PublishingSettings(public_url="https://news.fairlow.example.com")
        changed = {"smtp": smtp, "publishing": page}
        workplace.settings = workplace.settings.model_copy(update=changed)
        assert publish(workplace, stage.brief, Way(SMTP, "mail")).finished_at is not None
        assert _ledger(workplace) == {
            "c01": (ACCEPTED, None),
            "c02": (ACCEPTED, None),
            "c03": (REJECTED, "550 5.1.1 no such user"),
            "c04": (ACCEPTED, None),
        }
        mails = server.delivered("mails", 2)
        raw = [file.read_bytes() for file in (server.folder / "mails" / "new").iterdir()]
        (returned,) = server.delivered("bounces", 1)
        (bounce,) = [file.read_bytes() for file in (server.folder / "bounces" / "new").iterdir()]
    assert sorted(mail["To"] for mail in mails) == ["c01@example.com", "c02@example.com"]
    for mail in mails:
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert mail["List-Unsubscribe"].startswith("<https://news.fairlow.example.com/u/")
        assert mail.get_content_type() == "multipart/alternative"
        plain, html = mail.iter_parts()
        assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        assert mail["Subject"] in plain.get_content()
        assert mail["List-Unsubscribe"][1:-1] in plain.get_content()
        assert not mail.defects
    # Maildir ends lines as the machine does; on their way they ended as in RFC 5322.
    for content in (item.replace(b"\n", b"\r\n") for item in raw):
        assert dkim.verify(content, dnsfunc=lambda *_, **__: record)
        for header in (b"List-Unsubscribe: <https", b"List-Unsubscribe-Post: List"):
            assert not dkim.verify(content.replace(header, header + b"x"), dnsfunc=lambda *_, **__: record)
    assert returned.get_content_type() == "multipart/report"
    key = suppressions.load_key(workplace.settings.state_folder)
    with workplace.sessions.begin() as session:
        assert take(session, bounce, key, workplace.now).listed
        assert {row.key_hash for row in session.scalars(select(Suppression))} == {
            suppressions.of_address(key, "c03@example.com"),
            suppressions.of_address(key, "c04@far.example"),
        }


def _ledger(workplace: Workplace) -> dict[str, tuple[PublicationStatus, str | None]]:
    with workplace.sessions() as session:
        rows = session.scalars(select(Publication))
        return {row.customer_id: (row.status, row.reason) for row in rows}


def _make_key(file: Path) -> bytes:
    """Writes a private key; the DNS record of the public one."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
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
    return b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])
