"""Connections to an address that somebody wrote down: never into this machine or network, unless that was allowed."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import httpcore
import httpx

from content_store.errors import BadInput, WorkFailed

Address = IPv4Address | IPv6Address

#: Where nothing public is (IANA's special-purpose registries, RFC 6890). Python's is_global says otherwise of some.
_CLOSED: list[IPv4Network | IPv6Network] = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        # Teredo and other protocols, documentation, 6to4: the last holds any IPv4 address.
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip

#: All that is handed out for use on the internet; loopback, local, multicast and IPv4-compatible lie outside.
_PUBLIC6 = IPv6Network("2000::/3")

#: Addresses behind a translator hold an IPv4 address in their last four bytes (RFC 6052). The local-use prefix
#: 64:ff9b:1::/48 is closed, as it may hold one anywhere.
_TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0/96"))


def target(url: str, allow: Sequence[str]) -> httpx.URL:
    """The address, parsed once; BadInput unless it is https, or http to a host that is allowed by name or network."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise BadInput(f"webhook.url is no address ({error}); write it as https://HOST/PATH.") from None
    if parsed.scheme not in ("https", "http") or not parsed.host or parsed.userinfo:
        raise BadInput(
            "webhook.url is none that requests go to; write it as https://HOST/PATH, without a name or password."
        )
    if parsed.scheme == "http" and not (
        _named(parsed.host, allow) or _in_a_network(_literal(parsed.host), allow)
    ):
        raise BadInput(
            f"requests to {parsed.host} would cross the network in clear; write it with https, or name it in allow."
        )
    return parsed


def closed(address: Address, allow: Iterable[str] = ()) -> bool:
    """Whether nothing is sent to an address: it is not public, and in no network that is allowed."""
    if _in_a_network(address, allow):
        return False
    if isinstance(address, IPv6Address):
        if any(address in network for network in _TRANSLATED):
            return closed(IPv4Address(int(address) & 0xFFFFFFFF), allow)
        if address not in _PUBLIC6:
            return True
    return any(address in network for network in _CLOSED)


def looked_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system knows them. Raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to the very addresses that were checked: a name is looked up once for each connection, and not again.

    Names in certificates and headers stay those of the host, as httpcore takes them from the request.
    """

    def __init__(
        self,
        allow: Sequence[str],
        look_up: Callable[[str, int], list[str]] = looked_up,
        connect: Callable[..., Any] | None = None,
    ) -> None:
        self._allow = allow
        self._look_up = look_up
        self._connect = connect or httpcore.AnyIOBackend().connect_tcp

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """WorkFailed when one of its addresses is closed; httpcore.ConnectError when it has none, or none answers."""
        try:
            addresses = await asyncio.to_thread(self._look_up, host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} is not known: {error}") from error
        for address in addresses:
            if not _named(host, self._allow) and closed(ip_address(address), self._allow):
                raise WorkFailed(
                    f"{host} leads to {address}, which is not on the public internet; nothing was sent."
                    " Name the host or its network in allow if that is meant."
                )
        failed: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError(
            f"{host} has no address"
        )
        for address in addresses:
            try:
                stream: httpcore.AsyncNetworkStream = await self._connect(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return stream
        raise failed


def _named(host: str, allow: Iterable[str]) -> bool:
    return host.lower().rstrip(".") in {entry.lower().rstrip(".") for entry in allow}


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _in_a_network(address: Address | None, allow: Iterable[str]) -> bool:
    return address is not None and any(address in network for network in _networks(allow))


def _networks(allow: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    found = []
    for entry in allow:
        try:
            found.append(ip_network(entry, strict=False))
        except ValueError:
            continue
    return found
