"""Letting outcomes decide: what is proposed for a brief's messages, what it would have earned, and the policy of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from content_store import queries
from content_store.brand_folder.briefs import BriefFile
from content_store.database import reading
from content_store.errors import BadInput, WorkFailed
from content_store.models import Brief, Policy, PolicyShare
from content_store.shares import PlaceKey, competitors, load_shares, newest_policy
from evaluation.measurement.allocation import Allocation, allocate
from evaluation.measurement.choices import load_choices
from evaluation.measurement.proposal import Worth, worth_of_proposal
from evaluation.measurement.units import Lake, Metric, measured, metric_of_brief
from flows.steps.workplace import Workplace
from publishing.planning import approved_messages


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a brief."""

    brief_id: str
    metric: Metric
    window_days: int
    #: outcomes count up to this moment
    as_of: datetime
    floor: float
    #: equal shares were asked for, whatever outcomes say
    equal: bool
    allocations: list[Allocation]
    #: segment -> its name
    segments: dict[int, str]
    #: None where no place has enough outcomes
    worth: Worth | None


def propose(workplace: Workplace, brief: BriefFile, *, equal: bool = False) -> Proposal:
    """Shares for each place with approved messages, by the outcomes whose window is over; nothing is changed."""
    settings, as_of = workplace.settings, workplace.as_of(None)
    metric, floor = metric_of_brief(brief.conversion.metric), settings.measuring.floor
    lake = Lake(settings.events_folder, settings.outcomes_folder)
    workplace.progress("measure", 0, 2)
    with reading(workplace.sessions)() as session:
        present = _present(session, brief.id, as_of)
        if not present:
            raise BadInput(
                f"no message of {brief.id} is approved; decide on some: `surmesure review` opens the queue."
            )
        names = queries.segment_names(session)
        with measured(session, brief.id, brief.conversion, lake, as_of) as connection:
            choices = load_choices(connection, metric, lambda ids: competitors(session, ids))
    workplace.progress("measure", 1, 2)
    allocations = allocate(choices, present, floor)
    worth = worth_of_proposal(choices, present, allocations, floor, equal=equal)
    if equal:
        allocations = [_even(item) for item in allocations]
    workplace.progress("measure", 2, 2)
    return Proposal(
        brief.id, metric, brief.conversion.window_days, as_of, floor, equal, allocations, names, worth
    )


def launch(workplace: Workplace, proposal: Proposal, by: str) -> Policy:
    """Put a proposal in force: occurrences that are planned from now on, and decisions on request, go by it.

    WorkFailed when there is nothing to put in force, and when it would earn less or nobody can tell; equal shares are always
    taken.
    """
    worth = proposal.worth
    if not proposal.equal:
        if worth is None:
            raise WorkFailed(
                f"no place of {proposal.brief_id} has enough outcomes to decide, so all shares stay as they are."
            )
        if worth.refused is not None:
            raise WorkFailed(f"the shares were not put in force, because {worth.refused}")
    with workplace.sessions.begin() as session:
        if session.get(Brief, proposal.brief_id) is None:
            raise BadInput(
                f"brief {proposal.brief_id} was never run; `surmesure run {proposal.brief_id}` does."
            )
        policy = Policy(
            brief_id=proposal.brief_id,
            method="equal" if proposal.equal else "thompson",
            floor=proposal.floor,
            as_of=proposal.as_of,
            made_at=workplace.now,
            made_by=by,
            evaluation=_as_values(worth),
        )
        session.add(policy)
        session.flush()
        if not proposal.equal:
            session.add_all(
                PolicyShare(
                    policy_id=policy.id,
                    segment_id=item.place[0],
                    channel=item.place[1],
                    locale=item.place[2],
                    arm=arm,
                    share=share,
                )
                for item in proposal.allocations
                for arm, share in item.shares.items()
            )
    return policy


def told(proposal: Proposal) -> dict[str, Any]:
    """A proposal as JSON values."""
    return {
        "brief": proposal.brief_id,
        "metric": f"{proposal.metric.kind}_{proposal.metric.of}",
        "window_days": proposal.window_days,
        "as_of": proposal.as_of.isoformat(),
        "floor": proposal.floor,
        "equal": proposal.equal,
        "places": [
            {
                "segment_id": item.place[0],
                "segment": proposal.segments.get(item.place[0]),
                "channel": item.place[1],
                "locale": item.place[2],
                "arms": [asdict(arm) for arm in item.arms],
                "note": item.note,
            }
            for item in proposal.allocations
        ],
        "worth": _as_values(proposal.worth) or None,
    }


def _present(session: Session, brief_id: str, as_of: datetime) -> dict[PlaceKey, dict[str, float]]:
    """Place -> message that may go out -> its share now."""
    shares = load_shares(session, newest_policy(session, brief_id))
    found = approved_messages(session, brief_id, as_of.date(), shares)
    return {place: {item.competitor: item.share for item in arms} for place, arms in found.items()}


def _even(allocation: Allocation) -> Allocation:
    share = 1 / len(allocation.arms)
    return replace(allocation, arms=[replace(item, proposed=share) for item in allocation.arms])


def _as_values(worth: Worth | None) -> dict[str, Any]:
    return {} if worth is None else asdict(worth)
