"""How fast mails leave: so many a second in all, and to any one domain."""

from __future__ import annotations

from collections import deque

from digest.model.records import Delivery


class RateLimiter:
    """Hands out deliveries with the seconds to wait; times come from a monotonic clock."""

    def __init__(self, rate: float, domain_rate: float | None) -> None:
        self._gap = 1 / rate
        self._domain_gap = 1 / domain_rate if domain_rate else 0.0
        self._free = 0.0
        self._domain_free: dict[str, float] = {}

    def take(self, waiting: deque[Delivery], now: float) -> tuple[Delivery, float]:
        """The delivery of those waiting that may leave first, and the seconds until it may."""
        chosen = self._first(waiting, now)
        del waiting[chosen[0]]
        delivery, at = chosen[1], max(now, self._free, chosen[2])
        self._free = max(now, self._free) + self._gap
        if self._domain_gap:
            self._domain_free[delivery.domain] = at + self._domain_gap
        return delivery, at - now

    def _first(self, waiting: deque[Delivery], now: float) -> tuple[int, Delivery, float]:
        best = (0, waiting[0], self._domain_free.get(waiting[0].domain, 0.0))
        if best[2] <= now:
            return best
        for position, delivery in enumerate(waiting):
            free = self._domain_free.get(delivery.domain, 0.0)
            if free < best[2]:
                best = (position, delivery, free)
            if free <= now:
                break
        return best
