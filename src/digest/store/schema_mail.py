"""The tables of subscribers and of what is sent to them. Nothing else holds personal data.

Whatever belongs to a person hangs on their row and goes with it when they are erased. What
stays is the hash in `suppressions`, so that no import brings them back.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from digest.store.schema import Instant, metadata

# Rows that are numbered as they come: ten million mails a day would fill 32 bits in 200 days.
Number = BigInteger().with_variant(Integer, "sqlite")  # which has 64 bits under that name

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("address", Text, nullable=False),
    Column("address_key", Text, nullable=False, unique=True),  # what its spellings share
    Column("state", String(12), nullable=False),
    Column("language", Text),
    Column("timezone", Text),
    Column("hour", Integer),
    Column("frequency", String(8), nullable=False),
    Column("sections", Text, nullable=False),  # these three: JSON lists
    Column("fewer", Text, nullable=False),
    Column("muted", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "state", "timezone", "hour", "frequency", "id"),  # who shares a rhythm
)

changes = Table(
    "subscriber_changes",
    metadata,
    Column("id", Number, primary_key=True),
    Column(
        "subscriber_id",
        String(16),
        ForeignKey("subscribers.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("at", Instant, nullable=False),
    Column("cause", Text, nullable=False),
    Column("what", Text, nullable=False),
    Index(None, "subscriber_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", LargeBinary(32), primary_key=True),
    Column("reason", String(12), nullable=False),  # unsubscribed, bounced, complained, erased
    Column("at", Instant, nullable=False),
)

confirmation_mails = Table(  # to one person about their subscription, asked for on the web
    "letters",
    metadata,
    Column("id", Number, primary_key=True),
    Column(
        "subscriber_id",
        String(16),
        ForeignKey("subscribers.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("asked_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),  # pending, sending, sent, failed
    Column("tries", Integer, nullable=False),
    Column("retry_at", Instant),
    Index(None, "state"),
    Index(None, "subscriber_id"),
)

audiences = Table(  # the editions whose audience is frozen
    "audiences",
    metadata,
    Column("edition", String(10), ForeignKey("editions.id"), primary_key=True),
    Column("frozen_at", Instant, nullable=False),
    Column("complete", Boolean, nullable=False, server_default=false()),  # everybody has a row
)

mails = Table(  # what was rendered for one choice, kept so that a second try sends the same
    "mails",
    metadata,
    Column("id", String(32), primary_key=True),  # a hash of the rest
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, primary_key=True),
    Column(
        "subscriber_id",
        String(16),
        ForeignKey("subscribers.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("edition", String(10), ForeignKey("editions.id"), nullable=False),  # the newest in it
    Column("since", String(10), ForeignKey("editions.id"), nullable=False),  # the oldest in it
    Column("slot", String(10), nullable=False),  # the local date it is for
    Column("due_at", Instant, nullable=False),
    Column("state", String(8), nullable=False),
    Column("cause", String(9)),  # a Cause
    Column("reason", Text),  # in words, for the operator
    Column("tries", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),  # tries that ended without an answer
    Column("retry_at", Instant, nullable=False),  # not before this; at first, due_at
    Column("tried_at", Instant),  # first
    Column("settled_at", Instant),
    Column("message_id", Text),
    Column("mail", String(32), ForeignKey("mails.id")),
    UniqueConstraint("edition", "subscriber_id"),
    UniqueConstraint("subscriber_id", "slot"),
    Index(None, "state", "retry_at"),
    Index(None, "message_id"),
)

sending = Table(  # one row: which machine sends, and whether it may
    "sending",
    metadata,
    Column("id", Number, primary_key=True),
    Column("instance", Text),
    Column("paused_at", Instant),
    Column("key", String(8)),  # the id of the key that signs
    # The mail server refused us as a whole: how often in a row, until when to wait, its words.
    Column("refusals", Integer, nullable=False, server_default="0"),
    Column("resume_at", Instant),
    Column("refusal", Text),
)
