"""Tickets: for one session, one use, one minute."""

from __future__ import annotations

import asyncio
from typing import Any

import jwt
import pytest
from redis.asyncio import Redis

from config.keys import access_key, ticket_key
from config.settings import Settings
from conversation.tickets import TicketRefused, Tickets
from tests.serve_app.conftest import MARIA, SPRINGS, Clock


@pytest.fixture
def tickets(settings: Settings, clock: Clock) -> Tickets:
    return Tickets(ticket_key(settings), settings.ticket_ttl_s, clock)


def refusal(tickets: Tickets, ticket: str | None, session_id: str = "s1") -> str:
    with pytest.raises(TicketRefused) as caught:
        tickets.verify(ticket, session_id)
    return caught.value.code


def test_a_ticket_says_whose_it_is(tickets: Tickets):
    ticket = tickets.verify(tickets.issue("s1", MARIA, SPRINGS), "s1")
    assert (ticket.session_id, ticket.user_id, ticket.business_id) == ("s1", MARIA, SPRINGS)


def test_a_ticket_lasts_sixty_seconds(tickets: Tickets, clock: Clock):
    ticket = tickets.issue("s1", MARIA, SPRINGS)
    clock.now += 59
    tickets.verify(ticket, "s1")
    clock.now += 1
    assert refusal(tickets, ticket) == "ticket_expired"


def test_a_ticket_opens_one_session_only(tickets: Tickets):
    assert refusal(tickets, tickets.issue("s1", MARIA, SPRINGS), "s2") == "ticket_wrong_session"


@pytest.mark.parametrize("ticket", [None, ""])
def test_no_ticket(tickets: Tickets, ticket: str | None):
    assert refusal(tickets, ticket) == "ticket_missing"


def test_what_only_looks_like_a_ticket(tickets: Tickets, settings: Settings):
    key = ticket_key(settings)
    good = tickets.issue("s1", MARIA, SPRINGS)
    claims: dict[str, Any] = jwt.decode(good, key, algorithms=["HS256"], options={"verify_signature": False})
    header, payload, _signature = good.split(".")
    fakes = [
        "rubbish",
        f"{header}.{payload}.",
        good[:-4] + "AAAA",
        jwt.encode(claims, "x" * 40, algorithm="HS256"),
        jwt.encode(claims, access_key(settings), algorithm="HS256"),
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, key * 2, algorithm="HS384"),
        jwt.encode({**claims, "purpose": "other"}, key, algorithm="HS256"),
        jwt.encode({**claims, "exp": "later"}, key, algorithm="HS256"),
        jwt.encode({**claims, "user_id": None}, key, algorithm="HS256"),
        *(
            jwt.encode({k: v for k, v in claims.items() if k != missing}, key, algorithm="HS256")
            for missing in ("exp", "jti", "session_id", "user_id", "business_id", "purpose")
        ),
    ]
    for fake in fakes:
        assert refusal(tickets, fake) == "ticket_invalid", fake


async def test_a_ticket_is_used_once(tickets: Tickets, redis: Redis):
    ticket = tickets.verify(tickets.issue("s1", MARIA, SPRINGS), "s1")
    await tickets.consume(redis, ticket)
    with pytest.raises(TicketRefused, match="ticket_reused"):
        await tickets.consume(redis, ticket)


async def test_a_ticket_shown_at_many_doors_at_once_opens_one(tickets: Tickets, redis: Redis):
    ticket = tickets.verify(tickets.issue("s1", MARIA, SPRINGS), "s1")
    outcomes = await asyncio.gather(
        *(tickets.consume(redis, ticket) for _ in range(20)), return_exceptions=True
    )
    assert sum(outcome is None for outcome in outcomes) == 1


async def test_used_tickets_are_forgotten_only_after_they_expired(tickets: Tickets, redis: Redis):
    ticket = tickets.verify(tickets.issue("s1", MARIA, SPRINGS), "s1")
    await tickets.consume(redis, ticket)
    (key,) = await redis.keys("*ticket*")
    assert 59_000 < await redis.pttl(key) <= 62_000
