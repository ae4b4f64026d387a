"""The table of units of a campaign as a file for other tools, which leads to nobody."""

from __future__ import annotations

import secrets
from pathlib import Path

import duckdb

from content_store.durable_files import replace_by

#: What of a unit leads to nobody: no id, no moment of a send, no answer of a server.
COLUMNS = (
    "occurrence, channel, locale, segment_id, arm, message_id, held, propensity, status, delivered, bounced, opened, clicks,"
    " bot_clicks, conversions, value, margin, unsubscribed, complained, before, closed"
)


def write_units(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """The table `units` of a measured database as Parquet, readable by its owner alone.

    `customer` tells rows of one customer apart from those of another in this file only: the numbers follow a hash with a
    key that is thrown away, so they lead to nobody.
    """
    with replace_by(file) as temporary:
        temporary.touch(mode=0o600)
        connection.execute("set variable key = ?", [secrets.token_hex(32)])
        connection.execute(
            f"copy (select dense_rank() over (order by sha256(getvariable('key') || customer_id)) as customer, {COLUMNS}"
            f" from units order by customer, occurrence, channel) to '{str(temporary).replace(chr(39), chr(39) * 2)}' (format parquet)"
        )
        temporary.chmod(0o600)
