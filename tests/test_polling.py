"""Facts about when a feed is polled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Document, Failure, FeedState, NotModified, Validators
from digest.polling import after_failure, after_success, is_due

NOW = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STATE = FeedState(url="https://news.example/feed")


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
    state = after_success(STATE, _document(max_age=max_age), now=NOW, interval=interval, ttl=ttl)

    assert timedelta(hours=hours) <= _wait(state) <= timedelta(hours=hours) * 1.1


def test_success_forgets_failures_and_remembers_the_feed() -> None:
    """Errors are gone, the time and the title are kept, max-age is the server's word."""
    failed = FeedState(url=STATE.url, title="Old", failures=3, error="HTTP 500", not_before=NOW)

    state = after_success(failed, _document(max_age=60), now=NOW, interval=3600, title="New")

    assert (state.failures, state.error, state.title, state.polled_at) == (0, None, "New", NOW)
    assert NOW + timedelta(seconds=60) == state.not_before


def test_a_feed_without_title_keeps_the_known_one() -> None:
    """A 304 and a feed without title change no title; without max-age nothing is forbidden."""
    known = FeedState(url=STATE.url, title="Known", not_before=NOW)

    state = after_success(known, NotModified(), now=NOW, interval=3600)

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
    """410 and a refused address are asked again in a week, by a person at any time."""
    state = after_failure(
        STATE, Failure(reason="HTTP 410 Gone", status=410, permanent=True), now=NOW, interval=3600
    )

    assert timedelta(days=7) <= _wait(state)
    assert is_due(state, NOW, patient=False)


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
            after_success(
                FeedState(url=f"https://{n}.example/"), NotModified(), now=NOW, interval=3600
            )
        )
        for n in (*range(20), 0)
    ]

    assert waits[0] == waits[-1]
    assert len(set(waits)) == 20


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
