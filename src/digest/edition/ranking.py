"""Which story comes before which: the order an editor would sign.

docs/ranking.md says the same in words.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest.edition.sections import section_of
from digest.model import Kind, Story
from digest.stories.kinds import article_kind
from digest.stories.summarize import tells
from digest.stories.titles import plain_title
from digest.text import words

_COPIES = 0.5  # what a further outlet that carries a copy counts, beside one that reports by itself
_FRESH, _FADED = 0.5, timedelta(hours=48)  # what being new counts, and the age at which it is gone
_GOES_ON = 0.3  # what it counts that a story goes on that readers know ...
_DAY, _DAYS = 0.05, 5  # ... and each further day of it, up to so many
_REPORT, _REPORTS = 0.15, 3  # what each further report counts, also of one newsroom, up to so many
_UNTOLD = 0.5  # off a story of which every report only asks, promises, judges or names
_TEXT = 5  # words, below which an article has no text to speak of


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What the operator says of feeds (by URL) and sections: 2 counts double, 1 is usual."""

    feeds: Mapping[str, float] = field(default_factory=dict)
    sections: Mapping[str, float] = field(default_factory=dict)


def story_kind(story: Story) -> Kind:
    """What a story is: news as soon as one report is, else what most reports are."""
    kinds = Counter(article_kind(report.canonical) for report in story.reports)
    return "news" if kinds["news"] else kinds.most_common(1)[0][0]


def story_tells(story: Story) -> bool:
    """Does the title of a report say what happened, rather than ask, promise, judge or name?"""
    reports = (report.canonical for report in story.reports)
    return any(
        tells(plain_title(report.title, report.outlet), report.language) for report in reports
    )


def story_rank(
    story: Story,
    *,
    until: datetime,
    day: int = 1,
    pinned: Collection[str] = (),
    weights: Weights | None = None,
) -> tuple[object, ...]:
    """The key by which the stories of an edition are sorted, the best first.

    Pinned stories (by id), then news with a text, then items without one, then everything that is
    no news; in each what several newsrooms or outlets carry before what one does, however many
    texts that one has of it. Within these by a score: the logarithm of the newsrooms that reported
    it on their own (carriers of copies count less), how many reports they gave it, how new it is at
    the edition's end `until`, on which `day` it is, and the operator's weights.
    """
    sources = {article.newsroom or article.outlet for article in story.articles}
    readable = any(len(words(article.text[:200])) >= _TEXT for article in story.articles)
    level = 2 if story_kind(story) != "news" else 0 if readable else 1
    return (
        story.id not in pinned,
        level,
        len(sources) == 1,
        -round(_score(story, len(sources), until, day, weights or Weights()), 6),
        story.id,
    )


def _score(story: Story, sources: int, until: datetime, day: int, weights: Weights) -> float:
    reports = [report.canonical for report in story.reports]
    newsrooms = len({report.newsroom or report.outlet for report in reports})
    newest = max(article.published_at for article in story.articles)
    age = min(max((until - newest) / _FADED, 0.0), 1.0)
    feed = max(weights.feeds.get(report.feed_url, 1.0) for report in reports)
    section = weights.sections.get(section_of(story), 1.0)
    return (
        math.log2(1 + newsrooms + _COPIES * (sources - newsrooms))
        + _FRESH * (1 - age)
        + _GOES_ON * (day > 1)
        + _DAY * min(day - 1, _DAYS)
        + _REPORT * min(len(reports) - 1, _REPORTS)
        + math.log2(feed)
        + math.log2(section)
        - _UNTOLD * (not story_tells(story))
    )
