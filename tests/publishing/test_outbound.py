"""No address that somebody writes down leads into this machine or its network, however it is spelled."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Thread

import httpcore
import pytest

from content_store.errors import BadInput, WorkFailed
from publishing.outbound import GuardedBackend, closed, target

#: Spellings of this machine, of private networks and of a cloud's metadata; PORT is where a trap listens.
HOSTS = (
    # loopback, by name and by number
    "localhost", "LOCALHOST", "localhost.", "LocalHost", "a.localhost", "a.b.localhost", "localhost.localdomain",
    "ip6-localhost", "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "127.000.000.001",
    "2130706433", "017700000001", "0x7f000001", "0X7F000001", "0x7f.1", "0177.0.0.1", "0177.0x0.0.1", "0x7f.0.0.0x1",
    "00000177.0.0.1", "127.0.0x1", "0", "0.0.0.0", "0x0", "00.0.0.0",
    # full-width digits, circled digits and the dots of other scripts
    "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "ⓛocalhost", "ｌｏｃａｌｈｏｓｔ", "localhost。",
    # IPv6, and IPv4 inside it
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::FFFF:127.0.0.1]",
    "[0:0:0:0:0:ffff:127.0.0.1]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[64:ff9b:1:7f00:0:100::]", "[2002:7f00:1::]", "[2002:7f00:0001::1]",
    "[2001:0:7f00:1::]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25eth0]",
    "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
    # metadata of clouds, and private networks
    "169.254.169.254", "169.254.170.2", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
    "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "100.100.100.200", "100.64.0.1", "10.0.0.1", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "192.168.257", "192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.9",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    # a name and a password, so that another host seems to be meant
    "example.com@127.0.0.1", "example.com:80@127.0.0.1", "127.0.0.1#@example.com", "127.0.0.1?@example.com",
    "example.com%40127.0.0.1", "127.0.0.1%2f.example.com", "127.0.0.1%00.example.com", "127.0.0.1\\.example.com",
    " 127.0.0.1", "127.0.0.1\t", "[::1].example.com", "[127.0.0.1]",
)  # fmt: skip


@contextmanager
def traps() -> Iterator[tuple[int, list[str]]]:
    """A port on which this machine listens at every address it has, and who came."""
    came: list[str] = []
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as listening:

        def note() -> None:
            while True:
                try:
                    connection, address = listening.accept()
                except OSError:
                    return
                came.append(str(address))
                connection.close()

        thread = Thread(target=note, daemon=True)
        thread.start()
        yield listening.getsockname()[1], came
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_spelling_of_an_address_of_our_own_is_ever_connected_to(scheme: str) -> None:
    assert len(set(HOSTS)) >= 100
    with traps() as (port, came):
        for host in HOSTS:
            with pytest.raises((BadInput, WorkFailed, httpcore.ConnectError)):
                asyncio.run(_request(f"{scheme}://{host}:{port}/"))
        assert came == []
        # The trap itself works: what is allowed comes through.
        for allowed in (["localhost"], ["127.0.0.0/8", "::1"]):
            with pytest.raises((httpcore.NetworkError, httpcore.RemoteProtocolError)):
                asyncio.run(
                    _request(f"http://{'localhost' if len(allowed) == 1 else '127.0.0.1'}:{port}/", *allowed)
                )
        assert len(came) == 2


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/_",
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "127.0.0.1",
        "https://",
        "",
    ],
)
def test_other_kinds_of_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadInput, match="write it as https://HOST/PATH"):
        target(url, [])


def test_what_goes_in_clear_must_be_named() -> None:
    with pytest.raises(BadInput, match=r"requests to hooks.internal would cross the network in clear"):
        target("http://hooks.internal/a", ["10.0.0.0/8"])
    assert target("http://Hooks.Internal./a", ["hooks.internal"]).host == "hooks.internal."
    assert target("http://10.1.2.3/a", ["10.0.0.0/8"]).host == "10.1.2.3"
    assert target("https://hooks.internal/a", []).host == "hooks.internal"


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)  # fmt: skip
def test_what_is_public_is_open(address: str) -> None:
    assert not closed(ip_address(address))


def test_an_allowed_network_opens_itself_and_nothing_else() -> None:
    assert not closed(ip_address("10.1.2.3"), ["10.1.0.0/16"])
    assert not closed(ip_address("::ffff:10.1.2.3"), ["10.1.0.0/16"])
    assert closed(ip_address("10.2.2.3"), ["10.1.0.0/16"])
    assert closed(ip_address("::1"), ["127.0.0.0/8", "hooks.internal"])


def test_of_two_answers_of_a_name_server_only_the_first_is_asked_for_and_connected_to() -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    connected: list[str] = []
    asyncio.run(_connect(lambda *_: next(answers), connected))
    assert connected == ["93.184.215.14"]
    with pytest.raises(WorkFailed, match=r"hooks.example.com leads to 127.0.0.1, which is not on the public"):
        asyncio.run(_connect(lambda *_: next(answers), connected))
    assert connected == ["93.184.215.14"]


def test_one_closed_address_among_others_closes_the_name() -> None:
    connected: list[str] = []
    with pytest.raises(WorkFailed, match=r"leads to 10.0.0.1"):
        asyncio.run(_connect(lambda *_: ["93.184.215.14", "10.0.0.1"], connected))
    assert connected == []


def test_an_address_that_does_not_answer_gives_way_to_the_next() -> None:
    connected: list[str] = []
    asyncio.run(_connect(lambda *_: ["93.184.215.14", "2606:4700::1"], connected, {"93.184.215.14"}))
    assert connected == ["93.184.215.14", "2606:4700::1"]
    with pytest.raises(httpcore.ConnectError, match="nobody there"):
        asyncio.run(_connect(lambda *_: ["93.184.215.14"], connected, {"93.184.215.14"}))


def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with traps() as (port, came):
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        with pytest.raises(httpcore.ConnectError):
            asyncio.run(_request("https://hooks.invalid/"))
        assert came == []


async def _request(url: str, *allow: str) -> None:
    there = target(url, allow)
    async with httpcore.AsyncConnectionPool(network_backend=GuardedBackend(allow)) as pool:
        await pool.request(
            "POST",
            httpcore.URL(
                scheme=there.raw_scheme, host=there.raw_host, port=there.port, target=there.raw_path
            ),
            headers={"Host": "x"},
            extensions={"timeout": {"connect": 5, "read": 5}},
        )


async def _connect(
    look_up: object, connected: list[str], dead: frozenset[str] | set[str] = frozenset()
) -> None:
    async def connect(address: str, _port: int, **_: object) -> object:
        connected.append(address)
        if address in dead:
            raise httpcore.ConnectError("nobody there")
        return object()

    backend = GuardedBackend([], look_up=look_up, connect=connect)  # type: ignore[arg-type]
    await backend.connect_tcp("hooks.example.com", 443)
