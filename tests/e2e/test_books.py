"""The books over HTTP as they are deployed: through the ingress and the tool pool, JSON out and CSV in."""

from __future__ import annotations

import httpx
import pytest

from business.seed import DEMO_BUSINESS_ID, DEMO_OWNER_ID
from serve_app.auth import issue_access_token
from serve_app.launcher import Server

pytestmark = pytest.mark.server


async def test_pages_and_files_go_through_the_tool_pool(server: Server):
    token = issue_access_token(server.settings, DEMO_OWNER_ID, DEMO_BUSINESS_ID)
    base = f"{server.base_url}/api/v1/voice-agent"
    headers = {"Authorization": f"Bearer {token}"}
    rows = "".join(f"Import {number},imported{number}@mail.example\n" for number in range(300))
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
        report = (await client.post("/data/contacts", content=f"name,email\n{rows}Bad,bad\n")).json()
        assert (report["created"], report["refused"]) == (300, 1)
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            params = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/contacts", params=params)).json()
            seen.extend(item["display_name"] for item in page["items"])
            cursor = page["next_cursor"]
        assert len([name for name in seen if name.startswith("Import ")]) == 300
        out = await client.get("/data/contacts.csv")
        assert out.text.count("\r\n") == len(seen) + 1
        missing = await client.get("/invoices/nothing")
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
        broken = await client.post("/data/contacts", content=b"\xff")
        assert broken.json()["error"]["code"] == "not_utf8"
