"""What comes before processes that work together are started: nothing is wrong, nobody else works there, signals stop them."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from content_store.errors import BadInput, WorkFailed

if TYPE_CHECKING:
    from content_store.app_settings import AppSettings
    from content_store.settings import Settings


def check(settings: Settings) -> None:
    """Mistakes in the brand folder and a database that does not open are told before anything starts."""
    from content_store.brand_folder.brand import load_brand
    from content_store.brand_folder.briefs import load_briefs
    from content_store.database import open_database

    load_briefs(settings.brand, load_brand(settings.brand))
    open_database(settings.database_url).dispose()
    check_port(settings.review, "the review page", "review.port")


def check_port(settings: AppSettings, what: str, key: str) -> None:
    """BadInput when an app cannot listen where its settings say."""
    if not is_free(settings.host, settings.port):
        raise BadInput(
            f"port {settings.port} is taken, so {what} cannot listen there; set another as {key} in surmesure.toml."
        )


def is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        # Connections that ended a moment ago do not count.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """One `serve` or `review` for a state folder; the lock goes with the process, however it ends."""
    import fcntl

    state.mkdir(parents=True, exist_ok=True)
    with (state / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WorkFailed(
                f"`surmesure serve` or `surmesure review` works on {state} already;"
                " stop it first (Ctrl-C where it runs)."
            ) from None
        yield


@contextmanager
def until_a_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C, a closed terminal or a polite kill sets."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
