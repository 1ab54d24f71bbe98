"""What the operator's pages show, in words (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.feeds.health import Condition, FeedRow, by_trouble, span
from digest.model import Article, DeliveryState
from digest.model.records import DeliveryCount, PollLog, StoredEntry
from digest.render import clean

_HEIGHT = 20  # units of the tallest bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """Numbers of successive days as bars: the path of an SVG, its width, and the same in words."""

    path: str
    width: int
    label: str

    @classmethod
    def of(cls, days: Sequence[int]) -> Sparkline:
        """One bar of 2 units a day, 3 apart; a day without entries has none."""
        most = max(days, default=0)
        bars = (
            f"M{3 * place + 1} {_HEIGHT}v-{max(1, round(_HEIGHT * number / most))}"
            for place, number in enumerate(days)
            if number
        )
        label = f"{sum(days)} entries in {len(days)} days, {most} at most on one, {days[-1]} today"
        return cls(path="".join(bars), width=3 * len(days), label=label)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """A feed on the first page."""

    url: str
    name: str
    section: str
    condition: Condition
    trouble: bool
    since: str
    reason: str
    facts: tuple[str, ...]
    days: Sparkline


def feed_lines(
    rows: Iterable[FeedRow], days: Mapping[str, Sequence[int]], now: datetime
) -> list[FeedLine]:
    """The feeds, those in trouble first."""
    return [
        FeedLine(
            url=row.feed.url,
            name=clean(row.name, 80),
            section=clean(row.feed.section, 40),
            condition=row.health.condition,
            trouble=row.health.trouble,
            since=moment(row.health.since) if row.health.trouble else "",
            reason=clean(row.health.reason, 300),
            facts=tuple(_facts(row, now)),
            days=Sparkline.of(days[row.feed.url]),
        )
        for row in by_trouble(rows)
    ]


def _facts(row: FeedRow, now: datetime) -> Iterator[str]:
    seen = row.seen
    if seen.a_day is not None:
        yield f"{seen.a_day:.1f} a day"
    if seen.text_share is not None:
        yield f"{seen.text_share:.0%} with text"
    if seen.dropped:
        yield f"{seen.dropped} dropped by filters in 30 days"
    if seen.last_new is not None:
        yield f"last new {span(now - seen.last_new)} ago"
    if row.next_poll is not None:
        due = row.next_poll - now
        yield f"next poll in {span(due)}" if row.next_poll > now else "next poll now"


def without_text(row: FeedRow) -> list[str]:
    """Why texts of a feed are missing, the most frequent reason first."""
    return [f"{number} {clean(note, 120)}" for note, number in row.seen.notes]


def poll_line(poll: PollLog) -> str:
    """What came of a poll."""
    counts = ((poll.new, "new"), (poll.edited, "edited"), (poll.dropped, "dropped"))
    parts = [poll.outcome, *(f"{number} {word}" for number, word in counts if number)]
    return ", ".join(parts) + (f": {clean(poll.reason, 300)}" if poll.reason else "")


def entry_notes(entry: StoredEntry) -> str:
    """Why an entry is shown nowhere, or without its text; empty where all is fine."""
    notes = [note for note in (entry.dropped, entry.text_note) if note]
    if not entry.offered and not entry.dropped:
        notes.append("older than the feed's first poll")
    return clean("; ".join(notes), 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """The deliveries of one edition: their states in words, and what can be done about them."""

    edition: str
    states: str
    failed: int
    held: int


def mailings(counts: Iterable[DeliveryCount], most: int) -> list[Mailing]:
    """The deliveries by edition, the newest first; all that have some to look at, others up to
    `most`."""
    by_edition: dict[str, dict[DeliveryState, int]] = {}
    for count in counts:
        by_edition.setdefault(count.edition, {})[count.state] = count.number
    made = [
        Mailing(
            edition=edition,
            states=", ".join(f"{number} {state}" for state, number in states.items()),
            failed=states.get(DeliveryState.FAILED, 0),
            held=states.get(DeliveryState.HELD, 0),
        )
        for edition, states in by_edition.items()
    ]
    return [mailing for place, mailing in enumerate(made) if place < most or mailing.held]


def paragraphs(lines: Iterable[str]) -> list[tuple[str, list[str]]]:
    """An explanation as paragraphs: what is said, and the lines of its evidence."""
    made: list[tuple[str, list[str]]] = [("", [])]
    for line in lines:
        said, evidence = made[-1]
        if not line:
            made.append(("", []))
        elif line.startswith(" "):
            evidence.append(line.strip())
        else:
            made[-1] = (f"{said} {line}".strip(), evidence)
    return [paragraph for paragraph in made if paragraph[0]]


def corrections(
    pairs: Iterable[tuple[Article, Article, bool]], articles: Iterable[str]
) -> list[str]:
    """What an operator decided on pairs with one of these articles."""
    named = set(articles)
    return [
        clean(
            f"{'One story' if together else 'Two stories'}: “{a.title}” ({a.outlet})"
            f" and “{b.title}” ({b.outlet})",
            500,
        )
        for a, b, together in pairs
        if named & {a.id, b.id}
    ]


def moment(at: datetime | None) -> str:
    """A time to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
