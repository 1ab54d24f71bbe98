"""What Atom (RFC 4287) and JSON Feed 1.1 both say: whole editions, or story by story.

An id never changes, over rebuilds, days and moves of the site. An update of a story is the same
entry with a later `updated`, so that a reader program shows a story once and its updates as such.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from digest.render.data import dump, zulu
from digest.render.story_view import StoryView
from digest.render.view import EditionView

EDITIONS = 10  # in the feed of editions
STORY_DAYS = 7  # editions whose stories are in the feeds of stories


class FeedEntry(NamedTuple):
    """An entry; `url` begins at the root of the site until it is in a feed."""

    id: str
    url: str
    title: str
    summary: str
    published: str
    updated: str
    content: str
    language: str | None = None  # where it is not the feed's own
    section: str | None = None


class Feed(NamedTuple):
    """A feed; `url` lacks the ".xml" or ".json" at its end."""

    id: str
    title: str
    author: str
    language: str
    updated: str
    url: str
    home: str
    entries: tuple[FeedEntry, ...]


def entry_of(view: EditionView, content: str) -> FeedEntry:
    """The entry of an edition."""
    return FeedEntry(
        id=urn(view.edition.title, view.edition.id),
        url=f"{view.edition.id}/",
        title=view.heading,
        summary=view.headlines,
        published=zulu(view.edition.until),
        updated=zulu(view.edition.until),
        content=content,
    )


def story_entry(
    view: EditionView, story: StoryView, content: str, published: datetime
) -> FeedEntry:
    """The entry of a story as its newest edition tells it."""
    sentences = " ".join(sentence.text for sentence in story.sentences)
    return FeedEntry(
        id=urn(view.edition.title, f"story {story.id}"),
        url=f"stories/{story.slug}/",
        title=story.headline,
        summary=sentences or story.canonical.outlet,
        published=zulu(published),
        updated=zulu(view.edition.until),
        content=content,
        language=story.lang,
        section=next(section.title for section in view.sections if story in section.stories),
    )


def first_published(view: EditionView, story: StoryView, ends: Mapping[str, datetime]) -> datetime:
    """When a story was first published: the end of that edition, or of the oldest one known."""
    known = [
        ends[earlier_edition.edition]
        for earlier_edition in story.earlier
        if earlier_edition.edition in ends
    ]
    return min(known, default=view.edition.until)


def urn(title: str, name: str) -> str:
    """A stable identifier for something this digest publishes (RFC 9562, version 5)."""
    return uuid5(NAMESPACE_URL, f"{title}\n{name}").urn


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1."""
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": f"{feed.url}.json",
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "items": [_item(entry) for entry in feed.entries],
    }
    return dump(document)


def _item(entry: FeedEntry) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content_html": entry.content,
        "date_published": entry.published,
        "date_modified": entry.updated,
    }
    if entry.language:
        item["language"] = entry.language
    if entry.section:
        item["tags"] = [entry.section]
    return item
