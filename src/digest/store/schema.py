"""The tables of feeds, articles, editions and stories, in SQLAlchemy Core.

All state is in the database. Times are stored as UTC. Keys and identifiers outlive the texts they
belong to, so that nothing a feed shows again counts as new.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    text,
    true,
)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored without its zone: SQLite has none."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a naive time: it is a bug, never data."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} reached the store")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Restore the zone."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

feeds = Table(
    "feeds",
    metadata,
    Column("url", Text, primary_key=True),
    Column(
        "outlet", Text, nullable=False
    ),  # as readers see it: the configured title or the feed's own
    Column("section", Text, nullable=False),
    Column("newsroom", Text),  # the configuration's `group`
    Column("title", Text),  # as the feed states it
    Column("language", Text),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("polled_at", Instant),
    Column("read_at", Instant),  # the last poll that worked
    Column("full_at", Instant),  # the last whole document
    Column("due_at", Instant),
    Column("not_before", Instant),
    Column("rhythm", Text),  # a Rhythm as JSON
    Column("failures", Integer, nullable=False, default=0),
    Column("failing_since", Instant),
    Column("error", Text),
    Column("address", Text),  # its address after a permanent redirect
    Column("move_url", Text),  # a permanent redirect that is not confirmed yet
    Column("move_since", Instant),
    Column("move_times", Integer),
    Column("hold", String(8)),  # why it waits for the operator
    Index(None, "due_at"),  # these three find what a tick looks at
    Index(None, "polled_at"),
    Index(None, "hold"),
)

robots = Table(
    "robots",
    metadata,
    Column("origin", Text, primary_key=True),  # scheme, host and port
    Column("rules", Text),  # its robots.txt; null if not available
    Column("good_until", Instant, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("id", String(10), primary_key=True),  # the local date: one edition a date, by key
    Column("document", Text, nullable=False),  # the Edition as JSON
    Column("terms", LargeBinary, nullable=False),  # its share of the document frequencies
    Column("published_at", Instant),  # set once all its files are in the output folder
    # Rises when a rebuild changes the document, so that no mail of the previous one is sent.
    Column("revision", Integer, nullable=False, server_default="1"),
)

articles = Table(
    "articles",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("feed_url", Text, ForeignKey("feeds.url"), nullable=False),
    Column("raw_id", Text),  # as the feed wrote it
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("author", Text),
    Column("language", String(8), nullable=False),
    Column("image", Text),
    Column("paywalled", Boolean, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("dated", Boolean, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("text_source", String(4), nullable=False),
    Column("text_note", Text),
    Column("labels", Text),  # a line each
    Column("content_hash", String(32), nullable=False),  # of the entry, to notice edits
    # The edition that took this article in; it is set once and an article has one only.
    Column("edition", String(10), ForeignKey("editions.id")),
    # A page that could not be read yet: how often it was tried, and when to try again.
    Column("page_tries", Integer, nullable=False, default=0),
    Column("page_retry_at", Instant),
    # False for a feed's past, which is stored and never shown.
    Column("offered", Boolean, nullable=False, default=True, server_default=true()),
    Column("dropped", Text),  # the rule or limit that kept it out
    Column("edits", Integer, nullable=False, default=0, server_default="0"),
    Index(None, "edition", "first_seen_at"),
    Index(None, "page_retry_at"),
    Index(None, "feed_url", "first_seen_at"),
    Index(None, "url"),
    Index(None, "first_seen_at", sqlite_where=text("text != ''")),  # those with a text
)

# The last polls of each feed, for the operator; nothing is decided by them.
polls = Table(
    "polls",
    metadata,
    Column("feed_url", Text, primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("outcome", String(9), nullable=False),  # read, unchanged, failed
    Column("new", Integer, nullable=False),
    Column("edited", Integer, nullable=False),
    Column("dropped", Integer, nullable=False),
    Column("reason", Text),
)

# The condition of each feed as it was last logged, and when it was last in an alert.
conditions = Table(
    "conditions",
    metadata,
    Column("feed_url", Text, primary_key=True),
    Column("condition", String(8), nullable=False),
    Column("since", Instant),
    Column("reason", Text, nullable=False),
    Column("alerted_at", Instant),
)

alerts = Table(
    "alerts",
    metadata,
    Column("sent_at", Instant, primary_key=True),
    Column("text", Text, nullable=False),  # empty: it could not be sent
)

entry_keys = Table(
    "entry_keys",
    metadata,
    Column("key", LargeBinary(16), primary_key=True),
    Column("article_id", String(16), ForeignKey("articles.id"), nullable=False),
)

signatures = Table(
    "signatures",
    metadata,
    Column("article_id", String(16), ForeignKey("articles.id"), primary_key=True),
    Column("signature", LargeBinary, nullable=False),  # begins with its parameters
)

# What each edition did with its stories; a rebuilt edition replaces its own rows.
ledger = Table(
    "ledger",
    metadata,
    Column("edition", String(10), ForeignKey("editions.id"), primary_key=True),
    Column("story", Text, primary_key=True),
    Column("status", String(6), nullable=False),  # new, update, repeat
    Column("headline", Text, nullable=False),
    Column("articles", JSON, nullable=False),  # ids, the canonical first
    Column("sentences", JSON, nullable=False),  # as printed
    Index(None, "story"),
)

# An operator's corrections, kept until they are removed.
constraints = Table(
    "constraints",
    metadata,
    Column("a", String(16), primary_key=True),  # article ids, a < b
    Column("b", String(16), primary_key=True),
    Column("kind", String(11), nullable=False),  # must-link, cannot-link
    Column("made_at", Instant, nullable=False),
)

# What a language model said of two articles; it is asked once.
verdicts = Table(
    "verdicts",
    metadata,
    Column("a", String(16), primary_key=True),  # article ids, a < b
    Column("b", String(16), primary_key=True),
    Column("edition", String(10), nullable=False),  # for which it was asked; may not be stored yet
    Column("same", Boolean),  # null: neither yes nor no
)

pins = Table(
    "pins",
    metadata,
    Column("story", Text, primary_key=True),
    Column("articles", JSON, nullable=False),  # ids of the articles when it was pinned
    Column("made_at", Instant, nullable=False),
)
