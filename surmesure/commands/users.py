"""`surmesure users`: who may sign in to the review page, and the tokens of other tools."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from content_store.errors import BadInput
from surmesure.opening import BrandOption, JsonOption, open_workplace, print_line

if TYPE_CHECKING:
    from content_store.models import User

Choice = TypeVar("Choice", bound=StrEnum)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What they sign in with.")]
BriefOption = Annotated[
    list[str] | None,
    typer.Option(
        "--brief", help="A brief of their team, once for each; all briefs without it.", show_default=False
    ),
]
EmailOption = Annotated[
    str | None,
    typer.Option(
        "--email", help="Their e-mail address; the identity provider finds them by it.", show_default=False
    ),
]
LocaleOption = Annotated[
    str | None, typer.Option("--locale", help="The page's language: en or fr.", show_default=False)
]
StdinOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input, for scripts.")
]


def add(
    name: NameArgument,
    full_name: Annotated[str, typer.Option("--full-name", help="Their name as colleagues write it.")],
    role: Annotated[
        list[str], typer.Option("--role", help="viewer, author, reviewer, legal or admin; once for each.")
    ],
    email: EmailOption = None,
    brief: BriefOption = None,
    locale: LocaleOption = None,
    password_stdin: StdinOption = False,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="They come in through the identity provider only.")
    ] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Add a person; the password is asked twice on the terminal, and there is no default one.

    Example: surmesure users add ana --full-name "Ana Berg" --role reviewer --role legal
    """
    from content_store.models import Role
    from review.auth.accounts import add_user

    workplace = open_workplace(brand)
    roles = _choices("--role", role, Role)
    password = None if no_password else _password(name, from_stdin=password_stdin)
    with workplace.sessions.begin() as session:
        user = add_user(
            session,
            name=name,
            full_name=full_name,
            roles=roles,
            brand=workplace.brand.name,
            by=_who(),
            at=workplace.now,
            password=password,
            email=email,
            briefs=brief or (),
            locale=locale or "en",
        )
    _tell(user, "added", json)


def list_(brand: BrandOption = None, json: JsonOption = False) -> None:
    """List everybody who may sign in, with their roles.

    Example: surmesure users list
    """
    from review.auth.accounts import users

    workplace = open_workplace(brand)
    with workplace.sessions() as session:
        found = users(session)
    for user in found:
        if json:
            print_line(_user(user))
            continue
        typer.echo(
            f"{user.name:<16} {user.full_name:<24} {', '.join(user.roles)}{_remarks(user, workplace.now)}"
        )
    if not json:
        typer.echo(
            f"{len(found)} users." if found else "No users yet; `surmesure users add` makes the first."
        )


def set_(
    name: NameArgument,
    full_name: Annotated[
        str | None, typer.Option("--full-name", help="Their name as colleagues write it.", show_default=False)
    ] = None,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", help="Their roles from now on, once for each.", show_default=False),
    ] = None,
    email: EmailOption = None,
    brief: BriefOption = None,
    all_briefs: Annotated[bool, typer.Option("--all-briefs", help="They see every brief again.")] = False,
    locale: LocaleOption = None,
    active: Annotated[
        bool | None,
        typer.Option(
            "--active/--no-active",
            help="Unlock or lock them; a lock also stops their tokens.",
            show_default=False,
        ),
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Change what is given; new roles, briefs or a lock sign them out everywhere.

    Example: surmesure users set ana --role author --no-active
    """
    from content_store.models import Role
    from review.auth.accounts import change_user, user_named

    workplace = open_workplace(brand)
    if all_briefs and brief:
        raise BadInput("--brief and --all-briefs contradict each other; give one of them.")
    with workplace.sessions.begin() as session:
        user = change_user(
            session,
            user_named(session, name),
            by=_who(),
            at=workplace.now,
            full_name=full_name,
            roles=_choices("--role", role, Role) if role else None,
            briefs=[] if all_briefs else brief or None,
            active=active,
            email=email,
            locale=locale,
        )
    _tell(user, "set", json)


def password(
    name: NameArgument,
    password_stdin: StdinOption = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Give a person a new password, which signs them out everywhere and ends a lock after wrong attempts.

    Example: surmesure users password ana
    """
    from review.auth.accounts import set_password, user_named

    workplace = open_workplace(brand)
    with workplace.sessions() as session:
        user = user_named(session, name)
    new = _password(name, from_stdin=password_stdin)
    with workplace.sessions.begin() as session:
        set_password(session, user, new, brand=workplace.brand.name, by=_who(), at=workplace.now)
    _tell(user, "given a new password", json)


def away(
    name: NameArgument,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", help="The day they are back, YYYY-MM-DD; back now without it.", show_default=False
        ),
    ] = None,
    deputy: Annotated[
        str | None, typer.Option("--deputy", help="Who stands in for them.", show_default=False)
    ] = None,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Note that a person is away and who stands in; without a day they are back.

    Example: surmesure users away ana --until 2026-08-17 --deputy bob
    """
    from review.auth.accounts import set_away, user_named
    from surmesure.lines import parse_day

    workplace = open_workplace(brand)
    day = parse_day(until)
    back = None if day is None else datetime.combine(day, time(), UTC)
    with workplace.sessions.begin() as session:
        user = user_named(session, name)
        other = user_named(session, deputy) if deputy else None
        set_away(session, user, until=back, deputy=other, by=_who(), at=workplace.now)
    _tell(user, "away" if back else "back", json)


def token(
    name: NameArgument,
    called: Annotated[str, typer.Option("--name", help="What the token is for, such as CI.")],
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", help="read, decide, edit, run or admin; once for each.", show_default=False),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="How long it is valid.")] = 90,
    revoke: Annotated[bool, typer.Option("--revoke", help="End the tokens of this name instead.")] = False,
    brand: BrandOption = None,
    json: JsonOption = False,
) -> None:
    """Make an API token that acts for a person, and print it once; only its hash is kept.

    Example: surmesure users token ana --name CI --scope read --scope decide
    """
    from review.auth.accounts import user_named
    from review.auth.permissions import Scope
    from review.auth.tokens import add_token, revoke_tokens

    workplace = open_workplace(brand)
    now = workplace.now
    if revoke:
        with workplace.sessions.begin() as session:
            count = revoke_tokens(session, user_named(session, name), called, by=_who(), at=now)
        if json:
            print_line({"user": name, "token": called, "revoked": count})
        else:
            typer.echo(f"{count} {'token' if count == 1 else 'tokens'} named {called} revoked.")
        return
    scopes = _choices("--scope", scope or [], Scope)
    expires = now + timedelta(days=days)
    with workplace.sessions.begin() as session:
        made = add_token(
            session, user_named(session, name), called, scopes, by=_who(), at=now, expires_at=expires
        )
    if json:
        print_line(
            {
                "user": name,
                "token": called,
                "secret": made.secret,
                "scopes": made.token.scopes,
                "expires_at": expires,
            }
        )
        return
    print(f"Keep it now, it is not shown again; it is valid until {expires:%Y-%m-%d}:", file=sys.stderr)
    typer.echo(made.secret)


def _password(name: str, *, from_stdin: bool) -> str:
    """Asked twice where a person sits; never an argument, which others could read in the list of processes."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise BadInput(
            "there is no terminal to ask for the password; write it to standard input and add --password-stdin."
        )
    first = getpass.getpass(f"Password for {name}: ")
    if getpass.getpass("Once more: ") != first:
        raise BadInput("the two passwords differ; start again.")
    return first


def _who() -> str:
    """Whom the decision log names: the account on this machine."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        return "command line"


def _choices(option: str, values: list[str], kind: type[Choice]) -> list[Choice]:
    known = {member.value: member for member in kind}
    for value in values:
        if value not in known:
            raise BadInput(f"{option} {value} is not known; choose of {', '.join(known)}.")
    return [known[value] for value in values]


def _tell(user: User, what: str, json: bool) -> None:
    if json:
        print_line(_user(user))
    else:
        typer.echo(f"{user.name} ({user.full_name}) is {what}: {', '.join(user.roles)}.")


def _user(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "full_name": user.full_name,
        "roles": user.roles,
        "briefs": user.briefs,
        "email": user.email,
        "locale": user.locale,
        "active": user.active,
        "password": user.password_hash is not None,
        "identity_provider": user.subject is not None,
        "away_until": user.away_until,
    }


def _remarks(user: User, now: datetime) -> str:
    remarks = [
        f"only {', '.join(user.briefs)}" if user.briefs else "",
        "" if user.active else "locked",
        f"away until {user.away_until:%Y-%m-%d}" if user.away_until and user.away_until > now else "",
        "" if user.password_hash else "no password",
    ]
    return "".join(f" · {remark}" for remark in remarks if remark)
