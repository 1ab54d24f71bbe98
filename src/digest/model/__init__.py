"""The values that flow through the house, in pipeline order.

All are frozen: a stage never changes its input, it makes the next type. Times are aware
datetimes in UTC; collections are tuples; identifiers are strings that stay the same when
the same input is read into an empty store again.
"""

from __future__ import annotations

from digest.model.articles import Article, TextSource
from digest.model.edition import (
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
from digest.model.subscribers import (
    Change,
    Choice,
    DeliveryState,
    Frequency,
    Mail,
    Rhythm,
    Slot,
    Subscriber,
    SubscriberState,
)

__all__ = [
    "Article",
    "Change",
    "Choice",
    "Conflict",
    "Constraint",
    "Copy",
    "Counts",
    "Coverage",
    "DeliveryState",
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
    "Frequency",
    "FullText",
    "Join",
    "Mail",
    "NotModified",
    "PageText",
    "ParsedFeed",
    "RenderedFile",
    "Rhythm",
    "Role",
    "Section",
    "Slot",
    "Statement",
    "Story",
    "StoryStatus",
    "Subscriber",
    "SubscriberState",
    "SummarizedStory",
    "Summary",
    "SummarySentence",
    "TextSource",
    "Validators",
]
