"""Settings: defaults, what is honoured, and errors that name the variable."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from config.env_example import render
from config.settings import Settings, SettingsError, load_settings, variable_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_of(field), raising=False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_the_embedded_server(tmp_path: Path):
    settings = load_settings()
    assert settings.data_dir == tmp_path / ".hero365"
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/.hero365/hero365.db"
    assert settings.redis_url is None
    assert settings.ray_address is None
    assert not settings.openai_enabled
    assert (settings.websocket_max_connections, settings.websocket_timeout) == (100, 3600)
    assert (settings.audio_sample_rate, settings.audio_chunk_size) == (16000, 2048)
    assert settings.openai_voice_model == "gpt-4o-mini-tts"


@pytest.mark.parametrize(
    ("variable", "value", "field", "expected"),
    [
        ("WEBSOCKET_MAX_CONNECTIONS", "7", "websocket_max_connections", 7),
        ("WEBSOCKET_TIMEOUT", "60", "websocket_timeout", 60),
        ("AUDIO_SAMPLE_RATE", "24000", "audio_sample_rate", 24000),
        ("AUDIO_CHUNK_SIZE", "640", "audio_chunk_size", 640),
        ("OPENAI_VOICE_MODEL", "another", "openai_voice_model", "another"),
        ("REDIS_URL", "redis://cache:6379/1", "redis_url", "redis://cache:6379/1"),
        ("DATABASE_URL", "postgresql://u:p@db/x", "database_url", "postgresql+asyncpg://u:p@db/x"),
        ("DATABASE_URL", "sqlite:////srv/x.db", "database_url", "sqlite+aiosqlite:////srv/x.db"),
        ("RAY_ADDRESS", "10.0.0.1:6379", "ray_address", "10.0.0.1:6379"),
        ("HERO365_RAY_ADDRESS", "auto", "ray_address", "auto"),
        ("HERO365_LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("HERO365_ALLOWED_ORIGINS", "https://a.example, https://b.example/", "allowed_origins",
         ("https://a.example", "https://b.example")),
    ],
)  # fmt: skip
def test_variables_are_honoured(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, field: str, expected: object
):
    monkeypatch.setenv(variable, value)
    assert getattr(load_settings(), field) == expected


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [
        ("HERO365_HTTP_PORT", "70000", "1 to 65535"),
        ("HERO365_HTTP_PORT", "eighty", "a whole number"),
        ("AUDIO_SAMPLE_RATE", "11025", "8000, 16000, 24000, 48000"),
        ("AUDIO_CHUNK_SIZE", "2049", "a multiple of 2"),
        ("AUDIO_CHUNK_SIZE", "256", "512 to 65536"),
        ("HERO365_HAPROXY", "maybe", "auto, off"),
        ("DATABASE_URL", "mysql://u:p@h/x", "postgresql:// or sqlite:///"),
        ("REDIS_URL", "localhost:6379", "redis"),
        ("HERO365_JWT_SECRET", "swordfish", "32 characters or more"),
        ("HERO365_JWT_ALGORITHM", "none", "HS256, RS256, ES256"),
    ],
)
def test_a_wrong_value_names_the_variable_and_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, allowed: str
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    (line,) = str(caught.value).splitlines()
    assert line.startswith(variable + ":")
    assert allowed in line
    assert value not in line


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HERO365_HTTP_PORT", "0")
    monkeypatch.setenv("WEBSOCKET_TIMEOUT", "soon")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert {line.partition(":")[0] for line in str(caught.value).splitlines()} == {
        "HERO365_HTTP_PORT",
        "WEBSOCKET_TIMEOUT",
    }


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"HERO365_JWT_ALGORITHM": "RS256"}, "HERO365_JWT_JWKS_URL"),
        ({"HERO365_PROVIDER": "openai"}, "OPENAI_API_KEY"),
        ({"HERO365_TOOL_ACTORS_MIN": "5"}, "HERO365_TOOL_ACTORS_MAX"),
        ({"HERO365_WARM_SESSIONS": "41"}, "HERO365_MAX_SESSIONS"),
        ({"HERO365_EOT_EAGER_MS": "750"}, "HERO365_EOT_NORMAL_MS"),
    ],
)
def test_settings_that_contradict_each_other(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str
):
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{named}: "):
        load_settings()


def test_an_unknown_variable_is_refused_with_the_nearest_known_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HERO365_HTTP_PROT", "8000")
    with pytest.raises(SettingsError, match=r"HERO365_HTTP_PROT: .* HERO365_HTTP_PORT"):
        load_settings()


def test_the_prefixed_twin_of_an_unprefixed_variable_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HERO365_OPENAI_API_KEY", "sk-test")
    with pytest.raises(SettingsError, match="HERO365_OPENAI_API_KEY"):
        load_settings()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / ".env").write_text("HERO365_HTTP_PORT=8001\nHERO365_MAX_SESSIONS=5\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("HERO365_HTTP_PORT", "8002")
    settings = load_settings()
    assert (settings.http_port, settings.max_sessions) == (8002, 5)


def test_an_unknown_variable_in_the_file_is_refused(tmp_path: Path):
    (tmp_path / ".env").write_text("HERO365_VOICE=1\n")
    with pytest.raises(SettingsError, match="HERO365_VOICES"):
        load_settings()


def test_empty_means_default(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HERO365_HTTP_PORT", "")
    monkeypatch.setenv("OPENAI_API_KEY", "")
    settings = load_settings()
    assert settings.http_port == 8000
    assert settings.openai_api_key is None


def test_settings_are_frozen_and_survive_pickling(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1  # pyright: ignore[reportAttributeAccessIssue]
    monkeypatch.setenv("HERO365_HTTP_PORT", "9999")
    copy = pickle.loads(pickle.dumps(settings))  # noqa: S301
    assert copy == settings
    assert copy.openai_api_key.get_secret_value() == "sk-secret"


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HERO365_JWT_SECRET", "s" * 40)
    shown = repr(load_settings())
    assert "sk-secret" not in shown
    assert "s" * 40 not in shown


def test_env_example_is_complete():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert text == render(), "run: python -m config.env_example"
    for field in Settings.model_fields:
        assert f"\n{variable_of(field)}=" in text


def test_env_example_holds_the_defaults(tmp_path: Path):
    (tmp_path / ".env").write_text(render())
    assert load_settings() == load_settings(env_file=None)
