"""Somebody of a scene that a text starts with: "Teddy has questions." names no brand."""

# ruff: noqa: SIM905 (a list of words is easier to read and to change as text)

import re

from evaluation.gates.carried import carried_stems, is_tied
from evaluation.gates.gate import Copy
from evaluation.gates.offer_words import OFFERED_DEEDS, OFFERED_MANNERS, OFFERED_THINGS
from evaluation.gates.quantities import quantities
from evaluation.gates.text import words

_END = re.compile(r"[.!?](?:\s|$)")
_CAPITAL = re.compile(r"\b[A-Z]")
# Toys, animals and those of a household, as they are called when they have no other name.
_SOMEBODY = frozenset(
    "teddy bunny bear panda dolly puppy pup kitty kitten puss piglet lamb pony duckling froggy monkey penguin hedgehog robin blackbird sparrow magpie pigeon crow gull seagull owl fox badger "
    "squirrel hare mouse moth spider snail slug bee wasp ladybird tortoise goldfish hamster hen rooster goose granddad grandad gramps grandpa auntie nanny sis junior toddler baby sweetheart "
    "santa rudolph cupid snowman scarecrow pirate dragon unicorn dinosaur robot".split()
)
_OF_OFFER = frozenset("we our us here open opens new free now".split())


def is_of_scene(token: re.Match[str], text: str, copy: Copy) -> bool:
    """Whether one of these starts a first sentence without a number and without a word of the facts or of an offer."""
    if token.start() or token[0].lower() not in _SOMEBODY:
        return False
    end = _END.search(text)
    if end is None or end.end() >= len(text):
        return False
    scene = text[: end.start()]
    if _CAPITAL.search(scene, token.end()) or quantities(scene) or is_tied(scene, carried_stems(copy.facts)):
        return False
    return not any(
        w in OFFERED_THINGS or w in OFFERED_DEEDS or w in OFFERED_MANNERS or w in _OF_OFFER
        for w in words(scene)
    )
