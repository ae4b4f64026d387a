"""Asides and scenes that state nothing of an offer, and statements that look like them."""

import pytest

from evaluation.gates import judge
from evaluation.gates.gate import Policy
from tests.evaluation.copies import copy_of

KETTLE = "The Arlo kettle boils a litre of water in three minutes."
FACTS = ("Rope Basic has 100 GB of space.", "Rope Plus has 200 GB of space.")
FREE: tuple[str, ...] = (
    # Somebody else's best, last and daily things
    "Your uncle always takes the best chair. {}",
    "The bus comes too early, the alarm too late. {}",
    "The dog has the softest spot on the sofa. {}",
    "The best seat in the house is always taken by the dog. {}",
    "What if the only thing that grows is the pile of post? {}",
    "Your neighbour mows the lawn every day. {}",
    "Nothing lasts for ever, least of all a new pencil. {}",
    # Whose task it is, what is encouraged, who has the last word
    "{} The tray is your department.",
    "{} The umbrella is up to you.",
    "{} Singing off key is encouraged.",
    "{} The last word belongs to whoever holds the ladder.",
    "Last hum! {}",
    # What the company does not say
    "{} We could not possibly say who snores.",
    "{} We shan't ask where the biscuits went.",
    # How things are
    "{} A small bow is in order.",
    "The coffee is cold, the inbox is not. {}",
    "Every drawer has one key that fits nothing. {}",
    "{} Dignity is optional.",
    "Aunt Edna never sits down first. {}",
    # What is left open, whom it pleases, what the writer does, mock terms
    "{} Whose turn it is to pour is a conversation for the two of you.",
    "{} Whether the biscuits last that long is another question.",
    "{} Bad luck for anyone who hoped to sleep in.",
    "{} Poor news for the old one.",
    "{} We'll be quiet now.",
    "{} We'll leave you to it.",
    "{} Seat by the window by negotiation.",
    "Every kettle needs somebody to wait for it. {}",
)
STATED: tuple[str, ...] = (
    "Your uncle always says the best kettle is an Arlo. {}",
    "Tomorrow is too late. {}",
    "Arlo has the softest spot on the sofa. {}",
    "Nobody in town boils it better. {}",
    "Nowhere in the county will you drink a finer cup. {}",
    "The best choice in the house is this one. {}",
    "What if the only thing that helps is an Arlo? {}",
    "{} It lasts for ever.",
    "{} The tray is on us.",
    "{} Parking is provided.",
    "{} First prize goes to whoever orders by Friday.",
    "Heated seats! {}",
    "{} We shall replace the biscuits.",
    "{} The staff speak five languages.",
    "{} The handle stays cool.",
    "{} We'll descale it for you.",
    "{} Refunds by negotiation.",
    "Every Arlo kettle has a thermometer. {}",
)


@pytest.mark.parametrize("text", FREE)
def test_what_is_said_beside_the_offer_passes(text: str) -> None:
    copy = copy_of(text.format("The Arlo kettle boils a litre in three minutes."), KETTLE)
    assert [verdict for verdict in judge(copy, Policy()) if not verdict.passed] == []


@pytest.mark.parametrize("text", STATED)
def test_what_is_said_of_the_offer_is_refused(text: str) -> None:
    copy = copy_of(text.format("The Arlo kettle boils a litre in three minutes."), KETTLE)
    assert not all(verdict.passed for verdict in judge(copy, Policy()))


@pytest.mark.parametrize(
    ("text", "borne_out"),
    [("Rope Plus doubles the space.", True), ("Rope Basic doubles the space.", False)],
)  # fmt: skip
def test_a_ratio_is_no_claim_where_the_figures_bear_it_out(text: str, borne_out: bool) -> None:
    claims = next(verdict for verdict in judge(copy_of(text, *FACTS), Policy()) if verdict.gate == "claims")
    assert claims.passed == borne_out
