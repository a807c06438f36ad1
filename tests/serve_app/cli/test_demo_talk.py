from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from hero365_fake_server import TOKEN, FakeServer, Reply, running, tone

from hero365_client import TurnRecord, clip_of
from serve_app.cli import demo
from serve_app.cli.books import Books
from serve_app.cli.demo_script import Script, expectations, script_from
from serve_app.cli.demo_talk import DemoTalk
from serve_app.cli.samples import Sample, load_samples

TODAY = date(2026, 11, 25)
PEOPLE = ("Sarah Johnson", "Mike Brown")


def short(monkeypatch) -> Script:
    """The real script, spoken in a third of a second a line, so that the test is about its order."""
    clip = clip_of(bytes(1600) + tone(0.3, 16_000) + bytes(1600), 16_000, "short")
    monkeypatch.setattr(Sample, "clip", lambda _self: clip)
    return script_from([each for each in load_samples() if each.voice == "flite slt"])


def reply(tool: str, seconds: float = 0.2, read_back: str | None = None) -> Reply:
    return Reply(f"asks for {tool}", "Here it is.", seconds, [(tool, {})], read_back)


def looks() -> tuple[Callable[[], Books], list[int]]:
    seen: list[int] = []

    def look() -> Books:
        seen.append(len(seen))
        return Books(ZoneInfo("UTC"), {}, {}, PEOPLE)

    return look, seen


async def test_the_conversation_is_held_in_order(tmp_path: Path, monkeypatch) -> None:
    script = short(monkeypatch)
    replies = [
        reply("get_today_jobs"),
        reply("create_job", read_back="That overlaps. Shall I?"),
        reply("create_job"),
        reply("reschedule_job"),
        reply("create_invoice", read_back="Invoice to Sarah Johnson for 300 dollars?"),
        reply("create_invoice"),
        reply("get_pending_invoices"),
        reply("get_upcoming_jobs", seconds=8.0),
        reply("get_contact_info"),
    ]
    look, seen = looks()
    told: list[str] = []
    async with running(FakeServer(replies, greeting=Reply("", "Good day.", 0.2))) as server:
        talk = DemoTalk(script, look, lambda name, _record: told.append(name))
        held = await talk.hold(server.base_url, TOKEN, tmp_path / "conversation.wav")
    assert told == [
        "greeting",
        "day overview",
        "book a job",
        "book a job: yes",  # asked for because the server asked back
        "move it",
        "bill a customer",
        "bill a customer: yes",
        "who owes me",
        "the week, interrupted",
        "the interruption",
    ]
    assert len(seen) == 4
    assert (tmp_path / "conversation.wav").stat().st_size > 10 * 24_000 * 4
    verdicts = {v.claim: v for v in demo.verdicts_of(held, script, expectations(script, look(), TODAY))}
    holds = [claim for claim, verdict in verdicts.items() if verdict.holds]
    # the fake answers aloud, calls the right tools and reads back, but no database changed
    assert holds == [
        "every turn was heard and answered aloud",
        "each request ran its tool",
        "the read-back named Sarah Johnson and 300",
        "no invoice existed before the yes",
    ]


async def test_a_conversation_that_broke_off_has_one_failed_verdict(monkeypatch) -> None:
    script = short(monkeypatch)
    look, _ = looks()
    talk = DemoTalk(script, look, lambda _name, _record: None)
    (verdict,) = demo.verdicts_of(talk.held, script, expectations(script, look(), TODAY))
    assert not verdict.holds


def test_what_is_saved_is_the_transcript_and_the_picture(tmp_path: Path, monkeypatch) -> None:
    look, _ = looks()
    talk = DemoTalk(short(monkeypatch), look, lambda _name, _record: None)
    talk.held.turns.append(("day overview", TurnRecord(heard=["hi"], voice_to_voice_ms=500.0)))
    demo.save(talk.held, tmp_path)
    assert '"heard": "hi"' in (tmp_path / "transcript.json").read_text()
    assert (tmp_path / "latency.png").exists()
