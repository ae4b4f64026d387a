"""How many mails a minute go to one domain, counted by this process: several processes send several times as many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

#: Domains that are counted before those without a mail in the last minute are forgotten.
_MANY = 1_000


class DomainLimits:
    """Domain -> mails a minute, and a number for every other domain; None for no limit."""

    def __init__(self, per_minute: Mapping[str, int], elsewhere: int | None) -> None:
        self._per_minute = per_minute
        self._elsewhere = elsewhere
        self._buckets: dict[str, InMemoryBucket] = {}
        self._full: dict[str, datetime] = {}

    def admit(self, address: str, now: datetime) -> bool:
        """Whether a mail may go to an address now; it is counted when it may."""
        domain = address.rpartition("@")[2].lower()
        limit = self._per_minute.get(domain, self._elsewhere)
        if limit is None:
            return True
        moment = int(now.timestamp() * 1000)
        if domain not in self._buckets:
            self._forget_idle(moment)
            self._buckets[domain] = InMemoryBucket([Rate(limit, Duration.MINUTE)])
        bucket, item = self._buckets[domain], RateItem(domain, moment)
        bucket.leak(moment)
        if bucket.put(item):
            return True
        wait = bucket.waiting(item)
        assert isinstance(wait, int), "a bucket in memory answers at once"
        self._full[domain] = now + timedelta(milliseconds=wait)
        return False

    def full(self, now: datetime) -> dict[str, datetime]:
        """Domains that get nothing just now -> until when."""
        self._full = {domain: until for domain, until in self._full.items() if until > now}
        return dict(self._full)

    def _forget_idle(self, moment: int) -> None:
        if len(self._buckets) < _MANY:
            return
        for bucket in self._buckets.values():
            bucket.leak(moment)
        self._buckets = {domain: bucket for domain, bucket in self._buckets.items() if bucket.count()}
