"""What a score is worth: how many of the texts with such a score people approved, slot by slot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from content_store.models import Action, ChainHead, Decision, MessageVariant, Variant
from evaluation.intervals import Estimate, estimate_share

#: Until a slot has so many decided texts, its scores mean nothing yet.
LEAST_DECIDED = 50

#: Scores are counted in fifths: 0 to 0.2, …, 0.8 to 1.
BANDS = 5

#: The newest messages that are read; older ones were written by older models.
MOST_READ = 2_000


class Decided(NamedTuple):
    """A text that people decided on, with its scores."""

    slot: str
    scores: Mapping[str, float]
    approved: bool


class Worth(NamedTuple):
    """The share of approved texts among those of one band, with Wilson's 95 % interval."""

    low: float
    high: float
    decided: int
    #: None where nobody has decided on such a text
    approved: Estimate | None


class SlotCalibration(NamedTuple):
    """What was decided on the texts of one slot: score name -> one entry a band."""

    decided: int
    bands: Mapping[str, list[Worth]]

    @property
    def ready(self) -> bool:
        return self.decided >= LEAST_DECIDED

    def worth(self, score: str, value: float) -> Worth | None:
        """What texts with such a score were worth; None until there are enough decisions."""
        return self.bands[score][_band(value)] if self.ready and score in self.bands else None


NOTHING = SlotCalibration(0, {})


def calibrate(decided: Iterable[Decided]) -> dict[str, SlotCalibration]:
    """Slot -> its calibration, counted over the texts given."""
    found: dict[str, list[Decided]] = defaultdict(list)
    for item in decided:
        found[item.slot].append(item)
    return {slot: SlotCalibration(len(items), _bands(items)) for slot, items in found.items()}


def decided_texts(session: Session) -> list[Decided]:
    """The texts of the newest messages on which people decided, and those that people replaced by their own."""
    newer = aliased(Decision)
    plain = [Action.APPROVE, Action.REJECT, Action.SEND_BACK]
    last = (
        select(Decision.message_id, Decision.action)
        .where(
            Decision.action.in_(plain),
            ~select(newer.id)
            .where(newer.message_id == Decision.message_id, newer.id > Decision.id, newer.action.in_(plain))
            .exists(),
        )
        .order_by(Decision.id.desc())
        .limit(MOST_READ)
        .subquery()
    )
    standing = (
        select(Variant.slot, Variant.scores, last.c.action)
        .join(MessageVariant, MessageVariant.variant_id == Variant.id)
        .join(last, last.c.message_id == MessageVariant.message_id)
        .where(Variant.edited_by.is_(None))
    )
    edited = aliased(Variant)
    replaced = (
        select(Variant.slot, Variant.scores)
        .join(edited, edited.edited_from_id == Variant.id)
        .order_by(edited.id.desc())
        .limit(MOST_READ)
    )
    found = [
        Decided(slot, scores, action == Action.APPROVE) for slot, scores, action in session.execute(standing)
    ]
    return found + [Decided(slot, scores, False) for slot, scores in session.execute(replaced)]


class Calibrations:
    """The calibration of every slot, counted anew when the decision log has grown by a hundredth."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._number = -1
        self._slots: dict[str, SlotCalibration] = {}

    def of_slots(self, session: Session) -> dict[str, SlotCalibration]:
        """Slot -> its calibration; a slot without decisions is not there."""
        number = session.scalar(select(func.max(ChainHead.number))) or 0
        with self._lock:
            if self._number < 0 or number > self._number + self._number // 100:
                self._slots, self._number = calibrate(decided_texts(session)), number
            return self._slots


def _bands(items: list[Decided]) -> dict[str, list[Worth]]:
    names = {name for item in items for name in item.scores}
    return {name: [_worth(items, name, band) for band in range(BANDS)] for name in sorted(names)}


def _worth(items: list[Decided], name: str, band: int) -> Worth:
    inside = [
        float(item.approved) for item in items if name in item.scores and _band(item.scores[name]) == band
    ]
    low, high = band / BANDS, (band + 1) / BANDS
    return Worth(low, high, len(inside), estimate_share(inside) if inside else None)


def _band(value: float) -> int:
    return min(BANDS - 1, max(0, int(value * BANDS)))
