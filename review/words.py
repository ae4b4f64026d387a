"""What the page calls things: the words for stored values, which the catalogues translate."""

from __future__ import annotations

from content_store.models import Action, BlockMode, Origin, ReviewStatus, Role, RunStatus
from review.queue import Band, Order, Tab


def N_(text: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return text


TABS = {
    Tab.FOR_ME: N_("For me"),
    Tab.WAITING: N_("All waiting"),
    Tab.APPROVED: N_("Approved"),
    Tab.SENT_BACK: N_("Sent back"),
    Tab.REJECTED: N_("Rejected"),
    Tab.RECALLED: N_("Recalled"),
}

ORDERS = {Order.OLDEST: N_("Oldest first"), Order.DOUBTFUL: N_("Most doubtful first")}

BANDS = {
    Band.LOW: N_("Doubtful, under 0.2"),
    Band.MIDDLE: N_("Middling, 0.2 to 0.5"),
    Band.HIGH: N_("Liked, 0.5 and more"),
}

STATUSES = {
    ReviewStatus.PENDING: N_("waiting"),
    ReviewStatus.EDITED: N_("changed, waiting"),
    ReviewStatus.APPROVED: N_("approved"),
    ReviewStatus.REJECTED: N_("rejected"),
    ReviewStatus.SENT_BACK: N_("sent back"),
    ReviewStatus.RECALLED: N_("recalled"),
    ReviewStatus.SUPERSEDED: N_("superseded"),
}

ORIGINS = {
    Origin.GENERATED: N_("written"),
    Origin.FALLBACK: N_("approved text"),
    Origin.VERBATIM: N_("verbatim"),
    Origin.EDITED: N_("edited"),
}

MODES = {BlockMode.VERBATIM: N_("word for word only"), BlockMode.REWRITE: N_("may be rewritten")}

ROLES = {
    Role.VIEWER: N_("viewer"),
    Role.AUTHOR: N_("author"),
    Role.REVIEWER: N_("reviewer"),
    Role.LEGAL: N_("legal"),
    Role.ADMIN: N_("admin"),
}

RUNS = {RunStatus.RUNNING: N_("running"), RunStatus.FINISHED: N_("finished"), RunStatus.FAILED: N_("failed")}

#: What somebody did, after their name.
DEEDS = {
    Action.APPROVE: N_("approved it"),
    Action.EDIT: N_("edited a text"),
    Action.SWAP: N_("swapped a text"),
    Action.REJECT: N_("rejected it"),
    Action.SEND_BACK: N_("sent it back"),
    Action.REOPEN: N_("took a decision back"),
    Action.LAPSE: N_("the approval lapsed"),
    Action.SUPERSEDE: N_("wrote another one in its place"),
    Action.RECALL: N_("recalled it"),
}

#: What was done, alone.
DONE = {
    Action.APPROVE: N_("Approved."),
    Action.EDIT: N_("Saved. It waits for a decision on its new text."),
    Action.SWAP: N_("Swapped. It waits for a decision on its new text."),
    Action.REJECT: N_("Rejected."),
    Action.SEND_BACK: N_("Sent back."),
    Action.REOPEN: N_("Taken back."),
}

CHANNELS = {"email": N_("e-mail"), "sms": N_("SMS"), "push": N_("push")}

#: What each gate looks for; a gate without words here goes by its name.
GATES = {
    "length": N_("It fits its slot"),
    "sms": N_("It takes no more SMS segments than allowed"),
    "form": N_("Signs, capitals and emoji are as the brand writes them"),
    "spelling": N_("It is spelled right"),
    "language": N_("It is in the language of its readers"),
    "readability": N_("It is as easy to read as the brand asks"),
    "leaks": N_("Nothing of the prompt and no personal data stands in it"),
    "keep_phrases": N_("Prices, dates and conditions stand word for word"),
    "numbers": N_("Every number comes from a fact"),
    "names": N_("Every name comes from a fact or the brand"),
    "claims": N_("It claims nothing that no fact says"),
    "conditions": N_("No condition is dropped"),
    "attributes": N_("Things are described as the facts describe them"),
    "swaps": N_("Nothing is mixed up between facts"),
    "additions": N_("Nothing is added to the facts"),
    "support": N_("Each statement stands on a fact"),
    "banned_phrases": N_("No banned phrase is used"),
    "claim_rules": N_("No claim rule of the brand is broken"),
    "near_duplicate": N_("No other text says nearly the same"),
    "tone": N_("It sounds like the brand"),
    "sense": N_("It makes sense to a reader"),
}

SCORE_NAMES = {
    "readers": N_("Readers"),
    "relevance": N_("Relevance"),
    "tone": N_("Tone"),
    "fluency": N_("Fluency"),
}

SCORES = {
    "readers": N_("would an editor send it"),
    "relevance": N_("near to these readers"),
    "tone": N_("in the brand's voice"),
    "fluency": N_("how expected the words are"),
}

HABITS = {
    "median_days_since_last": N_("days since the last event (median)"),
    "median_days_a_week": N_("active days a week (median)"),
    "events_per_customer": N_("events per customer"),
    "spend_per_customer": N_("spend per customer"),
}

REASONS = (
    N_("Not in our voice"),
    N_("Hard to understand"),
    N_("A fact is wrong or missing"),
    N_("Wrong for these readers"),
    N_("Too pushy"),
)

YES_OR_NO = {"yes": N_("yes"), "no": N_("no")}

ASSIGNEES = {"me": N_("me"), "nobody": N_("nobody")}
