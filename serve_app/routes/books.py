"""The paged read API: contacts, jobs, projects, estimates, invoices. Reads only.

Every statement runs at the desk, in a tool actor: this process passes questions and bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from business.actor import Actor
from business.paging.queries import MOST_ROWS, USUAL_ROWS, Book, Filters, PageQuery
from serve_app.auth import Principal
from serve_app.book_models import (
    ContactShown,
    EstimateDetails,
    EstimateShown,
    InvoiceDetails,
    InvoiceShown,
    JobDetails,
    JobShown,
    PageShown,
    ProjectDetails,
    ProjectShown,
)
from serve_app.dependencies import ControllingCaller, Deps
from serve_app.desk_answers import json_response
from serve_app.errors import ApiError

router = APIRouter(tags=["books"])

_LONGEST_SEARCH = 200
_COMMON = frozenset({"business_id", "limit", "cursor", "status", "updated_since"})
_DATED = _COMMON | {"contact_id", "date_from", "date_to"}

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows of a page")]
Cursor = Annotated[str | None, Query(max_length=400, description="The page before's next_cursor")]
Statuses = Annotated[list[str] | None, Query(max_length=20, description="Any of these")]
Since = Annotated[datetime | None, Query(description="Changed at or after this moment, with a time zone")]
ContactId = Annotated[str | None, Query(max_length=64, description="Of this contact")]
Identity = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]


def only(*names: str) -> Callable[[Request], None]:
    """A dependency that refuses every other query parameter: a filter that is misspelt must not be ignored."""
    known = frozenset(names)

    def check(request: Request) -> None:
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            message = f"There is no parameter {unknown[0]} here."
            raise ApiError(400, "unknown_parameter", message, details={"field": unknown[0]})

    return check


def actor_of(caller: Principal) -> Actor:
    """The caller as the business layer knows them."""
    return Actor(business_id=caller.business_id, user_id=caller.user_id)


class DatedFilters:
    """The filters of the books that have a contact and a date."""

    def __init__(
        self,
        status: Statuses = None,
        contact_id: ContactId = None,
        updated_since: Since = None,
        date_from: Annotated[date | None, Query(description="From this day on")] = None,
        date_to: Annotated[date | None, Query(description="Up to this day")] = None,
    ) -> None:
        self.filters = Filters(tuple(status or ()), contact_id, updated_since, date_from, date_to)


@router.get("/contacts", response_model=PageShown[ContactShown], dependencies=[Depends(only(*_COMMON, "q"))])
async def contacts(
    caller: ControllingCaller,
    deps: Deps,
    limit: Limit = USUAL_ROWS,
    cursor: Cursor = None,
    status: Statuses = None,
    updated_since: Since = None,
    q: Annotated[
        str | None, Query(max_length=_LONGEST_SEARCH, description="Words of name, email, phone, city")
    ] = None,
) -> Response:
    """Contacts, archived ones included."""
    filters = Filters(tuple(status or ()), updated_since=updated_since, text=q)
    query = PageQuery(filters, limit, cursor)
    return json_response(await deps.desk.page(actor_of(caller), Book.CONTACTS, query))


def _add_list(book: Book, model: Any, dates: str) -> None:
    """The route of a book whose rows have a contact and a date."""

    async def read(
        caller: ControllingCaller,
        deps: Deps,
        chosen: Annotated[DatedFilters, Depends()],
        limit: Limit = USUAL_ROWS,
        cursor: Cursor = None,
    ) -> Response:
        query = PageQuery(chosen.filters, limit, cursor)
        return json_response(await deps.desk.page(actor_of(caller), book, query))

    router.add_api_route(
        f"/{book.value}",
        read,
        methods=["GET"],
        response_model=PageShown[model],
        dependencies=[Depends(only(*_DATED))],
        name=book.value,
        operation_id=f"list_{book.value}",
        description=f"{book.value.capitalize()}, newest first. The days are those of {dates}.",
    )


def _add_one(book: Book, model: Any) -> None:
    """The route of one entity; another business's is not there."""

    async def read(caller: ControllingCaller, deps: Deps, entity_id: Identity) -> Response:
        return json_response(await deps.desk.one(actor_of(caller), book, entity_id))

    singular = book.value.removesuffix("s")
    router.add_api_route(
        f"/{book.value}/{{entity_id}}",
        read,
        methods=["GET"],
        response_model=model,
        dependencies=[Depends(only("business_id"))],
        name=singular,
        operation_id=f"read_{singular}",
        description=f"One {singular} with all its parts.",
    )


_add_list(Book.JOBS, JobShown, "the planned start")
_add_list(Book.PROJECTS, ProjectShown, "the start")
_add_list(Book.ESTIMATES, EstimateShown, "creation")
_add_list(Book.INVOICES, InvoiceShown, "issue; a status of overdue means unpaid past its date")
_add_one(Book.CONTACTS, ContactShown)
_add_one(Book.JOBS, JobDetails)
_add_one(Book.PROJECTS, ProjectDetails)
_add_one(Book.ESTIMATES, EstimateDetails)
_add_one(Book.INVOICES, InvoiceDetails)
