"""CSV in and out over HTTP. Files pass through as bytes; a tool actor reads and writes them.

Holds at most one file of ``HERO365_IMPORT_MAX_BYTES`` a request, and one part of an export.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from business.actor import Actor
from business.errors import Unavailable
from business.paging.queries import Book
from business.transfer.desk import Answer, Desk
from serve_app.book_models import ImportReport
from serve_app.dependencies import ControllingCaller, Deps
from serve_app.desk_answers import accepted, json_response
from serve_app.errors import ApiError
from serve_app.routes.books import actor_of, only

router = APIRouter(tags=["data"])

Kind = Literal["contacts", "jobs", "invoices"]
_WAITS_S = (0.1, 0.5, 2.0)
_TAKEN_TYPES = frozenset(
    {"text/csv", "application/csv", "text/plain", "application/octet-stream", "application/vnd.ms-excel"}
)
_CSV_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "UTF-8 with a mark"}
}
_CSV_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
}


@router.get(
    "/data/{kind}.csv",
    response_class=StreamingResponse,
    responses=_CSV_ANSWER,
    dependencies=[Depends(only("business_id"))],
)
async def export_data(kind: Kind, caller: ControllingCaller, deps: Deps) -> StreamingResponse:
    """Every record of a kind as CSV, streamed. The same file can be imported again."""
    actor, book = actor_of(caller), Book(kind)
    # The first part is asked for before anything is answered, so that a refusal still has its status.
    first = accepted(await deps.desk.export(actor, book, None))
    headers = {
        "Content-Disposition": f'attachment; filename="{kind}.csv"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(
        _parts(deps.desk, actor, book, first), media_type="text/csv; charset=utf-8", headers=headers
    )


@router.post(
    "/data/{kind}",
    response_model=ImportReport,
    openapi_extra=_CSV_BODY,
    dependencies=[Depends(only("business_id", "dry_run"))],
)
async def import_data(
    kind: Kind,
    request: Request,
    caller: ControllingCaller,
    deps: Deps,
    dry_run: Annotated[bool, Query(description="Write nothing; tell what would happen")] = False,
    idempotency_key: Annotated[
        str | None,
        Header(pattern=r"^[\x21-\x7e]{1,40}$", description="The same for each repetition of one import"),
    ] = None,
) -> Response:
    """Import a CSV file; the report says what came in, what was there already, and what was refused and why."""
    media_type = request.headers.get("content-type", "text/csv").partition(";")[0].strip().casefold()
    if media_type not in _TAKEN_TYPES:
        raise ApiError(
            415, "not_csv", "Send the file itself, as text/csv.", details={"allowed": ["text/csv"]}
        )
    content = bytearray()
    async for part in request.stream():  # the body's limit is the middleware's
        content += part
    import_id = idempotency_key or secrets.token_hex(8)
    answer = await deps.desk.bring_in(actor_of(caller), Book(kind), bytes(content), import_id, dry_run)
    return json_response(answer)


async def _parts(desk: Desk, actor: Actor, book: Book, first: Answer) -> AsyncIterator[bytes]:
    """The parts of an export. What fails in its middle breaks the connection: half a file must not look whole."""
    part = first
    yield part.body
    while part.after is not None:
        part = await _next_part(desk, actor, book, part.after)
        yield part.body


async def _next_part(desk: Desk, actor: Actor, book: Book, after: str) -> Answer:
    """The part behind ``after``, asked for again where the office is busy. Raises Unavailable, ApiError."""
    for wait_s in _WAITS_S:
        try:
            return accepted(await desk.export(actor, book, after))
        except Unavailable:
            await asyncio.sleep(wait_s)
    return accepted(await desk.export(actor, book, after))
