from __future__ import annotations

import gzip
import json
import socket
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.open_meteo import (
    FORECAST,
    SEARCH,
    Answer,
    OpenMeteoServer,
    forecast_body,
    place_body,
    places_body,
)
from tools.weather.open_meteo import MAX_BYTES, OpenMeteo
from tools.weather.provider import (
    Condition,
    Coordinates,
    PlaceQuery,
    WeatherBusyError,
    WeatherError,
    WeatherFormError,
    WeatherSizeError,
    WeatherStatusError,
    WeatherTimeoutError,
    WeatherUnreachableError,
)

TZ = ZoneInfo("America/Denver")
MIDNIGHT = datetime(2026, 11, 18, tzinfo=TZ)
AT = Coordinates(40.58, -105.08)


async def test_a_forecast_is_read_as_published(meteo: OpenMeteoServer) -> None:
    body = forecast_body(
        MIDNIGHT,
        now=MIDNIGHT.replace(hour=9, minute=15),
        code=lambda hour: 61 if hour == 14 else 2,
        chance=lambda hour: 80 if hour == 14 else 5,
        rain=lambda hour: 2.5 if hour == 14 else 0.0,
        warmth=lambda hour: float(hour % 24),
        gusts=lambda hour: 55.0 if hour == 14 else 20.0,
    )
    meteo.answers[FORECAST] = Answer.json(body)
    forecast = await meteo.client().forecast(AT)

    assert forecast.now.at == MIDNIGHT.replace(hour=9, minute=15)
    assert (forecast.now.temperature, forecast.now.feels_like) == (9.0, 7.0)
    assert forecast.now.condition is Condition.PARTLY_CLOUDY
    wet = [hour for hour in forecast.hours if hour.precipitation]
    assert [hour.at for hour in wet] == [MIDNIGHT.replace(hour=14)], (
        "the sum at 15:00 is of the hour from 14:00"
    )
    assert (wet[0].chance, wet[0].condition, wet[0].gusts, wet[0].temperature) == (
        80,
        Condition.RAIN,
        55.0,
        14.0,
    )
    assert [day.day.day for day in forecast.days] == list(range(18, 28))
    assert (forecast.days[0].low, forecast.days[0].high, forecast.days[0].chance) == (0.0, 23.0, 80)


async def test_the_request_names_units_and_times(meteo: OpenMeteoServer) -> None:
    meteo.answers[FORECAST] = Answer.json(forecast_body(MIDNIGHT))
    await meteo.client().forecast(AT)
    (query,) = meteo.asked(FORECAST)
    assert (query["latitude"], query["longitude"]) == ("40.5800", "-105.0800")
    assert {query[name] for name in ("temperature_unit", "wind_speed_unit", "precipitation_unit")} == {
        "celsius",
        "kmh",
        "mm",
    }
    assert (query["timeformat"], query["timezone"]) == ("unixtime", "auto")
    assert "apikey" not in query


async def test_a_paid_plan_s_key_and_parameters_of_the_url_are_sent(meteo: OpenMeteoServer) -> None:
    meteo.answers[FORECAST] = Answer.json(forecast_body(MIDNIGHT))
    url = meteo.url(f"{FORECAST}?models=gfs_seamless")
    await OpenMeteo(url, meteo.url(SEARCH), timeout_s=5.0, api_key="secret").forecast(AT)
    (query,) = meteo.asked(FORECAST)
    assert (query["apikey"], query["models"]) == ("secret", "gfs_seamless")


async def test_gaps_at_the_far_end_are_left_out(meteo: OpenMeteoServer) -> None:
    body = forecast_body(MIDNIGHT, warmth=lambda hour: None if hour >= 216 else 10.0)
    body["daily"]["temperature_2m_max"][-1] = None
    meteo.answers[FORECAST] = Answer.json(body)
    forecast = await meteo.client().forecast(AT)
    assert (len(forecast.hours), len(forecast.days)) == (216, 9)


async def test_hours_keep_their_moment_when_clocks_change(meteo: OpenMeteoServer) -> None:
    midnight = datetime(2026, 11, 1, tzinfo=TZ)  # the night that summer time ends
    meteo.answers[FORECAST] = Answer.json(forecast_body(midnight))
    forecast = await meteo.client().forecast(AT)
    steps = {
        (later.at - hour.at).total_seconds()
        for hour, later in zip(forecast.hours, forecast.hours[1:], strict=False)
    }
    assert steps == {3600.0}


def _without(*path: str | int) -> dict[str, Any]:
    body = forecast_body(MIDNIGHT)
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return body


def _with(value: Any, *path: str | int) -> dict[str, Any]:
    body = forecast_body(MIDNIGHT)
    place: Any = body
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b'{"latitude": 40.58, "longi',
        b"[]",
        b"null",
        b"\xff\xfe",
        json.dumps({"error": True, "reason": "no"}).encode(),
        json.dumps(_without("current")).encode(),
        json.dumps(_without("hourly", "precipitation")).encode(),
        json.dumps(_without("daily", "time", 3)).encode(),
        json.dumps(_without("hourly", "weather_code", 0)).encode(),
        json.dumps(_with("warm", "current", "temperature_2m")).encode(),
        json.dumps(_with(float("nan"), "current", "temperature_2m")).encode(),
        json.dumps(_with(None, "current", "temperature_2m")).encode(),
        json.dumps(_with(1000, "current", "weather_code")).encode(),
        json.dumps(_with(10**30, "current", "time")).encode(),
        json.dumps(_with(95.0, "latitude")).encode(),
        json.dumps(_with("°F", "current_units", "temperature_2m")).encode(),
        json.dumps(_with("mp/h", "hourly_units", "wind_gusts_10m")).encode(),
    ],
    ids=range(19),
)
async def test_an_answer_of_another_form_is_not_believed(meteo: OpenMeteoServer, body: bytes) -> None:
    meteo.answers[FORECAST] = Answer(body)
    with pytest.raises(WeatherFormError):
        await meteo.client().forecast(AT)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"", status=500), WeatherStatusError),
        (Answer(b'{"error": true, "reason": "bad"}', status=400), WeatherStatusError),
        (Answer(b"", status=302, headers={"location": "http://127.0.0.1:1/"}), WeatherStatusError),
        (Answer(b"", status=429), WeatherBusyError),
        (Answer(b" " * (MAX_BYTES + 1)), WeatherSizeError),
        (Answer(b"{", breaks_off=True), WeatherUnreachableError),
        (Answer(gzip.compress(b" " * 10_000_000), headers={"content-encoding": "gzip"}), WeatherFormError),
    ],
    ids=["500", "400", "redirect", "429", "oversize", "broken off", "compressed"],
)
async def test_faults_have_their_errors(
    meteo: OpenMeteoServer, answer: Answer, error: type[WeatherError]
) -> None:
    meteo.answers[FORECAST] = meteo.answers[SEARCH] = answer
    client = meteo.client()
    with pytest.raises(error):
        await client.forecast(AT)
    with pytest.raises(error):
        await client.find(PlaceQuery("Denver"))


async def test_a_slow_service_is_given_up(meteo: OpenMeteoServer) -> None:
    meteo.answers[FORECAST] = Answer(hangs=True)
    with pytest.raises(WeatherTimeoutError):
        await meteo.client(timeout_s=0.1).forecast(AT)


@pytest.mark.parametrize("host", ["127.0.0.1", "no-such-host.invalid"])
async def test_without_a_connection_it_is_unreachable(host: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        url = f"http://{host}:{taken.getsockname()[1]}/"
        with pytest.raises(WeatherUnreachableError):
            await OpenMeteo(url, url, timeout_s=5.0).forecast(AT)


async def test_no_error_tells_where_somebody_is(meteo: OpenMeteoServer) -> None:
    for answer in (Answer(b"", status=500), Answer(b"{}"), Answer(hangs=True)):
        meteo.answers[FORECAST] = answer
        with pytest.raises(WeatherError) as caught:
            await meteo.client(timeout_s=0.1, api_key="secret").forecast(AT)
        assert not {"40.58", "105.08", "secret"} & set(str(caught.value).replace("&", " ").split())
        assert "40.58" not in str(caught.value)


async def test_places_are_found_in_the_region_asked_for(meteo: OpenMeteoServer) -> None:
    meteo.answers[SEARCH] = Answer.json(
        places_body(
            place_body("Windsor", "Ontario", "CA", 230_000),
            place_body("Windsor Heights", "Colorado", population=None),
            place_body("Windsor", "Colorado", population=18_000),
        )
    )
    places = await meteo.client().find(PlaceQuery("Windsor", "Colorado", country="US"))
    assert [(place.name, place.region, place.population) for place in places] == [
        ("Windsor", "Colorado", 18_000),
        ("Windsor Heights", "Colorado", 0),
    ]
    assert places[0].coordinates == Coordinates(40.58526, -105.08442)
    (query,) = meteo.asked(SEARCH)
    assert (query["name"], query["countryCode"]) == ("Windsor", "US")


async def test_an_unknown_town_is_looked_for_by_its_postal_code(meteo: OpenMeteoServer) -> None:
    def search(query: dict[str, str]) -> Answer:
        found = (place_body("Fort Collins", "Colorado"),) if query["name"] == "80524" else ()
        return Answer.json(places_body(*found))

    meteo.answers[SEARCH] = search
    places = await meteo.client().find(
        PlaceQuery("Ft Colins", "Colorado", "80524", "US", street="12 Oak Street")
    )
    assert [place.name for place in places] == ["Fort Collins"]
    assert all("Oak" not in json.dumps(query) for query in meteo.asked(SEARCH))


async def test_no_such_place_is_no_error(meteo: OpenMeteoServer) -> None:
    meteo.answers[SEARCH] = Answer.json(places_body())
    assert await meteo.client().find(PlaceQuery("Zzyzx Nowhere")) == ()


@pytest.mark.parametrize(
    "results", [[{"name": "Denver"}], "Denver", [place_body("Denver", "Colorado", latitude=91.0)], [None]]
)
async def test_a_place_of_another_form_is_not_believed(meteo: OpenMeteoServer, results: Any) -> None:
    meteo.answers[SEARCH] = Answer.json({"results": results})
    with pytest.raises(WeatherFormError):
        await meteo.client().find(PlaceQuery("Denver"))
