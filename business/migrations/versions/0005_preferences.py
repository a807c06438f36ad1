"""Remember what a user wishes from conversation to conversation.

Revision: 0005, after 0004.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.String(length=64)
WORD = sa.String(length=32)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "preference",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voice", ID),
        sa.Column("voice_speed", WORD),
        sa.Column("agent_type", WORD),
        sa.Column("is_driving", sa.Boolean()),
        sa.Column("safety_mode", sa.Boolean()),
        sa.Column("greeting_name", ID),
        sa.Column("reminder_channel", WORD),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.business_id"], name="fk_preference_business_id_business"
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_preference"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("preference")
