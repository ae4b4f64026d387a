"""A small OpenID provider on loopback: discovery, authorization code with PKCE, tokens signed by RS256, keys.

It checks what a provider checks (client, secret, redirect address, scope, verifier, a code works once), and can be told to
answer wrongly in one way at a time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "surmesure", "a secret of the client"


@dataclass
class Provider:
    """Who signs in at the provider, and how it misbehaves."""

    port: int
    redirect_uri: str
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "248289761001", "name": "Ana Berg"})
    #: changes the claims, the header or the key of identity tokens
    twist: Callable[[dict[str, Any]], None] = lambda _: None
    algorithm: str = "RS256"
    sign_with: Any = None
    discovery: dict[str, Any] = field(default_factory=dict)
    denies: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def describe(self, _request: Request) -> Response:
        found = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return JSONResponse(found | self.discovery)

    def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        sound = (
            asked.get("client_id") == CLIENT
            and asked.get("redirect_uri") == self.redirect_uri
            and asked.get("response_type") == "code"
            and "openid" in asked.get("scope", "").split()
            and asked.get("code_challenge_method") == "S256"
            and len(asked.get("code_challenge", "")) == 43
            and asked.get("state")
            and asked.get("nonce")
        )
        if not sound:
            return JSONResponse({"error": "invalid_request"}, 400)
        answer = {"state": asked["state"], "iss": self.issuer}
        if self.denies:
            answer |= {"error": "access_denied"}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer |= {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    async def token(self, request: Request) -> Response:
        sent = dict(await request.form())
        asked = self.codes.pop(str(sent.get("code", "")), None)
        login = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "+").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") not in {f"Basic {login}", f"Basic {plain}"}:
            return JSONResponse({"error": "invalid_client"}, 401)
        digest = hashlib.sha256(str(sent.get("code_verifier", "")).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        sound = (
            asked is not None
            and sent.get("grant_type") == "authorization_code"
            and sent.get("redirect_uri") == self.redirect_uri
            and challenge == asked["code_challenge"]
        )
        if not sound or asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe(16)
        return JSONResponse(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": 300,
                "id_token": self.identity_token(asked["nonce"], access),
            }
        )

    def identity_token(self, nonce: str, access: str) -> str:
        half = hashlib.sha256(access.encode()).digest()[:16]
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        } | self.person
        self.twist(claims)
        header = {"alg": self.algorithm, "kid": "one"}
        if self.algorithm == "none":
            parts = [json.dumps(part).encode() for part in (header, claims)]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode(header, claims, self.sign_with or self.key, algorithms=[self.algorithm])


@contextmanager
def running(redirect_uri: str) -> Iterator[Provider]:
    """A provider that answers on a free port until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    provider = Provider(listener.getsockname()[1], redirect_uri)
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", provider.describe),
            Route("/keys", provider.keys),
            Route("/authorize", provider.authorize),
            Route("/token", provider.token, methods=["POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
