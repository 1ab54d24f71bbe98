"""Which feeds are polled together: as one job of several workers, or in one round (pure).

A shard holds all feeds of its hosts, so that a worker that polls a shard asks each of them in
turn, as a process alone does. Which shard a host belongs to depends on its name only.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from digest.model import Feed, FeedState

_LATE = 0.1  # of the time between two polls that a poll may be late to share its job with others
_ENOUGH = 64  # shards, for a dozen workers to be busy; more only where those would be too large
_OF_A_HOST = 30  # feeds that are polled in one round: a minute's with a gap of two seconds
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def shards_of(feeds: Iterable[Feed], per_job: int) -> tuple[tuple[Feed, ...], ...]:
    """The feeds that are polled at all, by shard, those of one host in one.

    A shard has `per_job` feeds up to 64 shards. Then they grow up to ten times that size, so that
    about `per_job` are due together. The same feeds give the same shards on every machine.
    """
    polled = [feed for feed in feeds if feed.enabled]
    jobs = -(-len(polled) // per_job)
    number = max(1, min(_ENOUGH, jobs), int(jobs * _LATE))
    shards: list[list[Feed]] = [[] for _ in range(number)]
    for feed in polled:
        shards[_shard_of(feed.url, number)].append(feed)
    return tuple(map(tuple, shards))


def _shard_of(url: str, number: int) -> int:
    host = (urlsplit(url).hostname or "").rstrip(".")
    digest = hashlib.blake2b(host.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) % number


def ready_shards(
    shards: Sequence[Sequence[Feed]],
    due: Mapping[str, FeedState],
    now: datetime,
    *,
    per_job: int,
) -> list[int]:
    """The shards that are worth a job now, the one that waits longest first.

    `due` has the states of the feeds that may be polled. A job costs as much as ten polls of
    unchanged feeds, so a shard waits until `per_job` of its feeds are due, or one of them cannot
    wait: it is new, or late by a tenth of the time between two of its polls.
    """
    found = []
    for number, shard in enumerate(shards):
        states = [state for feed in shard if (state := due.get(feed.url)) is not None]
        if states and (len(states) >= per_job or any(_presses(state, now) for state in states)):
            found.append((min(_since(state, now) for state in states), number))
    return [number for _, number in sorted(found)]


def in_one_round(
    due: Iterable[Feed], states: Mapping[str, FeedState]
) -> tuple[list[Feed], list[Feed]]:
    """The feeds that are polled together, of one host 30 at most, and those that come after them.

    The longest due go first. A host is asked for one feed at a time, with a gap after each, so a
    platform with hundreds of feeds would keep all others waiting for the next round.
    """
    asked: Counter[str] = Counter()
    chosen: list[Feed] = []
    left: list[Feed] = []
    for feed in sorted(due, key=lambda feed: states[feed.url].due_at or _LONG_AGO):
        host = urlsplit(states[feed.url].polled_url).hostname or ""
        asked[host] += 1
        (chosen if asked[host] <= _OF_A_HOST else left).append(feed)
    return chosen, left


def _presses(state: FeedState, now: datetime) -> bool:
    if state.due_at is None or state.polled_at is None or state.polled_at > now:
        return True
    return now - state.due_at >= _LATE * (state.due_at - state.polled_at)


def _since(state: FeedState, now: datetime) -> datetime:
    return state.due_at or now
