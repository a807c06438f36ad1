"""Create the tables of documents and records: estimates, invoices, payments, audit, calls, messages.

Revision: 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(length=64)
WORD = sa.String(length=32)
MOMENT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Create the tables, each after those it refers to."""
    _estimate()
    _invoice()
    _payment()
    _audit_entry()
    _confirmation()
    _counter()
    _outbox()
    _session_fence()
    _tool_call()


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("tool_call")
    op.drop_table("session_fence")
    op.drop_table("outbox")
    op.drop_table("counter")
    op.drop_table("confirmation")
    op.drop_table("audit_entry")
    op.drop_table("payment")
    op.drop_table("invoice")
    op.drop_table("estimate")


def _estimate() -> None:
    op.create_table(
        "estimate",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("number", WORD, nullable=False),
        sa.Column("sequence", sa.Integer()),
        sa.Column("document_type", WORD, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("client", DOCUMENT, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("discount", DOCUMENT, nullable=False),
        sa.Column("tax", DOCUMENT, nullable=False),
        sa.Column("terms", DOCUMENT, nullable=False),
        sa.Column("deposit", DOCUMENT, nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("job_id", ID),
        sa.Column("project_id", ID),
        sa.Column("po_number", ID),
        sa.Column("converted_invoice_id", ID),
        sa.Column("sent_at", MOMENT),
        sa.Column("history", DOCUMENT, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id", "contact_id"], ["contact.business_id", "contact.id"], name="fk_estimate_business_id_contact_id_contact"),
        sa.ForeignKeyConstraint(["business_id", "job_id"], ["job.business_id", "job.id"], name="fk_estimate_business_id_job_id_job"),
        sa.ForeignKeyConstraint(["business_id", "project_id"], ["project.business_id", "project.id"], name="fk_estimate_business_id_project_id_project"),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_estimate_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_estimate"),
        sa.UniqueConstraint("business_id", "number", name="uq_estimate_business_id_number"),
    )
    op.create_index("ix_estimate_business_id_contact_id_status", "estimate", ["business_id", "contact_id", "status"])
    op.create_index("ix_estimate_business_id_sequence", "estimate", ["business_id", "sequence"])
    op.create_index("ix_estimate_business_id_status_valid_until", "estimate", ["business_id", "status", "valid_until"])


def _invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("number", WORD, nullable=False),
        sa.Column("sequence", sa.Integer()),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("client", DOCUMENT, nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("discount", DOCUMENT, nullable=False),
        sa.Column("tax", DOCUMENT, nullable=False),
        sa.Column("terms", DOCUMENT, nullable=False),
        sa.Column("estimate_id", ID),
        sa.Column("job_id", ID),
        sa.Column("project_id", ID),
        sa.Column("po_number", ID),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("paid_date", sa.Date()),
        sa.Column("sent_at", MOMENT),
        sa.Column("last_reminded_at", MOMENT),
        sa.Column("reminders_sent", sa.Integer(), nullable=False),
        sa.Column("history", DOCUMENT, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("net_paid", sa.BigInteger(), nullable=False),
        sa.Column("paid_in_time", sa.BigInteger(), nullable=False),
        sa.Column("created_by", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id", "contact_id"], ["contact.business_id", "contact.id"], name="fk_invoice_business_id_contact_id_contact"),
        sa.ForeignKeyConstraint(["business_id", "estimate_id"], ["estimate.business_id", "estimate.id"], name="fk_invoice_business_id_estimate_id_estimate"),
        sa.ForeignKeyConstraint(["business_id", "job_id"], ["job.business_id", "job.id"], name="fk_invoice_business_id_job_id_job"),
        sa.ForeignKeyConstraint(["business_id", "project_id"], ["project.business_id", "project.id"], name="fk_invoice_business_id_project_id_project"),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_invoice_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_invoice"),
        sa.UniqueConstraint("business_id", "estimate_id", name="uq_invoice_business_id_estimate_id"),
        sa.UniqueConstraint("business_id", "number", name="uq_invoice_business_id_number"),
    )
    op.create_index("ix_invoice_business_id_contact_id_status", "invoice", ["business_id", "contact_id", "status"])
    op.create_index("ix_invoice_business_id_sequence", "invoice", ["business_id", "sequence"])
    op.create_index("ix_invoice_business_id_status_due_date", "invoice", ["business_id", "status", "due_date"])


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("invoice_id", ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("refunded_amount", sa.BigInteger(), nullable=False),
        sa.Column("method", WORD, nullable=False),
        sa.Column("status", WORD, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=100)),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("is_deposit", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", ID, nullable=False),
        sa.ForeignKeyConstraint(["business_id", "invoice_id"], ["invoice.business_id", "invoice.id"], name="fk_payment_business_id_invoice_id_invoice"),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_payment_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_payment"),
    )
    op.create_index("ix_payment_business_id_invoice_id", "payment", ["business_id", "invoice_id"])
    op.create_index("ix_payment_business_id_paid_on", "payment", ["business_id", "paid_on"])


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("session_id", ID),
        sa.Column("turn", sa.Integer()),
        sa.Column("call_key", sa.String(length=300)),
        sa.Column("entity", WORD, nullable=False),
        sa.Column("entity_id", ID, nullable=False),
        sa.Column("action", WORD, nullable=False),
        sa.Column("before", DOCUMENT, nullable=False),
        sa.Column("after", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_audit_entry_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_business_id_at", "audit_entry", ["business_id", "at"])
    op.create_index("ix_audit_entry_business_id_entity_entity_id", "audit_entry", ["business_id", "entity", "entity_id"])


def _confirmation() -> None:
    op.create_table(
        "confirmation",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", ID, nullable=False),
        sa.Column("call_hash", sa.String(length=128), nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("read_back", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("accepted", sa.Boolean()),
        sa.Column("redeemed_at", MOMENT),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_confirmation_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_confirmation"),
    )
    op.create_index("ix_confirmation_business_id_session_id", "confirmation", ["business_id", "session_id"])


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("name", WORD, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_counter_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "name", name="pk_counter"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("channel", WORD, nullable=False),
        sa.Column("recipient", sa.String(length=300), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("delivered_at", MOMENT),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_outbox_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_business_id_recipient_not_before", "outbox", ["business_id", "recipient", "not_before"])
    op.create_index("ix_outbox_state_not_before", "outbox", ["state", "not_before"])


def _session_fence() -> None:
    op.create_table(
        "session_fence",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_session_fence_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "session_id", name="pk_session_fence"),
    )


def _tool_call() -> None:
    op.create_table(
        "tool_call",
        sa.Column("business_id", ID, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("tool", ID, nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("logged_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.ForeignKeyConstraint(["business_id"], ["business.business_id"], name="fk_tool_call_business_id_business"),
        sa.PrimaryKeyConstraint("business_id", "key", name="pk_tool_call"),
    )
    op.create_index("ix_tool_call_business_id_session_id_state", "tool_call", ["business_id", "session_id", "state"])
