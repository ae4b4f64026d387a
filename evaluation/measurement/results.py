"""What was found of a campaign, as plain values: what the report, the page and the files show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from evaluation.measurement.comparison import Comparison


@dataclass(frozen=True)
class SegmentEffect:
    """The effect of a campaign in one segment, as measured and after it was drawn towards that of all segments."""

    segment_id: int
    segment: str
    #: those who were written to against those of the holdout
    effect: Comparison
    #: after shrinkage, with its 95 % interval
    shrunk: float | None
    shrunk_low: float | None
    shrunk_high: float | None


@dataclass(frozen=True)
class ArmResult:
    """One message of a segment against the others of the same place."""

    segment_id: int
    segment: str
    channel: str
    locale: str
    arm: str
    message_ids: list[int]
    #: slot -> text of the newest of these messages
    texts: dict[str, str]
    #: against all other arms of the place
    effect: Comparison


@dataclass(frozen=True)
class CurvePoint:
    """The effect so far at the end of a day."""

    at: datetime
    units: int
    lift: float
    low: float
    high: float
    #: an interval that holds however often one looks
    sequential_low: float
    sequential_high: float


@dataclass(frozen=True)
class CostLine:
    """What was used up of one kind."""

    kind: str
    quantity: float
    amount: float


@dataclass(frozen=True)
class Return:
    """What a campaign brought in beyond what would have come anyway, less what it cost."""

    cost: float
    #: the effect on the margin where it is known, on the value elsewhere, times those who were written to
    earned: float | None
    earned_low: float | None
    earned_high: float | None
    #: margin or value
    basis: str
    #: says whether the interval of the return covers zero
    sentence: str


@dataclass(frozen=True)
class Pressure:
    """How much a group of customers was written to, and how."""

    #: segment or an attribute of the customers, such as "age"
    by: str
    group: str
    customers: int
    #: messages to a customer in 30 days
    contacts: float
    #: shares of the messages that name a discount, and that press
    discounts: float
    urgency: float
    warning: str | None


@dataclass(frozen=True)
class CampaignResults:
    """Everything about a campaign; a part that the data do not give is empty, and `notes` says why."""

    brief_id: str
    goal: str
    metric: str
    currency: str
    as_of: datetime
    window_days: int
    occurrences: list[datetime]
    #: the result in one sentence
    headline: str
    #: False when chance alone cannot have made the groups: then there is no verdict
    trusted: bool
    #: whether customers were held out by chance; without that there is no causal claim
    experiment: bool
    #: those who were written to against the holdout, a line for each metric
    overall: list[Comparison]
    segments: list[SegmentEffect]
    arms: list[ArmResult]
    curve: list[CurvePoint]
    #: step -> customers or messages, in order
    funnel: dict[str, int]
    #: why nothing was sent -> customers
    left_out: dict[str, int]
    costs: list[CostLine]
    worth: Return
    pressure: list[Pressure]
    next_steps: list[str]
    notes: list[str] = field(default_factory=list)
    #: why no verdict can be given, as the headline says it; effects are shown only where it is None
    why_not: str | None = None
