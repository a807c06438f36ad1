"""Every setting of the server: its variable, its default, what is allowed, and its line in ``.env.example``.

The environment (and a ``.env`` file behind it) is read once, at start, and never written; values are never
logged. Unknown ``HERO365_*`` variables are refused, since a misspelt setting silently ignored is worse than
none. A setting that nothing honours does not belong here. After a change: ``python -m config.env_example``.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv import dotenv_values
from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import NoDecode, SettingsConfigDict

from config.costs import CostSettings
from config.delivery import DeliverySettings
from config.edge import EdgeSettings
from config.explain import allowed_values, unknown_variable
from config.fallback import FallbackSettings
from config.openai import OpenAISettings

PREFIX = "HERO365_"

JwtAlgorithm = Literal["HS256", "RS256", "ES256"]
SampleRate = Literal[8000, 16000, 24000, 48000]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(OpenAISettings, CostSettings, FallbackSettings, DeliverySettings, EdgeSettings):
    """The whole configuration, immutable and picklable, so that it can be sent to every actor.

    Variables are the field names in capitals with the prefix ``HERO365_``, except those with an alias.
    ``load_settings`` makes one from the environment with errors that can be shown to a person.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore", populate_by_name=True
    )

    # HTTP and WebSocket
    http_host: str = Field(
        "127.0.0.1", description="Address the server listens on; 0.0.0.0 for every interface."
    )
    http_port: int = Field(8000, ge=1, le=65535, description="TCP port of HTTP and WebSocket.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="URL clients reach the server by. Empty: as the request names it.",
    )
    ingress_replicas: int = Field(
        1, ge=1, le=64, description="Ingress processes; fixed, they never autoscale."
    )
    websocket_max_connections: int = Field(
        100,
        alias="WEBSOCKET_MAX_CONNECTIONS",
        ge=1,
        le=10_000,
        description="Open sockets per ingress replica.",
    )
    websocket_timeout: int = Field(
        3600,
        alias="WEBSOCKET_TIMEOUT",
        ge=10,
        le=86_400,
        description="Longest life of one socket, in seconds.",
    )
    haproxy: Literal["auto", "off"] = Field(
        "auto", description="HAProxy in front of the ingress: auto uses it where its binary runs, off never."
    )
    haproxy_stats_port: int = Field(8404, ge=1, le=65535, description="Port of HAProxy's statistics page.")
    haproxy_metrics_port: int = Field(
        9101, ge=1, le=65535, description="Port of HAProxy's Prometheus metrics."
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Origins of browser pages that may call, with commas; * for any. Empty: our own.",
    )

    # Data and cluster
    data_dir: Path = Field(
        Path(".hero365"),
        validate_default=True,
        description="Folder of the embedded database, Redis and keys.",
    )
    database_url: str = Field(
        "",
        alias="DATABASE_URL",
        validate_default=True,
        description="postgresql:// or sqlite:/// URL. Empty: an SQLite file in the data folder.",
    )
    redis_url: str | None = Field(
        None,
        alias="REDIS_URL",
        pattern=r"^(redis|rediss|unix)://",
        description="Redis. Empty: a child.",
    )
    ray_address: str | None = Field(
        None,
        validation_alias=AliasChoices("HERO365_RAY_ADDRESS", "RAY_ADDRESS"),
        description="Ray cluster to join. Empty: an own local one. Plain RAY_ADDRESS is read too.",
    )

    # Audio
    audio_sample_rate: SampleRate = Field(
        16000,
        alias="AUDIO_SAMPLE_RATE",
        description="Hz of client audio until a client's hello says otherwise.",
    )
    audio_chunk_size: int = Field(
        2048,
        alias="AUDIO_CHUNK_SIZE",
        ge=512,
        le=65536,
        multiple_of=2,
        description="Bytes of one audio frame to the client.",
    )

    # Sessions
    max_sessions: int = Field(
        40, ge=1, le=10_000, description="Concurrent conversations of the whole server."
    )
    warm_sessions: int = Field(
        2, ge=0, le=1_000, description="Session actors kept ready for the next caller."
    )
    warm_sessions_max: int = Field(
        12,
        ge=0,
        le=1_000,
        description="The same when many call: as many as are likely to come while one starts, never more than this.",
    )
    node_hint_sessions_per_cpu: int = Field(
        0,
        ge=0,
        le=1_000,
        description="In a cluster that is joined and has an autoscaler: conversations that one CPU carries, so that "
        "nodes are asked for before they are needed; 0: never asked.",
    )
    grace_s: float = Field(
        120.0, ge=0, le=3600, description="Seconds a conversation waits for a lost client."
    )
    idle_timeout_s: float = Field(
        300.0, ge=5, le=86_400, description="Seconds without speech before it ends."
    )
    max_duration_s: float = Field(3600.0, ge=10, le=86_400, description="Longest conversation, in seconds.")

    fork_server: Literal["auto", "off"] = Field(
        "auto",
        description="Session actors forked from a loaded process (Linux; nodes of a cluster by hero365 node), or not.",
    )
    slow_tick: Literal["auto", "off"] = Field(
        "auto",
        description="Forked session actors look for signals every 200 ms instead of 10, where a C compiler has "
        "built that part, or not.",
    )

    # Pools of engines and tools
    tool_actors_min: int = Field(1, ge=1, le=256, description="Tool actors always there.")
    tool_actors_max: int = Field(4, ge=1, le=256, description="Tool actors under load.")
    recognisers: int = Field(1, ge=1, le=64, description="Speech recogniser actors.")
    voices: int = Field(1, ge=1, le=64, description="Voice (speech synthesis) actors.")
    understanding: int = Field(1, ge=1, le=64, description="Understanding actors of the local brain.")
    second_look: Literal["auto", "off"] = Field(
        "auto",
        description="Second recogniser (210 MB) for every whole utterance: auto when installed, or off.",
    )
    engine_threads: int = Field(1, ge=1, le=32, description="Inference threads of each engine actor.")

    # Turn taking
    turn_end: Literal["adaptive", "semantic", "fixed"] = Field(
        "adaptive",
        description="What ends a turn: the words and the speaker's pauses, the words, or silence alone.",
    )
    eot_eager_ms: int = Field(
        440,
        ge=100,
        le=5000,
        description="Silence that ends a turn which sounds complete; adaptive: the least.",
    )
    eot_normal_ms: int = Field(
        700, ge=100, le=5000, description="Silence that ends an ordinary turn; fixed: every turn."
    )
    eot_patient_ms: int = Field(
        1300,
        ge=100,
        le=10_000,
        description="Silence that ends a turn cut mid-phrase; adaptive: the greatest.",
    )
    speculate: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Answers prepared while the turn may go on; auto: by the local brain, as a paid model bills each.",
    )

    # Safety
    driving_money_limit: Decimal = Field(
        Decimal(500), ge=0, description="Largest amount a driver may bill or quote by voice, in the currency."
    )

    # Weather
    weather_url: str = Field(
        "https://api.open-meteo.com/v1/forecast",
        pattern=r"^(https?://|off$)",
        description="Open-Meteo's forecast service (free without a key, not for commercial use), or off.",
    )
    geocoding_url: str = Field(
        "https://geocoding-api.open-meteo.com/v1/search",
        pattern=r"^https?://",
        description="Open-Meteo's geocoding service; it is sent towns and postal codes only.",
    )
    weather_api_key: SecretStr | None = Field(
        None, description="Key of a paid Open-Meteo plan; its URLs begin with https://customer-."
    )
    weather_timeout_s: float = Field(
        2.0, ge=0.1, le=2.5, description="Longest wait for one answer about the weather, in seconds."
    )

    # Who may call
    jwt_algorithm: JwtAlgorithm = Field("HS256", description="Signature of access tokens.")
    jwt_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="HS256 key, 32 characters or more. Empty: one is made in the data folder.",
    )
    jwt_jwks_url: str | None = Field(
        None, pattern=r"^https?://", description="Key set of the token issuer, for RS256 and ES256."
    )
    jwt_issuer: str | None = Field(None, description="Required iss claim. Empty: not looked at.")
    jwt_audience: str | None = Field(None, description="Required aud claim. Empty: not looked at.")
    ticket_secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key of WebSocket tickets, same on all nodes. Empty: made in the data folder.",
    )
    ticket_ttl_s: int = Field(60, ge=5, le=600, description="Seconds a WebSocket ticket may be used in.")

    # Limits, by user and business
    starts_per_minute: int = Field(30, ge=1, description="Conversations started a minute.")
    control_per_minute: int = Field(200, ge=1, description="Control messages a minute.")
    tool_calls_per_minute: int = Field(60, ge=1, description="Tool calls a minute.")
    import_max_bytes: int = Field(
        5_000_000, ge=1_000, le=100_000_000, description="Largest CSV file that is imported over HTTP."
    )
    sessions_per_user: int = Field(5, ge=1, description="Concurrent conversations of one user.")
    audio_rate_factor: float = Field(
        3.0, ge=1, le=100, description="Most audio in, as a multiple of real time."
    )
    audio_rate_window_s: float = Field(10.0, ge=1, le=60, description="Seconds over which that is measured.")

    # Logs
    log_level: LogLevel = Field("INFO", description="Least serious record that is written.")
    log_format: Literal["console", "json"] = Field(
        "console", description="One JSON object a line, or for people."
    )

    @property
    def speculates(self) -> bool:
        """Whether answers are prepared before it is sure that the turn is over."""
        return self.speculate == "on" or (self.speculate == "auto" and not self.openai_enabled)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("audio_sample_rate", mode="before")
    @classmethod
    def _whole_number(cls, value: Any) -> Any:
        return int(value) if isinstance(value, str) and value.strip().isdigit() else value

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())

    @field_validator("data_dir", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url", mode="after")
    @classmethod
    def _async_driver(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            folder = info.data.get("data_dir", Path(".hero365").resolve())
            return f"sqlite+aiosqlite:///{folder}/hero365.db"
        for given, driver in _DRIVERS.items():
            if value.startswith(given):
                return driver + value.removeprefix(given)
        raise ValueError("a URL that starts with postgresql:// or sqlite:///")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.jwt_algorithm != "HS256" and self.jwt_jwks_url is None:
            raise ValueError(
                f"HERO365_JWT_JWKS_URL: must be set when HERO365_JWT_ALGORITHM is {self.jwt_algorithm}"
            )
        if self.provider == "openai" and self.openai_api_key is None:
            raise ValueError("OPENAI_API_KEY: must be set when HERO365_PROVIDER is openai")
        if self.openai_enabled:
            self.check_priced(
                (
                    self.openai_model,
                    *self.openai_models,
                    self.openai_transcribe_model,
                    self.openai_voice_model,
                )
            )
        if self.media_route == "direct":
            if self.public_url is not None and self.edge_url is None:
                raise ValueError(
                    "HERO365_EDGE_URL: must be set when MEDIA_ROUTE is direct and HERO365_PUBLIC_URL is set"
                )
            if len({self.http_port, self.edge_port, self.edge_metrics_port}) < 3:
                raise ValueError(
                    "HERO365_EDGE_PORT: the ports of HTTP, the edge and its metrics must be different"
                )
        if self.tool_actors_min > self.tool_actors_max:
            raise ValueError("HERO365_TOOL_ACTORS_MAX: must not be smaller than HERO365_TOOL_ACTORS_MIN")
        if self.warm_sessions > self.max_sessions:
            raise ValueError("HERO365_MAX_SESSIONS: must not be smaller than HERO365_WARM_SESSIONS")
        if self.warm_sessions > self.warm_sessions_max:
            raise ValueError("HERO365_WARM_SESSIONS_MAX: must not be smaller than HERO365_WARM_SESSIONS")
        if not self.eot_eager_ms <= self.eot_normal_ms <= self.eot_patient_ms:
            raise ValueError(
                "HERO365_EOT_NORMAL_MS: must lie between HERO365_EOT_EAGER_MS and HERO365_EOT_PATIENT_MS"
            )
        return self


_DRIVERS = {
    "postgresql+asyncpg://": "postgresql+asyncpg://",
    "postgresql://": "postgresql+asyncpg://",
    "postgres://": "postgresql+asyncpg://",
    "sqlite+aiosqlite://": "sqlite+aiosqlite://",
    "sqlite://": "sqlite+aiosqlite://",
}


def variable_of(field: str) -> str:
    """The environment variable of a field, for example ``http_port`` → ``HERO365_HTTP_PORT``."""
    return Settings.model_fields[field].alias or PREFIX + field.upper()


class SettingsError(Exception):
    """The configuration is wrong; the text names each variable and what it allows, one problem a line."""

    code = "invalid_settings"


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read all settings from the environment and, behind it, from ``env_file`` if there is one.

    Raises:
        SettingsError: Some value is not allowed, or a ``HERO365_`` variable is unknown.
    """
    names = set(os.environ)
    if env_file is not None and env_file.is_file():
        names.update(dotenv_values(env_file))
    known = {variable_of(field) for field in Settings.model_fields}
    unknown = sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError("\n".join(unknown_variable(name, known) for name in unknown))
    try:
        return Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue]  (an argument of pydantic-settings)
    except ValidationError as error:
        problems = [_problem(each["loc"], each["msg"]) for each in error.errors(include_input=False)]
        raise SettingsError("\n".join(problems)) from None


def _problem(location: tuple[int | str, ...], message: str) -> str:
    """One line for one error of pydantic's."""
    own_words = message.removeprefix("Value error, ")
    if not location:
        return own_words
    field = next(name for name in Settings.model_fields if str(location[0]) in (name, variable_of(name)))
    info = Settings.model_fields[field]
    allowed = own_words if own_words != message else allowed_values(info)
    return f"{variable_of(field)}: must be {allowed}. ({info.description})"
