"""HTTP/1.1 whose requests begin with a head that ends: uvicorn collects its parts without a limit otherwise."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes that may come before a head is over. A read may bring some of a body too, and of other requests.
MOST_BYTES = 512 * 1024


class ShortHeads(HttpToolsProtocol):
    """Answers 400, and hangs up, to a request line and headers that do not end."""

    #: of the head that is being read; None while there is none
    _head: int | None = 0

    def data_received(self, data: bytes) -> None:
        """Takes what came in, as long as the head that it belongs to is short."""
        if self._head is not None:
            self._head += len(data)
            if self._head > MOST_BYTES:
                self.send_400_response("The headers are too long.")
                return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is over."""
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head may come."""
        self._head = 0
        super().on_message_complete()
