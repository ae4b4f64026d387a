"""`surmesure serve`: Prefect's server, the schedules, the scorer, both pages and reminders, together on this machine."""

from __future__ import annotations

import os
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, console, find_brand, print_line, stay_local
from surmesure.starting_together import alone, check, check_port, is_free, until_a_signal

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

    With publishing.public_url set, the page on which customers stop messages too. All of it listens on this machine
    only. Schedules and wishes are taken from the database, so that they can be changed while it runs.
    Example: surmesure serve --brand examples/grocer
    """
    from content_store.settings import load_settings

    folder = find_brand(brand).resolve()
    stay_local()
    settings = load_settings(folder)
    with alone(settings.state_folder):
        check(settings)
        if settings.publishing.public:
            check_port(settings.publishing, "the public page", "publishing.port")
        port = _prefect_port(prefect_port)
        run_children(settings, port, children(settings, port), json=json)


def children(settings: Settings, prefect_port: int) -> list[Child]:
    """What is kept running for a brand folder, in the order in which it is started."""
    from flows.engine import LOOPBACK, server_command
    from surmesure.children import Child
    from surmesure.commands import reviewing, web

    brand = str(settings.brand)
    reminders = [sys.executable, "-m", "surmesure", "remind", "--each-morning", "--brand", brand]
    return [
        Child("prefect", server_command(prefect_port), f"http://{LOOPBACK}:{prefect_port}"),
        Child("schedules", [sys.executable, "-m", "flows.scheduler", brand]),
        *reviewing.children(settings),
        *([web.child(settings)] if settings.publishing.public else []),
        *([Child("reminders", reminders)] if settings.review.notify is not None else []),
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
        if settings.publishing.public:
            out.print(f"[bold]Public page[/bold]  {settings.publishing.origin}", soft_wrap=True)
        out.print(f"[bold]Prefect[/bold]      {served.prefect}", soft_wrap=True)
        out.print(f"[bold]Logs[/bold]         {state / 'logs'}", soft_wrap=True)
        out.print("Ctrl-C stops everything; what is finished is kept.")

    try:
        with until_a_signal() as stop:
            keep_alive(wanted, state / "logs", stop, tell=out.print, on_ready=tell_where)
            out.print("Stopped.")
    finally:
        write_served(state, None)


def _prefect_port(wanted: int | None) -> int:
    if wanted is not None and not is_free("127.0.0.1", wanted):
        raise BadInput(f"--prefect-port {wanted}: the port is taken; choose another or leave it out.")
    if wanted is not None or is_free("127.0.0.1", PREFECT_PORT):
        return wanted or PREFECT_PORT
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
