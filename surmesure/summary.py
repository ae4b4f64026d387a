"""The summary of a run as a marketer reads it."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from surmesure.opening import console

#: What each gate objects to, as a marketer says it.
GATES = {
    "length": "too long for their slot",
    "sms": "more SMS segments than the slot may take",
    "language": "in another language than the locale's",
    "readability": "harder or simpler to read than the brand wants",
    "form": "badly formed: repeated, shouted or unfinished",
    "leaks": "personal data, template marks or the prompt itself",
    "keep_phrases": "a phrase that must stand word for word is missing",
    "numbers": "a number, price or date that is not in the facts",
    "names": "a name that is not in the facts",
    "claims": "a claim that no fact makes",
    "conditions": "a condition of a fact is dropped or turned round",
    "attributes": "a number stands beside the wrong product",
    "swaps": "one thing put for another of its kind",
    "additions": "something added that no fact says",
    "support": "a statement that no fact carries",
    "spelling": "a word that is no word",
    "tone": "not in the brand's voice",
    "banned_phrases": "a phrase that the brand bans",
    "claim_rules": "against one of the brand's claim rules",
    "sense": "odd, or repeating itself, as editors would see it",
    "near_duplicate": "nearly the same as a better one",
}


def print_summary(summary: dict[str, Any]) -> None:
    """Segments, briefs, refusals, time, and what to do next."""
    out = console()
    counts = summary["counts"]
    out.print(_segments(summary))
    out.print(_briefs(summary))
    out.print(
        f"Candidates: {counts['candidates']:,} looked at, {counts['candidates_passed']:,} passed every gate, "
        f"{counts['candidates_refused']:,} refused, because:"
    )
    refused = {
        name.removeprefix("refused_"): number
        for name, number in counts.items()
        if name.startswith("refused_")
    }
    for gate, number in sorted(refused.items(), key=lambda pair: -pair[1]):
        out.print(f"  {number:>6,}  {GATES.get(gate, gate.replace('_', ' '))}")
    for warning in summary["warnings"]:
        out.print(f"[yellow]Note[/yellow] {warning}")
    for item in summary["briefs"]:
        for warning in item["warnings"]:
            out.print(f"[yellow]Note[/yellow] {item['brief']}: {warning}")
    seconds = summary["seconds"]
    stages = ", ".join(f"{stage} {value:.1f}" for stage, value in seconds.items())
    out.print(f"Time: {sum(seconds.values()):.1f} s ({stages})", soft_wrap=True)
    out.print(f"[bold]{counts['messages_waiting']} messages wait for a decision.[/bold] Go on with:")
    out.print("  surmesure users add NAME …     the first person who may sign in (--help tells the rest)")
    out.print("  surmesure serve                the page on which people decide, and the schedules")
    out.print("  surmesure messages list        every message with its texts, here")
    out.print(f"  {summary['report']}   the whole run on one page; open it in a browser", soft_wrap=True)


def _segments(summary: dict[str, Any]) -> Table:
    counts = summary["counts"]
    reused = " (unchanged since the last run)" if counts["segmentation_reused"] else ""
    title = f"{counts['customers']:,} customers in {counts['segments']} segments{reused}"
    table = Table(title=title, title_justify="left")
    table.add_column("Segment")
    table.add_column("Customers", justify="right")
    for item in summary["segments"]:
        table.add_row(item["name"], f"{item['size']:,}")
    return table


def _briefs(summary: dict[str, Any]) -> Table:
    table = Table(title="What was written", title_justify="left")
    for name in ("Brief", "Messages", "Texts", "By the model", "Fell back", "Word for word"):
        table.add_column(name, justify="left" if name == "Brief" else "right")
    for item in summary["briefs"]:
        number = item["counts"]
        texts, fell, verbatim = number["variants"], number["fell_back"], number["verbatim"]
        messages = f"{number['messages']} new" if number["messages_unchanged"] else str(number["messages"])
        if number["messages_unchanged"]:
            messages += f", {number['messages_unchanged']} as before"
        table.add_row(
            item["brief"], messages, str(texts), str(texts - fell - verbatim), str(fell), str(verbatim)
        )
    return table
