"""What the pages of blocks, runs, segments and people call stored values; the catalogues translate it."""

from __future__ import annotations

from content_store.models import Action, BlockStatus, PublicationStatus
from review import published
from review.block_library import Show
from review.words import N_

BLOCK_STATUSES = {
    BlockStatus.DRAFT: N_("not approved yet"),
    BlockStatus.HELD: N_("held: look at it"),
    BlockStatus.APPROVED: N_("approved"),
    BlockStatus.SUPERSEDED: N_("superseded"),
    BlockStatus.WITHDRAWN: N_("withdrawn"),
}

SHOWS = {
    Show.ALL: N_("All blocks"),
    Show.UNDECIDED: N_("Waiting for approval"),
    Show.APPROVED: N_("Approved"),
    Show.WITHDRAWN: N_("Withdrawn"),
}

#: What somebody did to a block version, after their name.
BLOCK_DEEDS = {Action.APPROVE_BLOCK: N_("approved it"), Action.RECALL: N_("recalled it")}

#: Where an occurrence of a brief stands.
OCCURRENCES = {
    published.FINISHED: N_("finished"),
    published.UNDER_WAY: N_("under way"),
    published.WAITS: N_("goes on by itself"),
    published.NOT_PUBLISHED: N_("stopped"),
}

PUBLICATIONS = {
    PublicationStatus.PLANNED: N_("not sent yet"),
    PublicationStatus.INTENT: N_("on their way"),
    PublicationStatus.ACCEPTED: N_("accepted"),
    PublicationStatus.REJECTED: N_("refused by the receiver"),
    PublicationStatus.SUPPRESSED: N_("suppressed"),
    PublicationStatus.UNKNOWN: N_("unknown: the answer was lost"),
}

#: What a run counts, in the order in which it is told; gates that refused come after.
COUNTS = {
    "customers_reached": N_("customers reached"),
    "messages": N_("new messages"),
    "messages_unchanged": N_("messages left as they were"),
    "variants": N_("texts in them"),
    "fell_back": N_("slots with approved text, because nothing passed"),
    "verbatim": N_("slots with approved text, as its block asks"),
    "unfilled": N_("messages that could not be filled"),
    "slots": N_("slots to fill"),
    "candidates": N_("candidates judged"),
    "candidates_new": N_("candidates written"),
    "candidates_reused": N_("candidates written before"),
    "candidates_passed": N_("candidates that passed the gates"),
    "candidates_refused": N_("candidates that a gate refused"),
    "tokens": N_("tokens written"),
    "model_milliseconds": N_("milliseconds that the model wrote"),
}
