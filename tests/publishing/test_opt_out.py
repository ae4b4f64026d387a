"""A link stops what it was made for, and no other text does."""

from __future__ import annotations

import hashlib

import pytest
from itsdangerous import URLSafeSerializer

from publishing.escaping import link
from publishing.opt_out import opt_out_by_mail, read_token, unsubscribe_link
from tests.publishing.stage import brief_file

KEY = bytes(32)
SHA256 = {"digest_method": hashlib.sha256}


def _token(publication_id: int, key: bytes = KEY) -> str:
    return unsubscribe_link("https://news.example.com", key, publication_id).rpartition("/")[2]


def test_a_link_stays_what_it_was_when_old_messages_are_opened() -> None:
    url = "https://news.example.com/u/MTg3Nw.7McU1P2ioBN3aP56zDmAIIRU8vG0XHzPqUXM6bC4cbQ"
    assert unsubscribe_link("https://news.example.com", KEY, 1877) == url
    assert unsubscribe_link("https://news.example.com/", KEY, 1877) == url
    assert read_token(KEY, url.rpartition("/")[2]) == 1877
    assert link(url) == url


@pytest.mark.parametrize(
    "token",
    [
        "",
        "1877",
        "MTg3Nw",
        _token(1877)[:-2],
        _token(1877)[1:],
        _token(1877).replace("MTg3Nw", "MTg3OA"),
        _token(1877, bytes(31) + b"\1"),
        URLSafeSerializer(KEY, salt=b"pending sign-in", signer_kwargs=SHA256).dumps(1877),
        URLSafeSerializer(KEY, salt=b"unsubscribe").dumps(1877),
        URLSafeSerializer(KEY, salt=b"unsubscribe", signer_kwargs=SHA256).dumps("1877"),
        URLSafeSerializer(KEY, salt=b"unsubscribe", signer_kwargs=SHA256).dumps(True),
        "é" * 50,
        "\ud800",
        "." * 5000,
    ],
    ids=repr,
)
def test_what_we_did_not_sign_for_this_is_nothing(token: str) -> None:
    assert read_token(KEY, token) is None


def test_without_a_page_the_link_is_a_mail_to_the_sender() -> None:
    assert opt_out_by_mail(brief_file()) == "mailto:news@fairlow.example.com?subject=Unsubscribe"
