"""Which feeds are polled as one job."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.shards import ready_shards, shards_of
from digest.model import Feed, FeedState

from .fakes import NOON

FEEDS = st.lists(
    st.builds(
        lambda host, path, enabled: Feed(url=f"https://h{host}.example/{path}", enabled=enabled),
        st.integers(0, 40),
        st.integers(0, 10**6),
        st.booleans(),
    ),
    unique_by=lambda feed: feed.url,
    max_size=80,
)


@given(FEEDS, st.integers(1, 60))
def test_each_feed_is_in_one_shard_with_those_of_its_host(feeds: list[Feed], per_job: int) -> None:
    """In whichever order they are configured; paused ones are in none."""
    shards = shards_of(feeds, per_job)
    polled = [feed for feed in feeds if feed.enabled]
    assert sorted(feed.url for feed in polled) == sorted(
        feed.url for shard in shards for feed in shard
    )
    homes: dict[str | None, set[int]] = {}
    for number, shard in enumerate(shards):
        for feed in shard:
            homes.setdefault(urlsplit(feed.url).hostname, set()).add(number)
    assert all(len(numbers) == 1 for numbers in homes.values())
    again = shards_of(feeds[::-1], per_job)
    assert [set(shard) for shard in shards] == [set(shard) for shard in again]


def test_shards_are_about_as_large_as_asked_for() -> None:
    """One job's worth each; of more feeds, what comes due in a tenth of their interval is one."""
    feeds = [Feed(url=f"https://h{number}.example/feed") for number in range(10_000)]
    for per_job, shards in ((200, 50), (50, 64), (10, 100)):
        sizes = [len(shard) for shard in shards_of(feeds, per_job)]
        assert shards == len(sizes)
        assert 0.5 * 10_000 / shards < min(sizes)
        assert max(sizes) < 1.5 * 10_000 / shards


def test_a_host_is_the_same_however_it_is_written() -> None:
    """Letter case, a dot at the end and a port make no other host."""
    spellings = ("https://A.example/1", "https://a.example./2", "http://a.example:8080/3")
    others = [Feed(url=f"https://h{number}.example/") for number in range(100)]
    shards = shards_of([*(Feed(url=url) for url in spellings), *others], 5)
    found = [{feed.url for feed in shard} & set(spellings) for shard in shards]
    assert set(spellings) in found


HOUR = timedelta(hours=1)
SHARD = tuple(Feed(url=f"https://a.example/{number}") for number in range(9))


def _due(number: int, late: timedelta) -> dict[str, FeedState]:
    """The states of so many hourly feeds of the shard, each late by this."""
    at = NOON - late
    return {
        feed.url: FeedState(url=feed.url, polled_at=at - HOUR, due_at=at) for feed in SHARD[:number]
    }


def _is_ready(due: dict[str, FeedState]) -> bool:
    return [0] == ready_shards([SHARD], due, NOON, per_job=5)


def test_a_shard_waits_for_company_but_not_long() -> None:
    """Until a job's worth of feeds is due, or one is late by a tenth of its interval."""
    assert not _is_ready({})
    assert not _is_ready(_due(4, timedelta(minutes=5)))
    assert _is_ready(_due(5, timedelta(0)))
    assert _is_ready(_due(1, timedelta(minutes=6)))
    assert _is_ready({SHARD[0].url: FeedState(url=SHARD[0].url)})  # never polled
    ahead = FeedState(url=SHARD[0].url, polled_at=NOON + 9 * HOUR, due_at=NOON + 10 * HOUR)
    assert _is_ready({SHARD[0].url: ahead})  # the clock went back


def test_who_waits_longest_comes_first() -> None:
    """A shard that is new comes after those that are late."""
    shards = [(feed,) for feed in SHARD[:3]]
    due = _due(2, HOUR) | {SHARD[2].url: FeedState(url=SHARD[2].url)}
    due[SHARD[1].url] = FeedState(
        url=SHARD[1].url, polled_at=NOON - 4 * HOUR, due_at=NOON - 2 * HOUR
    )
    assert [1, 0, 2] == ready_shards(shards, due, NOON, per_job=5)
