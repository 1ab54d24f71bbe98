"""What a language model said of two articles that were joined with doubt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing that is there changes."""
    op.create_table(
        "verdicts",
        sa.Column("a", sa.String(16), nullable=False),
        sa.Column("b", sa.String(16), nullable=False),
        sa.Column("edition", sa.String(10), nullable=False),
        sa.Column("same", sa.Boolean),
        sa.PrimaryKeyConstraint("a", "b", name="pk_verdicts"),
    )
