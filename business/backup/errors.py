"""What a backup or a restore refuses, with a stable reason each."""

from __future__ import annotations

from business.errors import BusinessError


class BackupRefused(BusinessError):  # noqa: N818  (named as the code reads)
    """A backup was not made, or not restored; the database is as it was.

    Attributes:
        reason: Stable code: no_database, file_exists, no_such_file, corrupt, unknown_format, wrong_kind, newer_schema,
            not_empty, in_use, rows_differ, tool_missing, tool_failed.
    """

    code = "backup_refused"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
