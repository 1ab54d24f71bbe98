"""Manners and memory: rhythm, moves and holds of feeds, robots.txt, articles never offered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a feed that was polled before has been read, as far as is known."""
    for name, kind in (
        ("language", sa.Text),
        ("read_at", sa.DateTime),
        ("full_at", sa.DateTime),
        ("rhythm", sa.Text),
        ("failing_since", sa.DateTime),
        ("address", sa.Text),
        ("move_url", sa.Text),
        ("move_since", sa.DateTime),
        ("move_times", sa.Integer),
        ("hold", sa.String(8)),
    ):
        op.add_column("feeds", sa.Column(name, kind))
    op.execute("UPDATE feeds SET read_at = polled_at WHERE title IS NOT NULL OR failures = 0")
    op.add_column(
        "articles",
        sa.Column("offered", sa.Boolean, nullable=False, server_default=sa.true()),
    )
    op.add_column("articles", sa.Column("edits", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "robots",
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("rules", sa.Text),
        sa.Column("good_until", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_robots"),
    )
