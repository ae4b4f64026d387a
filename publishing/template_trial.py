"""Run as a program of its own: compile a template and fill it in once, under limits of processor time and memory.

Reads {"mjml", "text", "slots", "personal_fields", "name"} as JSON; ends with 0, or with 3 and a sentence.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from content_store.errors import BadInput
from publishing.html_places import LINKS
from publishing.templates import Template, compile_template, fill_in, fill_shared

CPU_SECONDS = 5
MEMORY_BYTES = 512 << 20
REFUSED = 3


def main() -> int:
    limit_process()
    task = json.load(sys.stdin)
    try:
        template = compile_template(task["mjml"], task["text"], task["name"])
        _check_names(template, task)
        _fill(template, task)
    except BadInput as error:
        print(error)
        return REFUSED
    return 0


def limit_process() -> None:
    """From here on this process has so much processor time and memory, and leaves no core file."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check_names(template: Template, task: dict[str, Any]) -> None:
    known = {*task["slots"], "brand", *LINKS}
    fields = set(task["personal_fields"])
    for ending, part in (("mjml", template.html), ("txt", template.text)):
        unknown = sorted(part.names - known) + [f"customer.{name}" for name in sorted(part.fields - fields)]
        if unknown:
            may = ", ".join([*sorted(known), *(f"customer.{name}" for name in sorted(fields))])
            raise BadInput(f"{task['name']}.{ending}: '{unknown[0]}' is undefined; a template may use {may}.")


def _fill(template: Template, task: dict[str, Any]) -> None:
    values = {name: f"Sample {name}" for name in [*task["slots"], "brand"]}
    customer = {name: f"Sample {name}" for name in task["personal_fields"]}
    links = {name: f"https://www.example.com/{name}" for name in LINKS}
    for part in template:
        fill_in(fill_shared(part, values), customer, links)


if __name__ == "__main__":
    sys.exit(main())
