"""`surmesure serve`: Prefect's server, the schedules, the scorer and the review page, together on this machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from content_store.errors import BadInput, WorkFailed
from surmesure.opening import BrandOption, JsonOption, console, find_brand, print_line, stay_local

if TYPE_CHECKING:
    from content_store.settings import Settings
    from surmesure.children import Child

#: Where Prefect's users look for it.
PREFECT_PORT = 4200


def serve(
    prefect_port: Annotated[
        int | None,
        typer.Option(
            "--prefect-port",
            min=1,
            max=65535,
            help="Prefect's port; 4200 without it, or another that is free.",
            show_default=False,
        ),
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Keep everything running: the review page, the schedules and Prefect, until Ctrl-C.

    All of it listens on this machine only. Schedules and wishes are taken from the database, so that they can be
    changed while it runs.
    Example: surmesure serve --brand examples/grocer
    """
    from content_store.settings import load_settings

    folder = find_brand(brand).resolve()
    stay_local()
    settings = load_settings(folder)
    with _alone(settings.state_folder):
        _check(settings)
        port = _prefect_port(prefect_port)
        run_children(settings, port, children(settings, port), json=json)


def children(settings: Settings, prefect_port: int) -> list[Child]:
    """What is kept running for a brand folder, in the order in which it is started."""
    from flows.engine import LOOPBACK, server_command
    from surmesure.children import Child

    ours, brand = [sys.executable, "-m", "surmesure"], ["--brand", str(settings.brand)]
    page = f"http://{settings.review.host}:{settings.review.port}"
    return [
        Child("prefect", server_command(prefect_port), f"http://{LOOPBACK}:{prefect_port}"),
        Child("schedules", [sys.executable, "-m", "flows.scheduler", str(settings.brand)]),
        Child("scorer", [*ours, "scorer", *brand]),
        Child("review page", [*ours, "review", *brand], page),
    ]


def run_children(settings: Settings, prefect_port: int, wanted: list[Child], *, json: bool = False) -> None:
    """Keep them running until a signal; where they are stands in the state folder meanwhile."""
    from flows.engine import LOOPBACK, Served, prepare, write_served
    from surmesure.children import keep_alive

    state = settings.state_folder
    write_served(state, None)  # what a killed process left
    prefect = f"http://{LOOPBACK}:{prefect_port}"
    prepare(state)
    os.environ["PREFECT_API_URL"] = f"{prefect}/api"
    os.environ["PREFECT_SERVER_API_PORT"] = str(prefect_port)
    served = Served(prefect, settings.review.origin, os.getpid())
    out = console()
    out.print("Starting …")

    def tell_where() -> None:
        write_served(state, served)
        if json:
            print_line({"page": served.page, "prefect": served.prefect, "logs": str(state / "logs")})
            sys.stdout.flush()
            return
        out.print(f"[bold]Review page[/bold]  {served.page}", soft_wrap=True)
        out.print(f"[bold]Prefect[/bold]      {served.prefect}", soft_wrap=True)
        out.print(f"[bold]Logs[/bold]         {state / 'logs'}", soft_wrap=True)
        out.print("Ctrl-C stops everything; what is finished is kept.")

    try:
        with _until_a_signal() as stop:
            keep_alive(wanted, state / "logs", stop, tell=out.print, on_ready=tell_where)
            out.print("Stopped.")
    finally:
        write_served(state, None)


def _check(settings: Settings) -> None:
    """Mistakes in the brand folder and a database that does not open are told before anything starts."""
    from content_store.brand_folder.brand import load_brand
    from content_store.brand_folder.briefs import load_briefs
    from content_store.database import open_database

    load_briefs(settings.brand, load_brand(settings.brand))
    open_database(settings.database_url).dispose()
    if not _is_free(settings.review.host, settings.review.port):
        raise BadInput(
            f"port {settings.review.port} is taken, so the review page cannot listen there;"
            " set another as review.port in surmesure.toml."
        )


def _prefect_port(wanted: int | None) -> int:
    if wanted is not None and not _is_free("127.0.0.1", wanted):
        raise BadInput(f"--prefect-port {wanted}: the port is taken; choose another or leave it out.")
    if wanted is not None or _is_free("127.0.0.1", PREFECT_PORT):
        return wanted or PREFECT_PORT
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as tried:
        # Connections that ended a moment ago do not count.
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError:
            return False
    return True


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    """One `serve` for a state folder; the lock goes with the process, however it ends."""
    import fcntl

    state.mkdir(parents=True, exist_ok=True)
    with (state / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WorkFailed(
                f"`surmesure serve` works on {state} already; stop it first (Ctrl-C where it runs)."
            ) from None
        yield


@contextmanager
def _until_a_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C, a closed terminal or a polite kill sets."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda *_: stop.set()) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
