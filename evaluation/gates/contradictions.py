"""Rules of one brand that cannot both hold."""

from collections.abc import Sequence

from evaluation.gates.banned_phrases import _pattern as banned_pattern
from evaluation.gates.competitors import names_competitor
from evaluation.gates.gate import Policy
from evaluation.gates.text import plain, skeleton


def contradictions(policy: Policy, do_examples: Sequence[str] = ()) -> list[str]:
    """Rules of one policy that cannot both hold, each as a sentence."""
    return [
        *(
            f'The banned phrase "{phrase}" stands in the {place} "{text}".'
            for phrase in policy.banned_phrases
            for place, texts in (("lexicon as", policy.lexicon), ("do example", do_examples))
            for text in texts
            if banned_pattern((phrase,)).search(skeleton(text))
        ),
        *(
            f'The claim rule "{rule.name}" refuses the {place} "{text}".'
            for rule in policy.claim_rules
            for place, texts in (("lexicon name", policy.lexicon), ("do example", do_examples))
            for text in texts
            if rule.pattern.search(plain(text))
        ),
        *(
            f'The competitor "{name}" stands in the {place} "{text}".'
            for name in policy.competitors
            for place, texts in (
                ("lexicon as", policy.lexicon),
                ("banned phrase", policy.banned_phrases),
                ("do example", do_examples),
            )
            for text in texts
            if names_competitor(text, name) or skeleton(text) == skeleton(name)
        ),
    ]
