"""digest.json: the edition as data. Its schema is docs/digest.schema.json."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from digest.model import Brief, Conflict, Coverage, Edition, EditionStory, FeedReport
from digest.render.clean import clean_edition

Json = dict[str, Any]


def to_json(edition: Edition) -> bytes:
    """The edition as JSON: UTF-8, keys in a fixed order, two spaces, a newline at the end.

    Times are ISO 8601 in UTC, to the second, with Z. A `url` of an article is null where it is
    no http(s) address.
    """
    return dump(edition_data(clean_edition(edition)))


def dump(value: Json) -> bytes:
    """JSON as all our files have it."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def zulu(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second: "2026-11-21T07:00:00Z" (RFC 3339)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def rfc822(moment: datetime) -> str:
    """As OPML 2.0 wants its dates: "Sat, 21 Nov 2026 07:00:00 GMT"."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def edition_data(edition: Edition) -> Json:
    """What digest.json says of an edition that is clean already."""
    counts = edition.counts
    return {
        "edition": {
            "id": edition.id,
            "title": edition.title,
            "language": edition.language,
            "since": zulu(edition.since),
            "until": zulu(edition.until),
            "timezone": edition.timezone,
        },
        "counts": {
            "feeds": counts.feeds,
            "feeds_failed": counts.feeds_failed,
            "articles": counts.articles,
            "copies": counts.copies,
            "stories": counts.stories,
            "repeats": counts.repeats,
        },
        "feeds": [_feed(feed) for feed in edition.feeds],
        "sections": [
            {
                "title": section.title,
                "language": section.language,
                "stories": [_story(story) for story in section.stories],
            }
            for section in edition.sections
        ],
        "front": list(edition.front),
        "rest": [_brief(brief) for brief in edition.rest],
    }


def _feed(feed: FeedReport) -> Json:
    return {
        "url": feed.url,
        "title": feed.title,
        "status": feed.status,
        "error": feed.error,
        "entries": feed.entries,
        "section": feed.section,
        "heard_at": None if feed.heard_at is None else zulu(feed.heard_at),
    }


def _brief(brief: Brief) -> Json:
    return {
        "headline": brief.headline,
        "url": brief.url,
        "outlet": brief.outlet,
        "articles": brief.articles,
        "section": brief.section,
        "language": brief.language,
        "kind": brief.kind,
        "paywalled": brief.paywalled,
        "also": brief.also,
    }


def _story(story: EditionStory) -> Json:
    return {
        "id": story.id,
        "headline": story.headline,
        "kind": story.kind,
        "display": story.display,
        "status": story.status,
        "day": story.day,
        "earlier": [
            {"edition": earlier_edition.edition, "headline": earlier_edition.headline}
            for earlier_edition in story.earlier
        ],
        "language": story.language,
        "outlets": story.outlets,
        "independent_reports": story.independent_reports,
        "summary": [
            {"text": sentence.text, "article": sentence.article, "also": list(sentence.also)}
            for sentence in story.summary
        ],
        "written_by": story.written_by,
        "conflicts": [_conflict(conflict) for conflict in story.conflicts],
        "articles": [_article(article) for article in story.articles],
        "image": story.image,
        "picture": story.picture and asdict(story.picture),
    }


def _conflict(conflict: Conflict) -> Json:
    return {
        "unit": conflict.unit,
        "statements": [
            {
                "number": statement.number,
                "text": statement.sentence.text,
                "article": statement.sentence.article,
            }
            for statement in conflict.statements
        ],
    }


def _article(article: Coverage) -> Json:
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "outlet": article.outlet,
        "published_at": zulu(article.published_at),
        "dated": article.dated,
        "paywalled": article.paywalled,
        "role": article.role,
        "copy_of": article.copy_of,
        "excerpt": article.excerpt,
        "language": article.language,
        "kind": article.kind,
    }
