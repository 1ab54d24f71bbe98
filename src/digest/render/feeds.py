"""Editions as feed entries: what Atom (RFC 4287) and JSON Feed 1.1 both say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from digest.render.data import dump, zulu
from digest.render.view import EditionView

LENGTH = 30


class FeedEntry(NamedTuple):
    """One edition in a feed; `url` is relative to the feed where no base URL is known."""

    id: str
    url: str
    title: str
    summary: str
    updated: str
    content: str


def entry_of(view: EditionView, base: str, content: str) -> FeedEntry:
    """The feed entry of an edition. Its id never changes, whatever the site's address."""
    return FeedEntry(
        id=urn(view.edition.title, view.edition.id),
        url=f"{base}{view.edition.id}/",
        title=view.heading,
        summary=view.headlines,
        updated=zulu(view.edition.until),
        content=content,
    )


def urn(title: str, name: str) -> str:
    """A stable identifier for something this digest publishes (RFC 9562, version 5)."""
    return uuid5(NAMESPACE_URL, f"{title}\n{name}").urn


def json_feed(newest: EditionView, entries: Sequence[FeedEntry], base: str) -> bytes:
    """The entries as JSON Feed 1.1."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": newest.edition.title,
        "home_page_url": base or "./",
        "feed_url": f"{base}feed.json",
        "language": newest.lang,
        "items": [
            {
                "id": entry.id,
                "url": entry.url,
                "title": entry.title,
                "summary": entry.summary,
                "content_html": entry.content,
                "date_published": entry.updated,
            }
            for entry in entries
        ],
    }
    return dump(feed)
