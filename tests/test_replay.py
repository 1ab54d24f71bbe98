"""Real polling histories on a fake clock: each article once, across feeds too.

A few days of each at every commit; DIGEST_REPLAY=all reads every poll (in `make soak`).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, TypeVar, cast

import pytest

from digest.feeds.identity import keys_of
from digest.model import Article, Document, Entry, Failure, Feed, FullText, ParsedFeed
from digest.urls import canonical_url

from .fakes import FakeHttp, InProcessWorkers
from .test_collect import Harness

T = TypeVar("T")
R = TypeVar("R")

ALL = os.environ.get("DIGEST_REPLAY") == "all"
SERIES = (
    ("ft_home",),
    ("lilianweng",),
    ("planetbalham",),
    ("rust_blog",),
    ("the_batch",),
    ("wsj_econ", "wsj_world"),
)
FAULTS: tuple[bytes | Failure, ...] = (
    b"<rss version='2.0'><channel><title>Empty</title></channel></rss>",
    Failure(reason="HTTP 503", status=503),
    b"<!doctype html><title>Just a moment...</title>",
)


class Remembering(InProcessWorkers):
    """Parses each body once, for every replay of it, and keeps what it has shown."""

    _parsed: ClassVar[dict[tuple[str, bytes], object]] = {}

    def __init__(self) -> None:
        self.shown: dict[str, set[Entry]] = {}

    async def run(self, function: Callable[[T], R], argument: T) -> R:
        if not isinstance(argument, Document):
            return await super().run(function, argument)
        key = (argument.url, hashlib.sha256(argument.body).digest())
        if key not in self._parsed:
            while len(self._parsed) >= 100:  # a whole history would take gigabytes
                self._parsed.pop(next(iter(self._parsed)))
            self._parsed[key] = await super().run(function, argument)
        parsed = self._parsed[key]
        if isinstance(parsed, ParsedFeed):
            self.shown.setdefault(argument.url, set()).update(parsed.entries)
        return cast(R, parsed)


def polls(corpus: Path, names: tuple[str, ...]) -> Iterator[tuple[datetime, str, bytes]]:
    """Time, feed and body of each poll of several histories, in order of time."""
    rows = []
    for name in names:
        with lzma.open(corpus / "replay" / f"{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                at = datetime.fromisoformat(row["t"]).astimezone(UTC)
                rows.append((at, f"https://{name}.example/feed", (row["body"] or "").encode()))
    rows.sort(key=lambda row: row[0])
    if not ALL and len(names) > 1:  # three days in which the two feeds share much
        start, end = datetime(2025, 11, 13, tzinfo=UTC), datetime(2025, 11, 16, tzinfo=UTC)
        rows = [row for row in rows if start <= row[0] < end]
    left = 4_000_000 * len(names) if not ALL else None  # bytes: some feeds show all they have
    for row in rows if ALL else rows[: 40 * len(names)]:
        if left is not None:
            left -= len(row[2])
            if left < 0:
                return
        yield row


class Replay:
    """Polls histories; with `faults`, a failed, empty or foreign answer before every fifth poll."""

    def __init__(self, corpus: Path, folder: Path, names: tuple[str, ...], *, faults: bool) -> None:
        folder.mkdir()
        urls = [f"https://{name}.example/feed" for name in names]
        feeds = tuple(Feed(url=url, full_text=FullText.ALWAYS) for url in urls)
        self.harness = Harness(folder, *feeds)
        self.seen = Remembering()
        self.harness.workers = self.seen
        self.polls = self.edits = self.flooded = self.new_after_fault = 0
        for number, (at, url, body) in enumerate(polls(corpus, names)):
            self.harness.settings = self.harness.settings.model_copy(
                update={"feeds": tuple(feed for feed in feeds if feed.url == url)}
            )
            self.harness.now = at
            if faults and number % 5 == 4:
                self.harness.http = FakeHttp({url: FAULTS[number // 5 % len(FAULTS)]})
                self.new_after_fault += self.harness.collect().new_articles
            self.harness.http = FakeHttp({url: body})
            report = self.harness.collect()
            self.polls += 1
            self.edits += report.feeds[0].edited

    @property
    def stored(self) -> dict[str, tuple[str | None, Article]]:
        """Every stored article with its raw id, offered to an edition or not."""
        from sqlalchemy import select

        from digest.store.schema import articles

        with self.harness.store._engine.begin() as connection:
            return {row.id: (row.raw_id, row) for row in connection.execute(select(articles))}  # type: ignore[misc]


@pytest.mark.parametrize("names", SERIES, ids="+".join)
def test_a_real_history_ends_with_every_article_stored_once(
    corpus: Path, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """Nothing that was shown is unknown, nothing is stored twice, faults change nothing."""
    plain = Replay(corpus, tmp_path / "plain", names, faults=False)
    lost = 0
    for url, entries in plain.seen.shown.items():
        for entry in entries:
            keys = [key.digest for key in keys_of(url, entry)]
            lost += not plain.harness.store.known(keys)
    assert 0 == lost
    stored = plain.stored
    twice = Counter(
        (canonical_url(row.url or ""), row.title.casefold()) for _, row in stored.values()
    )
    assert [] == [key for key, count in twice.items() if count > 1]
    ids = Counter((raw, row.title.casefold()) for raw, row in stored.values() if raw)
    assert [] == [key for key, count in ids.items() if count > 1]
    print(f"{names}: {plain.polls} polls, {len(stored)} articles, {plain.edits} edits")  # noqa: T201
    if not ALL or len(names) == 1:
        troubled = Replay(corpus, tmp_path / "troubled", names, faults=True)
        assert 0 == troubled.new_after_fault
        assert stored.keys() == troubled.stored.keys()


def test_an_article_of_two_feeds_counts_once(corpus: Path, tmp_path: Path) -> None:
    """Two feeds of one publisher share guids: each of them is one article."""
    replay = Replay(corpus, tmp_path / "both", ("wsj_econ", "wsj_world"), faults=False)
    guids: dict[str, set[str]] = {}
    for url, entries in replay.seen.shown.items():
        for entry in entries:
            guids.setdefault(entry.raw_id or "", set()).add(url)
    shared = {guid for guid, feeds in guids.items() if len(feeds) == 2}
    counts = Counter(raw for raw, _ in replay.stored.values() if raw in shared)
    print(f"shared guids {len(shared)}, of them once {sum(n == 1 for n in counts.values())}")  # noqa: T201
    assert shared
    assert set() == {guid for guid, count in counts.items() if count != 1}
