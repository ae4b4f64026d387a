"""Each rule holds where it says, and a person is flagged by none."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from publishing.clicks.bots import RULES, Seen, flag

PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (Seen(agent=PERSON), None),
        (Seen(agent=PERSON, since_sent=timedelta(seconds=1), in_a_second=3), None),
        (Seen(agent=PERSON, since_sent=-timedelta(hours=48)), None),
        (Seen(agent="Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0 CUBOT_X18"), None),
        (Seen(agent=None), None),
        (Seen(agent=PERSON, told=True), "told"),
        (Seen("HEAD", agent=PERSON), "head"),
        (Seen(agent=PERSON, purpose="prefetch;prerender"), "prefetch"),
        (Seen(agent=PERSON, purpose=" Preview "), "prefetch"),
        (Seen(agent=""), "scanner"),
        (Seen(agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), "scanner"),
        (Seen(agent="Barracuda Sentinel (EE)"), "scanner"),
        (Seen(agent="python-requests/2.32"), "scanner"),
        (Seen(agent=PERSON, since_sent=timedelta(milliseconds=999)), "at_once"),
        (Seen(agent=PERSON, since_sent=timedelta(milliseconds=-300)), "at_once"),
        (Seen(agent=PERSON, being_sent=True), "at_once"),
        (Seen(agent=PERSON, in_a_second=4), "burst"),
    ],
)
def test_the_first_rule_that_holds_gives_the_flag(seen: Seen, name: str | None) -> None:
    assert flag(seen) == name


def test_every_rule_has_a_name_of_its_own() -> None:
    assert [rule.name for rule in RULES] == ["told", "head", "prefetch", "scanner", "at_once", "burst"]


def test_the_rules_stand_in_the_docs() -> None:
    document = (Path(__file__).parents[3] / "docs" / "outcomes.md").read_text(encoding="utf-8")
    assert "\n".join(f"| `{rule.name}` | {rule.meaning} |" for rule in RULES) in document
