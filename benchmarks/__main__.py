"""`python -m benchmarks`: every stage beside what one would write without this project, in one run, as ratios."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = {
    "segment": "customers into segments, beside encoding every profile text and scikit-learn's k-means",
    "encode": "texts into embeddings, beside sentence-transformers as it comes",
    "search": "blocks found under a filter, beside searching everything and filtering afterwards",
    "generate": 'tokens written, beside pipeline("text-generation") one prompt at a time',
    "grounded": "tokens written under a grammar for each text, beside the same without",
    "variants": "variants written, checked and scored, beside the same pipeline",
    "gates": "copies through the gates",
    "rendering": "e-mails filled in, beside a Jinja2 template compiled for every customer",
    "decisions": "what to show 1,000,000 customers, 500 questions a second, on PostgreSQL and on SQLite",
    "publishing": "an occurrence for 100,000 customers, planned and published by files and by mail",
    "outcomes": "10,000,000 outcomes of 1,000,000 customers by message and segment, beside pandas; collected; the table of units",
    "reviewing": "the review page with 100,000 pending messages, a recall with 1,000,000 publications",
}


def main(names: list[str]) -> None:
    """Run the benchmarks named, or all; each in a process of its own, so that none warms up another."""
    for name in names or list(BENCHMARKS):
        print(f"\n{name}: {BENCHMARKS[name]}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
