"""What about the weather is asked: all of it, rain, snow, wind, warmth, or what to wear.

Light, since the catalogue loads it in every process: no HTTP and no database here.
"""

from __future__ import annotations

import re
from enum import StrEnum


class WeatherTopic(StrEnum):
    """The side of the weather that an answer is about."""

    OVERALL = "overall"
    RAIN = "rain"
    SNOW = "snow"
    WIND = "wind"
    TEMPERATURE = "temperature"
    CLOTHES = "clothes"


_WORDS = (
    (WeatherTopic.CLOTHES, r"clothes|jacket|coat|sweater|hoodie|dress|wear|gloves"),
    (WeatherTopic.SNOW, r"snow\w*|blizzard|flurries"),
    (WeatherTopic.RAIN, r"rain\w*|wet|dry|umbrella|storm\w*|shower\w*|drizzl\w*|precipitation"),
    (WeatherTopic.WIND, r"wind\w*|gust\w*|breez\w*"),
    (
        WeatherTopic.TEMPERATURE,
        r"temperature\w*|hot|cold|warm|cool|chilly|freez\w*|frost|degrees|heat|high|low|temp",
    ),
)


def topic_in(text: str) -> WeatherTopic | None:
    """The topic that the words of a question are about; None for the weather as such."""
    plain = text.lower()
    return next((topic for topic, words in _WORDS if re.search(rf"\b(?:{words})\b", plain)), None)
