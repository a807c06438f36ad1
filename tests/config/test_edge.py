"""The settings of the direct route: what is honoured, and what is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.origins import origin_allowed
from config.settings import Settings, SettingsError, load_settings, variable_of


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_of(field), raising=False)
    monkeypatch.chdir(tmp_path)


def refusal(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


def test_the_serve_route_is_the_default():
    assert load_settings().media_route == "serve"


def test_networks_are_read_as_a_list(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MEDIA_ROUTE", "direct")
    monkeypatch.setenv("HERO365_EDGE_DESTINATIONS", "10.1.0.0/16, 127.0.0.1,fd00::/8")
    settings = load_settings()
    assert settings.media_route == "direct"
    assert settings.edge_destinations == ("10.1.0.0/16", "127.0.0.1/32", "fd00::/8")


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/0",
        "8.8.8.8",
        "10.0.0.0/7",
        "172.0.0.0/8",
        "169.254.169.254",
        "224.0.0.1",
        "::/0",
        "0.0.0.0/32",
    ],
)
def test_networks_beyond_private_ones_are_refused(monkeypatch: pytest.MonkeyPatch, network: str):
    told = refusal(monkeypatch, HERO365_EDGE_DESTINATIONS=f"10.0.0.0/8,{network}")
    assert "HERO365_EDGE_DESTINATIONS: must be private networks only" in told


@pytest.mark.parametrize("network", ["10.0.0.1/8", "node-1", "10.0.0.0/40", "10.0.0.0/8 10.1.0.0/16"])
def test_what_is_no_network_is_named(monkeypatch: pytest.MonkeyPatch, network: str):
    assert network in refusal(monkeypatch, HERO365_EDGE_DESTINATIONS=network)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"MEDIA_ROUTE": "quic"}, "MEDIA_ROUTE: must be one of serve, direct"),
        (
            {"MEDIA_ROUTE": "direct", "HERO365_PUBLIC_URL": "https://v.example"},
            "HERO365_EDGE_URL: must be set",
        ),
        ({"MEDIA_ROUTE": "direct", "HERO365_EDGE_PORT": "8000"}, "must be different"),
        ({"HERO365_EDGE_URL": "https://v.example"}, "HERO365_EDGE_URL"),
        ({"HERO365_EDGE_URL": "wss://v.example/path"}, "HERO365_EDGE_URL"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], told: str):
    assert told in refusal(monkeypatch, **variables)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://app.example", True),
        ("http://voice.test:8000", True),  # the ingress's own pages
        ("http://voice.test:8001", True),
        ("http://voice.test:8002", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
def test_pages_of_the_ingress_may_use_the_edge(origin: str | None, allowed: bool):
    settings = Settings(MEDIA_ROUTE="direct", allowed_origins=("https://app.example",))
    assert origin_allowed(origin, "voice.test:8001", settings) is allowed


def test_the_edge_has_no_pages_without_the_direct_route():
    assert not origin_allowed("http://voice.test:8000", "voice.test:8001", Settings())
