"""Polling a million feeds, simulated: `python -m bench.simulation [FEEDS [HOURS [WORKERS]]]`.

The clock and the network are simulated; what decides is the code of digest: when a feed is due and
how it backs off (`feeds.polling`), which feeds are one job (`feeds.shards`), and in which order and
at which distance a host is asked (`fetch.concurrency`). An event loop whose time jumps to the next
timer runs hours in minutes.

The world is invented, from what is known of feeds: half of them are alone on their host, the
others on platforms whose sizes fall as 1/n, the largest with 2 % of all; entries a day are
log-normal with a mean of ten (a median of one in two days); answers take 0.3 s (log-normal), one
host in a hundred does not answer within 40 s; of the feeds 4 % are missing, 1 % ask for an hour's
pause, 8 % know no validators, 30 % name a max-age of up to an hour. News comes at random moments.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import random
import selectors
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from digest.feeds.polling import after_failure, after_success, is_due
from digest.feeds.shards import in_one_round, ready_shards, shards_of
from digest.fetch.concurrency import ConcurrencyLimit, HostQueue, HostTooSlow
from digest.model import Document, Failure, Feed, FeedState, NotModified, Rhythm, Validators

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY, HOUR = 86_400.0, 3600.0
INTERVAL, GAP, CONCURRENCY = 3600.0, 2.0, 50  # [fetch], as preset
SLOW = 180.0  # seconds of slow answers after which a host is left alone
PER_JOB, AT_ONCE, PLAN = 200, 8, 30.0  # feeds a job, jobs of a worker at once, seconds to the next
WARM_UP = 1.0  # hours that are not counted
SIZES = (1, 10, 100, 1000)  # of hosts, in feeds: the least of each class
_TAG = Validators(etag='"1"')
_TIMEOUT = 40.0


class _Jump(selectors.DefaultSelector):
    """Waits no time: the loop's clock is set forward by what it would have waited."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        """What is ready now; where nothing is, the clock is at `timeout`."""
        found = super().select(0)
        if not found:
            if timeout is None:
                raise RuntimeError("nothing will ever happen again")
            self.now += max(0.0, timeout)
        return found


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop that runs ahead of every clock."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Simulated seconds since the beginning."""
        return self._jump.now


@dataclass(slots=True, kw_only=True)
class Site:
    """A feed as its publisher keeps it."""

    host: str
    peers: int  # feeds of its host
    latency: float
    a_day: float
    next_entry: float
    kind: str


@dataclass(slots=True, kw_only=True)
class Found:
    """What happened after the warm-up."""

    hours: float
    delays: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    ages: list[float] = field(default_factory=list)  # of entries when they are found, seconds
    minutes: Counter[int] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    jobs: list[int] = field(default_factory=list)  # feeds of each
    late: Counter[int] = field(default_factory=Counter)  # feeds still due at the end
    overlaps: int = 0
    least_gap: float = math.inf
    busy: float = 0.0  # seconds of requests, over all workers

    @property
    def polls(self) -> int:
        """How many there were."""
        return sum(self.answers.values())

    def lines(self) -> list[str]:
        """The report."""
        hours, minutes = self.hours, sorted(self.minutes.values())
        peak = max(minutes) / max(1, median(minutes))
        what = ", ".join(f"{n / self.polls:.1%} {kind}" for kind, n in self.answers.most_common())
        each = sum(self.jobs) / max(1, len(self.jobs))
        old = median(self.ages) / 60
        lines = [
            f"polls an hour: {self.polls / hours:,.0f}; busiest minute {peak:.2f} times the median",
            f"jobs an hour: {len(self.jobs) / hours:,.0f}, of {each:.0f} feeds",
            f"answers: {what}",
            f"requests under way at once: {self.busy / hours / HOUR:.0f}",
            f"entries found an hour: {len(self.ages) / hours:,.0f}, half within {old:.0f} min",
            f"two requests at a host at once: {self.overlaps}; least gap {self.least_gap:.2f} s",
        ]
        for size, delays in sorted(self.delays.items()):
            delays.sort()
            middle, most, worst = (
                delays[int(share * (len(delays) - 1))] / 60 for share in (0.5, 0.99, 1)
            )
            lines.append(
                f"hosts of {size:,} feeds and more: {len(delays):,} polls, late by {middle:.1f} min"
                f" (half), {most:.1f} (99 %), {worst:.1f} (most); still due {self.late[size]:,}"
            )
        return lines


def world(count: int, chance: random.Random) -> dict[str, Site]:
    """So many feeds, by URL."""
    hosts: list[tuple[str, int]] = []
    alone, rank = count // 2, 1
    largest = max(2, count // 50)
    left = count - alone
    while left > 0:
        size = min(left, max(2, largest // rank))
        hosts.append((f"platform{rank}.example", size))
        left, rank = left - size, rank + 1
    hosts += [(f"site{at}.example", 1) for at in range(alone)]
    sites = {}
    for host, size in hosts:
        stalls = size < 100 and chance.random() < 0.01
        latency = _TIMEOUT if stalls else 0.3 * math.exp(chance.gauss(0, 0.8))
        for at in range(size):
            a_day = 0.5 * math.exp(chance.gauss(0, 2.45))
            sites[f"https://{host}/{at}"] = Site(
                host=host,
                peers=size,
                latency=latency,
                a_day=min(a_day, 2000.0),
                next_entry=chance.expovariate(min(a_day, 2000.0) / DAY),
                kind="stalled" if stalls else _kind(chance.random()),
            )
    return sites


def _kind(at: float) -> str:
    shares = (("missing", 0.04), ("refusing", 0.05), ("bare", 0.13), ("fresh", 0.43))
    return next((kind for kind, below in shares if at < below), "usual")


class Simulation:
    """Workers that poll the feeds of a world on a simulated loop.

    `shards`: other jobs than those of digest, to see what these are for.
    """

    def __init__(
        self,
        sites: dict[str, Site],
        *,
        workers: int,
        hours: float,
        chance: random.Random,
        shards: Sequence[Sequence[Feed]] | None = None,
    ) -> None:
        self._sites = sites
        self._chance = chance
        self._hours = hours
        self._shards = shards or shards_of([Feed(url=url) for url in sites], PER_JOB)
        self._states = {url: self._begun(url) for url in sites}
        self._waiting = [(self._due(url), url) for url in sites]  # a heap, as an index on due_at
        heapq.heapify(self._waiting)
        self._ready: dict[str, FeedState] = {}  # due, and in no job
        self._queued: set[int] = set()  # shards with a job
        self._last: dict[str, float] = {}  # when a host's last request ended
        self._asked: set[str] = set()
        self._workers = workers
        self.found = Found(hours=hours)

    def run(self) -> Found:
        """Poll for the warm-up and so many hours."""
        with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            runner.run(self._run())
        return self.found

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        jobs: asyncio.Queue[int] = asyncio.Queue()
        queues = [
            HostQueue(
                size=CONCURRENCY, gap=GAP, limit=SLOW, sleep=asyncio.sleep, monotonic=loop.time
            )
            for _ in range(self._workers)
        ]
        hands = [
            asyncio.create_task(self._work(jobs, turns)) for turns in queues for _ in range(AT_ONCE)
        ]
        end = (WARM_UP + self._hours) * HOUR
        while loop.time() < end:
            self._plan(jobs)
            await asyncio.sleep(PLAN)
        for hand in hands:
            hand.cancel()
        for url in self._ready:
            self.found.late[_size(self._sites[url].peers)] += 1

    def _plan(self, jobs: asyncio.Queue[int]) -> None:
        now = _clock()
        while self._waiting and self._waiting[0][0] <= now:
            url = heapq.heappop(self._waiting)[1]
            if is_due(self._states[url], now, patient=True):
                self._ready[url] = self._states[url]
        for number in ready_shards(self._shards, self._ready, now, per_job=PER_JOB):
            if number not in self._queued:
                self._queued.add(number)
                jobs.put_nowait(number)

    async def _work(self, jobs: asyncio.Queue[int], turns: HostQueue) -> None:
        while True:
            number = await jobs.get()
            due = [feed for feed in self._shards[number] if feed.url in self._ready]
            urls = [feed.url for feed in in_one_round(due, self._ready)[0]]
            places = ConcurrencyLimit(CONCURRENCY)
            for url in urls:
                del self._ready[url]
            await asyncio.gather(*(self._poll(url, turns, places) for url in urls))
            self._queued.remove(number)
            if self._counts():
                self.found.jobs.append(len(urls))

    async def _poll(self, url: str, turns: HostQueue, places: ConcurrencyLimit) -> None:
        site, state = self._sites[url], self._states[url]
        try:
            async with places.place(), turns.turn(site.host):
                self._begin(site, state)
                await asyncio.sleep(site.latency)
                self._end(site)
            answer, what = self._said(url, site)
        except HostTooSlow as error:
            answer, what = Failure(reason=str(error)), "host left alone"
        if self._counts():
            self.found.answers[what] += 1
        if isinstance(answer, Failure):
            state = after_failure(state, answer, now=_clock(), interval=INTERVAL)
        else:
            state = after_success(state, answer, now=_clock(), interval=INTERVAL)
        self._states[url] = state
        heapq.heappush(self._waiting, (self._due(url), url))

    # --- the other side -----------------------------------------------------------------------

    def _begin(self, site: Site, state: FeedState) -> None:
        now = asyncio.get_running_loop().time()
        self.found.overlaps += site.host in self._asked
        self._asked.add(site.host)
        if site.host in self._last:
            self.found.least_gap = min(self.found.least_gap, now - self._last[site.host])
        if self._counts() and state.due_at is not None:
            late = (_clock() - state.due_at).total_seconds()
            self.found.delays[_size(site.peers)].append(late)
            self.found.minutes[int(now // 60)] += 1
            self.found.busy += site.latency

    def _end(self, site: Site) -> None:
        self._asked.discard(site.host)
        self._last[site.host] = asyncio.get_running_loop().time()

    def _said(self, url: str, site: Site) -> tuple[Document | NotModified | Failure, str]:
        if site.kind == "stalled":
            return Failure(reason="no answer"), "no answer"
        if site.kind == "missing":
            return Failure(reason="HTTP 404", status=404, permanent=True), "404"
        if site.kind == "refusing":
            again = _clock() + timedelta(hours=1)
            return Failure(reason="HTTP 429", status=429, retry_after=again), "429"
        news = self._news(site)
        if site.kind == "bare":
            return Document(url=url, body=b""), "whole, for want of validators"
        fresh = self._chance.randint(60, 3600) if site.kind == "fresh" else None
        if news:
            return Document(url=url, body=b"", validators=_TAG, max_age=fresh), "news"
        return NotModified(validators=_TAG, max_age=fresh), "304"

    def _news(self, site: Site) -> int:
        """How many entries were published since the last poll."""
        now, number = asyncio.get_running_loop().time(), 0
        while site.next_entry <= now:
            if self._counts():
                self.found.ages.append(now - site.next_entry)
            site.next_entry += self._chance.expovariate(site.a_day / DAY)
            number += 1
        return number

    # --- state ----------------------------------------------------------------------------------

    def _begun(self, url: str) -> FeedState:
        """The state of a feed that has been polled for long, at a random moment between polls."""
        site = self._sites[url]
        tag = Validators() if site.kind == "bare" else _TAG
        state = FeedState(url=url, rhythm=Rhythm(gap=int(DAY / site.a_day)), validators=tag)
        if site.kind in {"stalled", "missing", "refusing"}:
            state = replace(state, failures=10, failing_since=START - timedelta(days=9))
            after = after_failure(state, Failure(reason="no answer"), now=START, interval=INTERVAL)
        else:
            after = after_success(state, NotModified(validators=tag), now=START, interval=INTERVAL)
        assert after.due_at is not None
        back = (after.due_at - START) * self._chance.random()
        return replace(
            after, due_at=after.due_at - back, polled_at=START - back, read_at=START - back,
            not_before=None,
        )  # fmt: skip

    def _due(self, url: str) -> datetime:
        return self._states[url].due_at or START

    def _counts(self) -> bool:
        return asyncio.get_running_loop().time() >= WARM_UP * HOUR


def _clock() -> datetime:
    return START + timedelta(seconds=asyncio.get_running_loop().time())


def _size(peers: int) -> int:
    return max(size for size in SIZES if size <= peers)


def simulate(feeds: int, hours: float, workers: int, seed: int = 1) -> Found:
    """What becomes of polling so many feeds for so many hours after the warm-up."""
    chance = random.Random(seed)
    sites = world(feeds, chance)
    return Simulation(sites, workers=workers, hours=hours, chance=chance).run()


def main(arguments: Sequence[str]) -> None:
    """Print the report of one simulation."""
    feeds = int(arguments[0]) if arguments else 1_000_000
    hours = float(arguments[1]) if len(arguments) > 1 else 5.0
    workers = int(arguments[2]) if len(arguments) > 2 else 16
    print(f"{feeds:,} feeds, {workers} workers, {hours:g} hours after {WARM_UP:g} of warm-up")
    for line in simulate(feeds, hours, workers).lines():
        print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
