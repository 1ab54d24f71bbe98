"""Feeds in words and as JSON: the table of all, one feed with its past, a trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

from digest.feeds.health import FeedRow, span
from digest.model.records import PollLog, StoredEntry
from digest.render.clean import clean

if TYPE_CHECKING:
    from digest.flows.trial import Trial

_HEADINGS = ("Title", "Section", "State", "Since", "Last new", "A day", "Text", "Next", "Reason")
_WIDEST = 36  # cells of a title


def table_lines(rows: Sequence[FeedRow], now: datetime) -> Iterator[str]:
    """The lines of the table, columns as wide as they must be."""
    cells = [_HEADINGS, *(_cells(row, now) for row in rows)]
    widths = [
        min(_WIDEST, max(cell_len(row[column]) for row in cells))
        for column in range(len(_HEADINGS) - 1)
    ]
    for row in cells:
        fixed = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=False))
        yield "  ".join((*fixed, row[-1])).rstrip()


def _cells(row: FeedRow, now: datetime) -> tuple[str, ...]:
    seen, due = row.seen, row.next_poll
    return (
        clean(row.name, 80),
        clean(row.feed.section, 30),
        row.health.condition,
        _ago(row.health.since, now) if row.health.trouble else "",
        _ago(seen.last_new, now),
        "" if seen.a_day is None else f"{seen.a_day:.1f}",
        "" if seen.text_share is None else f"{seen.text_share:.0%}",
        "" if due is None else "now" if due <= now else f"in {span(due - now)}",
        clean(row.health.reason, 200),
    )


def row_document(row: FeedRow) -> dict[str, Any]:
    """The same for machines; times in ISO 8601."""
    seen, state = row.seen, row.state
    return {
        "url": row.feed.url,
        "title": row.name,
        "section": row.feed.section,
        "state": row.health.condition.value,
        "since": _iso(row.health.since),
        "reason": row.health.reason or None,
        "last_new": _iso(seen.last_new),
        "entries_a_day": seen.a_day,
        "text_share": seen.text_share,
        "without_text": dict(seen.notes),
        "dropped": seen.dropped,
        "polled_at": _iso(state.polled_at),
        "next_poll": _iso(state.due_at),
        "failures": state.failures,
        "polled_url": state.polled_url,
    }


def one_feed(
    row: FeedRow, polls: Sequence[PollLog], entries: Sequence[StoredEntry]
) -> Iterator[str]:
    """A feed with its last polls and entries."""
    yield f"{clean(row.name)} ({row.feed.url})"
    health = row.health
    since = f" since {_at(health.since)}" if health.since and health.trouble else ""
    yield f"  {health.condition}{since}{': ' + clean(health.reason) if health.reason else ''}"
    seen = row.seen
    parts = [f"section {clean(row.feed.section)}"]
    if seen.a_day is not None:
        parts.append(f"{seen.a_day:.1f} entries a day")
    if seen.text_share is not None:
        parts.append(f"{seen.text_share:.0%} with text")
    if seen.dropped:
        parts.append(f"{seen.dropped} dropped by filters in 30 days")
    if row.state.due_at and row.feed.enabled:
        parts.append(f"next poll {_at(row.state.due_at)}")
    yield f"  {', '.join(parts)}"
    for note, number in seen.notes:
        yield f"  without text: {number} {clean(note, 120)}"
    yield from _polls(polls)
    if entries:
        yield "Entries:"
        yield from map(entry_line, entries)


def _polls(polls: Sequence[PollLog]) -> Iterator[str]:
    if polls:
        yield "Polls:"
    for poll in polls:
        counts = ((poll.new, "new"), (poll.edited, "edited"), (poll.dropped, "dropped"))
        parts = [poll.outcome, *(f"{number} {word}" for number, word in counts if number)]
        reason = f": {clean(poll.reason)}" if poll.reason else ""
        yield f"  {_at(poll.at)}  {', '.join(parts)}{reason}"


def entry_line(entry: StoredEntry) -> str:
    """An entry on a line: when, what, and why it is shown nowhere or without its text."""
    notes = [note for note in (entry.dropped, entry.text_note) if note]
    if not entry.offered and not entry.dropped:
        notes.append("older than the feed's first poll")
    note = f" [{clean('; '.join(notes), 160)}]" if notes else ""
    return f"  {_at(entry.published_at)}  {clean(entry.title, 100)}{note}"


# --- trials -------------------------------------------------------------------------------------


def trial_lines(trial: Trial, now: datetime) -> Iterator[str]:
    """What a feed would yield."""
    feed = trial.feed
    yield clean(f"{feed.title or trial.title or 'Feed'} ({feed.url})")
    if trial.failure is not None:
        yield f"  cannot be used: {clean(trial.failure)}"
        for found in trial.found:
            yield f"  it names the feed {found}"
        return
    rate = "" if trial.a_day is None else f", {trial.a_day:.1f} a day"
    dates = (
        "" if trial.dated == trial.entries else f", {trial.entries - trial.dated} without a date"
    )
    language = f", language {trial.language}" if trial.language else ""
    yield (
        f"  {trial.format}: {trial.entries} entries{rate}{dates}{language};"
        f" answered in {trial.seconds:.1f} s"
    )
    looked = trial.full + sum(number for _, number in trial.problems)
    reasons = "".join(f"; {number} {clean(why, 120)}" for why, number in trial.problems)
    yield f"  text: {trial.full} of {looked} looked at{reasons}"
    for rule, number in trial.dropped:
        yield f"  dropped: {number} ({clean(rule, 120)})"
    if trial.robots:
        yield f"  robots.txt: {clean(trial.robots)}"
    yield f"  overlap: {_overlap(trial)}"
    for article in trial.articles[:5]:
        yield f"  {_ago(article.published_at, now) or 'now'}  {clean(article.title, 100)}"


def article_lines(trial: Trial) -> Iterator[str]:
    """Each article with its date, the beginning of its text and where that came from."""
    for article in trial.articles:
        dated = _at(article.published_at) if article.dated else "without a date"
        note = f"; {clean(article.text_note, 120)}" if article.text_note else ""
        yield ""
        yield f"{dated}  {clean(article.title, 150)}"
        yield f"  {clean(article.url or 'no link', 300)}"
        source = f"{article.language}, from its {article.text_source}"
        yield f"  {len(article.text)} characters, {source}{note}"
        yield f"  {clean(article.text, 300)}"


def _overlap(trial: Trial) -> str:
    if trial.overlap is None:
        return "no articles of other feeds to compare with yet"
    named = ", ".join(f"{clean(outlet)} ({share:.0%})" for outlet, share in trial.covered_by)
    others = f" by {named}" if named else ""
    return f"{trial.overlap:.0%} of its last {len(trial.articles)} articles are covered{others}"


def trial_document(trial: Trial) -> dict[str, Any]:
    """The same for machines."""
    return {
        "url": trial.feed.url,
        "failure": trial.failure,
        "found": list(trial.found),
        "title": trial.title,
        "format": trial.format or None,
        "language": trial.language,
        "seconds": round(trial.seconds, 3),
        "entries": trial.entries,
        "dated": trial.dated,
        "entries_a_day": trial.a_day,
        "with_text": trial.full,
        "without_text": dict(trial.problems),
        "dropped": dict(trial.dropped),
        "robots": trial.robots,
        "overlap": trial.overlap,
        "covered_by": dict(trial.covered_by),
        "newest": [
            {"title": article.title, "url": article.url, "published": _iso(article.published_at)}
            for article in trial.articles[:10]
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _ago(at: datetime | None, now: datetime) -> str:
    return "" if at is None else span(max(now - at, timedelta()))
