"""Real polling histories, replayed day by day: a published story comes back only with news."""

from __future__ import annotations

import asyncio
import json
import lzma
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

from digest.config import Settings
from digest.flows import Builder
from digest.model import Edition, Feed, FullText
from digest.store import open_store

from .fakes import FakeHttp, InMemoryOutput, collector

Poll = tuple[datetime, str, bytes]


def history(path: Path) -> Iterator[Poll]:
    """Time, feed and body of each poll that brought another body than the one before."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            when = datetime.fromisoformat(row["t"]).astimezone(UTC)
            yield when, f"https://{path.name.partition('.')[0]}.example/feed", row["body"].encode()


class NoFiles:
    """A renderer of nothing: all stories are in the edition."""

    def wanted(self, edition: Edition, ids: object) -> tuple[()]:
        return ()

    def week_of(self, edition: str, ids: object) -> tuple[()]:
        return ()

    def files(
        self, edition: Edition, ids: object, editions: object, week: object = None
    ) -> tuple[()]:
        return ()


def replayed(folder: Path, paths: list[Path], until: date) -> Iterator[Edition]:
    """The edition of every day that brought something."""
    polls = sorted(poll for path in paths for poll in history(path))
    feeds = tuple(
        Feed(url=url, title=url[8:11].upper(), full_text=FullText.ALWAYS)
        for url in sorted({poll[1] for poll in polls})
    )
    settings = Settings(feeds=feeds)
    store = open_store(folder / "digest.db")
    http = FakeHttp({feed.url: b"<rss version='2.0'><channel/></rss>" for feed in feeds})
    now = polls[0][0]

    def clock() -> datetime:
        return now

    made = collector(settings, store, http, clock)
    builder = Builder(
        settings=settings, store=store, renderer=NoFiles(), output=InMemoryOutput(), clock=clock
    )
    with asyncio.Runner() as runner:
        for day, of_day in groupby(polls, key=lambda poll: poll[0].date()):
            if day > until:
                break
            for now, url, body in of_day:  # noqa: B007 - the clock reads it
                http.pages[url] = body
                runner.run(made.collect(patient=False))
            yield builder.build(day.isoformat()).edition
    store.close()


def test_what_was_told_comes_back_with_news_only(corpus: Path, tmp_path: Path) -> None:
    """Two weeks of three feeds: no article twice, and every update has a new sentence."""
    names = ("ft_home", "wsj_econ", "wsj_world")
    paths = [corpus / f"replay/{name}.jsonl.xz" for name in names]
    shown: set[str] = set()
    published: dict[str, set[str]] = {}
    statuses: Counter[str] = Counter()
    for edition in replayed(tmp_path, paths, date(2025, 5, 2)):
        statuses["repeat"] += edition.counts.repeats
        for story in edition.stories:
            statuses[story.status] += 1
            said = {sentence.text for sentence in story.summary}
            before = published.setdefault(story.id, set())
            assert story.status == "new" or said - before, (edition.id, story.headline)
            before |= said
            articles = {article.id for article in story.articles}
            assert set() == articles & shown, (edition.id, story.headline)
            shown |= articles
    # Teasers of 17 words seldom show that a story goes on: few updates, and no wrong ones.
    assert statuses["new"] > 20, statuses
    assert statuses["update"] >= 3, statuses
