from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hero365_fake_server import TOKEN, FakeServer, Reply, running, tone

from hero365_client import read_wav, write_wav
from serve_app.cli.app import run

SPEECH = bytes(3200) + tone(0.3, 16_000) + bytes(3200)


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HERO365_DATA_DIR", str(tmp_path / "data"))


async def talk_to(server: FakeServer, *arguments: str) -> int:
    async with running(server):
        command = ["talk", *arguments, "--url", server.base_url, "--token", TOKEN]
        return await asyncio.to_thread(run, command)


async def test_files_are_spoken_and_the_reply_is_saved_as_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav(tmp_path / "one.wav", SPEECH, 16_000)
    script = [
        Reply("book a job", "Booked.", 0.4, [("create_job", {"title": "leak"})]),
        Reply("thanks", "Bye.", 0.2),
    ]
    server = FakeServer(script, greeting=Reply("", "Good day.", 0.2))
    assert await talk_to(server, "one.wav", "one.wav", "--out", "reply.wav") == 0
    out = capsys.readouterr().out
    for words in (
        "book a job",
        "create_job(title='leak')",
        "Booked.",
        "Bye.",
        "voice to voice",
        "measured on",
    ):
        assert words in out
    assert out.count("Booked.") == 1
    heard = read_wav(tmp_path / "reply.wav")
    assert heard.sample_rate == 24_000
    audible = sum(1 for value in memoryview(heard.pcm).cast("h") if abs(value) > 100)
    assert audible > 0.7 * 0.8 * 24_000  # greeting and two replies; a sine is quiet around its zeros
    (session,) = server.sessions.values()
    assert session.turns == 2


async def test_typed_turns(capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeServer([Reply("typed", "First.", 0.1), Reply("typed", "Second.", 0.1)])
    assert await talk_to(server, "--text", "hello", "--text", "again", "--quiet") == 0
    out = capsys.readouterr().out
    assert "First." in out
    assert "Second." in out
    assert "⏱" not in out
    (session,) = server.sessions.values()
    texts = [frame["data"]["text"] for frame in session.frames if frame["type"] == "text_message"]
    assert texts == ["hello", "again"]


async def test_driving_is_told_to_the_server() -> None:
    server = FakeServer([Reply(seconds=0.1)])
    assert await talk_to(server, "--text", "hello", "--driving") == 0
    assert server.started_with == [{"is_driving": True}]


async def test_a_refusal_is_one_line_and_1(capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeServer()
    async with running(server):
        command = ["talk", "--text", "hi", "--url", server.base_url, "--token", "wrong"]
        assert await asyncio.to_thread(run, command) == 1
    assert "(invalid_token)" in capsys.readouterr().err


async def test_status_shows_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeServer()
    async with running(server):
        assert await asyncio.to_thread(run, ["status", "--url", server.base_url]) == 0
    out = capsys.readouterr().out
    assert "degraded" in out
    assert "redis" in out
    assert "down" in out
