"""`make bench-provider`: what this server adds to the time that a provider takes.

A running server whose provider is the tests' stand-in for OpenAI, with set latencies, in this process; a client types
requests, since what is measured begins where the provider answers:

- ``overhead``: first audio byte handed to the provider's socket → first audio byte at the client;
- ``words``: the model's answer (one sentence) handed to the provider's socket → its speech asked for.

Both ends are read on one clock. The provider's own time is in neither figure; its two local connections are.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import struct
import sys
from dataclasses import dataclass, field
from typing import Any

from bench.conversation import Talk, talk
from bench.report import machine, percentile, print_result, print_table, rounded
from bench.server_process import ServerProcess
from hero365_client import Event, Hero365Client, ResponseDone, ResponseStarted
from tests.openai_stand_in.brain import last_user_text, says
from tests.openai_stand_in.server import KEY, StandIn, standing_in

TURNS = 60
#: What the provider takes until its first byte of speech, s: about OpenAI's.
SPEECH_LATENCY_S = 0.15
_RATE = 24_000
_ANSWER_TIMEOUT_S = 20.0


def tone(text: str) -> bytes:
    """Audible 24 kHz PCM16 from the first sample on, as long as the text would take to say."""
    count = int(len(text) * 0.06 * _RATE)
    wave = [int(9000 * math.cos(2 * math.pi * 200 * index / _RATE)) for index in range(_RATE // 200)]
    return struct.pack(f"<{count}h", *(wave[index % len(wave)] for index in range(count)))


def answer(request: dict[str, Any]) -> list[Any]:
    """Something that was never said before, so that no phrase is at hand."""
    return [says(f"About {last_user_text(request)}: there is nothing new to tell today.")]


@dataclass(slots=True)
class Findings:
    """Milliseconds of every turn."""

    overhead: list[float] = field(default_factory=list[float])
    words: list[float] = field(default_factory=list[float])
    unanswered: int = 0


async def turn(held: Talk, stand_in: StandIn, number: int, found: Findings) -> None:
    """Type a request; note both times of its answer."""
    spoken, asked = len(stand_in.sounds.first_bytes), len(stand_in.sounds.speech_asked_at)
    items: list[str] = []
    done = asyncio.Event()

    def noted(event: Event) -> None:
        if isinstance(event, ResponseStarted):
            items.append(event.item_id)
        elif isinstance(event, ResponseDone) and event.item_id in items:
            done.set()

    held.connection.listen(noted)
    await held.connection.send_text(f"matter {number}")
    try:
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            await done.wait()
    except TimeoutError:
        found.unanswered += 1
        return
    heard = held.connection.player.item(items[0])
    received = None if heard is None else heard.first_received_at
    if received is None:
        found.unanswered += 1
        return
    found.overhead.append((received - stand_in.sounds.first_bytes[spoken]) * 1000)
    found.words.append((stand_in.sounds.speech_asked_at[asked] - stand_in.brain.sent_at[-1]) * 1000)


async def measure(turns: int) -> Findings:
    """Run the stand-in, a server on it, and one conversation."""
    found = Findings()
    async with standing_in() as stand_in:
        stand_in.brain.otherwise = answer
        stand_in.sounds.says = tone
        stand_in.sounds.speech_latency_s = SPEECH_LATENCY_S
        provider = {
            "HERO365_PROVIDER": "openai",
            "OPENAI_API_KEY": KEY,
            "OPENAI_BASE_URL": stand_in.base_url,
        }
        server = await asyncio.to_thread(ServerProcess(settings=provider).__enter__)
        try:
            async with Hero365Client(server.base_url, server.token()) as client, talk(client) as held:
                for number in range(turns):
                    await turn(held, stand_in, number, found)
        finally:
            await asyncio.to_thread(server.__exit__, None, None, None)
    return found


def main() -> int:
    """Measure, print; 1 when an answer did not come."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=TURNS)
    found = asyncio.run(measure(parser.parse_args().turns))
    rows = [
        [name, len(values), *(rounded(percentile(values, share)) for share in (50, 95, 100))]
        for name, values in (("overhead", found.overhead), ("words", found.words))
    ]
    print_table("On top of the provider", ("span", "turns", "p50 ms", "p95 ms", "max ms"), rows)
    print_result(
        {
            "bench": "provider",
            "overhead_p50_ms": rounded(percentile(found.overhead, 50)),
            "overhead_p95_ms": rounded(percentile(found.overhead, 95)),
            "words_p50_ms": rounded(percentile(found.words, 50)),
            "words_p95_ms": rounded(percentile(found.words, 95)),
            "turns": len(found.overhead),
            "unanswered": found.unanswered,
            "machine": machine(),
        }
    )
    if found.unanswered:
        sys.stderr.write(f"{found.unanswered} turns were not answered\n")
    return 1 if found.unanswered or not found.overhead else 0


if __name__ == "__main__":
    raise SystemExit(main())
