"""The catalogue of voice tools, as clients and developers read it."""

from __future__ import annotations

from fastapi import APIRouter

from serve_app.dependencies import ControllingCaller, Deps
from serve_app.models import ToolShown, ToolsResponse

router = APIRouter(tags=["tools"])


@router.get("/openai/tools")
async def tools(_caller: ControllingCaller, deps: Deps) -> ToolsResponse:
    """Every tool with the JSON schema of its arguments."""
    shown = [
        ToolShown(
            name=tool.name,
            description=tool.description,
            parameters=tool.parameters,
            confirmation=tool.confirmation,
        )
        for tool in deps.tools
    ]
    return ToolsResponse(tools=shown, total=len(shown))
