"""Who may do what: the one table. The dependencies that hold requests to it are in review.auth.guard."""

from __future__ import annotations

import enum

from content_store.models import Role, User


class Permission(enum.StrEnum):
    """What a person may be allowed to do."""

    SEE = "see"  #: every page, of the briefs of their team
    EDIT = "edit"  #: change a text or swap it, assign a message, ask for another draft
    DECIDE = "decide"  #: approve, reject, send back, reopen, in the roles they hold
    OVERRIDE = "override"  #: set a gate's objection aside with a reason; a second person then approves
    RECALL = "recall"  #: withdraw a block version and all that stands on it
    MANAGE_BLOCKS = "manage_blocks"  #: approve versions of blocks
    RUN = "run"  #: start and schedule runs
    MANAGE_PEOPLE = "manage_people"  #: users, roles, passwords, tokens
    EXPORT_LOG = "export_log"  #: take the decision log out


class Scope(enum.StrEnum):
    """What an API token may be used for; its user's roles bound it too. Each scope may see."""

    READ = "read"
    DECIDE = "decide"
    EDIT = "edit"
    RUN = "run"
    ADMIN = "admin"


_P = Permission

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({_P.SEE}),
    Role.AUTHOR: frozenset({_P.SEE, _P.EDIT, _P.RUN}),
    Role.REVIEWER: frozenset({_P.SEE, _P.EDIT, _P.DECIDE, _P.OVERRIDE, _P.RECALL, _P.MANAGE_BLOCKS}),
    Role.LEGAL: frozenset(
        {_P.SEE, _P.EDIT, _P.DECIDE, _P.OVERRIDE, _P.RECALL, _P.MANAGE_BLOCKS, _P.EXPORT_LOG}
    ),
    Role.ADMIN: frozenset({_P.SEE, _P.MANAGE_PEOPLE, _P.EXPORT_LOG}),
}

SCOPE_PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset({_P.SEE}),
    Scope.DECIDE: frozenset({_P.SEE, _P.DECIDE, _P.RECALL, _P.MANAGE_BLOCKS}),
    Scope.EDIT: frozenset({_P.SEE, _P.EDIT, _P.OVERRIDE}),
    Scope.RUN: frozenset({_P.SEE, _P.RUN}),
    Scope.ADMIN: frozenset({_P.SEE, _P.MANAGE_PEOPLE, _P.EXPORT_LOG}),
}


def permissions_of(user: User, scopes: frozenset[Scope] | None = None) -> frozenset[Permission]:
    """What a user may do by any of their roles, within the scopes of a token if they come with one."""
    allowed = frozenset[Permission]().union(*(ROLE_PERMISSIONS[Role(role)] for role in user.roles))
    if scopes is None:
        return allowed
    return allowed & frozenset[Permission]().union(*(SCOPE_PERMISSIONS[scope] for scope in scopes))
