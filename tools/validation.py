"""Turns what pydantic found wrong with a call's arguments into one typed error with a sentence to speak."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from tools.envelope import ToolError, ToolErrorType
from tools.spoken.say import say_choice, say_code

_QUESTIONS = {
    "contact": "Who is it for?",
    "title": "What is the work?",
    "job": "Which job do you mean?",
    "project": "Which project do you mean?",
    "invoice": "Which invoice do you mean?",
    "estimate": "Which estimate do you mean?",
    "amount": "How much should it be?",
    "new_date": "When should I move it to?",
    "scheduled_date": "When should it be?",
    "reminder_time": "When should I remind you?",
    "message": "What should I remind you of?",
    "follow_up_date": "When should I remind you?",
    "new_status": "What should the status be?",
    "status": "Which status do you mean?",
    "interaction_type": "Was it a call, an email, a meeting or something else?",
    "progress_percentage": "How far is it, in percent?",
    "query": "Who are you looking for?",
}


def explain(error: ValidationError) -> ToolError:
    """The first thing wrong as a validation error: its field, the allowed values, and a question to ask."""
    first = error.errors(include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else None
    if first["type"] == "json_invalid" or field is None:
        return ToolError(ToolErrorType.VALIDATION, "I didn't get that. Could you say it again?", field=field)
    allowed = _allowed(first)
    return ToolError(ToolErrorType.VALIDATION, _sentence(first, field, allowed), field=field, allowed=allowed)


def _sentence(first: ErrorDetails, field: str, allowed: tuple[str, ...]) -> str:
    question = _QUESTIONS.get(field)
    if allowed:
        return f"The {_plain(field)} can be {say_choice([say_code(value) for value in allowed])}."
    if first["type"] == "extra_forbidden":
        return f"I don't know what to do with the {_plain(field)}."
    if question is not None and first["type"] in {"missing", "string_too_short", "string_type"}:
        return question
    if first["type"] == "string_too_long":
        return f"The {_plain(field)} is too long. Could you make it shorter?"
    bounds = first.get("ctx") or {}
    if "ge" in bounds:
        return f"The {_plain(field)} has to be at least {bounds['ge']}."
    if "le" in bounds:
        return f"The {_plain(field)} can be at most {bounds['le']}."
    return question or f"I need the {_plain(field)} to do that."


def _allowed(first: ErrorDetails) -> tuple[str, ...]:
    if first["type"] != "enum":
        return ()
    expected = str((first.get("ctx") or {}).get("expected", ""))
    return tuple(
        word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",") if word.strip()
    )


def _plain(field: str) -> str:
    return field.removeprefix("new_").replace("_", " ")
