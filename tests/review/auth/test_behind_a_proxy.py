"""The page behind a real nginx and a real Caddy, configured as the documentation says."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from content_store.app_settings import ReviewSettings
from content_store.models import SignInAttempt, User
from review.desk import Desk
from tests.certificates import write_certificate
from tests.review.auth.conftest import PASSWORD, small_app

pytestmark = pytest.mark.slow

DOCUMENT = Path(__file__).parents[3] / "docs" / "signing-in.md"
Person = Callable[..., User]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def nginx(folder: Path, public: int, inner: int) -> list[str]:
    """The documented server, with our names, ports and a folder of our own."""
    server = (
        example("nginx")
        .replace("listen 443", f"listen 127.0.0.1:{public}")
        .replace("review.example.com;", "localhost;", 1)
        .replace("/etc/ssl/review.example.com.pem", f"{folder}/cert.pem")
        .replace("/etc/ssl/review.example.com.key", f"{folder}/cert.key")
        .replace("127.0.0.1:8310", f"127.0.0.1:{inner}")
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{server}\n}}\n"
    )
    return ["nginx", "-e", "stderr", "-p", str(folder), "-c", f"{folder}/nginx.conf"]


def caddy(folder: Path, public: int, inner: int) -> list[str]:
    """The documented site, with our name and ports, and a certificate of our own instead of a public one."""
    site = (
        example("caddy")
        .replace(
            "review.example.com {",
            f"https://localhost:{public} {{\n    bind 127.0.0.1\n    tls {folder}/cert.pem {folder}/cert.key",
        )
        .replace("127.0.0.1:8310", f"127.0.0.1:{inner}")
    )
    (folder / "Caddyfile").write_text(
        f"{{\n    admin off\n    auto_https disable_redirects\n    storage file_system {folder}\n}}\n{site}"
    )
    return ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]


@contextmanager
def served(app: FastAPI, port: int) -> Iterator[None]:
    """The app on a port, as `surmesure review` serves it."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", proxy_headers=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(port)
        yield
    finally:
        server.should_exit = True
        thread.join()


def wait_for(port: int) -> None:
    """Until somebody listens."""
    stopped = threading.Event()
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            stopped.wait(0.05)
    raise AssertionError(f"nobody listens on {port}")


@pytest.fixture(params=[nginx, caddy], ids=lambda make: make.__name__)
def ports(
    request: pytest.FixtureRequest, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[int, int]]:
    """The proxy's port and the page's own."""
    make = request.param
    if shutil.which(make.__name__) is None:
        pytest.skip(f"{make.__name__} is not installed")
    monkeypatch.setenv("HOME", str(tmp_path))
    public, inner = free_port(), free_port()
    settings = ReviewSettings(
        port=inner, public_url=f"https://localhost:{public}", trusted_proxies=["127.0.0.1"]
    )
    write_certificate(tmp_path)
    app = small_app(replace(desk, settings=desk.settings.model_copy(update={"review": settings})))
    with served(app, inner):
        process = subprocess.Popen(make(tmp_path, public, inner), stderr=subprocess.PIPE)
        try:
            wait_for(public)
            yield public, inner
        finally:
            process.terminate()
            process.communicate()


def client(folder: Path, address: str = "127.0.0.2") -> httpx2.Client:
    """A browser on another address of this machine, which trusts our certificate."""
    trust = ssl.create_default_context(cafile=folder / "cert.pem")
    return httpx2.Client(transport=httpx2.HTTPTransport(verify=trust, local_address=address))


def sign_in(browser: httpx2.Client, base: str, password: str, **headers: str) -> httpx2.Response:
    form = browser.get(f"{base}/sign-in", headers=headers)
    token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', form.text)
    assert token is not None, form.text
    data = {"csrf_token": token[1], "name": "ana", "password": password}
    return browser.post(f"{base}/sign-in", data=data, headers=headers)


def addresses(desk: Desk) -> list[str]:
    with desk.sessions() as session:
        return list(session.scalars(select(SignInAttempt.address).order_by(SignInAttempt.id)))


def test_people_sign_in_by_https_and_the_page_knows_their_address(
    ports: tuple[int, int], desk: Desk, person: Person, tmp_path: Path
) -> None:
    person()
    base = f"https://localhost:{ports[0]}"
    with client(tmp_path) as browser:
        answer = sign_in(browser, base, PASSWORD, Origin=base)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        session = next(
            cookie
            for cookie in answer.headers.get_list("set-cookie")
            if cookie.startswith("__Host-surmesure-session=")
        )
        assert "Secure" in session
        assert "HttpOnly" in session
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert browser.get(f"{base}/page").json() == "ana"
        assert browser.get(f"{base}/nowhere/").status_code == 404
    assert addresses(desk) == ["127.0.0.2"]


def test_nobody_makes_up_an_address_through_the_proxy_or_past_it(
    ports: tuple[int, int], desk: Desk, person: Person, tmp_path: Path
) -> None:
    person()
    public, inner = ports
    claim = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "Forwarded": "for=203.0.113.9"}
    with client(tmp_path) as browser:
        assert sign_in(browser, f"https://localhost:{public}", "wrong", **claim).status_code == 401
    with httpx2.Client(transport=httpx2.HTTPTransport(local_address="127.0.0.2")) as past:
        assert past.get(f"http://127.0.0.1:{inner}/sign-in").status_code == 400
        headers = {"Host": f"localhost:{public}", **claim}
        form = past.get(f"http://127.0.0.1:{inner}/sign-in", headers=headers)
        token = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', form.text)
        assert token is not None
        visit = form.headers["set-cookie"].partition(";")[0]
        past.post(
            f"http://127.0.0.1:{inner}/sign-in",
            data={"csrf_token": token[1], "name": "ana", "password": "wrong"},
            headers={**headers, "Cookie": visit},
        )
    assert addresses(desk) == ["127.0.0.2", "127.0.0.2"]


def test_a_body_that_is_too_large_is_refused(ports: tuple[int, int], tmp_path: Path) -> None:
    with client(tmp_path) as browser:
        answer = browser.post(f"https://localhost:{ports[0]}/sign-in", content=b"x" * 2_000_000)
    assert answer.status_code == 413
