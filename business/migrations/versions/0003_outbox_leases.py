"""Let dispatchers lease messages of the outbox, and note what took them.

Revision: 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; messages that wait now can be taken at once."""
    op.add_column("outbox", sa.Column("lease", sa.String(length=64)))
    op.add_column("outbox", sa.Column("held_until", sa.DateTime(timezone=True)))
    op.add_column("outbox", sa.Column("delivered_via", sa.String(length=32)))


def downgrade() -> None:
    """Drop the columns."""
    with op.batch_alter_table("outbox") as table:
        table.drop_column("delivered_via")
        table.drop_column("held_until")
        table.drop_column("lease")
