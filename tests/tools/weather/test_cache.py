from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.support.open_meteo import FORECAST, SEARCH, Answer, OpenMeteoServer, place_body, places_body
from tests.support.weather import KnownWeather
from tests.tools.world import NOW, TZ
from tools.weather.cache import FetchCache
from tools.weather.provider import (
    Coordinates,
    PlaceQuery,
    WeatherError,
    WeatherStatusError,
    WeatherTimeoutError,
)
from tools.weather.service import FORECAST_TTL_S, Weather


class Source:
    """Fetches are counted, and wait while ``gate`` is closed."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.failing: WeatherError | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.now = 0.0

    async def fetch(self, key: str) -> str:
        self.fetched.append(key)
        await self.gate.wait()
        if self.failing is not None:
            raise self.failing
        return f"{key} at {self.now:g}"

    def cache(self, **options: float | int) -> FetchCache[str, str]:
        settings = {"ttl_s": 100.0, "failure_ttl_s": 5.0} | options
        return FetchCache(self.fetch, clock=lambda: self.now, **settings)  # type: ignore[arg-type]


async def test_a_value_is_kept_for_its_time() -> None:
    source = Source()
    cache = source.cache()
    assert await cache.get("a") == "a at 0"
    source.now = 99.0
    assert await cache.get("a") == "a at 0"
    source.now = 100.0
    assert await cache.get("a") == "a at 100"


async def test_a_failure_is_kept_for_seconds_only() -> None:
    source = Source()
    cache = source.cache()
    source.failing = WeatherTimeoutError("slow")
    for _ in range(3):
        with pytest.raises(WeatherTimeoutError):
            await cache.get("a")
    assert source.fetched == ["a"], "a service in trouble is not hammered"
    source.now, source.failing = 5.0, None
    assert await cache.get("a") == "a at 5"


async def test_a_fault_of_the_program_is_not_kept() -> None:
    calls: list[str] = []

    async def broken(key: str) -> str:
        calls.append(key)
        raise ZeroDivisionError

    cache = FetchCache(broken, ttl_s=10.0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await cache.get("a")
    assert len(calls) == 2


async def test_equal_requests_at_the_same_time_share_one_fetch() -> None:
    source = Source()
    cache = source.cache()
    source.gate.clear()
    waiting = [asyncio.create_task(cache.get(key)) for key in "aaaab"]
    await asyncio.sleep(0)
    source.gate.set()
    assert await asyncio.gather(*waiting) == ["a at 0"] * 4 + ["b at 0"]
    assert sorted(source.fetched) == ["a", "b"]


async def test_one_who_gives_up_does_not_spoil_it_for_the_others() -> None:
    source = Source()
    cache = source.cache()
    source.gate.clear()
    first = asyncio.create_task(cache.get("a"))
    second = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    source.gate.set()
    assert await second == "a at 0"
    assert source.fetched == ["a"]


async def test_a_fetch_that_nobody_waits_for_any_more_is_no_stray_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = Source()
    cache = source.cache()
    source.gate.clear()
    source.failing = WeatherTimeoutError("slow")
    only = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    only.cancel()
    await asyncio.gather(only, return_exceptions=True)
    source.gate.set()
    with pytest.raises(WeatherTimeoutError):
        await cache.get("a")
    assert source.fetched == ["a"]
    assert not caplog.records


async def test_it_is_bounded_and_forgets_what_was_used_longest_ago() -> None:
    source = Source()
    cache = source.cache(capacity=2)
    for key in "abac":
        await cache.get(key)
    assert len(cache) == 2
    await cache.get("a")
    await cache.get("b")
    assert source.fetched == ["a", "b", "c", "b"]


async def test_closing_ends_what_is_under_way() -> None:
    source = Source()
    cache = source.cache()
    source.gate.clear()
    waiting = asyncio.create_task(cache.get("a"))
    await asyncio.sleep(0)
    await cache.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def known() -> KnownWeather:
    return KnownWeather(NOW, TZ)


async def test_points_of_one_neighbourhood_share_a_forecast() -> None:
    source = known()
    weather = source.service()
    await weather.forecast(Coordinates(40.5812, -105.0844))
    await weather.forecast(Coordinates(40.5789, -105.0761))
    assert source.asked == [Coordinates(40.58, -105.08)], "and nobody's house is told"


async def test_a_forecast_is_asked_for_again_after_ten_minutes() -> None:
    source, now = known(), [0.0]
    weather = Weather(source, source, clock=lambda: now[0])
    for now[0] in (0.0, FORECAST_TTL_S - 1, FORECAST_TTL_S):
        await weather.forecast(Coordinates(1.0, 2.0))
    assert len(source.asked) == 2


async def test_a_place_that_one_business_asked_for_is_new_to_another() -> None:
    source = known()
    weather = source.service()
    for business in ("one", "one", "two"):
        assert await weather.places(business, PlaceQuery("Denver"))
    assert len(source.asked) == 2


async def test_forty_callers_make_one_request(meteo: OpenMeteoServer) -> None:
    release = asyncio.Event()
    meteo.answers[SEARCH] = Answer.json(places_body(place_body("Denver", "Colorado")), waits_for=release)
    client = meteo.client()
    weather = Weather(client, client, close=client.aclose)
    callers = [asyncio.create_task(weather.places("one", PlaceQuery("Denver"))) for _ in range(40)]
    async with asyncio.timeout(10):
        await meteo.arrived.wait()
    release.set()
    assert len({await caller for caller in callers}) == 1
    assert len(meteo.requests) == 1
    await weather.aclose()


async def test_a_service_that_comes_back_is_asked_again(meteo: OpenMeteoServer) -> None:
    now = [0.0]
    client = meteo.client()
    clock: Callable[[], float] = lambda: now[0]  # noqa: E731
    weather = Weather(client, client, clock=clock, close=client.aclose)
    meteo.answers[SEARCH] = Answer(status=503)
    with pytest.raises(WeatherStatusError):
        await weather.places("one", PlaceQuery("Denver"))
    meteo.answers[SEARCH] = Answer.json(places_body(place_body("Denver", "Colorado")))
    now[0] = 30.0
    assert [place.name for place in await weather.places("one", PlaceQuery("Denver"))] == ["Denver"]
    assert len(meteo.asked(FORECAST)) == 0
    await weather.aclose()
