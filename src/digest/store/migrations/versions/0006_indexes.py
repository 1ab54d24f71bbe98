"""Indexes that keep queries from reading every article: by address, and of those with a text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both, where they are missing; a year of articles takes a second."""
    op.create_index("ix_articles_url", "articles", ["url"], if_not_exists=True)
    op.create_index(
        "ix_articles_first_seen_at",
        "articles",
        ["first_seen_at"],
        sqlite_where=sa.text("text != ''"),
        if_not_exists=True,
    )
