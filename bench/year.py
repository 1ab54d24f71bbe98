"""Builds a store as a year of `digest serve` leaves it.

    python -m bench.year STORE [DAYS [ARTICLES_A_DAY]]

Real tables, filled without reading feeds: articles of a Zipf vocabulary (bench/volume.py) with
their keys, polls, signatures, editions and ledger. As in a store in use, texts older than 90 days
are dropped, and signatures go with the days that no build looks at any more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from itertools import islice, repeat
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine, insert

from bench.volume import articles as invented
from digest.model import Edition
from digest.render import sample_editions
from digest.store import open_store
from digest.store.schema import articles, editions, entry_keys, feeds, ledger, polls, signatures
from digest.store.search import index_edition
from digest.stories.cluster import Background
from digest.stories.minhash import signature

A_DAY, FEEDS, SHOWN = 500, 300, 40
TEXTS, SIGNATURES = 90, 31  # days that are kept
LAST = date(2026, 3, 1)
_EDITION = TypeAdapter(Edition)
Row = dict[str, Any]


def build(
    path: Path, days: int, a_day: int = A_DAY, *, waiting: int = 0, urls: Sequence[str] = ()
) -> None:
    """Fill a new store; its last edition is that of `LAST`, and so many articles wait after it."""
    store = open_store(path)
    engine = store.engine
    news = invented(min(days, TEXTS) * a_day + waiting)
    last = datetime.combine(LAST, time(6), tzinfo=UTC)
    urls = urls or [f"http://127.0.0.1:1/{number}.xml" for number in range(FEEDS)]
    _add(engine, feeds, (_feed(number, url, last) for number, url in enumerate(urls)))
    for back in range(days, -1 if waiting else 0, -1):
        day = LAST - timedelta(days=back - 1)
        number = (days - back) * a_day
        count = a_day if back else waiting
        printed = islice(news, count) if back <= TEXTS else repeat({"title": "Report", "text": ""})
        rows = [_article(number + at, day, next(printed), back, urls) for at in range(count)]
        if back:
            _add_edition(engine, day, rows)
        _add(engine, articles, rows)
        _add(engine, entry_keys, (key for row in rows for key in _keys(row["id"])))
        if 0 < back <= SIGNATURES:
            _add(
                engine,
                signatures,
                (
                    {"article_id": row["id"], "signature": signature(row["text"]).to_bytes()}
                    for row in rows
                ),
            )
    store.close()


def _add(engine: Engine, table: Any, rows: Iterator[Row] | list[Row]) -> None:
    if rows := list(rows):
        with engine.begin() as connection:
            connection.execute(insert(table), rows)


def _feed(number: int, url: str, at: datetime) -> Row:
    return {
        "url": url,
        "outlet": f"outlet {number}",
        "section": "News",
        "failures": 0,
        "polled_at": at,
        "read_at": at,
        "due_at": at + timedelta(minutes=number % 30),
        "rhythm": "{}",
    }


def _article(
    number: int, day: date, printed: Mapping[str, str], back: int, urls: Sequence[str]
) -> Row:
    seen = datetime.combine(day, time(5), tzinfo=UTC) - timedelta(minutes=number % 1200)
    return {
        "id": f"{number:016x}",
        "feed_url": urls[number % len(urls)],
        "raw_id": f"http://127.0.0.1:1/{number}",
        "url": f"http://127.0.0.1:1/{number}",
        "title": printed["title"],
        "text": printed["text"],
        "language": "en",
        "paywalled": False,
        "published_at": seen,
        "dated": True,
        "first_seen_at": seen,
        "text_source": "page",
        "content_hash": f"{number:032x}",
        "edition": day.isoformat() if back else None,
    }


def _keys(article: str) -> Iterator[Row]:
    for kind in ("id", "url", "content"):
        yield {
            "key": blake2b(f"{kind} {article}".encode(), digest_size=16).digest(),
            "article_id": article,
        }


def _add_edition(engine: Engine, day: date, rows: list[Row]) -> None:
    made = replace(sample_editions()[0], id=day.isoformat())
    counts: Mapping[str, int] = {f"term{at}": 1 + at % 7 for at in range(8000)}
    row = {
        "id": made.id,
        "document": _EDITION.dump_json(made).decode(),
        "terms": Background(documents={"en": len(rows)}, frequencies={"en": counts}).to_bytes(),
        "published_at": datetime.combine(day, time(7), tzinfo=UTC),  # at its slot: none is due
    }
    with engine.begin() as connection:
        connection.execute(insert(editions), [row])
        index_edition(connection, made.id, _EDITION.dump_python(made, mode="json"))
        connection.execute(
            insert(ledger),
            [
                {
                    "edition": made.id,
                    "story": f"s{row['id'][1:]}",
                    "status": "new",
                    "headline": row["title"],
                    "articles": [row["id"]],
                    "sentences": [],
                }
                for row in rows[:SHOWN]
            ],
        )
        hours = (datetime.combine(day, time(hour), tzinfo=UTC) for hour in range(0, 24, 6))
        connection.execute(
            insert(polls),
            [
                {
                    "feed_url": row["feed_url"],
                    "at": at,
                    "outcome": "read",
                    "new": 1,
                    "edited": 0,
                    "dropped": 0,
                }
                for at in hours
                for row in rows[:50]
            ],
        )


if __name__ == "__main__":
    name, *numbers = sys.argv[1:]
    build(Path(name), *map(int, numbers or ["365"]))
