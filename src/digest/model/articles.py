"""Articles: the unit of every judgement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

TextSource = Literal["page", "feed"]

# What an article is. All but "news" go below news; "media" is a video, a gallery, a podcast or a
# quiz.
Kind = Literal["news", "opinion", "review", "shopping", "newsletter", "live", "media"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An entry with its extracted text: the unit of every judgement.

    `published_at` is the best stated time; `dated` is False where none is stated, and
    `published_at` then is when the article was first seen.
    """

    id: str
    feed_url: str
    outlet: str  # the name readers see
    section: str
    url: str | None
    title: str
    text: str  # paragraphs separated by a newline
    published_at: datetime
    first_seen_at: datetime
    dated: bool = True
    author: str | None = None
    language: str = "und"  # primary subtag, "und" where unknown (RFC 5646)
    image: str | None = None
    paywalled: bool = False
    text_source: TextSource = "page"
    text_note: str | None = None  # why the text is the feed's, not the page's
    labels: tuple[str, ...] = ()  # what feed and page call it: categories, sections, types
    newsroom: str | None = None  # the `group` of its feed
