"""Whose fault a refusal is, waiting of the sender as a whole, revisions of editions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What was told in words alone, by the beginning of the words.
_CAUSES = {
    "late": "late",
    "in doubt": "in doubt",
    "could not be made": "not made",
    "nothing in it for them": "empty",
    "hard": "recipient",
    "soft": "unclear",
}


def upgrade() -> None:
    """Add the columns, and read the causes from the words; audiences of before are complete."""
    op.add_column("editions", sa.Column("revision", sa.Integer, nullable=False, server_default="1"))
    op.add_column(
        "audiences", sa.Column("complete", sa.Boolean, nullable=False, server_default=sa.false())
    )
    op.execute(sa.text("UPDATE audiences SET complete = :yes").bindparams(yes=True))
    op.add_column("outbox", sa.Column("cause", sa.String(9)))
    for words, cause in _CAUSES.items():
        op.execute(
            sa.text("UPDATE outbox SET cause = :cause WHERE reason LIKE :words").bindparams(
                cause=cause, words=f"{words}%"
            )
        )
    op.execute(
        sa.text("UPDATE outbox SET cause = 'inactive' WHERE state = 'skipped' AND cause IS NULL")
    )
    op.add_column("sending", sa.Column("refusals", sa.Integer, nullable=False, server_default="0"))
    op.add_column("sending", sa.Column("key", sa.String(8)))
    op.add_column("sending", sa.Column("resume_at", sa.DateTime))
    op.add_column("sending", sa.Column("refusal", sa.Text))
    op.drop_index("ix_subscribers_state", "subscribers")
    op.create_index(
        "ix_subscribers_state_timezone_hour_frequency_id",
        "subscribers",
        ["state", "timezone", "hour", "frequency", "id"],
    )
