"""The weather service that the settings name. Opens nothing: connections are made when the first question comes."""

from __future__ import annotations

from config.settings import Settings
from tools.weather.open_meteo import OpenMeteo
from tools.weather.service import Weather, no_weather


def configured_weather(settings: Settings) -> Weather:
    """Open-Meteo at the configured addresses, or a service that knows nothing where it is off."""
    if settings.weather_url == "off":
        return no_weather()
    key = settings.weather_api_key
    service = OpenMeteo(
        settings.weather_url,
        settings.geocoding_url,
        timeout_s=settings.weather_timeout_s,
        api_key=key.get_secret_value() if key is not None else None,
    )
    return Weather(service, service, close=service.aclose)
