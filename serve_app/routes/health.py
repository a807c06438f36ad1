"""Health, public: 200 when the server can hold conversations, 503 when it cannot."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from serve_app.health import HealthCheck
from serve_app.models import HealthResponse

router = APIRouter(tags=["health"])


@router.get("/openai/health", responses={503: {"model": HealthResponse}}, operation_id="health")
@router.post("/openai/health", responses={503: {"model": HealthResponse}}, operation_id="health_by_post")
async def health(request: Request, response: Response) -> HealthResponse:
    """The state of each part the server needs, asked for now."""
    check: HealthCheck = request.app.state.health
    report = await check.report()
    response.headers["Cache-Control"] = "no-store"
    if report.status == "down":
        response.status_code = 503
    return report
