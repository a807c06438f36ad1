"""The voice tools as the HTTP surface shows them: the one catalogue of ``tools/``, put into plain values."""

from __future__ import annotations

from serve_app.dependencies import ToolDescription
from tools.catalogue import TOOLS


def tool_descriptions() -> tuple[ToolDescription, ...]:
    """Every tool, in the order of the catalogue."""
    return tuple(
        ToolDescription(
            name=spec.name,
            description=spec.description,
            parameters=spec.json_schema(),
            confirmation=spec.asks.value,
            permission=spec.permission,
        )
        for spec in TOOLS.values()
    )
