"""Create the tables of people and work: businesses, members, contacts, activities, projects, jobs.

Revision: 0001, after None.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.String(length=64)
WORD = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create the tables, each after those it refers to."""
    _business()
    _membership()
    _contact()
    _interaction()
    _project()
    _job()
    _activity()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("activity")
    op.drop_table("job")
    op.drop_table("project")
    op.drop_table("interaction")
    op.drop_table("contact")
    op.drop_table("membership")
    op.drop_table("business")


def _business() -> None:
    op.create_table(
        "business",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("trade", sa.String(length=100), nullable=False),
        sa.Column("company_size", WORD, nullable=False),
        sa.Column("phone", WORD),
        sa.Column("email", sa.String(length=254)),
        sa.Column("website", sa.String(length=300)),
        sa.Column("address", DOCUMENT, nullable=False),
        sa.Column("timezone", ID, nullable=False),
        sa.Column("business_hours", DOCUMENT, nullable=False),
        sa.Column("currency", WORD, nullable=False),
        sa.Column("tax_id", ID),
        sa.Column("licence", ID),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("business_id", name="pk_business"),
    )


def _membership() -> None:
    op.create_table(
        "membership",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("email", sa.String(length=254)),
        sa.Column("phone", WORD),
        sa.Column("granted", DOCUMENT, nullable=False),
        sa.Column("withheld", DOCUMENT, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("invited_by", ID),
        sa.Column("joined_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_membership_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_membership"),
        sa.UniqueConstraint("business_id", "user_id", name="uq_membership_business_id_user_id"),
    )
    op.create_index("ix_membership_user_id", "membership", ["user_id"])


def _contact() -> None:
    op.create_table(
        "contact",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("company_name", sa.String(length=200), nullable=False),
        sa.Column("display_name", sa.String(length=202), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254)),
        sa.Column("phone", WORD),
        sa.Column("mobile", WORD),
        sa.Column("type", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("relationship", WORD, nullable=False),
        sa.Column("lifecycle", WORD, nullable=False),
        sa.Column("priority", WORD, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("assigned_to", ID),
        sa.Column("estimated_value", sa.BigInteger()),
        sa.Column("tags", DOCUMENT, nullable=False),
        sa.Column("address", DOCUMENT, nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("last_contacted", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_contact_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_contact"),
        sa.UniqueConstraint("business_id", "email", name="uq_contact_business_id_email"),
    )
    op.create_index("ix_contact_business_id_display_name", "contact", ["business_id", "display_name"])
    op.create_index("ix_contact_business_id_mobile", "contact", ["business_id", "mobile"])
    op.create_index("ix_contact_business_id_phone", "contact", ["business_id", "phone"])


def _interaction() -> None:
    op.create_table(
        "interaction",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("type", WORD, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("performed_by", ID, nullable=False),
        sa.Column("occurred_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("next_action", sa.Text()),
        sa.Column("scheduled_follow_up", MOMENT),
        sa.ForeignKeyConstraint(["business_id", "contact_id"], ["contact.business_id", "contact.id"], name="fk_interaction_business_id_contact_id_contact"),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_interaction_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_interaction"),
    )
    op.create_index("ix_interaction_business_id_contact_id_occurred_at", "interaction", ["business_id", "contact_id", "occurred_at"])


def _project() -> None:
    op.create_table(
        "project",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("number", WORD, nullable=False),
        sa.Column("sequence", sa.Integer()),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("type", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("priority", WORD, nullable=False),
        sa.Column("start_date", sa.Date()),
        sa.Column("end_date", sa.Date()),
        sa.Column("completed_on", sa.Date()),
        sa.Column("estimated_budget", sa.BigInteger(), nullable=False),
        sa.Column("actual_cost", sa.BigInteger(), nullable=False),
        sa.Column("manager", ID),
        sa.Column("team", DOCUMENT, nullable=False),
        sa.Column("tags", DOCUMENT, nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("address", DOCUMENT, nullable=False),
        sa.Column("progress_percent", sa.Integer(), nullable=False),
        sa.Column("progress_log", DOCUMENT, nullable=False),
        sa.Column("milestones", DOCUMENT, nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id", "contact_id"], ["contact.business_id", "contact.id"], name="fk_project_business_id_contact_id_contact"),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_project_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_project"),
        sa.UniqueConstraint("business_id", "number", name="uq_project_business_id_number"),
    )
    op.create_index("ix_project_business_id_contact_id", "project", ["business_id", "contact_id"])
    op.create_index("ix_project_business_id_sequence", "project", ["business_id", "sequence"])
    op.create_index("ix_project_business_id_status_end_date", "project", ["business_id", "status", "end_date"])


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("number", WORD, nullable=False),
        sa.Column("sequence", sa.Integer()),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("type", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("priority", WORD, nullable=False),
        sa.Column("source", WORD, nullable=False),
        sa.Column("contact_id", ID),
        sa.Column("project_id", ID),
        sa.Column("address", DOCUMENT, nullable=False),
        sa.Column("scheduled_start", MOMENT),
        sa.Column("scheduled_end", MOMENT),
        sa.Column("actual_start", MOMENT),
        sa.Column("actual_end", MOMENT),
        sa.Column("assigned_users", DOCUMENT, nullable=False),
        sa.Column("tags", DOCUMENT, nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("customer_requirements", sa.Text(), nullable=False),
        sa.Column("completion_notes", sa.Text(), nullable=False),
        sa.Column("time", DOCUMENT, nullable=False),
        sa.Column("cost", DOCUMENT),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id", "contact_id"], ["contact.business_id", "contact.id"], name="fk_job_business_id_contact_id_contact"),
        sa.ForeignKeyConstraint(["business_id", "project_id"], ["project.business_id", "project.id"], name="fk_job_business_id_project_id_project"),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_job_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_job"),
        sa.UniqueConstraint("business_id", "number", name="uq_job_business_id_number"),
    )
    op.create_index("ix_job_business_id_contact_id_status", "job", ["business_id", "contact_id", "status"])
    op.create_index("ix_job_business_id_project_id_status", "job", ["business_id", "project_id", "status"])
    op.create_index("ix_job_business_id_scheduled_start", "job", ["business_id", "scheduled_start"])
    op.create_index("ix_job_business_id_sequence", "job", ["business_id", "sequence"])
    op.create_index("ix_job_business_id_status_scheduled_end", "job", ["business_id", "status", "scheduled_end"])
    op.create_index("ix_job_business_id_status_scheduled_start", "job", ["business_id", "status", "scheduled_start"])


def _activity() -> None:
    op.create_table(
        "activity",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("type", WORD, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("contact_id", ID),
        sa.Column("job_id", ID),
        sa.Column("status", WORD, nullable=False),
        sa.Column("priority", WORD, nullable=False),
        sa.Column("scheduled_at", MOMENT),
        sa.Column("due_at", MOMENT),
        sa.Column("completed_at", MOMENT),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("assigned_to", ID, nullable=False),
        sa.Column("reminders", DOCUMENT, nullable=False),
        sa.Column("next_reminder_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id", "contact_id"], ["contact.business_id", "contact.id"], name="fk_activity_business_id_contact_id_contact"),
        sa.ForeignKeyConstraint(["business_id", "job_id"], ["job.business_id", "job.id"], name="fk_activity_business_id_job_id_job"),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_activity_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_activity"),
    )
    op.create_index("ix_activity_business_id_contact_id", "activity", ["business_id", "contact_id"])
    op.create_index("ix_activity_business_id_status_scheduled_at", "activity", ["business_id", "status", "scheduled_at"])
    op.create_index("ix_activity_next_reminder_at", "activity", ["next_reminder_at"])
