"""What every answer carries, and what no request may bring."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from content_store.app_settings import ReviewSettings
from review.auth.headers import MOST_BYTES, PREVIEW_HEADERS, protect
from tests.review.auth.conftest import HERE


def small_client(settings: ReviewSettings, url: str = HERE, address: str = "192.0.2.9") -> TestClient:
    app = FastAPI()

    @app.get("/page")
    def page(request: Request) -> dict[str, str]:
        return {"scheme": request.url.scheme, "address": request.client.host if request.client else ""}

    @app.get("/static/app.css")
    def style() -> Response:
        return Response("", headers={"Cache-Control": "public, max-age=31536000, immutable"})

    @app.get("/preview")
    def preview() -> Response:
        return Response("<p style='color: red'>", headers=dict(PREVIEW_HEADERS))

    @app.post("/body")
    async def body(request: Request) -> int:
        return len(await request.body())

    protect(app, settings)
    return TestClient(app, base_url=url, client=(address, 5000))


def policy(answer: httpx2.Response) -> dict[str, str]:
    directives = answer.headers["content-security-policy"].split(";")
    return {name: value for name, _, value in (part.strip().partition(" ") for part in directives)}


def test_pages_allow_nothing_inline_and_nothing_from_elsewhere() -> None:
    answer = small_client(ReviewSettings()).get("/page")
    assert policy(answer) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "frame-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert "camera=()" in answer.headers["permissions-policy"]
    assert "strict-transport-security" not in answer.headers


def test_only_the_previews_frame_may_bring_its_style_and_it_runs_nothing() -> None:
    answer = small_client(ReviewSettings()).get("/preview")
    assert policy(answer) == {
        "sandbox": "",
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "base-uri": "'none'",
    }
    assert answer.headers["cache-control"] == "no-store"


def test_answers_that_are_errors_carry_the_headers_too() -> None:
    client = small_client(ReviewSettings())
    for answer in (
        client.get("/nowhere"),
        client.post("/body", content=b"x" * (MOST_BYTES + 1)),
        client.get("/page", headers={"Host": "evil.example"}),
    ):
        assert answer.status_code in {404, 413, 400}
        assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_scripts_and_styles_may_be_kept() -> None:
    answer = small_client(ReviewSettings()).get("/static/app.css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_body_of_more_than_a_megabyte_is_refused() -> None:
    client = small_client(ReviewSettings())

    def pieces() -> Iterator[bytes]:
        for _ in range(12):
            yield b"x" * 100_000

    assert client.post("/body", content=b"x" * MOST_BYTES).json() == MOST_BYTES
    too_large = client.post("/body", content=b"x" * (MOST_BYTES + 1))
    assert (too_large.status_code, too_large.json()) == (
        413,
        {"detail": "The request is larger than 1000000 bytes."},
    )
    assert client.post("/body", content=pieces()).status_code == 413


@pytest.mark.parametrize(
    "body, status",
    [
        ("[" * 64 + "]" * 64, 200),
        ("[" * 65 + "]" * 65, 413),
        ("[" * 100_000, 413),
        ('{"a":' * 100_000, 413),
        ('{"a": "' + "[" * 1000 + '"}', 200),
        ('{"a": "\\"' + "[" * 1000 + '"}', 200),
        ('{"a": "\\\\"' + "[" * 65, 413),
        ('"' + '\\"' * 400_000, 200),
        ('"' * 900_001, 200),
        ("\\", 200),
        ("[]" * 400_000, 200),
    ],
)
def test_json_that_is_nested_too_deep_is_refused(body: str, status: int) -> None:
    client = small_client(ReviewSettings())
    answer = client.post("/body", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == status
    assert client.post("/body", content=body, headers={"Content-Type": "text/plain"}).status_code == status


def test_only_our_own_names_are_answered() -> None:
    client = small_client(ReviewSettings())
    for name in ("127.0.0.1:8310", "localhost:8310", "[::1]:8310"):
        assert client.get("/page", headers={"Host": name}).status_code == 200
    assert client.get("/page", headers={"Host": "rebound.example:8310"}).status_code == 400
    public = small_client(
        ReviewSettings(public_url="https://review.example.com"), "https://review.example.com"
    )
    assert public.get("/page").status_code == 200
    assert public.get("/page", headers={"Host": "127.0.0.1:8310"}).status_code == 400


def test_only_a_trusted_proxy_is_believed_about_address_and_scheme() -> None:
    said = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
    behind = ReviewSettings(trusted_proxies=["10.0.0.0/8"])
    trusted = small_client(behind, address="10.1.2.3").get("/page", headers=said)
    assert trusted.json() == {"scheme": "https", "address": "198.51.100.7"}
    stranger = small_client(behind, address="192.0.2.9").get("/page", headers=said)
    assert stranger.json() == {"scheme": "http", "address": "192.0.2.9"}
    nobody = small_client(ReviewSettings(), address="127.0.0.1").get("/page", headers=said)
    assert nobody.json() == {"scheme": "http", "address": "127.0.0.1"}


def test_an_address_that_a_client_makes_up_is_not_taken_from_the_list() -> None:
    behind = ReviewSettings(trusted_proxies=["10.0.0.1"])
    said = {"X-Forwarded-For": "203.0.113.5, 198.51.100.7"}
    answer = small_client(behind, address="10.0.0.1").get("/page", headers=said)
    assert answer.json()["address"] == "198.51.100.7"
