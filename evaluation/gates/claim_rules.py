"""Gate: the brand's own claim rules, patterns that RE2 matches in linear time."""

from evaluation.gates.gate import Copy, Policy, Verdict, passes, refuses
from evaluation.gates.text import plain

GATE = "claim_rules"


def check_claim_rules(copy: Copy, policy: Policy) -> Verdict:
    text = plain(copy.text)
    for rule in policy.claim_rules:
        if found := rule.pattern.search(text):
            return refuses(GATE, f'"{found.group(0)}" breaks the rule "{rule.name}": {rule.reason}')
    return passes(GATE)
