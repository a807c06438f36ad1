"""A local server that speaks Open-Meteo's interface."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.open_meteo import OpenMeteoServer, open_meteo_server


@pytest.fixture
async def meteo() -> AsyncIterator[OpenMeteoServer]:
    async with open_meteo_server() as server:
        yield server
