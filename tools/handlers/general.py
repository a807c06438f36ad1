"""The tools of no specialist: the clock, the business at a glance, reminders."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

from business.use_cases.activities import Activities
from business.use_cases.summary import Summary
from tools.catalogue.general import GetBusinessSummary, GetCurrentTime, SetReminder
from tools.context import Done, Handler, ToolContext
from tools.refusals import invalid
from tools.spoken.say import capitalise, say_count, say_list, say_ordinal, say_time, say_when
from tools.values import future_moment, when_of

_LATEST_GUESS = 22
_MINUTE = timedelta(minutes=1)


async def get_current_time(ctx: ToolContext, args: GetCurrentTime) -> Done:
    """Tell time and date where the business is."""
    there = ctx.now.astimezone(ctx.tz)
    summary = f"It's {say_time(there.time())} on {there:%A}, {there:%B} {say_ordinal(there.day)}."
    return Done(summary, {"now": there.isoformat(), "timezone": str(ctx.tz)})


async def set_reminder(ctx: ToolContext, args: SetReminder) -> Done:
    """Keep a reminder; it is delivered at its time."""
    message = _message(args.message)
    if not message:
        raise invalid("message", "What should I remind you of?")
    at = _moment(ctx, args.reminder_time)
    activity = await Activities(ctx.uow).set_reminder(message, at)
    data: dict[str, Any] = {
        "reminder": {"id": activity.id, "message": message, "at": at.astimezone(ctx.tz).isoformat()}
    }
    said = say_when(at, ctx.now, ctx.tz)
    when = said if said.startswith(("today", "tomorrow")) else f"on {said}"
    summary = f"I'll remind you {when}: {message[:1].lower()}{message[1:]}."
    return Done(summary, data, {"activity": activity.id, "activity_label": message})


async def get_business_summary(ctx: ToolContext, args: GetBusinessSummary) -> Done:
    """Tell how the business stands; money only to those who may see it."""
    state = await Summary(ctx.uow).get()
    today = f" has {say_count(state.jobs_today, 'job')} today" if state.jobs_today is not None else " is open"
    sentences = [f"{state.business.name}{today}"]
    running = (
        [say_count(state.jobs_in_progress, "in progress", "in progress")] if state.jobs_in_progress else []
    )
    running += [say_count(state.jobs_overdue, "overdue", "overdue")] if state.jobs_overdue else []
    if running:
        sentences[0] += f", {say_list(running)}"
    if state.outstanding is not None:
        owed = f"You're owed {ctx.round_money(state.outstanding)}"
        if state.overdue_amount:
            owed += f", {ctx.round_money(state.overdue_amount)} of it overdue"
        sentences.append(owed)
    if state.open_estimates is not None:
        worth = f" worth {ctx.round_money(state.open_estimates_total)}" if state.open_estimates_total else ""
        sentences.append(f"{capitalise(say_count(state.open_estimates, 'open estimate'))}{worth}")
    data = {
        "name": state.business.name,
        "trade": state.business.trade,
        "jobs_today": state.jobs_today,
        "jobs_in_progress": state.jobs_in_progress,
        "jobs_overdue": state.jobs_overdue,
        "outstanding": _text(state.outstanding),
        "overdue_amount": _text(state.overdue_amount),
        "open_estimates": state.open_estimates,
        "open_estimates_total": _text(state.open_estimates_total),
        "active_projects": state.active_projects,
        "follow_ups_due": state.follow_ups_due,
    }
    return Done(". ".join(sentences) + ".", {k: v for k, v in data.items() if v is not None})


def _message(said: str) -> str:
    """The reminder without its introduction: "to order pipe" → "Order pipe"."""
    bare = re.sub(
        r"^(?:please\s+)?(?:remind\s+me\s+)?(?:to|that|about)(?:\s+|$)", "", said.strip(), flags=re.IGNORECASE
    )
    return capitalise(bare.strip().rstrip(".!?"))


def _moment(ctx: ToolContext, said: str) -> datetime:
    """When to remind: of two readings of a bare hour ("at eight") the sooner that is not at night."""
    when = when_of(ctx, said, "reminder_time", "When should I remind you?")
    if when.grain in ("week", "month"):
        raise invalid("reminder_time", f"Which day next {when.grain}?")
    if when.ambiguous and when.has_time and not when.has_date and isinstance(when.value, datetime):
        sooner = when.value - timedelta(hours=12)
        if sooner > ctx.now + _MINUTE and sooner.hour <= _LATEST_GUESS:
            return sooner
    return future_moment(ctx, said, "reminder_time", time(9))


def _text(amount: object) -> str | None:
    return None if amount is None else str(amount)


HANDLERS: dict[str, Handler] = {
    "get_current_time": get_current_time,
    "set_reminder": set_reminder,
    "get_business_summary": get_business_summary,
}
