"""Signing in through an OpenID Connect provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0)."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from itsdangerous import BadData, URLSafeSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from content_store.app_settings import ReviewSettings
from content_store.errors import BadInput, WorkFailed
from content_store.setting_parts import LOOPBACK

CALLBACK = "/sign-in/oidc/callback"

#: How long a person may take at the provider.
PATIENCE = timedelta(minutes=10)

_TIMEOUT_SECONDS = 10.0
_LEEWAY_SECONDS = 60

# Only signatures that need the provider's private key: neither `none` nor a secret that we share.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")


class Pending(NamedTuple):
    """A sign-in that is on its way to the provider; the browser carries it in a signed cookie."""

    state: str
    nonce: str
    verifier: str
    next_path: str
    started_at: str


class Start(NamedTuple):
    """Where the browser goes, and what must be known when it comes back."""

    url: str
    pending: Pending


class Identity(NamedTuple):
    """Whom the provider vouches for."""

    #: issuer and subject: the only pair that never means somebody else
    subject: str
    preferred_name: str
    full_name: str
    #: only an address that the provider has verified
    email: str | None
    #: what the claim of roles holds
    groups: frozenset[str]


class _Provider(NamedTuple):
    """What discovery says of a provider."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def start(settings: ReviewSettings, next_path: str, at: datetime) -> Start:
    """Begin a sign-in; WorkFailed when the provider does not answer."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    pending = Pending(state, nonce, verifier, next_path, at.isoformat())
    with _client(settings) as client:
        provider = _discover(client, settings)
        url, _ = client.create_authorization_url(
            provider.authorization_endpoint,
            state=pending.state,
            code_verifier=pending.verifier,
            nonce=pending.nonce,
        )
    return Start(url, pending)


def finish(settings: ReviewSettings, pending: Pending, answer: Mapping[str, str], at: datetime) -> Identity:
    """Whom the provider's answer is about; BadInput when any of its checks fails, WorkFailed without a provider."""
    if not hmac.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
        raise BadInput("the identity provider's answer belongs to another sign-in; sign in again.")
    if at - datetime.fromisoformat(pending.started_at) > PATIENCE:
        raise BadInput("the sign-in took longer than ten minutes; sign in again.")
    # RFC 9207: an answer from another issuer is a mix-up.
    if answer.get("iss", settings.oidc_issuer) != settings.oidc_issuer:
        raise BadInput("the answer comes from another identity provider; sign in again.")
    if "code" not in answer:
        raise BadInput("the identity provider did not let you in; sign in again, or ask its administrators.")
    with _client(settings) as client:
        provider = _discover(client, settings)
        tokens = _exchange(client, provider, answer["code"], pending.verifier)
        keys = _json(client, provider.jwks_uri)
    return _identity(_claims(settings, tokens, keys, pending.nonce, at), settings)


def seal(pending: Pending, key: bytes) -> str:
    """The cookie of a pending sign-in."""
    return str(_serializer(key).dumps(list(pending)))


def unseal(cookie: str | None, key: bytes) -> Pending:
    """The pending sign-in of a cookie; BadInput without one that we signed."""
    try:
        return Pending(*_serializer(key).loads(cookie or ""))
    except BadData:
        raise BadInput("this sign-in was not begun in this browser; sign in again.") from None


def _serializer(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=b"pending sign-in")


def _client(settings: ReviewSettings) -> OAuth2Client:
    secret = settings.oidc_client_secret
    return OAuth2Client(
        client_id=settings.oidc_client_id,
        client_secret=secret.get_secret_value() if secret else None,
        scope=" ".join(settings.oidc_scopes),
        redirect_uri=settings.origin + CALLBACK,
        code_challenge_method="S256",
        timeout=_TIMEOUT_SECONDS,
        follow_redirects=False,
    )


def _discover(client: OAuth2Client, settings: ReviewSettings) -> _Provider:
    """Read anew for each sign-in: it is one short request, and a provider may move and change its keys."""
    issuer = settings.oidc_issuer or ""
    found = _json(client, issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        raise WorkFailed(
            f"the identity provider calls itself {found.get('issuer')}; set review.oidc_issuer to exactly its issuer."
        )
    endpoints = [found.get(name) for name in _Provider._fields]
    if not all(isinstance(url, str) and _is_safe(url) for url in endpoints):
        raise WorkFailed("the identity provider's discovery lacks an https endpoint; ask its administrators.")
    return _Provider(*map(str, endpoints))


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _json(client: OAuth2Client, url: str) -> dict[str, Any]:
    try:
        response = client.request("GET", url, withhold_token=True)
        response.raise_for_status()
        value = response.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        raise WorkFailed(f"the identity provider does not answer at {url}; try again later.") from None
    if not isinstance(value, dict):
        raise WorkFailed(f"the identity provider's answer at {url} is not a JSON object.")
    return value


def _exchange(client: OAuth2Client, provider: _Provider, code: str, verifier: str) -> dict[str, Any]:
    try:
        tokens = client.fetch_token(
            provider.token_endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
        )
    except AuthlibBaseError:
        raise BadInput("the identity provider did not accept the sign-in; sign in again.") from None
    except (httpx2.HTTPError, json.JSONDecodeError, ValueError):
        raise WorkFailed(
            f"the identity provider does not answer at {provider.token_endpoint}; try again later."
        ) from None
    return dict(tokens)


def _claims(
    settings: ReviewSettings, tokens: dict[str, Any], keys: Any, nonce: str, at: datetime
) -> dict[str, Any]:
    """The claims of an identity token whose signature, issuer, audience, times and nonce are right."""
    try:
        token = jwt.decode(
            str(tokens.get("id_token", "")), KeySet.import_key_set(keys), algorithms=_ALGORITHMS
        )
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": settings.oidc_issuer},
                "aud": {"essential": True, "value": settings.oidc_client_id},
            },
            {
                "nonce": nonce,
                "client_id": settings.oidc_client_id,
                "access_token": tokens.get("access_token"),
            },
        )
        claims.validate(now=int(at.timestamp()), leeway=_LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"the identity provider's token was refused ({type(error).__name__}); sign in again."
        ) from None
    return dict(claims)


def _identity(claims: dict[str, Any], settings: ReviewSettings) -> Identity:
    groups = claims.get(settings.oidc_roles_claim, [])
    email = claims.get("email")
    return Identity(
        subject=f"{claims['iss']} {claims['sub']}",
        preferred_name=str(claims.get("preferred_username") or email or ""),
        full_name=str(claims.get("name") or claims.get("preferred_username") or email or ""),
        # Some providers write the flag as text; "false" must not be true.
        email=str(email).lower() if email and claims.get("email_verified") in (True, "true") else None,
        groups=frozenset(map(str, groups if isinstance(groups, list) else [groups])),
    )
