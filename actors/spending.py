"""What a session spends on paid models: counted on Ray's metrics, written by the tool pool, and ended."""

from __future__ import annotations

from actors.metrics import UsageMetrics
from actors.providers import PooledTools
from config.settings import Settings
from conversation.assembly import Assembled
from conversation.events import error_event
from conversation.spending import Budget, Budgets, Spending
from conversation.usage import UsageRow
from tools.envelope import Caller

_WORDS = (
    "I have to stop here, because the budget for calls is used up. Everything we have done is saved. Goodbye."
)
_MESSAGES = {
    "session": "The budget of this conversation is used up.",
    "business": "The business's budget for today is used up.",
}


def session_spending(assembled: Assembled, settings: Settings, tools: PooledTools, epoch: int) -> Spending:
    """The spending of a conversation, with what follows from it."""
    spec = assembled.spec
    caller = Caller(business_id=spec.business_id, user_id=spec.user_id, session_id=spec.session_id)
    metrics = UsageMetrics(settings.price_list)

    async def keep(rows: tuple[UsageRow, ...]) -> int:
        return await tools.note_usage(caller, epoch, rows)

    def spent(budget: Budget) -> None:
        metrics.budget(budget, "spent")
        event = error_event("budget_exhausted", _MESSAGES[budget], budget=budget)
        assembled.conversation.wind_down("budget_exhausted", event, _WORDS)

    budgets = Budgets(settings.session_budget_usd, settings.business_budget_usd)
    spending = Spending(assembled.providers.meter, budgets, keep)
    spending.on_use = metrics.used
    spending.on_near = lambda budget: metrics.budget(budget, "near")
    spending.on_spent = spent
    return spending
