"""Two invented editions in which everything occurs that a template may be given.

New templates are tried on them before they are used, and a preview shows them as long as nothing
has been published.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from digest.model import (
    Brief,
    Conflict,
    Counts,
    Coverage,
    Earlier,
    Edition,
    EditionStory,
    FeedReport,
    Picture,
    Role,
    Section,
    Statement,
    SummarySentence,
)

_UNTIL = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
_DAY = timedelta(days=1)


def sample_editions() -> tuple[Edition, Edition]:
    """The newer of the two editions and the one before it."""
    return (
        _edition("2026-03-02", _UNTIL, (_ferries(update=True), _library(), _clock(), _moss())),
        _edition("2026-03-01", _UNTIL - _DAY, (_ferries(update=False),)),
    )


def _edition(day: str, until: datetime, stories: tuple[EditionStory, ...]) -> Edition:
    first, *others = stories
    sections = [Section(title="World", stories=(first,))]
    if others:
        sections.append(Section(title="Culture & science", stories=tuple(others)))
    return Edition(
        id=day,
        title="The Sample",
        language="en",
        timezone="Europe/Berlin",
        since=until - _DAY,
        until=until,
        counts=Counts(feeds=4, feeds_failed=1, articles=12, copies=1, stories=7, repeats=1),
        feeds=(
            _feed("harbour-post", "The Harbour Post", heard_at=until),
            _feed("quiet-notes", "Quiet Notes", heard_at=until - 45 * _DAY),
            FeedReport(
                url="https://broken-bell.example/feed",
                title="The Broken Bell",
                status="failed",
                error="HTTP 503 Service Unavailable",
                section="World",
            ),
        ),
        sections=tuple(sections),
        front=tuple(story.id for story in stories[:2]),
        rest=(
            Brief(
                headline="What the strait owes its pilots",
                url="https://strait-herald.example/owes",
                outlet="Strait Herald",
                articles=1,
                section="World",
                language="en",
                kind="opinion",
                paywalled=True,
                also=True,
            ),
            Brief(
                headline="Two bakeries agree to share an oven",
                url="https://trade-ledger.example/oven",
                outlet="Trade Ledger",
                articles=2,
                section="World",
                language="en",
            ),
        ),
    )


def _feed(host: str, title: str, heard_at: datetime) -> FeedReport:
    return FeedReport(
        url=f"https://{host}.example/feed",
        title=title,
        status="ok" if heard_at == _UNTIL else "unchanged",
        section="World",
        heard_at=heard_at,
    )


def _coverage(
    name: str,
    outlet: str,
    title: str,
    hours: float,
    role: Role = "report",
    *,
    copy_of: str | None = None,
    paywalled: bool = False,
    excerpt: bool = False,
    dated: bool = True,
    language: str = "en",
) -> Coverage:
    return Coverage(
        id=name,
        url=f"https://{outlet.lower().replace(' ', '-')}.example/{name}",
        title=title,
        outlet=outlet,
        published_at=_UNTIL - timedelta(hours=hours),
        role=role,
        copy_of=copy_of,
        dated=dated,
        paywalled=paywalled,
        excerpt=excerpt,
        language=language,
    )


def _ferries(*, update: bool) -> EditionStory:
    walkout = "Ferry pilots walk out over night crossings"
    first = (
        _coverage("f1", "Capital Wire", walkout, 34, "canonical"),
        _coverage("f2", "Pell Echo", walkout, 33.5, "copy", copy_of="f1"),
        _coverage("f3", "Harbour Post", "Nine boats tied up", 30),
    )
    later = (
        _coverage(
            "f4", "Strait Herald", "Pilots and operator sit down", 6, "canonical", paywalled=True
        ),
        _coverage("f5", "Morning Signal", "Talks in Pell", 5, "copy", copy_of="f4", excerpt=True),
        _coverage("f6", "Notes from Pell", "What the pilots want", 4, dated=False),
    )
    stated = (
        Statement(
            number="400",
            sentence=SummarySentence(text="Some 400 people spent the night there.", article="f1"),
        ),
        Statement(
            number="650",
            sentence=SummarySentence(
                text="At least 650 people slept in the terminal.", article="f3"
            ),
        ),
    )
    later_sentences = (
        ("Both sides met at noon and were still talking at midnight.", "f4"),
        ("Boats will sail on Monday whatever comes of it, the operator said.", "f6"),
    )
    first_sentences = (
        ("The pilots stopped work at midnight and left nine ferries tied up.", "f1"),
        ("The kitchen of the terminal stayed open until three.", "f3"),
    )
    return EditionStory(
        id="ferries",
        headline="Pilots and ferry operator sit down to talk" if update else walkout,
        language="en",
        outlets=3,
        independent_reports=2,
        summary=tuple(
            SummarySentence(text=text, article=article)
            for text, article in (later_sentences if update else first_sentences)
        ),
        articles=later if update else first,
        status="update" if update else "new",
        day=2 if update else 1,
        earlier=(Earlier(edition="2026-03-01", headline=walkout),) if update else (),
        conflicts=() if update else (Conflict(unit="peopl", statements=stated),),
        image="https://capital-wire.example/ferries.jpg",
        picture=Picture(path="2026-03-01/pictures/ferries.jpg", width=1200, height=675),
    )


def _library() -> EditionStory:
    title = "مكتبة الميناء تفتح أبوابها من جديد"
    return EditionStory(
        id="library",
        headline=title,
        language="ar",
        outlets=2,
        independent_reports=2,
        summary=(
            SummarySentence(text="فتحت المكتبة أبوابها بعد ترميم استغرق عشر سنوات.", article="l1"),
        ),
        articles=(
            _coverage("l1", "صدى الساحل", title, 12, "canonical", language="ar"),
            _coverage("l2", "Harbour Post", "Harbour library reopens", 8),
        ),
    )


def _clock() -> EditionStory:
    title = "The clockmaker of Foundry Street winds his last clock"
    return EditionStory(
        id="clock",
        headline=title,
        language="en",
        outlets=1,
        independent_reports=1,
        summary=(SummarySentence(text="He has kept time for the town since 1971.", article="c1"),),
        articles=(_coverage("c1", "Northgate Ledger", title, 3, "canonical"),),
    )


def _moss() -> EditionStory:
    title = "Why moss likes old roofs"
    return EditionStory(
        id="moss",
        headline=title,
        language="en",
        outlets=1,
        independent_reports=1,
        summary=(),
        articles=(_coverage("m1", "Garden Column", title, 2, "canonical", paywalled=True),),
        kind="opinion",
        display="line",
    )
