"""Indexes that find the feeds that are due without reading the states of all."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them; ten thousand feeds take a moment."""
    for column in ("due_at", "polled_at", "hold"):
        op.create_index(f"ix_feeds_{column}", "feeds", [column])
