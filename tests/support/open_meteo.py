"""A local server that speaks Open-Meteo's published HTTP interface, and breaks it on demand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tools.weather.open_meteo import OpenMeteo

FORECAST, SEARCH = "/v1/forecast", "/v1/search"
_HOURS = 24 * 10


def forecast_body(
    midnight: datetime,
    *,
    now: datetime | None = None,
    code: Callable[[int], int] = lambda hour: 3,
    chance: Callable[[int], int | None] = lambda hour: 0,
    rain: Callable[[int], float | None] = lambda hour: 0.0,
    warmth: Callable[[int], float | None] = lambda hour: 10.0,
    gusts: Callable[[int], float | None] = lambda hour: 20.0,
) -> dict[str, Any]:
    """An answer of /v1/forecast with ``timeformat=unixtime``.

    ``midnight`` is the first local hour. The functions take the hour that a value is about, counted from there;
    sums, chances and gusts are put at the end of their hour, as the service does.
    """
    offset = midnight.utcoffset() or timedelta()
    times = [int(midnight.timestamp()) + 3600 * hour for hour in range(_HOURS)]
    days = range(0, _HOURS, 24)
    local = midnight.tzname() or "GMT"
    current = now or midnight
    index = int((current - midnight).total_seconds() // 3600)
    return {
        "latitude": 40.58, "longitude": -105.08, "generationtime_ms": 0.31,
        "utc_offset_seconds": int(offset.total_seconds()), "timezone": "America/Denver",
        "timezone_abbreviation": local, "elevation": 1525.0,
        "current_units": {
            "time": "unixtime", "interval": "seconds", "temperature_2m": "°C", "apparent_temperature": "°C",
            "weather_code": "wmo code", "wind_speed_10m": "km/h", "wind_gusts_10m": "km/h",
        },
        "current": {
            "time": int(current.timestamp()), "interval": 900, "temperature_2m": warmth(index),
            "apparent_temperature": (warmth(index) or 0.0) - 2, "weather_code": code(index), "wind_speed_10m": 10.0,
            "wind_gusts_10m": gusts(index),
        },
        "hourly_units": {
            "time": "unixtime", "temperature_2m": "°C", "precipitation": "mm", "precipitation_probability": "%",
            "weather_code": "wmo code", "wind_speed_10m": "km/h", "wind_gusts_10m": "km/h",
        },
        "hourly": {
            "time": times,
            "temperature_2m": [warmth(hour) for hour in range(_HOURS)],
            "precipitation": [rain(hour - 1) for hour in range(_HOURS)],
            "precipitation_probability": [chance(hour - 1) for hour in range(_HOURS)],
            "weather_code": [code(hour) for hour in range(_HOURS)],
            "wind_speed_10m": [10.0] * _HOURS,
            "wind_gusts_10m": [gusts(hour - 1) for hour in range(_HOURS)],
        },
        "daily_units": {"time": "unixtime", "temperature_2m_min": "°C", "temperature_2m_max": "°C"},
        "daily": {
            "time": [times[day] for day in days],
            "temperature_2m_min": [min(warmth(day + hour) or 0.0 for hour in range(24)) for day in days],
            "temperature_2m_max": [max(warmth(day + hour) or 0.0 for hour in range(24)) for day in days],
            "precipitation_sum": [sum(rain(day + hour) or 0.0 for hour in range(24)) for day in days],
            "precipitation_probability_max": [max(chance(day + hour) or 0 for hour in range(24)) for day in days],
            "weather_code": [max(code(day + hour) for hour in range(24)) for day in days],
            "wind_gusts_10m_max": [20.0 for _ in days],
        },
    }  # fmt: skip


def place_body(
    name: str, region: str, country: str = "US", population: int | None = 10_000, **extra: Any
) -> dict[str, Any]:
    """One entry of ``results`` of /v1/search; empty fields are left out, as the service does."""
    body = {
        "id": 5_577_147, "name": name, "latitude": 40.58526, "longitude": -105.08442, "elevation": 1525.0,
        "feature_code": "PPLA2", "country_code": country, "admin1_id": 5_417_618, "timezone": "America/Denver",
        "population": population, "country_id": 6_252_001, "country": "United States", "admin1": region,
    } | extra  # fmt: skip
    return {name: value for name, value in body.items() if value not in (None, "")}


def places_body(*places: dict[str, Any]) -> dict[str, Any]:
    """An answer of /v1/search; without a match it has no ``results``."""
    return ({"results": list(places)} if places else {}) | {"generationtime_ms": 0.5}


@dataclass
class Answer:
    """What the server does with a request: a status with a body, or nothing at all (``hangs``)."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hangs: bool = False
    breaks_off: bool = False
    waits_for: asyncio.Event | None = None

    @classmethod
    def json(cls, body: Any, **options: Any) -> Answer:
        return cls(json.dumps(body).encode(), **options)


@dataclass
class OpenMeteoServer:
    """The running server. ``answers`` maps a path to what it answers; ``requests`` are the ones it has seen."""

    port: int = 0
    answers: dict[str, Answer | Callable[[dict[str, str]], Answer]] = field(
        default_factory=dict[str, "Answer | Callable[[dict[str, str]], Answer]"]
    )
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def client(self, *, timeout_s: float = 5.0, **options: Any) -> OpenMeteo:
        return OpenMeteo(self.url(FORECAST), self.url(SEARCH), timeout_s=timeout_s, **options)

    def asked(self, path: str) -> list[dict[str, str]]:
        return [query for seen, query in self.requests if seen == path]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            target = urlsplit(head.split(b" ", 2)[1].decode())
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            self.requests.append((target.path, query))
            self.arrived.set()
            found = self.answers.get(target.path, Answer(status=404))
            await self._write(found(query) if callable(found) else found, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _write(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if answer.waits_for is not None:
            await answer.waits_for.wait()
        if answer.hangs:
            await reader.read()
            return
        length = len(answer.body) * (2 if answer.breaks_off else 1)
        headers = {"content-type": "application/json", "content-length": str(length), "connection": "close"}
        lines = [f"{name}: {value}" for name, value in (headers | answer.headers).items()]
        writer.write(f"HTTP/1.1 {answer.status} X\r\n".encode() + "\r\n".join(lines).encode() + b"\r\n\r\n")
        writer.write(answer.body)
        await writer.drain()


@asynccontextmanager
async def open_meteo_server() -> AsyncIterator[OpenMeteoServer]:
    """A server on a free port of this machine, for the time of the context."""
    place = OpenMeteoServer()
    tasks: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of its own, since asyncio complains of a connection's task that is cancelled.
        task = asyncio.create_task(place.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        await asyncio.wait([task])

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
