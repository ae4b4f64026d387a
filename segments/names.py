"""Segments in words: topics from the items that set them apart, a unique name, and a phrase for prompts."""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy import sparse

from segments.behaviour import Behaviour
from segments.profiles import Labels, class_sums, distinctiveness, reach

TOPIC_WORDS = 3
NAME_WORDS = 7
NAME_TOPICS = 3
AUDIENCE_WORDS = 6
AUDIENCE_TOPICS = 2
LEAST_REACH = 0.2

FILLERS = frozenset({
    "all", "any", "assorted", "coupon", "coupons", "etc", "excluding", "general", "including", "items", "misc",
    "miscellaneous", "other", "others", "various",
})  # fmt: skip
"""Words of catalogues that tell a reader nothing."""

QUALITIES = frozenset({
    "asian", "baked", "bottled", "boxed", "bulk", "canned", "convenient", "domestic", "dried", "dry", "economy",
    "ethnic", "fresh", "frozen", "hispanic", "hot", "imported", "instant", "italian", "large", "mexican", "mini",
    "natural", "new", "organic", "packaged", "powdered", "premium", "prepared", "processed", "refrigerated",
    "seasonal", "small", "sparkling", "specialty", "traditional", "value",
})  # fmt: skip
"""Words that say how, not what: a topic of nothing else takes its department with it."""

JOINS = re.compile(r"\s*(?:/|&|\+|;|\band\b)\s*")


def topic(item: str) -> str:
    """What an item is about, for people: "grocery: ice cream/milk, 1.5 qt" is about "ice cream"; may be empty.

    An item reads "department: category, details", of which all but the category may be missing. Of alternatives the
    first stays, with the last word where it needs it: "sparkling and dessert wine" is "sparkling wine".
    """
    head = (item.lower() if item.isupper() else item).split(",")[0]
    department, _, category = head.rpartition(":")
    category = re.sub(r"\([^)]*\)?", " ", category)
    # Catalogues put the quality last: "seafood - frozen".
    what, _, quality = category.partition(" - ")
    first = f"{'' if JOINS.search(quality) else quality} {JOINS.split(what.strip())[0]}"
    attempts = first, f"{first} {what.split(' ')[-1]}", f"{category} {JOINS.split(department.strip())[0]}"
    for words in map(_words, attempts):
        if not QUALITIES.issuperset(word.lower() for word in words):
            return " ".join(words)
    return ""


def distinctive_topics(
    weights: sparse.csr_matrix, items: Sequence[str], labels: Labels, top: int = 8
) -> list[list[str]]:
    """For each segment the `top` topics that set it apart most; items of one topic count together.

    First those that score higher here than in any other segment, then the rest, both the strongest first.
    A topic that fewer than a fifth of the segment's customers touched says more about them than about the segment.
    """
    texts = [topic(item) for item in items]
    known = sorted({text for text in texts if 0 < len(text.split()) <= TOPIC_WORDS})
    by_topic = weights @ _membership(texts, known)
    scores = distinctiveness(class_sums(by_topic, labels))
    scores = np.where(reach(by_topic, labels) >= LEAST_REACH, scores, 0.0)
    own = scores == scores.max(axis=0, initial=0.0)
    ranked = []
    for row, mine in zip(scores, own, strict=True):
        best = [place for place in np.argsort(-row, kind="stable")[:top] if row[place] > 0]
        ranked.append([known[place] for place in sorted(best, key=lambda place: not mine[place])])
    return ranked


def name_segments(topics: Sequence[Sequence[str]]) -> list[str]:
    """One name a segment from its topics, at most seven words where no number is needed, no two names alike."""
    names: list[str] = []
    for ranked in topics:
        name = _listed(chosen_topics(ranked, NAME_TOPICS, NAME_WORDS))
        name = name[:1].upper() + name[1:] or (
            "All customers" if len(topics) == 1 else "Customers without a favourite"
        )
        names.append(_unlike(name, names))
    return names


def audience_phrase(
    topics: Sequence[str], behaviour: Behaviour, activity: Literal["purchase", "visit"] = "purchase"
) -> str:
    """Two to twelve words for a prompt, such as "weekly shoppers who often buy yogurt and fresh fruit"."""
    people, verb = {"purchase": ("shoppers", "often buy"), "visit": ("visitors", "often look at")}[activity]
    who = f"{_rhythm(behaviour)} {people}"
    subjects = _listed(chosen_topics(topics, AUDIENCE_TOPICS, AUDIENCE_WORDS))
    return f"{who} who {verb} {subjects}" if subjects else who


def chosen_topics(ranked: Sequence[str], count: int, words: int) -> list[str]:
    """The first topics that share no word with one another and together, joined, make at most so many words."""
    chosen: list[str] = []
    for text in ranked:
        used = {_stem(word) for earlier in chosen for word in earlier.split()}
        room = words - sum(len(earlier.split()) for earlier in chosen) - (1 if chosen else 0)
        if len(text.split()) <= room and not used & {_stem(word) for word in text.split()}:
            chosen.append(text)
        if len(chosen) == count:
            break
    return chosen


def _membership(texts: Sequence[str], known: Sequence[str]) -> sparse.csr_matrix:
    """(items, topics): one where an item belongs to a topic."""
    place = {text: number for number, text in enumerate(known)}
    pairs = [(row, place[text]) for row, text in enumerate(texts) if text in place]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    return sparse.csr_matrix(
        (np.ones(len(pairs), np.float32), (rows, columns)), shape=(len(texts), len(known))
    )


def _words(text: str) -> list[str]:
    """Plain words, each once; codes, measures and fillers dropped."""
    plain = (word.strip("-'.") for word in re.findall(r"[^\W_][\w'.-]*", text))
    telling = [w for w in plain if w and w.lower() not in FILLERS and not any(c.isdigit() for c in w)]
    return list({_stem(word): word for word in reversed(telling)}.values())[::-1]


def _unlike(name: str, taken: Sequence[str]) -> str:
    if name not in taken:
        return name
    return next(
        f"{name}, group {number}"
        for number in range(2, len(taken) + 3)
        if f"{name}, group {number}" not in taken
    )


def _rhythm(behaviour: Behaviour) -> str:
    if behaviour.median_days_since_last > 60:
        return "lapsed"
    for days_a_week, word in ((1.5, "frequent"), (0.75, "weekly"), (0.35, "regular")):
        if behaviour.median_days_a_week >= days_a_week:
            return word
    return "occasional"


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1]))) if texts else ""


def _stem(word: str) -> str:
    word = word.lower()
    return (
        word.removesuffix("es") if word.endswith(("shes", "ches", "xes", "oes")) else word.removesuffix("s")
    )
