"""The first schema: feeds, articles, what is remembered of entries, editions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "feeds",
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("outlet", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("polled_at", sa.DateTime),
        sa.Column("due_at", sa.DateTime),
        sa.Column("not_before", sa.DateTime),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("url", name="pk_feeds"),
    )
    op.create_table(
        "editions",
        sa.Column("id", sa.String(10), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("terms", sa.LargeBinary, nullable=False),
        sa.Column("published_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_editions"),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("feed_url", sa.Text, nullable=False),
        sa.Column("raw_id", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("author", sa.Text),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("image", sa.Text),
        sa.Column("paywalled", sa.Boolean, nullable=False),
        sa.Column("published_at", sa.DateTime, nullable=False),
        sa.Column("dated", sa.Boolean, nullable=False),
        sa.Column("first_seen_at", sa.DateTime, nullable=False),
        sa.Column("text_source", sa.String(4), nullable=False),
        sa.Column("text_note", sa.Text),
        sa.Column("content_hash", sa.String(32), nullable=False),
        sa.Column("edition", sa.String(10)),
        sa.Column("page_tries", sa.Integer, nullable=False),
        sa.Column("page_retry_at", sa.DateTime),
        sa.PrimaryKeyConstraint("id", name="pk_articles"),
        sa.ForeignKeyConstraint(["feed_url"], ["feeds.url"], name="fk_articles_feed_url"),
        sa.ForeignKeyConstraint(["edition"], ["editions.id"], name="fk_articles_edition"),
    )
    op.create_index("ix_articles_edition_first_seen_at", "articles", ["edition", "first_seen_at"])
    op.create_index("ix_articles_page_retry_at", "articles", ["page_retry_at"])
    op.create_table(
        "entry_keys",
        sa.Column("key", sa.LargeBinary(16), nullable=False),
        sa.Column("article_id", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_entry_keys"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_entry_keys_article_id"),
    )
    op.create_table(
        "signatures",
        sa.Column("article_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("article_id", name="pk_signatures"),
        sa.ForeignKeyConstraint(["article_id"], ["articles.id"], name="fk_signatures_article_id"),
    )
