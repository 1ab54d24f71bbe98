"""What feed and page call an article, such as "Opinion": news comes before other kinds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; articles that are stored already have no labels."""
    op.add_column("articles", sa.Column("labels", sa.Text))
