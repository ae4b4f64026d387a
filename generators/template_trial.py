"""Run as a script of its own: render a chat template once, under limits of processor time and memory.

Reads {"template", "conversations"} as JSON; exit code 0 when every rendering ended, whatever it said.
"""

import contextlib
import json
import re
import resource
import sys

from jinja2 import Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

CPU_SECONDS = 5
MEMORY_BYTES = 1 << 30
# The library's own tag for training masks; jinja2 alone does not know it.
GENERATION_TAG = re.compile(r"\{%-?\s*(end)?generation\s*-?%\}")


def main() -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    task = json.load(sys.stdin)
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals.update(raise_exception=_refuse, strftime_now=lambda form: form)
    try:
        template = environment.from_string(GENERATION_TAG.sub("", task["template"]))
        for messages in task["conversations"]:
            _render(template, messages)
    except (TemplateSyntaxError, MemoryError, OverflowError, RecursionError):
        return 1
    return 0


def _render(template: Template, messages: list[dict[str, str]]) -> None:
    # A template may refuse a role, or miss something that only the library gives it; here it only has to end.
    with contextlib.suppress(
        TemplateError, TypeError, ValueError, LookupError, ArithmeticError, AttributeError
    ):
        template.render(
            messages=messages,
            add_generation_prompt=True,
            bos_token="",
            eos_token="",
            tools=None,
            documents=None,
        )


def _refuse(message: str) -> None:
    raise TemplateError(message)


if __name__ == "__main__":
    sys.exit(main())
