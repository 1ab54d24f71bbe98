"""Facts about when a feed is polled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.polling import (
    after_change,
    after_failure,
    after_success,
    fails_for_a_week,
    is_another,
    is_due,
    rhythm_of,
    validators_for,
)
from digest.model import (
    Document,
    Entry,
    Failure,
    FeedState,
    Hold,
    Move,
    NotModified,
    ParsedFeed,
    Rhythm,
    Validators,
)

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STATE = FeedState(url="https://news.example/feed")
UNCHANGED = NotModified(validators=Validators(etag='"a"'))


def _wait(state: FeedState) -> timedelta:
    assert state.due_at is not None
    return state.due_at - NOW


def _document(*, max_age: int | None = None, validators: Validators | None = None) -> Document:
    return Document(url=STATE.url, body=b"", max_age=max_age, validators=validators or Validators())


def test_a_feed_never_polled_is_due() -> None:
    """Both the scheduler and a person may poll it at once."""
    assert is_due(STATE, NOW, patient=True)
    assert is_due(STATE, NOW, patient=False)


def test_the_scheduler_waits_and_a_person_does_not() -> None:
    """due_at binds the patient only, and it may be polled in that very second."""
    state = FeedState(url=STATE.url, due_at=NOW + HOUR)

    assert not is_due(state, NOW, patient=True)
    assert is_due(state, NOW, patient=False)
    assert is_due(state, NOW + HOUR, patient=True)


def test_nobody_polls_before_the_server_allows_it() -> None:
    """not_before binds a person's command as well."""
    state = FeedState(url=STATE.url, due_at=NOW, not_before=NOW + HOUR)

    assert not is_due(state, NOW, patient=True)
    assert not is_due(state, NOW, patient=False)
    assert is_due(state, NOW + HOUR, patient=False)


@pytest.mark.parametrize(
    ("interval", "ttl", "max_age", "hours"),
    [
        (3600, None, None, 1),
        (3600, 7200, None, 2),
        (3600, 7200, 10_800, 3),
        (3600, 60, 60, 1),
        (3600, 10**12, None, 24),
        (3600, None, 10**12, 24),
        (3600, -5, -5, 1),
        (172_800, 60, 60, 48),
    ],
)
def test_the_longest_wish_wins(
    interval: float, ttl: int | None, max_age: int | None, hours: float
) -> None:
    """Due after the longest of interval, ttl and max-age, the last two cut to a day."""
    answer = _document(max_age=max_age, validators=Validators(etag='"a"'))
    parsed = ParsedFeed(title=None, entries=(), rhythm=Rhythm(ttl=ttl))
    state = after_success(STATE, answer, now=NOW, interval=interval, parsed=parsed)

    assert timedelta(hours=hours) <= _wait(state) <= timedelta(hours=hours) * 1.1


def test_success_forgets_failures_and_remembers_the_feed() -> None:
    """Errors are gone, the time and the title are kept, max-age is the server's word."""
    failed = FeedState(url=STATE.url, title="Old", failures=3, error="HTTP 500", not_before=NOW)

    parsed = ParsedFeed(title="New", entries=())
    state = after_success(failed, _document(max_age=60), now=NOW, interval=3600, parsed=parsed)

    assert (state.failures, state.error, state.title, state.polled_at) == (0, None, "New", NOW)
    assert NOW + timedelta(seconds=60) == state.not_before


def test_a_feed_without_title_keeps_the_known_one() -> None:
    """A 304 and a feed without title change no title; without max-age nothing is forbidden."""
    known = FeedState(url=STATE.url, title="Known", not_before=NOW)

    state = after_success(known, UNCHANGED, now=NOW, interval=3600)

    assert (state.title, state.not_before) == ("Known", None)


def test_a_document_replaces_both_validators() -> None:
    """One that is no longer sent is no longer used."""
    known = FeedState(url=STATE.url, validators=Validators(etag='"a"', last_modified="then"))
    answer = _document(validators=Validators(etag='W/"b"'))

    state = after_success(known, answer, now=NOW, interval=3600)

    assert Validators(etag='W/"b"') == state.validators


def test_a_304_replaces_the_validators_it_names() -> None:
    """A new ETag with a 304 is stored, what it leaves out stays."""
    known = FeedState(url=STATE.url, validators=Validators(etag='"a"', last_modified="then"))

    state = after_success(
        known, NotModified(validators=Validators(etag='"b"')), now=NOW, interval=3600
    )

    assert Validators(etag='"b"', last_modified="then") == state.validators


def test_failures_double_the_wait_up_to_a_day() -> None:
    """1, 2, 4, 8, 16, 24, 24 ... hours, with a share of a tenth on top."""
    state, waits = STATE, []
    for _ in range(7):
        state = after_failure(state, Failure(reason="HTTP 500"), now=NOW, interval=3600)
        waits.append(_wait(state))

    expected = [HOUR * hours for hours in (1, 2, 4, 8, 16, 24, 24)]
    assert all(low <= wait <= low * 1.1 for low, wait in zip(expected, waits, strict=True))
    assert state.failures == 7


def test_failure_keeps_what_is_known() -> None:
    """Validators and title outlast a failure; the reason is there for the report."""
    known = FeedState(url=STATE.url, title="Known", validators=Validators(etag='"a"'))

    state = after_failure(known, Failure(reason="connection refused"), now=NOW, interval=3600)

    assert (known.title, known.validators) == (state.title, state.validators)
    assert (state.error, state.polled_at, state.not_before) == ("connection refused", NOW, None)


@pytest.mark.parametrize(
    ("asked", "allowed_after", "due_after"),
    [
        (timedelta(0), timedelta(0), HOUR),
        (timedelta(seconds=5), timedelta(seconds=5), HOUR),
        (timedelta(days=2), timedelta(days=2), timedelta(days=2)),
        (timedelta(days=9999), timedelta(days=7), timedelta(days=7)),
    ],
)
def test_retry_after_is_honoured(
    asked: timedelta, allowed_after: timedelta, due_after: timedelta
) -> None:
    """The server's time binds everybody for up to a week; the scheduler keeps its interval too."""
    failure = Failure(reason="HTTP 429", status=429, retry_after=NOW + asked)

    state = after_failure(STATE, failure, now=NOW, interval=3600)

    assert NOW + allowed_after == state.not_before
    assert due_after <= _wait(state) <= max(due_after, HOUR * 1.1)


def test_a_lasting_failure_waits_a_week() -> None:
    """A refused address is asked again in a week, by a person at any time."""
    state = after_failure(STATE, Failure(reason="refused", permanent=True), now=NOW, interval=3600)

    assert timedelta(days=7) <= _wait(state)
    assert is_due(state, NOW, patient=False)


def test_gone_is_gone() -> None:
    """410 stops a feed for the scheduler and for a person, until the operator resumes it."""
    state = after_failure(
        STATE, Failure(reason="HTTP 410 Gone", status=410, permanent=True), now=NOW, interval=3600
    )

    assert Hold.GONE is state.hold
    assert not is_due(state, NOW + 400 * DAY, patient=True)
    assert not is_due(state, NOW + 400 * DAY, patient=False)


def test_a_missing_feed_backs_off_like_any_failure() -> None:
    """404 is often a slip of the publisher: it is tried again after the interval."""
    state = after_failure(
        STATE, Failure(reason="HTTP 404", status=404, permanent=True), now=NOW, interval=3600
    )

    assert _wait(state) <= HOUR * 1.1


def test_feeds_polled_together_drift_apart() -> None:
    """The spread is the same for a feed every time and differs between feeds."""
    waits = [
        _wait(
            after_success(FeedState(url=f"https://{n}.example/"), UNCHANGED, now=NOW, interval=3600)
        )
        for n in (*range(20), 0)
    ]

    assert waits[0] == waits[-1]
    assert len(set(waits)) == 20


def test_start_times_of_many_feeds_are_spread() -> None:
    """Of five hundred polled in one moment no second sees more than one in twenty (D10)."""
    due = Counter(
        int(
            _wait(
                after_success(FeedState(url=url), UNCHANGED, now=NOW, interval=3600)
            ).total_seconds()
        )
        for url in (f"https://{n}.example/feed" for n in range(500))
    )
    assert max(due.values()) <= 25


@given(
    url=st.text(),
    failures=st.integers(min_value=0, max_value=10**9),
    interval=st.floats(min_value=60, max_value=604_800),
    retry=st.none() | st.timedeltas(min_value=-400 * DAY, max_value=400 * DAY),
    permanent=st.booleans(),
)
def test_a_failing_feed_is_always_asked_again(
    url: str, failures: int, interval: float, retry: timedelta | None, permanent: bool
) -> None:
    """However it fails, the next poll is at least an interval and at most some 8 days away."""
    state = after_failure(
        FeedState(url=url, failures=failures),
        Failure(
            reason="x", retry_after=None if retry is None else NOW + retry, permanent=permanent
        ),
        now=NOW,
        interval=interval,
    )

    assert timedelta(seconds=interval) <= _wait(state) <= timedelta(days=7) * 1.1
    assert state.not_before is None or state.not_before <= NOW + timedelta(days=7)


# --- the feed's own rhythm ---------------------------------------------------------------------


def _entries(*dates: datetime | None) -> ParsedFeed:
    return ParsedFeed(
        title="T",
        entries=tuple(Entry(raw_id=None, url=None, title="", published_at=date) for date in dates),
    )


def test_a_feed_shows_its_rhythm_by_its_dates() -> None:
    """The median gap of its ten newest entries and the time all of them span, in seconds."""
    daily = _entries(*(NOW - DAY * n for n in range(30)), None, NOW)

    newest = int(
        max(entry.published_at for entry in daily.entries if entry.published_at).timestamp()
    )
    assert Rhythm(gap=86_400, span=29 * 86_400, newest=newest) == rhythm_of(daily)
    assert Rhythm(newest=int(NOW.timestamp())) == rhythm_of(_entries(NOW, None))
    assert Rhythm() == rhythm_of(_entries(None))


@pytest.mark.parametrize(
    ("gap", "validators", "hours"),
    [
        (600, Validators(etag='"a"'), 1),  # busy: the interval is the shortest wait
        (6 * 3600, Validators(etag='"a"'), 3),
        (90 * 86_400, Validators(etag='"a"'), 12),  # quiet: twice a day
        (6 * 3600, Validators(), 24),  # sent whole each time: once a day
        (600, Validators(), 2.5),  # but 30 entries pass by in five hours
    ],
)
def test_the_wait_follows_the_rhythm(gap: int, validators: Validators, hours: float) -> None:
    """Within bounds, and no longer than what it shows stays in the feed."""
    parsed = _entries(*(NOW - timedelta(seconds=gap) * n for n in range(31)))
    answer = _document(validators=validators)

    state = after_success(STATE, answer, now=NOW, interval=3600, parsed=parsed)

    assert HOUR * hours <= _wait(state) <= HOUR * hours * 1.1


def test_a_304_keeps_the_rhythm() -> None:
    """What the feed asked for in its document holds until it is sent again."""
    known = FeedState(url=STATE.url, rhythm=Rhythm(ttl=7200))

    state = after_success(known, UNCHANGED, now=NOW, interval=3600)

    assert HOUR * 2 <= _wait(state) <= HOUR * 2.2


@pytest.mark.parametrize(
    ("rhythm", "expected"),
    [
        (Rhythm(skip_hours=(8, 9)), "2026-11-20 10:00"),
        (Rhythm(skip_days=(4,)), "2026-11-21 00:00"),
        (Rhythm(skip_days=(4, 5), skip_hours=(0,)), "2026-11-22 01:00"),
    ],
)
def test_skipped_hours_and_days_are_kept_free(rhythm: Rhythm, expected: str) -> None:
    """Both are in UTC; the poll is put off to the first moment outside of them."""
    state = after_success(
        FeedState(url=STATE.url, rhythm=rhythm), UNCHANGED, now=NOW, interval=3600
    )

    assert expected == f"{state.due_at:%Y-%m-%d %H:%M}"


def test_a_feed_that_skips_every_hour_is_read_all_the_same() -> None:
    """It cannot mean that."""
    rhythm = Rhythm(skip_hours=tuple(range(24)))
    known = FeedState(url=STATE.url, rhythm=rhythm)

    assert _wait(after_success(known, UNCHANGED, now=NOW, interval=3600)) <= HOUR * 1.1


def test_once_a_week_the_whole_feed_is_asked_for() -> None:
    """A server may answer 304 for ever by mistake."""
    known = FeedState(url=STATE.url, validators=Validators(etag='"a"'), full_at=NOW)

    assert Validators(etag='"a"') == validators_for(known, NOW + 6 * DAY)
    assert Validators() == validators_for(known, NOW + 7 * DAY)


# --- moves and holds ---------------------------------------------------------------------------

NEW = "https://new.example/feed"


def _moved_on(days: list[float], *, same: bool = True, to: str | None = NEW) -> FeedState:
    state = STATE
    for day in days:
        answer = NotModified(validators=Validators(etag='"a"'), moved_to=to)
        state = after_success(state, answer, now=NOW + DAY * day, interval=3600, same_feed=same)
    return state


@pytest.mark.parametrize(
    ("days", "address"),
    [
        ([0, 1], None),
        ([0, 0.1, 0.2, 2.9], None),
        ([0, 3], None),
        ([0, 1.5, 3], NEW),
    ],
)
def test_a_move_is_believed_after_three_sightings_over_three_days(
    days: list[float], address: str | None
) -> None:
    """Until then the old address is asked; the feed stays known by its old URL."""
    state = _moved_on(days)

    assert (address, STATE.url) == (state.address, state.url)
    assert (address or STATE.url) == state.polled_url


def test_a_move_to_another_feed_is_not_believed() -> None:
    """What is at the new address must show something that is known."""
    assert _moved_on([0, 1.5, 3], same=False).address is None


def test_a_move_that_is_taken_back_starts_again() -> None:
    """Sightings count in a row only, and of one target."""
    state = _moved_on([0, 1.5])
    state = after_success(state, UNCHANGED, now=NOW + 2 * DAY, interval=3600)
    assert state.move is None
    answer = NotModified(moved_to="https://other.example/")
    other = after_success(_moved_on([0, 1.5]), answer, now=NOW + 3 * DAY, interval=3600)
    assert Move(url="https://other.example/", since=NOW + 3 * DAY) == other.move


@pytest.mark.parametrize("failures", [0, 2])
def test_a_new_address_that_fails_is_given_up(failures: int) -> None:
    """At once when it is gone, else after three failures; the old one is not stopped by it."""
    known = FeedState(url=STATE.url, address=NEW, failures=failures)
    gone = Failure(reason="HTTP 410", status=410, permanent=True)
    failure = Failure(reason="HTTP 500", status=500) if failures else gone

    state = after_failure(known, failure, now=NOW, interval=3600)

    assert (STATE.url, None) == (state.polled_url, state.hold)


@pytest.mark.parametrize(
    ("title", "language", "known", "another"),
    [
        ("Casino", "en", 0, True),
        ("casino", "en", 1, False),
        ("THE POST", "en", 0, False),
        ("The Post", "ru", 0, True),
        ("The Casino", "en", 0, True),
        ("The Post, 21 November", None, 0, False),
        (None, None, 0, False),
    ],
)
def test_a_feed_that_became_another_is_told_by_entries_and_name(
    title: str | None, language: str | None, known: int, another: bool
) -> None:
    """All entries new at once, and the title or the language too."""
    name = "The Post, 20 November" if title and "21" in title else "The Post"
    before = FeedState(url=STATE.url, title=name, language="en", read_at=NOW)
    entry = Entry(raw_id="1", url=None, title="x")
    parsed = ParsedFeed(title=title, entries=(entry,), language=language)

    assert another == is_another(before, parsed, known=known)


def test_a_list_of_the_day_under_its_headline_is_no_other_feed() -> None:
    """All its entries are new each day; they are newer than the last, and on the feed's site."""
    before = FeedState(
        url=STATE.url, title="Slip closed", language="en", read_at=NOW,
        rhythm=Rhythm(newest=int(NOW.timestamp())),
    )  # fmt: skip
    entry = Entry(raw_id="2", url="https://www.news.example/2", title="y", published_at=NOW + HOUR)

    def another(entry: Entry, language: str = "en") -> bool:
        parsed = ParsedFeed(title="Owls: a record", entries=(entry,), language=language)
        return is_another(before, parsed, known=0)

    assert not another(entry)
    assert another(replace(entry, url="https://casino.example/2"))
    assert another(replace(entry, published_at=NOW - HOUR))
    assert another(replace(entry, published_at=None))
    assert another(entry, language="ru")


def test_a_new_or_empty_feed_is_no_other_feed() -> None:
    """There is nothing to compare with."""
    parsed = ParsedFeed(title="B", entries=(Entry(raw_id="1", url=None, title="x"),))
    before = FeedState(url=STATE.url, title="A", read_at=NOW)

    assert not is_another(FeedState(url=STATE.url, title="A"), parsed, known=0)
    assert not is_another(before, ParsedFeed(title="B", entries=()), known=0)


def test_a_held_feed_is_looked_at_daily_and_freed_when_it_is_itself_again() -> None:
    """Its validators stay those of the feed that it was."""
    known = FeedState(url=STATE.url, title="A", validators=Validators(etag='"a"'), read_at=NOW)

    held = after_change(known, now=NOW)
    freed = after_success(held, UNCHANGED, now=NOW + DAY, interval=3600)

    assert (Hold.CHANGED, known.validators) == (held.hold, held.validators)
    assert DAY <= _wait(held) <= DAY * 1.1
    assert (None, None) == (freed.hold, freed.error)


def test_a_week_of_failures_is_told_once() -> None:
    """At the first failed poll after seven days, and not at the next."""
    state, held = STATE, []
    for day in (0, 3, 7, 8, 15):
        after = after_failure(state, Failure(reason="x"), now=NOW + DAY * day, interval=3600)
        held.append(fails_for_a_week(state, after))
        state = after

    assert [False, False, True, False, False] == held
    assert not fails_for_a_week(STATE, STATE)
