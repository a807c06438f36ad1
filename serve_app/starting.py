"""Begins a conversation for a caller: his limits, his remembered options, a claimed session. For every door."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conversation.memory.preferences import remembered_options
from conversation.options import OptionWarning, SessionOptions, capabilities_of, merge_options
from conversation.spec import SessionRecord, SessionSpec
from serve_app.auth import Principal
from serve_app.budgets import may_spend
from serve_app.dependencies import DATABASE_TIMEOUT_S, Dependencies

_BUDGET_SPENT = OptionWarning(
    "budget_exhausted",
    "provider",
    "Today's budget is used up: the server's own engines hold this conversation.",
)


@dataclass(frozen=True, slots=True)
class Begun:
    """A conversation that has begun, with what its caller's wishes led to."""

    record: SessionRecord
    spec: SessionSpec
    options: SessionOptions
    warnings: tuple[OptionWarning, ...]


async def begin(
    caller: Principal,
    deps: Dependencies,
    changes: Mapping[str, Any],
    preset: Mapping[str, Any] | None = None,
) -> Begun:
    """Claim a session with ``changes`` to the options and what its door begins with.

    Raises:
        ApiError: Too many starts or sessions, or the day's budget is spent.
        AtCapacity: No slot is free.
        OptionRefused: An option cannot be honoured.
    """
    await deps.limits.admit_start(caller.user_id, caller.business_id)
    async with asyncio.timeout(DATABASE_TIMEOUT_S):
        wishes = await deps.directory.preferences(caller.user_id, caller.business_id)
        paid = await may_spend(caller, deps)
    capabilities, warnings = deps.capabilities, ()
    if deps.settings.openai_enabled and not paid:
        capabilities, warnings = capabilities_of(deps.settings.without_openai()), (_BUDGET_SPENT,)
    wished = {**remembered_options(wishes, capabilities), **changes}
    options, further = merge_options(capabilities.defaults, wished, capabilities)
    spec = SessionSpec(
        session_id="session_" + secrets.token_hex(16),
        user_id=caller.user_id,
        user_name=options.greeting_name or caller.user_name,
        business_id=caller.business_id,
        business_name=caller.business_name,
        timezone=caller.timezone,
        options=options,
        created_at=deps.now(),
        preset=preset or {},
        may_spend=paid,
    )

    async def living() -> list[str]:
        records = await deps.control.sessions_of(caller.user_id, caller.business_id)
        return [record.session_id for record in records]

    async with deps.limits.session_place(caller.user_id, caller.business_id, spec.session_id, living):
        record = await deps.control.start(spec)
    return Begun(record, spec, options, (*warnings, *further))
