"""The settings of the review page refuse what would let the wrong people in."""

from __future__ import annotations

from pathlib import Path

import pytest

from content_store.app_settings import ReviewSettings
from content_store.errors import BadInput
from content_store.settings import load_settings
from review.auth.csrf import origins


def load(folder: Path, lines: str) -> ReviewSettings:
    (folder / "surmesure.toml").write_text("[review]\n" + lines, encoding="utf-8")
    return load_settings(folder).review


def test_by_default_the_page_is_on_this_machine_and_open_to_nobody_else(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    assert (settings.host, settings.port, settings.origin, settings.secure) == (
        "127.0.0.1",
        8310,
        "http://127.0.0.1:8310",
        False,
    )
    assert settings.trusted_proxies == []
    assert settings.oidc_issuer is None
    assert origins(settings) == {"http://127.0.0.1:8310", "http://localhost:8310", "http://[::1]:8310"}


@pytest.mark.parametrize(
    "url, origin",
    [
        ("https://Review.Example.com/", "https://review.example.com"),
        ("https://review.example.com:443", "https://review.example.com"),
        ("https://review.example.com:8443", "https://review.example.com:8443"),
        ("http://localhost:9000", "http://localhost:9000"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_the_public_address_gives_the_origin(tmp_path: Path, url: str, origin: str) -> None:
    settings = load(tmp_path, f'public_url = "{url}"')
    assert settings.origin == origin
    assert settings.secure is origin.startswith("https")
    assert origins(settings) == {origin}


@pytest.mark.parametrize(
    "lines, reason",
    [
        ('public_url = "http://review.example.com"', "in clear"),
        ('public_url = "https://review.example.com/page"', "without a path"),
        ('public_url = "https://ana:secret@review.example.com"', "https://host"),
        ('public_url = "review.example.com"', "https://host"),
        ('host = "0.0.0.0"', "open to others"),
        ("port = 0", "port"),
        ('oidc_issuer = "https://id.example.com"', "needs oidc_client_id"),
        ('oidc_issuer = "http://id.example.com"\noidc_client_id = "x"', "in clear"),
        ('oidc_client_secret = "x"', "SURMESURE_REVIEW__OIDC_CLIENT_SECRET in the environment"),
        ('oidc_roles = { marketing = "boss" }', "oidc_roles.marketing"),
        ("oidc_create_users = true", "needs oidc_roles"),
        ("unknown = 1", "unknown"),
    ],
)
def test_what_is_wrong_stops_the_start(tmp_path: Path, lines: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        load(tmp_path, lines)


def test_the_secret_comes_from_the_environment_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SURMESURE_REVIEW__OIDC_CLIENT_SECRET", "very secret")
    settings = load(tmp_path, 'oidc_issuer = "https://id.example.com/"\noidc_client_id = "x"')
    assert settings.oidc_client_secret is not None
    assert settings.oidc_client_secret.get_secret_value() == "very secret"
    assert "very secret" not in repr(settings)
    assert settings.oidc_issuer == "https://id.example.com/"
