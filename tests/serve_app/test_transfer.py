"""CSV over HTTP: streamed out, reported in, with limits, permissions and tenancy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from business.actor import Actor
from business.errors import Unavailable
from business.sql.database import Database
from business.transfer.desk import Answer, LocalDesk
from business.use_cases.contacts import Contacts, NewContact
from config.settings import Settings
from serve_app.application import build_app
from serve_app.book_models import ImportReport
from serve_app.dependencies import Dependencies
from tests.serve_app.conftest import MARIA, ROOFS, SPRINGS, client_of

CSV = {"Content-Type": "text/csv"}
FILE = "name,email\nNora Quill,n@mail.example\nBad,bad\n"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"import_max_bytes": 100_000})


async def post(client: httpx.AsyncClient, kind: str, content: str | bytes, **more: Any) -> httpx.Response:
    headers = CSV | more.pop("headers", {})
    return await client.post(f"/data/{kind}", content=content, headers=headers, **more)


async def test_in_and_out_again(maria: httpx.AsyncClient):
    answer = await post(maria, "contacts", FILE)
    report = ImportReport.model_validate_json(answer.content, strict=True)
    assert (report.rows, report.created, report.refused) == (2, 1, 1)
    assert (report.refusals[0].line, report.refusals[0].column, report.refusals[0].code) == (
        3,
        "email",
        "bad_value",
    )
    out = await maria.get("/data/contacts.csv")
    assert out.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert out.headers["Content-Disposition"] == 'attachment; filename="contacts.csv"'
    assert out.content.startswith(b"\xef\xbb\xbffirst_name,last_name,")
    again = (await post(maria, "contacts", out.content)).json()
    assert (again["created"], again["unchanged"], again["refused"]) == (0, 1, 0)


async def test_a_dry_run_leaves_nothing(maria: httpx.AsyncClient):
    report = (await post(maria, "contacts", FILE, params={"dry_run": "true"})).json()
    assert (report["dry_run"], report["created"]) == (True, 1)
    assert (await maria.get("/contacts")).json()["items"] == []


async def test_a_repeated_import_is_the_same_import(maria: httpx.AsyncClient):
    jobs = "title\nSink\nPump\n"
    first = (await post(maria, "jobs", jobs, headers={"Idempotency-Key": "import-1"})).json()
    again = (await post(maria, "jobs", jobs, headers={"Idempotency-Key": "import-1"})).json()
    assert first == again
    assert first["created"] == 2
    assert len((await maria.get("/jobs")).json()["items"]) == 2
    await post(maria, "jobs", jobs)
    assert len((await maria.get("/jobs")).json()["items"]) == 4


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        ("name,email\nZoë,z@mail.example\n".encode("latin-1"), "not_utf8"),
        (b"name,email\nN\x00,n@mail.example\n", "nul_byte"),
        (b'name,email\n"N,n@mail.example\n', "bad_csv"),
        (b"colour\nblue\n", "missing_columns"),
    ],
)
async def test_a_broken_file_has_its_code(maria: httpx.AsyncClient, content: bytes, code: str):
    answer = await post(maria, "contacts", content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


async def test_too_large(maria: httpx.AsyncClient):
    content = b"name,email\n" + b"x" * 100_000

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 10_000):
            yield content[start : start + 10_000]

    for body in (content, chunks()):
        answer = await maria.post("/data/contacts", content=body, headers=CSV)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (413, "body_too_large")
        assert error["details"] == {"max_bytes": 100_000}


async def test_other_paths_keep_their_limit(maria: httpx.AsyncClient):
    answer = await maria.post("/openai/status", content=b"x" * 70_000)
    assert answer.json()["error"]["details"] == {"max_bytes": 65_536}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/data/estimates", 400, "invalid_request"),
        ("/data/contacts?dryrun=true", 400, "unknown_parameter"),
        ("/data/contacts?dry_run=perhaps", 400, "invalid_request"),
    ],
)
async def test_refused_requests(maria: httpx.AsyncClient, path: str, status: int, code: str):
    answer = await maria.post(path, content=FILE, headers=CSV)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_only_files_and_only_plain_keys(maria: httpx.AsyncClient):
    answer = await maria.post("/data/contacts", json={"name": "Nora"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "not_csv")
    answer = await post(maria, "contacts", FILE, headers={"Idempotency-Key": "k" * 41})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


async def test_permissions(tom: httpx.AsyncClient, maria: httpx.AsyncClient, app: FastAPI):
    assert (await post(tom, "contacts", FILE)).status_code == 403
    assert (await tom.get("/data/contacts.csv")).status_code == 200
    refused = await tom.get("/data/invoices.csv")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden")
    # Maria is only an employee over there.
    assert (await post(maria, "invoices", FILE, params={"business_id": ROOFS})).status_code == 403
    async with client_of(app) as nobody:
        assert (await nobody.get("/data/contacts.csv")).status_code == 401
        assert (await post(nobody, "contacts", FILE)).status_code == 401


async def test_a_business_exports_only_its_own(maria: httpx.AsyncClient):
    await post(maria, "contacts", FILE)
    elsewhere = await maria.get("/data/contacts.csv", params={"business_id": ROOFS})
    assert elsewhere.text.count("\r\n") == 1


@pytest.fixture
async def many(database: Database) -> int:
    async with database.tenant(Actor(SPRINGS, MARIA)) as uow:
        for number in range(450):
            await Contacts(uow).create(NewContact(f"P{number}", email=f"p{number}@mail.example"))
    return 450


class RestlessDesk(LocalDesk):
    """A desk that is busy now and then, and away after some parts."""

    def __init__(self, database: Database, parts: int) -> None:
        super().__init__(database)
        self.calls = 0
        self.parts = parts

    async def export(self, actor: Actor, book: Any, after: str | None) -> Answer:
        self.calls += 1
        if self.calls == 2:
            raise Unavailable("busy")
        if self.calls > self.parts:
            raise Unavailable("away")
        return await super().export(actor, book, after)


async def test_a_long_export_comes_in_parts_through_a_busy_moment(
    make_deps: Callable[..., Dependencies], database: Database, token_of: Callable[..., str], many: int
):
    desk = RestlessDesk(database, parts=99)
    async with client_of(build_app(make_deps(desk=desk)), token_of(MARIA)) as client:
        text = (await client.get("/data/contacts.csv")).text
    names = [row.split(",")[0] for row in text.split("\r\n")[1:-1]]
    assert names == [f"P{number}" for number in range(many)]
    assert desk.calls == 4


async def test_an_export_that_breaks_does_not_look_whole(
    make_deps: Callable[..., Dependencies],
    database: Database,
    token_of: Callable[..., str],
    serve: Callable[[FastAPI], str],
    many: int,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("serve_app.routes.transfer._WAITS_S", (0.0,))
    address = serve(build_app(make_deps(desk=RestlessDesk(database, parts=1))))
    url = f"http://{address}/api/v1/voice-agent/data/contacts.csv"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token_of(MARIA)}"}) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(url)
