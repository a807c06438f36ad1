"""What paid models have cost the business, for those who see its accounts."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from serve_app.dependencies import ControllingCaller, Deps
from serve_app.desk_answers import json_response
from serve_app.routes.books import actor_of, only

router = APIRouter(tags=["usage"])


class UsageShown(BaseModel):
    """What one model was used for on one of the business's days."""

    day: date
    model: str
    conversations: int
    requests: int
    estimated: int = Field(description="Requests whose tokens the provider did not tell: an estimate")
    input_tokens: int = Field(description="Text and audio, with the cached ones")
    cached_tokens: int
    output_tokens: int
    audio_input_tokens: int
    audio_output_tokens: int
    heard_s: float = Field(description="Seconds of audio transcribed")
    spoken_s: float = Field(description="Seconds of speech made")
    estimated_cost_usd: float | None = Field(description="By list price; null for a model without one")


class UsageReport(BaseModel):
    """Days and models, oldest first."""

    days: list[UsageShown]


@router.get(
    "/usage",
    response_model=UsageReport,
    dependencies=[Depends(only("business_id", "date_from", "date_to"))],
)
async def usage(
    caller: ControllingCaller,
    deps: Deps,
    date_from: Annotated[date | None, Query(description="From this day on; 30 days unless told")] = None,
    date_to: Annotated[date | None, Query(description="Up to this day; today unless told")] = None,
) -> Response:
    """Tokens, seconds of audio and estimated cost, by day and model."""
    return json_response(await deps.desk.usage(actor_of(caller), date_from, date_to))
