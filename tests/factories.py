"""Values for tests, with everything that does not matter filled in."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest.model import Article, DuplicateGroup

NOON = datetime(2024, 7, 10, 12, tzinfo=UTC)


def article(text: str = "", *, title: str = "", **fields: Any) -> Article:
    """An article of one text; its id follows from title and text unless one is given."""
    given = {
        "id": "a" + hashlib.sha256(f"{title}\n{text}".encode("utf-8", "replace")).hexdigest()[:15],
        "feed_url": "https://harbour-post.example/feed",
        "outlet": "The Harbour Post",
        "section": "News",
        "url": None,
        "published_at": NOON,
        "first_seen_at": NOON,
        "language": "en",
    }
    return Article(title=title, text=text, **(given | fields))


def group(text: str = "", *, title: str = "", **fields: Any) -> DuplicateGroup:
    """An article that nobody copied."""
    return DuplicateGroup(canonical=article(text, title=title, **fields))


def labelled(path: Path) -> list[tuple[Article, str]]:
    """The articles of a labelled set with the event of each ("" where there is none)."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_labelled(json.loads(line)) for line in lines]


def _labelled(row: dict[str, Any]) -> tuple[Article, str]:
    stated = row.get("published")
    when = datetime.fromisoformat(stated) if stated else NOON
    made = article(
        row["text"],
        title=row["title"],
        id=row["id"],
        outlet=row.get("source") or "",
        published_at=when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC),
        dated=bool(stated),
    )
    return made, row.get("event", "")
