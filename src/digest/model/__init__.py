"""The values that flow through the house, in pipeline order.

All are frozen: a stage never changes its input, it makes the next type. Times are aware
datetimes in UTC; collections are tuples; identifiers are strings that stay the same when
the same input is read into an empty store again.
"""

from __future__ import annotations

from digest.model.articles import Article, TextSource
from digest.model.edition import (
    Brief,
    Chapter,
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
    Hold,
    Move,
    NotModified,
    PageText,
    ParsedFeed,
    Rhythm,
    Validators,
)
from digest.model.judgement import (
    Conflict,
    Constraint,
    Copy,
    Decision,
    DuplicateGroup,
    Join,
    Link,
    Shared,
    Statement,
    Story,
    SummarizedStory,
    Summary,
    SummarySentence,
)

__all__ = [
    "Article",
    "Brief",
    "Chapter",
    "Conflict",
    "Constraint",
    "Copy",
    "Counts",
    "Coverage",
    "Decision",
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
    "Hold",
    "Join",
    "Link",
    "Move",
    "NotModified",
    "PageText",
    "ParsedFeed",
    "RenderedFile",
    "Rhythm",
    "Role",
    "Section",
    "Shared",
    "Statement",
    "Story",
    "StoryStatus",
    "SummarizedStory",
    "Summary",
    "SummarySentence",
    "TextSource",
    "Validators",
]
