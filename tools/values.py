"""From what was said to values: amounts and moments in the terms of the caller's business.

Raises refusals that ask for what is missing; never falls back to a guessed value.
"""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from business.use_cases.support import LONGEST_PLAN
from tools.context import ToolContext
from tools.refusals import Refused, invalid
from tools.spoken.amounts import NotAnAmount, parse_amount
from tools.spoken.dates import parse_when
from tools.spoken.when import When


def amount_of(value: Decimal | str, field: str = "amount") -> Decimal:
    """The amount in cents precision. Raises Refused (validation) unless it is one above zero."""
    try:
        amount = parse_amount(value)
    except NotAnAmount as error:
        raise invalid(field, "How much should it be?") from error
    if amount <= 0:
        raise invalid(field, "The amount has to be more than zero. How much should it be?")
    if amount >= Decimal("1e10"):
        raise invalid(field, "That amount is too large. How much should it be?")
    return amount


def when_of(ctx: ToolContext, text: str, field: str, question: str = "When should that be?") -> When:
    """The date or time meant. Raises Refused (validation) when there is none in the text."""
    when = parse_when(text, ctx.now, ctx.tz)
    if when is None:
        raise invalid(field, f"I didn't get the date. {question}")
    return when


def future_moment(ctx: ToolContext, text: str, field: str, default: time = time(9)) -> datetime:
    """A moment to come; a day without a time is at ``default``. Raises Refused (validation) for the past."""
    when = when_of(ctx, text, field)
    moment = when.at(default, ctx.tz)
    if moment <= ctx.now:
        raise _past(field)
    _check_reach(ctx, moment.date(), field)
    return moment


def future_day(ctx: ToolContext, text: str, field: str) -> date:
    """A day, today included; "next week" and "next month" are a week or a month from now.

    Raises Refused (validation) for the past.
    """
    when = when_of(ctx, text, field, "Which day should that be?")
    day = when.day
    if when.grain in ("week", "month"):
        later = relativedelta(weeks=1) if when.grain == "week" else relativedelta(months=1)
        day = ctx.uow.today + later
    if day < ctx.uow.today:
        raise _past(field)
    _check_reach(ctx, day, field)
    return day


def _check_reach(ctx: ToolContext, day: date, field: str) -> None:
    """Refuse what the books would refuse, before anybody is asked to say yes to it."""
    if day - ctx.uow.today > LONGEST_PLAN:
        raise invalid(field, "That is too far away. When should it be?")


def _past(field: str) -> Refused:
    return invalid(field, "That's already in the past. When should it be?")
