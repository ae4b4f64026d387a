"""A model's chat template is a program: it must end, and it sees only marks, never a person's text."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from content_store.errors import BadInput

SYSTEM_MARK = "SYSTEM-TEXT-GOES-HERE"
USER_MARK = "USER-TEXT-GOES-HERE"
TIMEOUT_SECONDS = 5.0


def marked_messages(with_system: bool) -> list[dict[str, str]]:
    """The only conversations that a template is ever rendered with."""
    system = [{"role": "system", "content": SYSTEM_MARK}] if with_system else []
    return [*system, {"role": "user", "content": USER_MARK}]


def check_chat_template(folder: Path, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
    """Renders the folder's chat templates in a process with limits on time and memory; raises BadInput.

    A static check cannot tell an endless template from a long one (macros, products of lists, big powers that hang
    while compiling); a process that is stopped can. Since the marked messages are all that is rendered later, what
    ends here ends there.
    """
    for template in _templates(folder):
        task = json.dumps(
            {"template": template, "conversations": [marked_messages(True), marked_messages(False)]}
        )
        trial = [sys.executable, "-I", str(Path(__file__).with_name("template_trial.py"))]
        try:
            done = subprocess.run(
                trial, input=task, text=True, capture_output=True, timeout=timeout_seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise BadInput(
                f"{folder}: the chat template did not end within {timeout_seconds:g} seconds; use the "
                "template that the model's makers publish."
            ) from None
        if done.returncode != 0:
            raise BadInput(
                f"{folder}: the chat template cannot be used (it does not compile, or needs too much time "
                "or memory); use the template that the model's makers publish."
            )


def _templates(folder: Path) -> list[str]:
    found = [
        path.read_text(encoding="utf-8")
        for path in [
            folder / "chat_template.jinja",
            *sorted(folder.glob("additional_chat_templates/*.jinja")),
        ]
        if path.is_file()
    ]
    for name in ("tokenizer_config.json", "chat_template.json", "processor_config.json"):
        if (folder / name).is_file():
            found += _strings(json.loads((folder / name).read_text(encoding="utf-8")).get("chat_template"))
    return found


def _strings(stated: Any) -> list[str]:
    if isinstance(stated, str):
        return [stated]
    if isinstance(stated, dict):
        return [text for text in stated.values() if isinstance(text, str)]
    return [str(one.get("template", "")) for one in stated or [] if isinstance(one, dict)]
