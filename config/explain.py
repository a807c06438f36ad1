"""Says in words what a setting may hold and which one a misspelt name meant.

Knows pydantic's field descriptions only; never sees a value, so it can never repeat a secret.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Le, MinLen, MultipleOf
from pydantic.fields import FieldInfo


def allowed_values(info: FieldInfo) -> str:
    """What a field may hold, in words, for example ``a whole number, 1 to 65535``."""
    kinds = _members(info.annotation)
    choices = next((get_args(kind) for kind in kinds if get_origin(kind) is Literal), ())
    if choices:
        return "one of " + ", ".join(str(choice) for choice in choices)
    names = {getattr(kind, "__name__", "") for kind in kinds}
    words = "a whole number" if "int" in names else "a number" if names & {"float", "Decimal"} else "text"
    lowest = next((limit.ge for limit in info.metadata if isinstance(limit, Ge)), None)
    highest = next((limit.le for limit in info.metadata if isinstance(limit, Le)), None)
    if lowest is not None:
        words += f", {lowest} or more" if highest is None else f", {lowest} to {highest}"
    for limit in info.metadata:
        if isinstance(limit, MultipleOf):
            words += f", a multiple of {limit.multiple_of}"
        elif isinstance(limit, MinLen):
            words += f", {limit.min_length} characters or more"
        elif pattern := getattr(limit, "pattern", None):
            words += f", matching {pattern}"
    return words


def unknown_variable(name: str, known: Iterable[str]) -> str:
    """One line about a variable that is no setting, with the nearest one that is."""
    close = difflib.get_close_matches(name.upper(), sorted(known), n=1, cutoff=0.0)
    return f"{name}: there is no such setting; the nearest is {close[0]}."


def _members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union without None, or the type itself."""
    if get_origin(annotation) is Literal or not get_args(annotation):
        return (annotation,)
    return tuple(kind for kind in get_args(annotation) if kind is not type(None))
