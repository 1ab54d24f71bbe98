"""The ledger of stories, and an operator's word on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables, and the newsroom of each feed."""
    op.add_column("feeds", sa.Column("newsroom", sa.Text))
    op.create_table(
        "ledger",
        sa.Column("edition", sa.String(10), nullable=False),
        sa.Column("story", sa.Text, nullable=False),
        sa.Column("status", sa.String(6), nullable=False),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("articles", sa.JSON, nullable=False),
        sa.Column("sentences", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("edition", "story", name="pk_ledger"),
        sa.ForeignKeyConstraint(["edition"], ["editions.id"], name="fk_ledger_edition"),
    )
    op.create_index("ix_ledger_story", "ledger", ["story"])
    op.create_table(
        "constraints",
        sa.Column("a", sa.String(16), nullable=False),
        sa.Column("b", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(11), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("a", "b", name="pk_constraints"),
    )
    op.create_table(
        "pins",
        sa.Column("story", sa.Text, nullable=False),
        sa.Column("articles", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("story", name="pk_pins"),
    )
