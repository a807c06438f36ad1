"""Count what conversations use of paid models.

Revision: 0006, after 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(length=64)
COUNTS = (
    *("requests", "estimated", "input_tokens", "cached_tokens", "output_tokens"),
    *("audio_input_tokens", "audio_output_tokens", "heard_ms", "spoken_ms"),
)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "usage",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.String(length=100), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("micro_usd", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["business_id"], ["business.business_id"], name="fk_usage_business_id_business"
        ),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_usage"),
    )
    op.create_index("ix_usage_business_id_day", "usage", ["business_id", "day"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_index("ix_usage_business_id_day", "usage")
    op.drop_table("usage")
