"""Note which version of a business's names a contact belongs to, so that a change is read without the rest.

Revision: 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEX = "ix_contact_business_id_names_version"


def upgrade() -> None:
    """Add the column; contacts of today belong to a version before all that follow."""
    op.add_column("contact", sa.Column("names_version", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(INDEX, "contact", ["business_id", "names_version"])


def downgrade() -> None:
    """Drop the column."""
    op.drop_index(INDEX, "contact")
    with op.batch_alter_table("contact") as table:
        table.drop_column("names_version")
