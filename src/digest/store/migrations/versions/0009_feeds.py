"""What an operator asks of feeds: their last polls, what filters dropped, what was alerted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; nothing that is there changes."""
    op.add_column("articles", sa.Column("dropped", sa.Text))
    op.create_index("ix_articles_feed_url_first_seen_at", "articles", ["feed_url", "first_seen_at"])
    op.create_table(
        "polls",
        sa.Column("feed_url", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("outcome", sa.String(9), nullable=False),
        sa.Column("new", sa.Integer, nullable=False),
        sa.Column("edited", sa.Integer, nullable=False),
        sa.Column("dropped", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text),
        sa.PrimaryKeyConstraint("feed_url", "at", name="pk_polls"),
    )
    op.create_table(
        "conditions",
        sa.Column("feed_url", sa.Text, nullable=False),
        sa.Column("condition", sa.String(8), nullable=False),
        sa.Column("since", sa.DateTime),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("alerted_at", sa.DateTime),
        sa.PrimaryKeyConstraint("feed_url", name="pk_conditions"),
    )
    op.create_table(
        "alerts",
        sa.Column("sent_at", sa.DateTime, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("sent_at", name="pk_alerts"),
    )
