from __future__ import annotations

import pytest

from media.engines.hibari import HibariVoice
from media.engines.moonshine import MoonshineRecogniser
from media.silero import SileroModel


@pytest.fixture(scope="session")
def silero() -> SileroModel:
    return SileroModel()


@pytest.fixture(scope="session")
def recogniser() -> MoonshineRecogniser:
    return MoonshineRecogniser()


@pytest.fixture(scope="session")
def voice() -> HibariVoice:
    return HibariVoice()
