from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from config.settings import Settings
from tests.support.open_meteo import SEARCH, Answer, OpenMeteoServer, place_body, places_body
from tools.weather.configured import configured_weather
from tools.weather.provider import Coordinates, PlaceQuery, WeatherOffError


def settings(**values: Any) -> Settings:
    return Settings(**values)


async def test_off_is_off() -> None:
    weather = configured_weather(settings(weather_url="off"))
    with pytest.raises(WeatherOffError):
        await weather.forecast(Coordinates(1.0, 2.0))
    with pytest.raises(WeatherOffError):
        await weather.places("one", PlaceQuery("Denver"))


async def test_the_configured_service_is_asked_with_its_key(meteo: OpenMeteoServer) -> None:
    meteo.answers[SEARCH] = Answer.json(places_body(place_body("Denver", "Colorado")))
    weather = configured_weather(settings(geocoding_url=meteo.url(SEARCH), weather_api_key="secret"))
    assert [place.name for place in await weather.places("one", PlaceQuery("Denver"))] == ["Denver"]
    assert meteo.asked(SEARCH)[0]["apikey"] == "secret"
    await weather.aclose()


@pytest.mark.parametrize(
    "values",
    [{"weather_url": "on"}, {"geocoding_url": "off"}, {"weather_timeout_s": 0}, {"weather_timeout_s": 30}],
)
def test_other_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**values)
