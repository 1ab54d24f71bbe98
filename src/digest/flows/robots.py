"""robots.txt of the sites whose pages are read: requested once a day, kept in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.feeds.robots import Question, agent_of, allows, origin_of
from digest.flows.protocols import Http, Workers
from digest.flows.store_thread import StoreThread
from digest.model import Document, Failure, NotModified
from digest.model.errors import WorkerError

_GOOD_FOR = timedelta(days=1)  # RFC 9309, section 2.4
_TRY_AGAIN = timedelta(hours=1)
_MAX_BYTES = 512_000  # section 2.5
_REFUSED = "its robots.txt does not allow it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """Decides which pages may be read; asks a site for one robots.txt at a time."""

    http: Http
    workers: Workers
    store: StoreThread
    clock: Callable[[], datetime]
    user_agent: str
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    _rules: dict[str, str | None] = field(default_factory=dict)
    _found: dict[str, tuple[str | None, datetime]] = field(default_factory=dict)

    async def save(self) -> None:
        """Store what was asked for: one transaction for all sites."""
        if self._found:
            found = dict(self._found)
            await self.store(lambda store: store.save_robots(found))

    async def refusal(self, url: str) -> Failure | None:
        """The reason why a page may not be read; None if it may.

        A site without a robots.txt allows everything; one whose robots.txt is unavailable
        allows nothing for now (RFC 9309, section 2.3.1).
        """
        origin = origin_of(url)
        async with self._turns.setdefault(origin, asyncio.Lock()):
            if origin not in self._rules:
                self._rules[origin] = await self._rules_for(origin)
        rules = self._rules[origin]
        if rules is None:
            return Failure(reason="its site's robots.txt is not available at present")
        if not rules.strip():
            return None
        question = Question(rules=rules, agent=agent_of(self.user_agent), url=url)
        try:
            allowed = await self.workers.run(allows, question)
        except WorkerError:
            self._rules[origin] = None  # rules that take too long to evaluate
            return Failure(reason="its site's robots.txt cannot be read")
        return None if allowed else Failure(reason=_REFUSED, permanent=True)

    async def _rules_for(self, origin: str) -> str | None:
        now = self.clock()
        stored = await self.store(lambda store: store.robots([origin], now))
        return stored[origin] if origin in stored else await self._ask(origin)

    async def _ask(self, origin: str) -> str | None:
        answer = await self.http.get(f"{origin}/robots.txt", accept="page", max_bytes=_MAX_BYTES)
        rules = _rules_of(answer)
        good_for = _TRY_AGAIN if rules is None else _GOOD_FOR
        self._found[origin] = (rules, self.clock() + good_for)
        return rules


def _rules_of(answer: Document | NotModified | Failure) -> str | None:
    if isinstance(answer, Document):
        text = answer.body.decode("utf-8", "replace").removeprefix("\ufeff")
        return text.replace("\0", "")  # which PostgreSQL does not store
    status = answer.status if isinstance(answer, Failure) else None
    absent = status is not None and (status == 200 or 400 <= status < 500) and status != 429
    return "" if absent else None
