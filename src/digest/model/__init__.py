"""The values that flow through the house, in pipeline order.

All are frozen: a stage never changes its input, it makes the next type. Times are aware
datetimes in UTC; collections are tuples; identifiers are strings that stay the same when
the same input is read into an empty store again.
"""

from __future__ import annotations

from digest.model.articles import Article, TextSource
from digest.model.edition import (
    Brief,
    Counts,
    Coverage,
    Earlier,
    Edition,
    EditionStory,
    FeedReport,
    FeedStatus,
    RenderedFile,
    Role,
    Section,
    StoryStatus,
)
from digest.model.feeds import (
    Document,
    Entry,
    Failure,
    Feed,
    FeedState,
    FullText,
    NotModified,
    PageText,
    ParsedFeed,
    Validators,
)
from digest.model.judgement import (
    Conflict,
    Constraint,
    Copy,
    DuplicateGroup,
    Join,
    Statement,
    Story,
    SummarizedStory,
    Summary,
    SummarySentence,
)

__all__ = [
    "Article",
    "Brief",
    "Conflict",
    "Constraint",
    "Copy",
    "Counts",
    "Coverage",
    "Document",
    "DuplicateGroup",
    "Earlier",
    "Edition",
    "EditionStory",
    "Entry",
    "Failure",
    "Feed",
    "FeedReport",
    "FeedState",
    "FeedStatus",
    "FullText",
    "Join",
    "NotModified",
    "PageText",
    "ParsedFeed",
    "RenderedFile",
    "Role",
    "Section",
    "Statement",
    "Story",
    "StoryStatus",
    "SummarizedStory",
    "Summary",
    "SummarySentence",
    "TextSource",
    "Validators",
]
