"""When a feed is polled: freshness, back-off and the server's wishes (pure).

Two times are kept apart. `not_before` is the server's word (max-age, Retry-After): nobody polls
earlier. `due_at` is ours: the scheduler waits for it, a person's own command does not. All of it
is state that is stored, so that a restart changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from statistics import median
from urllib.parse import urlsplit

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
from digest.urls import same_host

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_SLOWEST = timedelta(hours=12)  # a feed that is quiet for months is looked at twice a day
_OUTAGE = timedelta(minutes=1)
_SPREAD = 0.1  # share of a wait by which feeds that were polled together drift apart
_MAX_DOUBLINGS = 16  # from the shortest interval, a minute, this is far beyond a day
_NEWEST = 10  # entries whose dates tell the rhythm of a feed
_MOVE_SEEN = 3  # times a permanent redirect must be seen, and
_MOVE_LASTS = timedelta(days=3)  # for how long, before it is believed
_SAME_NAME = 0.5
_ADDRESS_TRIES = 3  # failures in a row at a new address, then the old one is asked again

CHANGED = (
    "held: it shows other entries under another title or in another language; look at it,"
    " then remove it or say `digest resume`"
)


def is_due(state: FeedState, now: datetime, *, patient: bool) -> bool:
    """May the feed be polled now?

    Patient, as the scheduler is: not before it is due. Impatient, as a person's command is:
    as soon as the server allows it. A feed that is gone is not polled at all. Where the clock
    has gone back behind the last poll, nothing that was noted then can be waited for.
    """
    if state.hold is Hold.GONE:
        return False
    if state.polled_at is not None and now < state.polled_at - _HOUR:
        return True
    if state.not_before is not None and now < state.not_before:
        return False
    return not patient or state.due_at is None or now >= state.due_at


def again_after_outage(
    states: Mapping[str, FeedState], polled: Sequence[str], now: datetime
) -> datetime | None:
    """When feeds that no server answered for are to be polled again, if our network is down.

    It is where none of those polled answered, and one began to fail after any feed was last
    read. With feeds of one host it may be that host: an hour later it is taken for that.
    """
    read = max((state.read_at for state in states.values() if state.read_at), default=None)
    since = [state.failing_since for url in polled if (state := states[url]).failing_since]
    if not since or (read is not None and max(since) <= read):
        return None
    hosts = {urlsplit(url).hostname for url in polled}
    if len(hosts) < 2 and now - min(since) > _HOUR:
        return None
    return now + _OUTAGE


def validators_for(state: FeedState, now: datetime) -> Validators:
    """What to ask with: nothing once a week, since a server's stale validator may hide a feed."""
    if state.full_at is not None and now - state.full_at >= _WEEK:
        return Validators()
    return state.validators


def rhythm_of(parsed: ParsedFeed) -> Rhythm:
    """What a feed asks of pollers, and what the dates of its entries tell of its habits."""
    dates = sorted({entry.published_at for entry in parsed.entries if entry.published_at})
    if not dates:
        return parsed.rhythm
    newest = int(dates[-1].timestamp())
    if len(dates) < 2:
        return replace(parsed.rhythm, newest=newest)
    gaps = [(after - before).total_seconds() for before, after in pairwise(dates[-_NEWEST:])]
    span = (dates[-1] - dates[0]).total_seconds()
    return replace(parsed.rhythm, gap=int(median(gaps)), span=int(span), newest=newest)


def after_success(
    state: FeedState,
    answer: Document | NotModified,
    *,
    now: datetime,
    interval: float,
    exact: bool = False,
    parsed: ParsedFeed | None = None,
    same_feed: bool = True,
) -> FeedState:
    """The state after the server answered with the feed, or that it has not changed.

    `interval` is the shortest wait in seconds; `exact`: it is the feed's own and takes the place
    of what its rhythm suggests, so that only the server's wishes lengthen it. The next poll is
    due after the longest of what the feed's rhythm suggests, ttl and max-age, outside the hours
    and days the feed skips; the server's wishes count for a day at most. A document's validators
    replace the old ones; those of a 304 go over them, one by one (RFC 9111, section 3.2).
    `same_feed`: the document shows an entry that is known, so that a redirect to it can be
    believed.
    """
    rhythm = rhythm_of(parsed) if parsed else state.rhythm
    validators = _kept(state.validators, answer)
    fresh_for = _at_most_a_day(answer.max_age)
    shortest = timedelta(seconds=interval)
    wait = max(
        shortest if exact else _own_wait(rhythm, shortest, conditional=validators != Validators()),
        _at_most_a_day(rhythm.ttl),
        fresh_for,
    )
    known = replace(
        state,
        title=(parsed.title if parsed else None) or state.title,
        language=(parsed.language if parsed else None) or state.language,
        validators=validators,
        polled_at=now,
        read_at=now,
        full_at=now if isinstance(answer, Document) else state.full_at,
        due_at=_outside_skipped(now + _spread(wait, state), rhythm),
        not_before=now + fresh_for if fresh_for else None,
        rhythm=rhythm,
        failures=0,
        failing_since=None,
        error=None,
        hold=None,
    )
    return _after_redirects(known, answer.moved_to, now, believable=same_feed)


def after_failure(
    state: FeedState, failure: Failure, *, now: datetime, interval: float
) -> FeedState:
    """The state after a poll that brought nothing; what was known of the feed is kept.

    The wait doubles from `interval` seconds with every failure in a row, up to a day, and is
    never shorter than Retry-After, which counts for a week at most. A failure that lasts waits
    a week, save 404: a feed that is missing is often back after the next release of its site.
    410 stops the feed. A new address that fails is given up for the old one.
    """
    shortest = timedelta(seconds=interval)
    longest = max(shortest, _DAY)
    wait = min(shortest * 2 ** min(state.failures, _MAX_DOUBLINGS), longest)
    moved = state.address is not None
    if failure.permanent and failure.status != HTTPStatus.NOT_FOUND and not moved:
        wait = _WEEK
    due_at = now + _spread(wait, state)
    not_before = None
    if failure.retry_after is not None:
        not_before = min(failure.retry_after, now + _WEEK)
        due_at = max(due_at, not_before)
    gone = failure.status == HTTPStatus.GONE and not moved
    failed = replace(
        state,
        polled_at=now,
        due_at=due_at,
        not_before=not_before,
        failures=state.failures + 1,
        failing_since=state.failing_since or now,
        error=failure.reason,
        hold=Hold.GONE if gone else state.hold,
    )
    if moved and (failure.permanent or failed.failures >= _ADDRESS_TRIES):
        return replace(failed, address=None, move=None, validators=Validators())
    return failed


def after_change(state: FeedState, *, now: datetime) -> FeedState:
    """The state of a feed that shows something else: held, and looked at again once a day."""
    return replace(
        state,
        polled_at=now,
        due_at=now + _spread(_DAY, state),
        not_before=None,
        failing_since=state.failing_since or now,
        error=CHANGED,
        hold=Hold.CHANGED,
    )


def is_another(state: FeedState, parsed: ParsedFeed, *, known: int) -> bool:
    """Has a feed turned into something else, of whose entries `known` are known?

    A parked domain, a sold name, a redirect to a stranger: all entries are new at once, and so
    is the title or the language. A list of the day, under its first headline as title, is no
    other feed: it stays on the site of its feed, and is newer than all that was shown before.
    """
    if state.read_at is None or known or not parsed.entries:
        return False
    if state.language and parsed.language and state.language != parsed.language:
        return True
    if all(_goes_on(state, entry) for entry in parsed.entries):
        return False
    before, after = (
        set(re.findall(r"\w+", (t or "").casefold())) for t in (state.title, parsed.title)
    )
    # Half of the words are enough for the same name: some titles carry a date.
    return bool(before and after) and len(before & after) < _SAME_NAME * len(before | after)


def _goes_on(state: FeedState, entry: Entry) -> bool:
    """Is an entry of the feed's own site, and newer than all that it has shown?"""
    newest, date = state.rhythm.newest, entry.published_at
    newer = newest is not None and date is not None and date.timestamp() > newest
    return newer and same_host(entry.url or "", state.polled_url)


def fails_for_a_week(before: FeedState, after: FeedState) -> bool:
    """Has a feed been failing for a week by now, and had not yet at the poll before?"""
    if after.failing_since is None or after.polled_at is None:
        return False
    week = after.failing_since + _WEEK
    return after.polled_at >= week and (before.polled_at is None or before.polled_at < week)


def _own_wait(rhythm: Rhythm, shortest: timedelta, *, conditional: bool) -> timedelta:
    """Half the usual gap between entries, within bounds.

    A feed without validators is sent whole each time: once a day is enough, unless what it
    shows would have passed by in two readings.
    """
    wait = shortest
    if rhythm.gap is not None:
        wait = max(wait, min(timedelta(seconds=rhythm.gap / 2), _SLOWEST))
    if not conditional:
        span = _DAY if rhythm.span is None else timedelta(seconds=rhythm.span / 2)
        wait = max(wait, min(span, _DAY))
    return wait


def _outside_skipped(at: datetime, rhythm: Rhythm) -> datetime:
    """The first moment from `at` on in no skipped hour and on no skipped day, if there is one."""
    moment = at
    for _ in range(24 * 7):
        if moment.hour not in rhythm.skip_hours and moment.weekday() not in rhythm.skip_days:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
    return at


def _after_redirects(
    state: FeedState, target: str | None, now: datetime, *, believable: bool
) -> FeedState:
    if target is None or target == state.polled_url or not believable:
        return state if state.move is None else replace(state, move=None)
    if state.move is None or state.move.url != target:
        return replace(state, move=Move(url=target, since=now))
    move = replace(state.move, times=state.move.times + 1)
    if move.times >= _MOVE_SEEN and now - move.since >= _MOVE_LASTS:
        return replace(state, address=target, move=None)
    return replace(state, move=move)


def _kept(known: Validators, answer: Document | NotModified) -> Validators:
    if isinstance(answer, Document):
        return answer.validators
    return Validators(
        etag=answer.validators.etag or known.etag,
        last_modified=answer.validators.last_modified or known.last_modified,
    )


def _at_most_a_day(seconds: int | None) -> timedelta:
    return timedelta(seconds=max(0, min(seconds or 0, 86_400)))


def _spread(wait: timedelta, state: FeedState) -> timedelta:
    """Lengthen a wait by up to a tenth: by a share that feed and number of failures decide."""
    seed = f"{state.url} {state.failures}".encode("utf-8", "surrogatepass")
    return wait * (1 + _SPREAD * int.from_bytes(hashlib.sha256(seed).digest()[:4]) / 2**32)
