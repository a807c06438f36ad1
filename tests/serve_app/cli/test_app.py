from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import jwt
import pytest

from config.keys import access_key
from config.settings import load_settings
from serve_app.cli.app import run


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERO365_DATA_DIR", str(tmp_path / "data"))


@pytest.mark.parametrize("command", ["up", "talk --text hi", "token", "seed", "status", "doctor"])
def test_a_wrong_setting_ends_with_2_and_its_name(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HERO365_HTTP_PORT", "99999")
    assert run(command.split()) == 2
    assert "HERO365_HTTP_PORT: must be a whole number, 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["talk", "talk --mic --text hi"])
def test_talk_wants_one_way_to_talk(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(command.split()) == 2
    assert "WAV files, or --mic, or --text" in capsys.readouterr().err


def test_talk_names_the_file_it_cannot_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["talk", "missing.wav"]) == 1
    assert "missing.wav cannot be read" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", "http://127.0.0.1:1"]) == 1
    assert "(unreachable)" in capsys.readouterr().err


def test_the_token_is_signed_with_this_installations_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["token", "--hours", "2"]) == 0
    settings = load_settings()
    claims = jwt.decode(capsys.readouterr().out.strip(), access_key(settings), algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 7200
    assert claims["current_business_id"]


def test_a_token_is_not_made_for_a_foreign_issuer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HERO365_JWT_ALGORITHM", "RS256")
    monkeypatch.setenv("HERO365_JWT_JWKS_URL", "https://issuer.example/keys")
    assert run(["token"]) == 2
    assert "HERO365_JWT_ALGORITHM" in capsys.readouterr().err


def test_doctor_fails_when_a_port_is_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        monkeypatch.setenv("HERO365_HTTP_PORT", str(taken.getsockname()[1]))
        assert run(["doctor"]) == 1
    assert "Missing: " in (out := capsys.readouterr().out)
    assert "HTTP port" in out.split("Missing: ")[1]


def test_importing_the_command_line_imports_none_of_the_commands() -> None:
    heavy = "{'ray', 'numpy', 'matplotlib', 'sqlalchemy', 'fastapi', 'agents', 'hero365_client', 'pydantic'}"
    script = f"import sys, serve_app.cli.app; print(sorted({heavy} & set(sys.modules)))"
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
