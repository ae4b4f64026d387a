"""People: who works here, in which roles, on which briefs, and who stands in for whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from content_store.errors import BadInput
from content_store.handover import hand_over
from content_store.models import Brief, Role, User
from review.auth import accounts
from review.auth.guard import Caller, may
from review.auth.permissions import Permission
from review.pages import page
from review.queue import Number
from review.routes.sign_in import AtDesk

router = APIRouter(include_in_schema=False, prefix="/people")

Managing = Annotated[Caller, Depends(may(Permission.MANAGE_PEOPLE))]
Line = Annotated[str, Form(max_length=300)]
Many = Annotated[list[str], Form(max_length=1000)]


@router.get("", dependencies=[Depends(may(Permission.MANAGE_PEOPLE))])
def show_people(request: Request, desk: AtDesk) -> Response:
    """Everybody by name, and a form for somebody new."""
    with desk.reads() as session:
        people = accounts.users(session)
        return page(request, "people/list.html", people=people, briefs=_briefs(session), roles=list(Role))


@router.post("")
def take_person(
    desk: AtDesk,
    caller: Managing,
    name: Line,
    full_name: Line,
    password: Line = "",
    email: Line = "",
    locale: Line = "en",
    roles: Many = [],  # noqa: B006 - read by FastAPI, never changed
    briefs: Many = [],  # noqa: B006
) -> Response:
    """Add somebody; without a password they come in by the identity provider alone."""
    with desk.sessions.begin() as session:
        added = accounts.add_user(
            session,
            name=name,
            full_name=full_name,
            roles=_roles(roles),
            brand=desk.brand.name,
            by=caller.user.name,
            at=desk.now(),
            password=password or None,
            email=email.strip() or None,
            briefs=briefs,
            locale=locale,
        )
    return RedirectResponse(f"/people/{added.id}", 303)


@router.get("/{user_id}", dependencies=[Depends(may(Permission.MANAGE_PEOPLE))])
def show_person(request: Request, desk: AtDesk, user_id: Number) -> Response:
    """One person, to change."""
    with desk.reads() as session:
        person = _person(session, user_id)
        others = [item for item in accounts.users(session) if item.active and item.id != user_id]
        deputy = session.get(User, person.deputy_id) if person.deputy_id else None
        return page(
            request,
            "people/person.html",
            person=person,
            others=others,
            deputy=deputy,
            briefs=sorted({*_briefs(session), *person.briefs}),
            roles=list(Role),
        )


@router.post("/{user_id}")
def take_changes(
    desk: AtDesk,
    caller: Managing,
    user_id: Number,
    full_name: Line,
    email: Line = "",
    locale: Line = "en",
    active: Annotated[bool, Form()] = False,
    roles: Many = [],  # noqa: B006
    briefs: Many = [],  # noqa: B006
) -> Response:
    """Change what somebody is and may; new rights end their sessions."""
    with desk.sessions.begin() as session:
        accounts.change_user(
            session,
            _person(session, user_id),
            by=caller.user.name,
            at=desk.now(),
            full_name=full_name,
            roles=_roles(roles),
            briefs=briefs,
            active=active,
            email=email.strip(),
            locale=locale,
        )
    return RedirectResponse(f"/people/{user_id}", 303)


@router.post("/{user_id}/password")
def take_password(desk: AtDesk, caller: Managing, user_id: Number, password: Line) -> Response:
    """Give somebody a new password, which ends their sessions."""
    with desk.reads() as session:
        person = _person(session, user_id)
    with desk.sessions.begin() as session:
        accounts.set_password(
            session, person, password, brand=desk.brand.name, by=caller.user.name, at=desk.now()
        )
    return RedirectResponse(f"/people/{user_id}", 303)


@router.post("/{user_id}/away")
def take_away(
    desk: AtDesk, caller: Managing, user_id: Number, until: Line = "", deputy: Line = ""
) -> Response:
    """Note until which day somebody is away and who stands in, who gets what waits for them; without a day they are back."""
    with desk.sessions.begin() as session:
        accounts.set_away(
            session,
            _person(session, user_id),
            until=_moment(until),
            deputy=_person(session, int(deputy)) if deputy.isdecimal() and len(deputy) < 10 else None,
            by=caller.user.name,
            at=desk.now(),
        )
        hand_over(session, desk.now())
    return RedirectResponse(f"/people/{user_id}", 303)


def _person(session: Session, user_id: int) -> User:
    person = session.get(User, user_id)
    if person is None:
        raise HTTPException(404, "There is no such person.")
    return person


def _roles(names: list[str]) -> list[Role]:
    try:
        return [Role(name) for name in names]
    except ValueError:
        raise BadInput(f"a role is one of {', '.join(Role)}.") from None


def _briefs(session: Session) -> list[str]:
    return list(session.scalars(select(Brief.id).order_by(Brief.id)))


def _moment(day: str) -> datetime | None:
    """The beginning of the day on which somebody is back."""
    if not day.strip():
        return None
    try:
        return datetime.combine(date.fromisoformat(day.strip()), time(), UTC)
    except ValueError:
        raise BadInput(f"{day[:20]!r} is not a day such as 2026-08-31.") from None
