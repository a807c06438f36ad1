"""get_weather_info on the planted business: which place it is about, and what happens without an answer."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from business.actor import Actor
from business.entities.addresses import Address
from business.sql.database import Database
from business.sql.unit_of_work import SqlUnitOfWork
from business.use_cases.contacts import Contacts, NewContact
from business.use_cases.jobs import Jobs, NewJob
from tests.support.open_meteo import (
    FORECAST,
    SEARCH,
    Answer,
    forecast_body,
    open_meteo_server,
    place_body,
    places_body,
)
from tests.support.weather import KnownWeather
from tests.tools.world import BUSINESS, NOW, OTHER_BUSINESS, OTHER_OWNER, OWNER, TZ, World, at
from tools.envelope import Location, ToolErrorType, ToolResult
from tools.executor import ToolExecutor
from tools.weather.open_meteo import OpenMeteo
from tools.weather.provider import (
    Condition,
    Coordinates,
    PlaceQuery,
    WeatherBusyError,
    WeatherFormError,
    WeatherStatusError,
    WeatherTimeoutError,
    WeatherUnreachableError,
)
from tools.weather.service import Weather

SORRY = "I can't get the weather right now."


@dataclass
class Sky:
    """The planted business under a known sky."""

    world: World
    source: KnownWeather

    async def ask(self, *, at: Location | None = None, driving: bool = False, **arguments: Any) -> ToolResult:
        call = self.world.make("get_weather_info", **arguments)
        call = replace(call, caller=replace(call.caller, location=at, is_driving=driving))
        result = await self.world.executor.execute(call)
        self.world.focus.update(result.focus)
        return result

    @property
    def town(self) -> str:
        """The town that was looked for last."""
        return next(asked.city for asked in reversed(self.source.asked) if isinstance(asked, PlaceQuery))


@pytest.fixture
async def sky(sqlite_world: World) -> Sky:
    world = sqlite_world
    source = KnownWeather(
        NOW,
        TZ,
        warmth=lambda hour: 22.0 if 8 <= hour % 24 < 20 else 12.0,
        chance=lambda hour: 80 if 38 <= hour < 42 else 5,
        condition=lambda hour: Condition.RAIN if 38 <= hour < 42 else Condition.CLOUDY,
    )
    world.executor = ToolExecutor(world.database, weather=source.service())
    async with world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        maria = NewContact(
            "Maria", "Lopez", mobile="+12145550140", address=Address("9 Elm St", "Denver", "CO")
        )
        world.ids["maria"] = (await Contacts(uow).create(maria)).id
        roof = NewJob("Roof check", contact_id=world.ids["maria"], start=at(1, 13))
        world.ids["roof"] = (await Jobs(uow).create(roof)).job.id
        jackson = NewContact(
            "Jack", "Austin", mobile="+12145550141", address=Address(city="Waco", state="TX")
        )
        world.ids["jack"] = (await Contacts(uow).create(jackson)).id
    return Sky(world, source)


async def locate(sky: Sky, address: Address) -> None:
    async with sky.world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        await uow.businesses.save(replace(uow.business, address=address))


async def test_a_place_as_said(sky: Sky) -> None:
    result = await sky.ask(location="Denver", when="tomorrow", about="rain")
    assert result.summary == "Yes, rain is likely in Denver, Colorado tomorrow from 2 PM until 6 PM."
    assert result.data["rain"][0]["chance"] == 80
    assert (result.data["place"], result.data["source"]) == ("Denver", "a test")


async def test_the_weather_as_such(sky: Sky) -> None:
    result = await sky.ask(location="Waco")
    assert result.summary == (
        "It's 72 degrees and cloudy in Waco, Texas, with a high of 72 and a low of 54 today. No rain is expected."
    )


@pytest.mark.parametrize(
    "said",
    [
        "the Lopez job",
        "the roof check",
        "at the Lopez job",
        "Maria's job",
        "job 7",
        "the job for Maria Lopez",
    ],
)
async def test_at_a_job_it_is_the_job_s_town(sky: Sky, said: str) -> None:
    result = await sky.ask(location=said, when="tomorrow", about="rain")
    assert result.summary == (
        "Yes, rain is likely at the roof check for Maria Lopez in Denver, Colorado tomorrow from 2 PM until 6 PM."
    )
    assert (result.focus["job"], result.focus["contact"]) == (sky.world.ids["roof"], sky.world.ids["maria"])


@pytest.mark.parametrize("said", ["Maria's house", "Maria Lopez's", "the Lopez place", "her house", "Lopez"])
async def test_at_a_client_it_is_the_client_s_town(sky: Sky, said: str) -> None:
    await sky.world.run("get_contact_info", contact="Maria")
    result = await sky.ask(location=said, about="temperature")
    assert result.summary.startswith("It's 72 degrees at Maria Lopez's in Denver, Colorado now")
    assert result.focus["contact"] == sky.world.ids["maria"]


@pytest.mark.parametrize("said", ["it", "that job", "there", "over there"])
async def test_it_is_the_job_spoken_of(sky: Sky, said: str) -> None:
    await sky.world.run("get_job_details", job="the roof check")
    result = await sky.ask(location=said)
    assert "at the roof check for Maria Lopez in Denver" in result.summary


async def test_an_id_is_the_thing_of_that_id(sky: Sky) -> None:
    assert "at the roof check" in (await sky.ask(location=sky.world.ids["roof"])).summary
    assert "at Maria Lopez's" in (await sky.ask(location=sky.world.ids["maria"])).summary
    for foreign in ("foreign_job", "stranger"):
        result = await sky.ask(location=sky.world.ids[foreign])
        assert result.error is not None
        assert result.error.type is ToolErrorType.NOT_FOUND


async def test_a_city_that_is_also_a_client_s_name_is_the_city(sky: Sky) -> None:
    await locate(sky, Address(city="Dallas", state="TX"))
    assert " in Austin" in (await sky.ask(location="Austin")).summary


async def test_a_client_whose_name_is_also_a_hamlet_s_is_the_client(sky: Sky) -> None:
    await locate(sky, Address(city="Dallas", state="TX"))
    result = await sky.ask(location="Okafor")
    assert "at Ines Okafor's in Dallas" in result.summary


async def test_towns_that_cannot_be_told_apart_are_asked_about(sky: Sky) -> None:
    result = await sky.ask(location="Springfield")
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.AMBIGUOUS, "location")
    assert set(result.error.candidates) == {
        "Springfield, Missouri",
        "Springfield, Illinois",
        "Springfield, Massachusetts",
    }
    assert result.summary.endswith("?")
    for candidate in result.error.candidates:
        assert f"in {candidate}" in (await sky.ask(location=candidate)).summary


async def test_jobs_that_cannot_be_told_apart_are_asked_about(sky: Sky) -> None:
    result = await sky.ask(location="the Nguyen job")
    assert result.error is None or result.error.field == "location"
    asked = await sky.ask(location="the Miller job")
    assert asked.error is not None
    assert (asked.error.type, asked.error.field) == (ToolErrorType.AMBIGUOUS, "location")
    await locate(sky, Address(city="Dallas", state="TX"))
    for label in asked.error.candidates:
        assert (await sky.ask(location=label)).ok, label


async def test_an_unknown_place_is_said_so(sky: Sky) -> None:
    result = await sky.ask(location="Zzyzx Springs")
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.NOT_FOUND, "location")
    assert result.summary == "I couldn't find Zzyzx Springs. Which place do you mean?"


@pytest.mark.parametrize("said", [None, "", "here", "where I am", "outside"])
async def test_without_a_place_it_is_where_the_user_is(sky: Sky, said: str | None) -> None:
    arguments = {} if said is None else {"location": said}
    here = Location(latitude=30.2672, longitude=-97.7431)
    result = await sky.ask(at=here, **arguments)
    assert " where you are" in result.summary
    assert sky.source.asked == [Coordinates(30.27, -97.74)]


async def test_an_address_of_the_session_is_looked_up(sky: Sky) -> None:
    result = await sky.ask(at=Location(address="1 Main Street, Austin, TX 78701"))
    assert " in Austin, Texas" in result.summary
    both = await sky.ask(at=Location(30.2672, -97.7431, "1 Main Street, Austin, TX 78701"))
    assert " in Austin" in both.summary


@pytest.mark.parametrize(
    "here",
    [Location(200.0, 10.0), Location(float("nan"), 0.0), Location(1.0, None), Location(address="my van")],
)
async def test_a_location_that_is_none_is_passed_over(sky: Sky, here: Location) -> None:
    await locate(sky, Address(city="Dallas", state="TX"))
    result = await sky.ask(at=here)
    assert " Dallas" in result.summary or result.error is not None
    assert all(not isinstance(asked, Coordinates) or asked.latitude == 32.78 for asked in sky.source.asked)


async def test_else_it_is_where_the_next_job_is(sky: Sky) -> None:
    async with sky.world.database.tenant(Actor(BUSINESS, OWNER)) as uow:
        new = NewJob(
            "Gate",
            contact_id=sky.world.ids["maria"],
            start=at(0, 17),
            address=Address(city="Waco", state="TX"),
        )
        await Jobs(uow).create(new, allow_overlap=True)
    assert " at the gate for Maria Lopez in Waco" in (await sky.ask()).summary
    assert " at the gate for Maria Lopez in Waco" in (await sky.ask(location="my next job")).summary


async def test_else_it_is_where_the_business_is(sky: Sky) -> None:
    await locate(sky, Address(city="Dallas", state="TX"))
    assert " in Dallas, with" in (await sky.ask()).summary
    assert " in Dallas, with" in (await sky.ask(location="the shop")).summary


async def test_with_no_place_at_all_it_asks(sky: Sky) -> None:
    result = await sky.ask()
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "location")
    assert result.summary == "For which place?"


async def test_a_driver_hears_the_short_of_it(sky: Sky) -> None:
    result = await sky.ask(location="the Lopez job", when="tomorrow", about="rain", driving=True)
    assert result.summary == "Yes, rain is likely in Denver, Colorado tomorrow from 2 PM until 6 PM."
    assert len(result.summary.split()) <= 20


async def test_beyond_the_forecast_it_says_so(sky: Sky) -> None:
    result = await sky.ask(location="Waco", when="in three weeks")
    assert result.error is not None
    assert (result.error.type, result.error.field) == (ToolErrorType.VALIDATION, "when")


async def test_a_business_abroad_hears_celsius(sky: Sky) -> None:
    await locate(sky, Address(city="Toronto", state="ON", country="CA"))
    assert (await sky.ask(about="temperature")).summary == (
        "It's 22 degrees in Toronto now, with a high of 22 and a low of 12 today."
    )


@pytest.mark.parametrize(
    "error",
    [WeatherUnreachableError("x"), WeatherTimeoutError("x"), WeatherStatusError(500), WeatherBusyError(429),
     WeatherFormError("x")],
    ids=lambda error: error.code,
)  # fmt: skip
async def test_without_an_answer_nothing_is_invented(sky: Sky, error: Exception) -> None:
    sky.world.executor = ToolExecutor(sky.world.database, weather=sky.source.but(failing=error).service())
    result = await sky.ask(location="Denver")
    assert result.error is not None
    assert (result.error.type, result.summary, result.data) == (ToolErrorType.UNAVAILABLE, SORRY, {})


async def test_without_a_service_it_is_unavailable(sky: Sky) -> None:
    sky.world.executor = ToolExecutor(sky.world.database)
    result = await sky.ask(location="Denver")
    assert result.error is not None
    assert (result.error.type, result.summary) == (ToolErrorType.UNAVAILABLE, SORRY)


async def test_without_a_network_it_is_unavailable(sky: Sky) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        client = OpenMeteo(url, url, timeout_s=2.0)
        sky.world.executor = ToolExecutor(sky.world.database, weather=Weather(client, client))
        for where in ({"location": "Denver"}, {"at": Location(30.0, -97.0)}):
            result = await sky.ask(**where)
            assert result.error is not None
            assert (result.error.type, result.summary) == (ToolErrorType.UNAVAILABLE, SORRY)


async def test_from_the_service_to_the_sentence(sky: Sky) -> None:
    midnight = NOW.replace(hour=0)
    wet = forecast_body(
        midnight,
        now=NOW,
        chance=lambda hour: 90 if 13 <= hour < 15 else 0,
        code=lambda hour: 63 if 13 <= hour < 15 else 1,
        rain=lambda hour: 6.35 if 13 <= hour < 15 else 0.0,
    )
    async with open_meteo_server() as server:
        server.answers[FORECAST] = Answer.json(wet)
        server.answers[SEARCH] = Answer.json(
            places_body(place_body("Denver", "Colorado", population=715_000))
        )
        client = server.client()
        sky.world.executor = ToolExecutor(sky.world.database, weather=Weather(client, client))
        result = await sky.ask(location="the Lopez job", about="rain")
        assert result.summary == (
            "Yes, rain is likely at the roof check for Maria Lopez in Denver, Colorado today from 1 PM until 3 PM, "
            "about 0.5 inches."
        )
        assert all("Elm" not in value for _, query in server.requests for value in query.values())
        await client.aclose()


class CountingDatabase(Database):
    """Counts the transactions that are open."""

    opened = 0

    @asynccontextmanager
    async def reading(self, actor: Actor) -> AsyncGenerator[SqlUnitOfWork]:
        async with super().reading(actor) as uow:
            self.opened += 1
            try:
                yield uow
            finally:
                self.opened -= 1


async def test_no_transaction_is_open_while_the_weather_is_fetched(sky: Sky) -> None:
    release = asyncio.Event()
    database = CountingDatabase(sky.world.url, clock=sky.world.clock)
    async with open_meteo_server() as server:
        server.answers[FORECAST] = Answer.json(forecast_body(NOW.replace(hour=0)), waits_for=release)
        client = server.client()
        sky.world.executor = ToolExecutor(database, weather=Weather(client, client))
        asking = asyncio.create_task(sky.ask(at=Location(40.58, -105.08)))
        async with asyncio.timeout(10):
            await server.arrived.wait()
        assert database.opened == 0
        release.set()
        assert (await asking).ok
        await client.aclose()
    await database.close()


async def test_another_business_finds_no_job_of_this_one(sky: Sky) -> None:
    call = sky.world.make(
        "get_weather_info", user=OTHER_OWNER, business=OTHER_BUSINESS, location="the Lopez job"
    )
    result = await sky.world.executor.execute(call)
    assert result.error is not None
    assert result.error.type is ToolErrorType.NOT_FOUND
    by_focus = replace(call, arguments='{"location": "it"}', focus={"job": sky.world.ids["roof"]})
    assert not (await sky.world.executor.execute(by_focus)).ok
    assert sky.source.asked == []


async def test_the_arguments_of_a_model_are_taken_as_they_come(sky: Sky) -> None:
    for about in ("Rain", "raining", "umbrella"):
        assert (await sky.ask(location="Waco", about=about)).summary.startswith("No, no rain")
    assert (await sky.ask(location="Waco", about="humidity")).summary.startswith("It's 72 degrees and cloudy")
    assert (await sky.ask(location=None, when=None, at=Location(1.0, 2.0))).ok
    refused = await sky.ask(location="Waco", about=7)
    assert refused.error is not None
    assert refused.error.type is ToolErrorType.VALIDATION
