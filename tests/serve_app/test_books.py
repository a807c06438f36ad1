"""The paged read API over a real database: shapes, paging, filters, tenancy and permissions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from business.actor import Actor
from business.clock import FixedClock
from business.entities.estimates import EstimateStatus
from business.entities.jobs import CostEstimate
from business.entities.payments import PaymentMethod
from business.errors import Unavailable
from business.money import LineItem, Tax, TaxType
from business.sql.database import Database
from business.transfer.desk import LocalDesk
from business.use_cases.contacts import Contacts, NewContact
from business.use_cases.estimates import Estimates, NewEstimate
from business.use_cases.invoices import Invoices, NewInvoice
from business.use_cases.jobs import Jobs, NewJob
from business.use_cases.projects import NewProject, Projects
from serve_app import book_models
from serve_app.application import build_app
from serve_app.dependencies import Dependencies
from tests.serve_app.conftest import MARIA, NOW, ROOFS, SPRINGS, client_of

BOOKS = ("contacts", "jobs", "projects", "estimates", "invoices")
IN_SPRINGS = Actor(SPRINGS, MARIA)


@pytest.fixture
async def database(database: Database) -> AsyncIterator[Database]:
    """The two businesses at a fixed time."""
    fixed = Database(str(database._engine.url), clock=FixedClock(NOW))
    yield fixed
    await fixed.close()


@pytest.fixture
async def ids(database: Database) -> dict[str, str]:
    """One of everything in the first business."""
    async with database.tenant(IN_SPRINGS) as uow:
        contact = await Contacts(uow).create(
            NewContact("Nora", "Quill", email="n@mail.example", estimated_value=Decimal("12.5"))
        )
        await Contacts(uow).create(NewContact(company_name="Brick & Co", phone="303-555-0142"))
        project = await Projects(uow).create(NewProject("Remodel", contact.id, start_date=date(2026, 3, 1)))
        await Projects(uow).update_progress(project.project.id, 20)
        job = await Jobs(uow).create(
            NewJob("Sink", contact_id=contact.id, start=NOW, cost=CostEstimate(labour=Decimal(10)))
        )
        lines = (LineItem("Labor", Decimal(2), Decimal("10.5")),)
        estimate = await Estimates(uow).create(
            NewEstimate(contact.id, "Sink", lines, valid_until=date(2026, 3, 20))
        )
        tax = Tax(TaxType.PERCENTAGE, Decimal(10))
        invoice = await Invoices(uow).create(NewInvoice(contact.id, lines, tax=tax), send=True)
        await Invoices(uow).record_payment(
            invoice.invoice.id, Decimal(3), method=PaymentMethod.CASH, reference="7"
        )
    return {
        "contacts": contact.id,
        "jobs": job.job.id,
        "projects": project.project.id,
        "estimates": estimate.estimate.id,
        "invoices": invoice.invoice.id,
    }


@pytest.mark.parametrize(
    ("book", "listed", "single"),
    [
        ("contacts", book_models.ContactShown, book_models.ContactShown),
        ("jobs", book_models.JobShown, book_models.JobDetails),
        ("projects", book_models.ProjectShown, book_models.ProjectDetails),
        ("estimates", book_models.EstimateShown, book_models.EstimateDetails),
        ("invoices", book_models.InvoiceShown, book_models.InvoiceDetails),
    ],
)
async def test_answers_are_as_described(
    maria: httpx.AsyncClient, ids: dict[str, str], book: str, listed: type[BaseModel], single: type[BaseModel]
):
    page = (await maria.get(f"/{book}")).json()
    assert page["next_cursor"] is None
    for item in page["items"]:
        listed.model_validate_json(json.dumps(item), strict=True)
    one = await maria.get(f"/{book}/{ids[book]}")
    assert one.headers["Content-Type"] == "application/json"
    assert one.headers["Cache-Control"] == "no-store"
    single.model_validate_json(one.content, strict=True)
    of_list = next(item for item in page["items"] if item["id"] == ids[book])
    assert of_list.items() <= one.json().items()


async def test_money_is_text_and_times_are_utc(maria: httpx.AsyncClient, ids: dict[str, str]):
    invoice = (await maria.get(f"/invoices/{ids['invoices']}")).json()
    assert invoice["totals"]["total"] == "23.10"
    assert (invoice["net_paid"], invoice["amount_due"], invoice["status"]) == (
        "3.00",
        "20.10",
        "partially_paid",
    )
    assert invoice["lines"][0]["quantity"] == "2"
    assert invoice["contact"] == {"id": ids["contacts"], "name": "Nora Quill"}
    job = (await maria.get(f"/jobs/{ids['jobs']}")).json()
    assert job["scheduled_start"] == "2026-03-04T15:30:00Z"
    assert job["price"] == job["cost"]["price"] == "12.00"


async def test_every_row_comes_exactly_once_while_others_are_added(
    maria: httpx.AsyncClient, database: Database
):
    async with database.tenant(IN_SPRINGS) as uow:
        for number in range(25):
            await Contacts(uow).create(NewContact(f"P{number}", email=f"p{number}@mail.example"))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (
            await maria.get("/contacts", params={"limit": 4} | ({"cursor": cursor} if cursor else {}))
        ).json()
        assert 1 <= len(page["items"]) <= 4
        seen.extend(item["first_name"] for item in page["items"])
        cursor = page["next_cursor"]
        async with database.tenant(IN_SPRINGS) as uow:
            await Contacts(uow).create(NewContact("New", email=f"new{len(seen)}@mail.example"))
    assert seen == [f"P{number}" for number in reversed(range(25))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("contacts?q=quill nora", 1),
        ("contacts?q=5550142", 1),
        ("contacts?q=%25", 0),
        ("contacts?status=active", 2),
        ("contacts?status=archived&status=blocked", 0),
        ("contacts?updated_since=2026-03-04T15:30:00Z", 2),
        ("contacts?updated_since=2026-03-04T16:30:01%2B01:00", 0),
        ("jobs?status=scheduled", 1),
        ("jobs?status=draft", 0),
        ("jobs?date_from=2026-03-04&date_to=2026-03-04", 1),
        ("jobs?date_from=2026-03-05", 0),
        ("jobs?contact_id=nobody", 0),
        ("projects?date_to=2026-02-28", 0),
        ("projects?status=planning", 1),
        ("estimates?status=draft", 1),
        ("estimates?status=expired", 0),
        ("invoices?status=partially_paid", 1),
        ("invoices?status=overdue", 0),
        ("invoices?date_from=2026-03-04&date_to=9999-12-31", 1),
        ("invoices?date_from=0001-01-01&date_to=2026-03-03", 0),
    ],
)
async def test_filters(maria: httpx.AsyncClient, ids: dict[str, str], query: str, found: int):
    answer = await maria.get(f"/{query}")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == found


async def test_statuses_that_come_from_dates(
    maria: httpx.AsyncClient, database: Database, ids: dict[str, str]
):
    assert isinstance(database.clock, FixedClock)
    async with database.tenant(IN_SPRINGS) as uow:
        await Estimates(uow).update_status(ids["estimates"], EstimateStatus.SENT)
    database.clock.advance(timedelta(days=60))
    expired = (await maria.get("/estimates?status=expired")).json()["items"]
    assert [item["status"] for item in expired] == ["expired"]
    assert (await maria.get("/estimates?status=sent")).json()["items"] == []
    overdue = (await maria.get("/invoices?status=overdue")).json()["items"]
    assert [item["is_overdue"] for item in overdue] == [True]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("contacts?limit=0", "invalid_request", None),
        ("contacts?limit=201", "invalid_request", None),
        ("contacts?limit=x", "invalid_request", None),
        ("contacts?cursor=rubbish", "validation", "cursor"),
        ("contacts?cursor=WzFd", "validation", "cursor"),
        ("contacts?cursor=%C3%A9", "validation", "cursor"),
        ("contacts?cursor=" + "W" * 300, "validation", "cursor"),
        ("contacts?stat=active", "unknown_parameter", "stat"),
        ("contacts?status=paid", "validation", "status"),
        ("contacts?contact_id=x", "unknown_parameter", "contact_id"),
        ("jobs?q=sink", "unknown_parameter", "q"),
        ("jobs?date_from=soon", "invalid_request", None),
        ("jobs?date_from=2026-03-05&date_to=2026-03-04", "validation", "date_to"),
        ("jobs?updated_since=2026-03-05T10:00:00", "validation", "updated_since"),
        ("jobs/x?limit=3", "unknown_parameter", "limit"),
    ],
)
async def test_refused_questions(maria: httpx.AsyncClient, query: str, code: str, field: str | None):
    answer = await maria.get(f"/{query}")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (400, code, "validation")
    if field is not None:
        assert error["details"]["field"] == field


async def test_a_cursor_of_another_question_is_refused(maria: httpx.AsyncClient, ids: dict[str, str]):
    cursor = (await maria.get("/contacts?limit=1")).json()["next_cursor"]
    assert (await maria.get("/contacts", params={"cursor": cursor, "limit": 200})).status_code == 200
    for path in ("contacts?status=active", "jobs?limit=1"):
        answer = await maria.get(f"/{path}&cursor={cursor}")
        assert answer.json()["error"]["details"] == {"field": "cursor"}


@pytest.mark.parametrize("book", BOOKS)
async def test_another_business_has_none_of_it(maria: httpx.AsyncClient, ids: dict[str, str], book: str):
    elsewhere = {"business_id": ROOFS}
    assert (await maria.get(f"/{book}", params=elsewhere)).json() == {"items": [], "next_cursor": None}
    for entity_id in (ids[book], "unknown", "%27", "x" * 64):
        answer = await maria.get(f"/{book}/{entity_id}", params=elsewhere)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_a_cursor_does_not_lead_into_another_business(maria: httpx.AsyncClient, ids: dict[str, str]):
    cursor = (await maria.get("/contacts?limit=1")).json()["next_cursor"]
    answer = await maria.get("/contacts", params={"cursor": cursor, "business_id": ROOFS})
    assert answer.json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("book", BOOKS)
async def test_permissions(tom: httpx.AsyncClient, ids: dict[str, str], book: str):
    expected = 403 if book in ("estimates", "invoices") else 200
    for path in (f"/{book}", f"/{book}/{ids[book]}"):
        answer = await tom.get(path)
        assert answer.status_code == expected
        if expected == 403:
            assert answer.json()["error"]["code"] == "forbidden"


async def test_without_a_token(app: FastAPI):
    async with client_of(app) as nobody:
        for book in BOOKS:
            assert (await nobody.get(f"/{book}")).status_code == 401
            assert (await nobody.get(f"/{book}/x")).status_code == 401


class BusyDesk(LocalDesk):
    """A desk whose actors are all taken."""

    async def page(self, *_: Any) -> Any:
        raise Unavailable("The office is busy right now. Please try again in a moment.")


async def test_back_pressure_says_when_to_come_again(
    make_deps: Callable[..., Dependencies], database: Database, token_of: Callable[..., str]
):
    app = build_app(make_deps(desk=BusyDesk(database)))
    async with client_of(app, token_of(MARIA)) as client:
        answer = await client.get("/jobs")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
