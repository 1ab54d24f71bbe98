"""When a feed is polled: freshness, back-off and the server's wishes (pure).

Two times are kept apart. `not_before` is the server's word (max-age, Retry-After): nobody polls
earlier. `due_at` is ours: the scheduler waits for it, a person's own command does not.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus

from digest.model import Document, Failure, FeedState, NotModified, Validators

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_SPREAD = 0.1  # share of a wait by which feeds that were polled together drift apart
_MAX_DOUBLINGS = 16  # from the shortest interval, a minute, this is far beyond a day


def is_due(state: FeedState, now: datetime, *, patient: bool) -> bool:
    """May the feed be polled now?

    Patient, as the scheduler is: not before it is due. Impatient, as a person's command is:
    as soon as the server allows it.
    """
    if state.not_before is not None and now < state.not_before:
        return False
    return not patient or state.due_at is None or now >= state.due_at


def after_success(
    state: FeedState,
    answer: Document | NotModified,
    *,
    now: datetime,
    interval: float,
    title: str | None = None,
    ttl: int | None = None,
) -> FeedState:
    """The state after the server answered with the feed, or that it has not changed.

    `interval` and `ttl` are seconds; `title` and `ttl` are what the feed itself states. The next
    poll is due after the longest of interval, ttl and max-age; the last two count for a day at
    most. A document's validators replace the old ones; those of a 304 go over them, one by one
    (RFC 9111, section 3.2).
    """
    fresh_for = _at_most_a_day(answer.max_age)
    wait = max(timedelta(seconds=interval), _at_most_a_day(ttl), fresh_for)
    return replace(
        state,
        title=title or state.title,
        validators=_kept(state.validators, answer),
        polled_at=now,
        due_at=now + _spread(wait, state.url),
        not_before=now + fresh_for if fresh_for else None,
        failures=0,
        error=None,
    )


def after_failure(
    state: FeedState, failure: Failure, *, now: datetime, interval: float
) -> FeedState:
    """The state after a poll that brought nothing; what was known of the feed is kept.

    The wait doubles from `interval` seconds with every failure in a row, up to a day, and is
    never shorter than Retry-After, which counts for a week at most. A failure that lasts waits
    a week, save 404: a feed that is missing is often back after the next release of its site.
    """
    shortest = timedelta(seconds=interval)
    longest = max(shortest, _DAY)
    wait = min(shortest * 2 ** min(state.failures, _MAX_DOUBLINGS), longest)
    if failure.permanent and failure.status != HTTPStatus.NOT_FOUND:
        wait = _WEEK
    due_at = now + _spread(wait, state.url)
    not_before = None
    if failure.retry_after is not None:
        not_before = min(failure.retry_after, now + _WEEK)
        due_at = max(due_at, not_before)
    return replace(
        state,
        polled_at=now,
        due_at=due_at,
        not_before=not_before,
        failures=state.failures + 1,
        error=failure.reason,
    )


def _kept(known: Validators, answer: Document | NotModified) -> Validators:
    if isinstance(answer, Document):
        return answer.validators
    return Validators(
        etag=answer.validators.etag or known.etag,
        last_modified=answer.validators.last_modified or known.last_modified,
    )


def _at_most_a_day(seconds: int | None) -> timedelta:
    return timedelta(seconds=max(0, min(seconds or 0, 86_400)))


def _spread(wait: timedelta, url: str) -> timedelta:
    """Lengthen a wait by up to a tenth, always by the same share for the same feed."""
    share = int.from_bytes(hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()[:4])
    return wait * (1 + _SPREAD * share / 2**32)
