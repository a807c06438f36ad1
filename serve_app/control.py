"""What the routes need from the sessions, as a protocol; the implementation on Ray is ``actors/control.py``.

Knows nothing of HTTP; the routes know nothing of Ray.
"""

from __future__ import annotations

from typing import Any, Protocol

from conversation.spec import SessionRecord, SessionSpec


class SessionControl(Protocol):
    """Starts, finds, changes and ends sessions anywhere in the cluster. Every call has its own time-out."""

    async def start(self, spec: SessionSpec) -> SessionRecord:
        """Claim an actor and bind the session to it.

        Raises:
            AtCapacity: No slot is free.
        """
        ...

    async def record(self, session_id: str) -> SessionRecord | None:
        """The directory's entry, also for a session that ended a short while ago; None when unknown."""
        ...

    async def status(self, session_id: str) -> dict[str, Any]:
        """agent_type, is_active, connection_status, duration, message_count, tools_used, current_context.

        Of an ended session too, as it was at its end.
        """
        ...

    async def stop(self, session_id: str) -> dict[str, Any]:
        """End the session and give its summary.

        The summary: duration, total_messages, tools_used (name → calls), completed_tasks, audio_duration; times in
        seconds.
        Ending an ended session returns the same summary again.
        """
        ...

    async def configure(self, session_id: str, changes: dict[str, Any]) -> dict[str, Any]:
        """Apply fields of ``SessionOptions``.

        Gives ``{"options": {field: value now}, "warnings": [{"code", "option", "message"}]}`` for what was changed.

        Raises:
            SessionNotActive: The session has ended.
            OptionRefused: An option cannot be honoured; nothing was applied.
        """
        ...

    async def sessions_of(self, user_id: str, business_id: str) -> list[SessionRecord]:
        """The sessions of one user in one business that have not ended, newest first."""
        ...

    async def health(self) -> dict[str, Any]:
        """Pools as they are now.

        ``{"sessions": {"status", "active", "warm", "capacity"}, "pools": {name: {"status", "actors", …}},
        "delivery": {"status", "backlog", "due", "oldest_due_s", "dead"}}``
        with ``status`` one of ok, degraded, down.
        """
        ...
