"""Customers stop messages by one click, and whoever sends later sees it; nothing else changes anything."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import delete, event, select
from sqlalchemy.exc import OperationalError

import publishing
from content_store.database import Sessions
from content_store.models import Brief, Consent, Customer, Publication, PublicationStatus, Source
from publishing.delivering import deliver
from publishing.opt_out import unsubscribe_link
from publishing.web import MOST_BYTES, Public, app_of
from publishing.web_page import LOCALES
from publishing.writing import write_delivery
from tests.factories import NOW, make_consent
from tests.publishing.stage import Stage, planned, unseen, worker
from tests.review.catalogue import texts

KEY = b"k" * 32
FORM = "application/x-www-form-urlencoded"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def stage(sessions: Sessions, tmp_path: Path) -> Stage:
    """Two customers, c01 and c02, for whom an SMS is planned."""
    return planned(sessions, tmp_path, customers=2)


@pytest.fixture
def client(sessions: Sessions, stage: Stage) -> TestClient:  # noqa: ARG001
    return _client(sessions)


def _client(sessions: Sessions, brand: str = "Fairlow", secure: bool = True) -> TestClient:
    public = Public(brand, sessions, KEY, secure, lambda: NOW + timedelta(days=1))
    return TestClient(
        app_of(public),
        base_url="https://news.example.com",
        follow_redirects=False,
        raise_server_exceptions=False,
    )


def _link(sessions: Sessions, customer_id: str = "c01") -> str:
    with sessions() as session:
        row = session.scalars(select(Publication).where(Publication.customer_id == customer_id)).one()
        return unsubscribe_link("https://news.example.com", KEY, row.id)


def _withdrawals(sessions: Sessions) -> list[Consent]:
    with sessions() as session:
        return list(session.scalars(select(Consent).where(~Consent.granted).order_by(Consent.id)))


def test_one_click_stops_what_is_sent_later_to_this_customer(
    sessions: Sessions, stage: Stage, client: TestClient
) -> None:
    url = _link(sessions)
    answer = client.post(url, content="List-Unsubscribe=One-Click", headers={"Content-Type": FORM})
    assert answer.status_code == 200
    assert "It is done." in answer.text
    deliver(sessions, stage.occurrence, worker(stage), write_delivery, unseen)
    with sessions() as session:
        rows = session.execute(
            select(Publication.customer_id, Publication.status, Publication.reason).order_by(Publication.id)
        ).all()
    assert rows == [
        ("c01", PublicationStatus.SUPPRESSED, "no consent for marketing by sms"),
        ("c02", PublicationStatus.ACCEPTED, None),
    ]
    (row,) = _withdrawals(sessions)
    assert (row.purpose, row.channel, row.at) == ("marketing", "sms", NOW + timedelta(days=1))
    assert row.proof == f"the unsubscribe link of publication {_publication_id(sessions)}"


def _publication_id(sessions: Sessions) -> int:
    with sessions() as session:
        return session.scalars(select(Publication.id).where(Publication.customer_id == "c01")).one()


def test_a_multipart_body_counts_as_well(sessions: Sessions, client: TestClient) -> None:
    answer = client.post(_link(sessions), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.request.headers["content-type"].startswith("multipart/form-data")
    assert answer.status_code == 200
    assert len(_withdrawals(sessions)) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_link_changes_nothing(sessions: Sessions, client: TestClient, method: str) -> None:
    writes = []
    event.listen(
        sessions.kw["bind"],
        "before_cursor_execute",
        lambda *told: writes.append(told[2]) if told[2].startswith(("INSERT", "UPDATE", "DELETE")) else None,
    )
    assert client.request(method, _link(sessions) + "?List-Unsubscribe=One-Click").status_code == 200
    assert (_withdrawals(sessions), writes) == ([], [])


def test_the_page_says_who_sends_what_and_how_and_has_two_buttons(
    sessions: Sessions, client: TestClient
) -> None:
    text = client.get(_link(sessions)).text
    for words in (
        "<title>Stop these messages? · Fairlow</title>",
        "<dd>marketing</dd>",
        "<dd>by SMS</dd>",
        '<form method="post"><button name="List-Unsubscribe" value="One-Click">Stop them</button></form>',
    ):
        assert words in text
    assert text.count("<button") == 2
    second = '<button class="second" name="everything" value="yes">Stop everything from Fairlow</button>'
    assert f'<form method="post">{second}</form>' in text
    assert "c01" not in text
    assert "<script" not in text


def test_a_french_browser_is_answered_in_french(sessions: Sessions, client: TestClient) -> None:
    french = {"Accept-Language": "de, fr-CA;q=0.8, en;q=0.5"}
    page = client.get(_link(sessions), headers=french).text
    assert '<html lang="fr">' in page
    assert "Ne plus recevoir ces messages\u00a0?" in page
    assert "<dd>par SMS</dd>" in page
    assert "C’est fait." in client.post(_link(sessions), data=ONE_CLICK, headers=french).text
    assert "Ce lien ne fonctionne pas." in client.get("/u/x", headers=french).text


def test_what_brands_and_channels_are_called_is_text_on_the_page(sessions: Sessions, stage: Stage) -> None:  # noqa: ARG001
    with sessions.begin() as session:
        session.scalars(select(Publication).where(Publication.customer_id == "c01")).one().channel = "50% <i>"
    page = _client(sessions, brand="<b>Fair & low").get(_link(sessions)).text
    assert "<b>" not in page
    assert "Other messages from &lt;b&gt;Fair &amp; low are not touched." in page
    assert "<dd>50% &lt;i&gt;</dd>" in page


def test_the_second_button_stops_every_purpose_on_every_channel(
    sessions: Sessions, stage: Stage, client: TestClient
) -> None:
    with sessions.begin() as session:
        make_consent(session, session.get_one(Customer, "c01"), purpose="service", channel="push")
        session.get_one(Brief, stage.brief.id).content = {"purpose": "news", "channels": ["email", "sms"]}
    pages = [
        client.post(_link(sessions), data={"everything": "yes"}, headers={"Accept-Language": language})
        for language in ("en", "fr")
    ]
    assert "Fairlow sends you nothing more, of any kind and by any way." in pages[0].text
    assert "Fairlow ne vous envoie plus rien, d’aucune sorte et par aucun moyen." in pages[1].text
    rows = _withdrawals(sessions)
    assert {row.customer_id for row in rows} == {"c01"}
    assert sorted((row.purpose, row.channel) for row in rows) == [
        ("", ""),
        ("marketing", "sms"),
        ("news", "email"),
        ("news", "sms"),
        ("service", "push"),
    ]
    assert {row.proof for row in rows} == {
        f"the page of publication {_publication_id(sessions)}: stop everything"
    }
    deliver(sessions, stage.occurrence, worker(stage), write_delivery, unseen)
    with sessions() as session:
        statuses = select(Publication.customer_id, Publication.status).order_by(Publication.id)
        assert session.execute(statuses).all() == [
            ("c01", PublicationStatus.SUPPRESSED),
            ("c02", PublicationStatus.ACCEPTED),
        ]


def test_a_mail_program_that_sends_more_than_one_click_stops_these_messages_only(
    sessions: Sessions, client: TestClient
) -> None:
    client.post(_link(sessions), data={**ONE_CLICK, "everything": "yes"})
    assert [(row.purpose, row.channel) for row in _withdrawals(sessions)] == [("marketing", "sms")]


def test_twice_is_once_and_both_are_told_that_it_is_done(sessions: Sessions, client: TestClient) -> None:
    answers: list[Response] = []
    url = _link(sessions)

    def click() -> None:
        answers.append(client.post(url, data=ONE_CLICK))

    clicks = [Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    click()
    assert {(answer.status_code, "It is done." in answer.text) for answer in answers} == {(200, True)}
    assert len(_withdrawals(sessions)) == 1
    with sessions() as session:
        assert len(session.scalars(select(Source).where(Source.location == "unsubscribe page")).all()) == 1


def test_another_channel_and_another_customer_are_not_touched(
    sessions: Sessions, stage: Stage, client: TestClient
) -> None:
    with sessions.begin() as session:
        row = session.scalars(select(Publication).where(Publication.customer_id == "c01")).one()
        row.channel = "email"
    assert "<dd>by e-mail</dd>" in client.post(_link(sessions), data=ONE_CLICK).text
    deliver(sessions, stage.occurrence, worker(stage), write_delivery, unseen)
    (withdrawn,) = _withdrawals(sessions)
    assert (withdrawn.customer_id, withdrawn.channel) == ("c01", "email")
    with sessions() as session:
        assert set(session.scalars(select(Publication.status))) == {PublicationStatus.ACCEPTED}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"List-Unsubscribe": "one click"},
        {"list-unsubscribe": "One-Click"},
        {"x": "y"},
        {"everything": "no"},
    ],
    ids=str,
)
def test_a_post_that_does_not_ask_to_stop_stops_nothing(
    sessions: Sessions, client: TestClient, body: dict[str, str]
) -> None:
    answer = client.post(_link(sessions), data=body)
    assert answer.status_code == 400
    assert "To stop messages, open the link in one of them and press the button." in answer.text
    assert _withdrawals(sessions) == []


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"List-Unsubscribe": "One-Click"}', 400),
        ("multipart/form-data; boundary=x", b"--x\r\nList-Unsubscribe", 400),
        ("multipart/form-data", b"List-Unsubscribe=One-Click", 400),
        (FORM, b"List-Unsubscribe=One-Click&x=" + b"y" * MOST_BYTES, 413),
    ],
)
def test_a_body_that_is_no_form_or_too_long_is_refused(
    sessions: Sessions, client: TestClient, kind: str, body: bytes, status: int
) -> None:
    answer = client.post(_link(sessions), content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert "Nothing was changed." in answer.text
    assert _withdrawals(sessions) == []


def test_a_file_where_a_word_should_be_is_refused(sessions: Sessions, client: TestClient) -> None:
    answer = client.post(_link(sessions), files={"List-Unsubscribe": ("a.txt", b"One-Click")})
    assert answer.status_code == 400


def test_a_link_that_we_did_not_make_leads_nowhere(sessions: Sessions, client: TestClient) -> None:
    ours = _link(sessions)
    other = unsubscribe_link("https://news.example.com", b"o" * 32, _publication_id(sessions))
    unknown = unsubscribe_link("https://news.example.com", KEY, 2**40)
    for url in (ours[:-3], other, unknown, "/u/1", "/u/%00", "/u/", "/", "/favicon.ico", ours + "/"):
        for answer in (client.get(url), client.post(url, data=ONE_CLICK)):
            assert answer.status_code == 404, url
            assert "It is incomplete or damaged; open it again from the message that you got." in answer.text
    assert _withdrawals(sessions) == []


def test_an_erased_customer_is_told_that_it_is_done(sessions: Sessions, client: TestClient) -> None:
    with sessions.begin() as session:
        session.execute(delete(Customer).where(Customer.id == "c01"))
    url = _link(sessions)
    assert client.get(url).status_code == 200
    answer = client.post(url, data=ONE_CLICK)
    assert (answer.status_code, "It is done." in answer.text) == (200, True)
    assert _withdrawals(sessions) == []


def test_every_answer_is_kept_framed_and_found_by_nobody(sessions: Sessions, client: TestClient) -> None:
    url = _link(sessions)
    for answer in (
        *(client.get(url), client.head(url), client.post(url, data=ONE_CLICK), client.post(url)),
        *(client.get("/nowhere"), client.delete(url)),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
        assert "script" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "set-cookie" not in answer.headers
    assert client.delete(url).status_code == 405
    assert "strict-transport-security" not in _client(sessions, secure=False).get(url).headers


@pytest.mark.parametrize(
    ("error", "status"), [(OperationalError("x", {}, Exception("locked")), 503), (ValueError("x"), 500)]
)
def test_who_is_not_served_is_told_so_and_may_try_again(
    sessions: Sessions, client: TestClient, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("publishing.web.withdraw", fail)
    answer = client.post(_link(sessions), data=ONE_CLICK)
    assert (answer.status_code, "Nothing was changed." in answer.text) == (status, True)
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_every_text_of_the_pages_is_translated_and_no_other() -> None:
    with (LOCALES / "fr" / "LC_MESSAGES" / "publishing.po").open("rb") as file:
        catalogue = {
            str(message.id): str(message.string) for message in read_po(file, locale="fr") if message.id
        }
    assert catalogue.keys() == texts(Path(publishing.__file__).parent, "pages").keys()
    assert all(catalogue.values())
    assert {
        text for text, said in catalogue.items() if ("%(brand)s" in text) != ("%(brand)s" in said)
    } == set()
