"""Tables to download, of any length, in which no cell can be a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile

from fastapi.responses import StreamingResponse

_CHUNK = 65_536

#: A spreadsheet runs a cell that begins so (OWASP, CSV Injection).
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_answer(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingResponse:
    """A file to download; `name` is made of letters, digits, dots and hyphens.

    The rows are written to disk first, so that an error among them is answered as one and not as half a file.
    """
    file = TemporaryFile("w+b")  # noqa: SIM115 - closed by whoever reads it to the end
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([harmless(value) for value in row] for row in rows)
    text.detach()
    file.seek(0)

    def read() -> Iterator[bytes]:
        with file:
            while chunk := file.read(_CHUNK):
                yield chunk

    return StreamingResponse(
        read(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def harmless(value: object) -> str:
    """A value as the text of a cell; one that a spreadsheet would take for a formula gets an apostrophe in front."""
    cell = "" if value is None else str(value)
    return f"'{cell}" if cell.startswith(_RISKY) else cell
