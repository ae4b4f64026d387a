"""A template is tried once before it is accepted, in a process with limits: compiling MJML can end the process itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection

from content_store.errors import BadInput

TIMEOUT_SECONDS = 10.0
MAX_CHARS = 200_000

_TRIAL = [sys.executable, "-I", "-m", "publishing.template_trial"]
_REFUSED = 3


def check_template(
    mjml: str,
    text: str,
    slots: Collection[str],
    personal_fields: Collection[str],
    *,
    name: str = "template",
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> None:
    """BadInput with one sentence when a template cannot be used.

    It may ask for `slots`, `brand`, `landing_page`, `unsubscribe_url` and `customer.FIELD` for the personal fields.
    `name` stands in the sentence before .mjml or .txt: the files' path.
    """
    if len(mjml) + len(text) > MAX_CHARS:
        raise BadInput(f"{name}.mjml: the template has more than {MAX_CHARS:,} characters; shorten it.")
    task = {
        "mjml": mjml,
        "text": text,
        "slots": sorted(slots),
        "personal_fields": sorted(personal_fields),
        "name": name,
    }
    try:
        done = subprocess.run(
            _TRIAL,
            input=json.dumps(task),
            text=True,
            encoding="utf-8",
            capture_output=True,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise BadInput(
            f"{name}.mjml: the template was not ready within {timeout_seconds:g} seconds; make it simpler."
        ) from None
    if done.returncode == _REFUSED:
        raise BadInput(done.stdout.strip())
    if done.returncode != 0:
        raise BadInput(
            f"{name}.mjml: the template needs too much time or memory, or is nested too deeply; make it simpler."
        )
