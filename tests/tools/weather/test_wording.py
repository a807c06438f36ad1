from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from business.entities.addresses import Address
from business.entities.businesses import Business
from business.money import Currency
from tests.support.weather import KnownWeather
from tests.tools.world import NOW, TZ, at
from tools.weather.outlook import outlook_of
from tools.weather.provider import Condition, Coordinates
from tools.weather.span import span_of
from tools.weather.topic import WeatherTopic, topic_in
from tools.weather.units import Units, units_of
from tools.weather.wording import Question, say_weather

WARM = KnownWeather(NOW, TZ, warmth=lambda hour: 22.0 if 8 <= hour % 24 < 20 else 12.0)
# Rain from two until six tomorrow, 2 mm an hour.
WET = WARM.but(
    chance=lambda hour: 80 if 38 <= hour < 42 else 5,
    rain=lambda hour: 2.0 if 38 <= hour < 42 else 0.0,
    condition=lambda hour: Condition.RAIN if 38 <= hour < 42 else Condition.PARTLY_CLOUDY,
)


async def said(source: KnownWeather, topic: str, when: str = "", *, imperial: bool = True) -> str:
    span = span_of(when, source.now, TZ)
    forecast = await source.forecast(Coordinates(0, 0))
    outlook = outlook_of(forecast, span)
    assert outlook is not None
    now = forecast.now if span.from_now else None
    return say_weather(WeatherTopic(topic), Question("in Denver", span, now, outlook, Units(imperial), TZ))


@pytest.mark.parametrize(
    ("source", "when", "answer"),
    [
        (WET, "tomorrow", "Yes, rain is likely in Denver tomorrow from 2 PM until 6 PM, about 0.3 inches."),
        (WET, "tomorrow morning", "No, no rain is expected in Denver tomorrow morning."),
        (
            WET,
            "tomorrow afternoon",
            "Yes, rain is likely in Denver tomorrow afternoon from 2 PM, about 0.3 inches.",
        ),
        (WET, "tomorrow at three", "Yes, rain is likely in Denver tomorrow at 3 PM, about 0.1 inches."),
        (WET, "", "No, no rain is expected in Denver today."),
        (WET, "this week", "Yes, rain is likely in Denver tomorrow, about 0.3 inches."),
        (
            WARM.but(chance=lambda hour: 40 if hour == 15 else 10),
            "",
            "Maybe. There's a 40 percent chance of rain in Denver today, most likely around 3 PM.",
        ),
        (
            WARM.but(
                condition=lambda hour: Condition.RAIN,
                chance=lambda hour: 90 if hour < 13 else 0,
                rain=lambda _: 1.0,
            ),
            "",
            "Yes, it's raining in Denver now, and it should stop around 1 PM.",
        ),
        (
            WARM.but(condition=lambda hour: Condition.RAIN, chance=lambda hour: 90, rain=lambda hour: 1.0),
            "",
            "Yes, it's raining in Denver now.",
        ),
        (
            KnownWeather(
                NOW, TZ, condition=lambda _: Condition.SNOW, chance=lambda h: 70 if h > 30 else 0
            ).but(condition=lambda hour: Condition.SNOW if hour > 30 else Condition.CLOUDY),
            "tomorrow",
            "No rain, but snow is likely in Denver tomorrow from 7 AM.",
        ),
    ],
    ids=range(10),
)
async def test_will_it_rain(source: KnownWeather, when: str, answer: str) -> None:
    assert await said(source, "rain", when) == answer


async def test_a_chance_that_nobody_published_is_what_the_amount_says() -> None:
    source = WET.but(chance=lambda _: None)
    assert (await said(source, "rain", "tomorrow")).startswith(
        "Yes, rain is likely in Denver tomorrow from 2 PM"
    )


async def test_will_it_snow() -> None:
    source = KnownWeather(
        NOW,
        TZ,
        condition=lambda hour: Condition.SNOW if 30 <= hour < 33 else Condition.CLOUDY,
        chance=lambda hour: 70 if 30 <= hour < 33 else 0,
    )
    assert (
        await said(source, "snow", "tomorrow")
        == "Yes, snow is likely in Denver tomorrow from 6 AM until 9 AM."
    )
    assert await said(WARM, "snow", "tomorrow") == "No, no snow is expected in Denver tomorrow."


@pytest.mark.parametrize(
    ("source", "topic", "when", "answer"),
    [
        (
            WARM,
            "overall",
            "",
            "It's 72 degrees and cloudy in Denver, with a high of 72 and a low of 54 today. No rain is expected.",
        ),
        (
            WET,
            "overall",
            "tomorrow",
            "Tomorrow it'll be rainy in Denver, with a high of 72 and a low of 54 degrees. "
            "Rain is likely from 2 PM until 6 PM.",
        ),
        (
            WET,
            "overall",
            "tomorrow morning",
            "Tomorrow morning it'll be partly cloudy in Denver, around 63 degrees. No rain is expected.",
        ),
        (
            WET,
            "overall",
            "this week",
            "It's 72 degrees and partly cloudy in Denver, with a high of 72 and a low of 54 in the next seven days. "
            "Rain is likely tomorrow.",
        ),
        (WARM, "temperature", "", "It's 72 degrees in Denver now, with a high of 72 and a low of 54 today."),
        (WARM, "temperature", "Friday", "On Friday the high in Denver is 72 degrees and the low 54."),
        (WARM, "temperature", "tonight", "Tonight it'll be around 63 degrees in Denver."),
        (WARM, "wind", "", "The wind in Denver is 6 miles an hour now, with gusts up to 25 today."),
        (
            WARM,
            "wind",
            "Friday",
            "On Friday the wind in Denver reaches 9 miles an hour, with gusts up to 25.",
        ),
        (WARM, "clothes", "", "Yes, take a jacket: it's 54 to 72 degrees in Denver today."),
        (
            KnownWeather(NOW, TZ, warmth=lambda hour: 25.0),
            "clothes",
            "",
            "No, you won't need a jacket: it's 77 degrees in Denver today, and dry.",
        ),
        (
            WET,
            "clothes",
            "tomorrow",
            "Yes, take a jacket: it's 54 to 72 degrees in Denver tomorrow. Rain is likely from 2 PM until 6 PM.",
        ),
    ],
    ids=range(12),
)
async def test_the_other_sides_of_the_weather(
    source: KnownWeather, topic: str, when: str, answer: str
) -> None:
    assert await said(source, topic, when) == answer


async def test_outside_america_it_is_celsius_and_kilometres() -> None:
    cold = KnownWeather(NOW, TZ, warmth=lambda hour: -3.4)
    assert (await said(cold, "temperature", imperial=False)).startswith("It's minus 3 degrees in Denver now")
    assert (await said(WET, "rain", "tomorrow", imperial=False)).endswith("until 6 PM, about 8 millimeters.")
    assert (await said(WARM, "wind", imperial=False)).startswith(
        "The wind in Denver is 10 kilometers an hour now"
    )


@pytest.mark.parametrize("topic", WeatherTopic)
@pytest.mark.parametrize(
    "when", ["", "tonight", "tomorrow", "Saturday morning", "this weekend", "this week", "at four"]
)
@pytest.mark.parametrize("source", [WARM, WET], ids=["dry", "wet"])
async def test_every_answer_is_one_or_two_whole_sentences(
    source: KnownWeather, topic: WeatherTopic, when: str
) -> None:
    answer = await said(source, topic, when)
    sentences = answer.replace(". ", ".|").split("|")
    assert 1 <= len(sentences) <= 2
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in sentences)
    assert "None" not in answer
    assert "  " not in answer


async def test_where_the_forecast_ends_there_is_no_outlook() -> None:
    forecast = await WARM.forecast(Coordinates(0, 0))
    assert outlook_of(forecast, span_of("in three weeks", NOW, TZ)) is None
    assert outlook_of(replace(forecast, hours=(), days=()), span_of("", NOW, TZ)) is None


@pytest.mark.parametrize(
    ("country", "currency", "imperial"),
    [
        ("US", "USD", True),
        ("US", "EUR", False),
        ("DE", "EUR", False),
        ("EC", "USD", False),
        ("CA", "CAD", False),
    ],
)
def test_units_are_those_of_the_country(country: str, currency: str, imperial: bool) -> None:
    address = Address(country=country)
    settings: dict[str, Any] = {"timezone": "UTC", "created_at": at(0, 9)}
    business = Business("b", "B", "roofing", address=address, currency=Currency(currency), **settings)
    assert units_of(business) == Units(imperial)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("will it rain tomorrow", "rain"),
        ("do I need an umbrella", "rain"),
        ("do i need a rain jacket", "clothes"),
        ("is it going to snow or rain", "snow"),
        ("how cold is it", "temperature"),
        ("is it windy out there", "wind"),
        ("what's the weather", None),
    ],
)
def test_what_is_asked_is_in_the_words(text: str, topic: str | None) -> None:
    assert topic_in(text) == topic
