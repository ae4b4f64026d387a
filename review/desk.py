"""What every request needs: the brand and its policy, settings, the database, the key that signs cookies, the clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from content_store.brand_folder.brand import Brand
from content_store.database import Sessions, reading
from content_store.errors import BadInput
from content_store.settings import Settings
from evaluation.gates.gate import Policy
from evaluation.gates.policy_of_brand import policy_of


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """Where the review page works; `app.state.desk` holds the one of an app."""

    brand: Brand
    settings: Settings
    sessions: Sessions
    #: signs cookies and form tokens; see review.auth.key
    key: bytes
    #: the one clock; tests turn it
    now: Callable[[], datetime] = _now

    @cached_property
    def reads(self) -> Sessions:
        """Sessions for those who only read: they keep nobody from writing."""
        return reading(self.sessions)

    @cached_property
    def policy(self) -> Policy:
        """The brand's rules as the gates read them; BadInput when two of them contradict."""
        return policy_of(self.brand)

    @property
    def day(self) -> date:
        """The brand's day, on which blocks must be valid: that of the setting as_of, else today."""
        as_of = self.settings.as_of
        if as_of is None:
            return self.now().date()
        try:
            return datetime.fromisoformat(as_of).date()
        except ValueError:
            raise BadInput(f"as_of {as_of!r} is not a moment such as 2018-01-02T00:00:00+00:00.") from None
