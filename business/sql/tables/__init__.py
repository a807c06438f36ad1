"""All tables. Importing this package registers every table with the metadata."""

from business.sql.tables.documents import EstimateRow, InvoiceRow, PaymentRow
from business.sql.tables.people import (
    ActivityRow,
    BusinessRow,
    ContactRow,
    InteractionRow,
    MembershipRow,
    PreferenceRow,
)
from business.sql.tables.records import (
    AuditRow,
    CallRow,
    ConfirmationRow,
    CounterRow,
    OutboxRow,
    SessionFenceRow,
)
from business.sql.tables.usage import UsageRow
from business.sql.tables.work import JobRow, ProjectRow

__all__ = [
    "ActivityRow",
    "AuditRow",
    "BusinessRow",
    "CallRow",
    "ConfirmationRow",
    "ContactRow",
    "CounterRow",
    "EstimateRow",
    "InteractionRow",
    "InvoiceRow",
    "JobRow",
    "MembershipRow",
    "OutboxRow",
    "PaymentRow",
    "PreferenceRow",
    "ProjectRow",
    "SessionFenceRow",
    "UsageRow",
]
