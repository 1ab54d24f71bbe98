"""A small world of feeds, polled on a simulated clock by the code that decides for real."""

from __future__ import annotations

import random
from collections.abc import Sequence

from bench.simulation import GAP, PLAN, Found, Simulation, Site, simulate

from digest.model import Feed

FEEDS, HOURS = 1500, 3.0
LATE = 0.1 * 12 * 3600 + 2 * PLAN  # seconds: a tenth of the longest wait, and two plans


def crowded(*sizes: int, latency: float = 0.3) -> dict[str, Site]:
    """Hosts of so many feeds each, all busy enough to be polled every hour."""
    return {
        f"https://host{host}.example/{at}": Site(
            host=f"host{host}.example",
            peers=size,
            latency=latency,
            a_day=100.0,
            next_entry=60.0 * at,
            kind="usual",
        )
        for host, size in enumerate(sizes)
        for at in range(size)
    }


def polled(sites: dict[str, Site], shards: Sequence[Sequence[Feed]] | None = None) -> Found:
    """What three workers make of them."""
    chance = random.Random(1)
    return Simulation(sites, workers=3, hours=HOURS, chance=chance, shards=shards).run()


def test_a_host_is_asked_by_one_worker_at_a_time_and_at_its_distance() -> None:
    """Three workers that know nothing of one another, and ten hosts of a hundred feeds."""
    found = polled(crowded(*[100] * 10))
    assert found.polls > HOURS * 1000 * 0.8
    assert 0 == found.overlaps
    assert GAP <= found.least_gap < GAP + 1


def test_without_shards_workers_meet_at_hosts() -> None:
    """Control: each feed a job of its own, as a queue of single feeds would have it."""
    sites = crowded(*[100] * 10)
    met = polled(sites, [[Feed(url=url)] for url in sites])
    assert met.overlaps > 0
    assert met.least_gap < GAP


def test_every_feed_is_polled_in_time_and_news_is_found() -> None:
    """No class of hosts waits longer than sharing jobs allows; the same seed, the same world."""
    found = simulate(FEEDS, HOURS, workers=3)
    delays = [late for lates in found.delays.values() for late in lates]
    assert found.polls == len(delays) > HOURS * FEEDS / 10
    assert 0 <= min(delays)
    assert max(delays) <= LATE
    assert len(found.ages) > HOURS * FEEDS / 10
    assert found.polls == simulate(FEEDS, HOURS, workers=3).polls


def test_a_host_with_more_feeds_than_its_distance_allows_is_late() -> None:
    """Control: two seconds between two requests are 1,800 an hour, and this host has 3,000."""
    found = polled(crowded(3000))
    assert found.polls <= HOURS * 3600 / GAP
    assert max(found.delays[1000]) > LATE / 2
