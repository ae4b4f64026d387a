"""The page behind a server that really listens, for browsers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from review.app import app_of
from review.desk import Desk


@contextmanager
def serving(desk: Desk) -> Iterator[None]:
    """The app of a desk on its port; nobody is refused while it starts, because the socket listens before."""
    listener = socket.create_server(("127.0.0.1", desk.settings.review.port))
    server = uvicorn.Server(uvicorn.Config(app_of(desk), log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
