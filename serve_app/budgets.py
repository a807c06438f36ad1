"""Whether a business may still spend today, looked at before a conversation begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from conversation.spending import MICRO
from serve_app.auth import Principal
from serve_app.dependencies import Dependencies
from serve_app.errors import ApiError


async def may_spend(caller: Principal, deps: Dependencies) -> bool:
    """Whether paid models may be used; False where the embedded engines shall step in.

    Raises:
        ApiError: 429 ``budget_exhausted``: the day's budget is spent, and nothing steps in.
        Unavailable: It is not known what was spent.
    """
    settings = deps.settings
    budget = settings.business_budget_usd
    if budget is None or not settings.openai_enabled:
        return settings.openai_enabled
    if await deps.desk.spent_today(caller.business_id) < budget * MICRO:
        return True
    if settings.budget_spent == "local":
        return False
    wait_s = _until_midnight(deps.now(), ZoneInfo(caller.timezone))
    message = "The business's budget for conversations is used up for today."
    raise ApiError(429, "budget_exhausted", message, retry_after_s=wait_s)


def _until_midnight(now: datetime, zone: ZoneInfo) -> float:
    local = now.astimezone(zone)
    midnight = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
    return (midnight - now).total_seconds()
