"""Facts about what is news in a feed's poll, and what is its past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.admission import FIRST_ENTRIES, admit_entries

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DATES = st.datetimes(max_value=datetime(2100, 1, 1)).map(lambda date: date.replace(tzinfo=UTC))


def test_a_new_feed_starts_with_its_newest_ten() -> None:
    """Of a thousand old entries; those without a date come last."""
    dates = [None, *(NOW - HOUR * 24 * n for n in range(2, 1002))]

    shown = admit_entries(dates, known=0, read_at=None, now=NOW)

    assert [*range(1, FIRST_ENTRIES + 1)] == [n for n, is_news in enumerate(shown) if is_news]


def test_the_last_day_of_a_new_feed_is_news() -> None:
    """A busy newsroom is not cut to ten on the day it is added."""
    dates = [NOW - HOUR * n / 3 for n in range(60)]

    assert (True,) * 60 == admit_entries(dates, known=0, read_at=None, now=NOW)


def test_a_rebuilt_feed_brings_nothing_old_back() -> None:
    """Ninety old entries under new keys at once: none is news, but what is new is."""
    old = [NOW - HOUR * 24 * n for n in range(10, 100)]

    shown = admit_entries([NOW, *old], known=5, read_at=NOW - HOUR, now=NOW)

    assert (True, *(False for _ in old)) == shown


def test_what_came_while_nobody_read_is_news() -> None:
    """After two weeks of downtime everything has changed, and all of it is new."""
    dates = [NOW - HOUR * n for n in range(200)]

    assert all(admit_entries(dates, known=0, read_at=NOW - timedelta(days=14), now=NOW))


def test_of_a_flood_without_dates_ten_are_shown() -> None:
    """Nobody can tell whether they are new."""
    assert FIRST_ENTRIES == sum(admit_entries([None] * 50, known=0, read_at=NOW, now=NOW))


def test_a_usual_poll_is_all_news_whatever_its_dates() -> None:
    """Late items are common: there is no "newer than the last reading"."""
    old = [NOW - timedelta(days=300), None, NOW]

    assert (True,) * 3 == admit_entries(old, known=20, read_at=NOW, now=NOW)
    assert (True,) * 3 == admit_entries(old, known=0, read_at=NOW, now=NOW)


@given(
    dates=st.lists(st.none() | DATES, max_size=60), known=st.integers(0, 60), first=st.booleans()
)
def test_every_entry_gets_an_answer_and_recent_ones_are_news(
    dates: list[datetime | None], known: int, first: bool
) -> None:
    """Whatever the dates say."""
    shown = admit_entries(dates, known=known, read_at=None if first else NOW, now=NOW)

    assert len(dates) == len(shown)
    assert all(shown[n] for n, date in enumerate(dates) if date is not None and date >= NOW)
    assert min(len(dates), FIRST_ENTRIES) <= sum(shown) or not first
