"""The full-text index, filled with the stored editions."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from digest.store.search import CREATE, index_edition

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the index; one edition at a time is read."""
    op.execute(CREATE["sqlite"][0])
    connection = op.get_bind()
    for edition in list(connection.scalars(sa.text("SELECT id FROM editions"))):
        query = sa.text("SELECT document FROM editions WHERE id = :id")
        document = connection.scalar(query, {"id": edition})
        index_edition(connection, edition, json.loads(document))
