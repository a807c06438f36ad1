"""`make bench-barge-in`: how fast the assistant falls silent, and whether it goes on when nobody meant to interrupt.

Real engines in this process. Over an answer, callers say something (an interruption), murmur (a back-channel), or there
is noise 10 dB below speech, or the microphone hears the assistant itself 20 dB down all the time. Measured on what the
client's loudspeaker plays, sample by sample; nothing is taken from the server. It judges no words.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.report import machine, percentile, print_result, print_table, rounded
from bench.turns.clock import run_skipping
from bench.turns.line import Heard, Line
from bench.turns.speech import RATE, VoiceOfCaller, installed, say
from bench.turns.world import World, world
from config.settings import Settings
from conversation import events as wire
from conversation.assembly import Assembled
from hero365_client.player import Player

CHUNKS_MS: Final = (20, 64)
REQUEST: Final = "What jobs are coming up?"
INTERRUPTIONS: Final = (
    "Stop.",
    "Wait a second.",
    "No, show me the invoices.",
    "Hold on.",
    "What time is it?",
)
BACK_CHANNELS: Final = ("Okay.", "Yeah.", "Right.", "Mm hmm.", "Uh huh.", "All right.")
_NOISE_DB: Final = -10.0
_ECHO_GAIN: Final = 10 ** (-20 / 20)
_ECHO_DELAY_S: Final = 0.06
_INTO_ANSWER_S: Final = 1.0
_SPEECH_RMS: Final = 2000.0


class Speakerphone(Line):
    """A caller with a loudspeaker: plays what comes, and hears some of it in the microphone when ``echo`` is on."""

    def __init__(self, assembled: Assembled, *, seed: int, chunk_ms: int = 20, echo: bool = False) -> None:
        super().__init__(assembled, seed=seed)
        self._chunk = RATE * chunk_ms // 1000
        self._echo = echo
        self._recorded = 0
        self._over = np.zeros(0, np.float64)
        self.player: Player

    async def run(self) -> None:
        """The microphone, until it is cancelled."""
        loop = asyncio.get_running_loop()
        self._started = loop.time()
        while True:
            sent = self._recorded
            due = self._started + (sent + self._chunk) / RATE
            await asyncio.sleep(max(0.0, due - loop.time()))
            room = self._rng.normal(0.0, 16.0, self._chunk)
            said, self._over = self._over[: self._chunk], self._over[self._chunk :]
            room[: said.size] += said
            if self._echo:
                room += _ECHO_GAIN * self._played(sent)
            self._recorded = sent + self._chunk
            pcm = np.clip(room, -32768, 32767).astype("<i2").tobytes()
            self._assembled.conversation.receive(wire.AudioIn(pcm))

    def send(self, event: wire.ClientEvent) -> None:
        """Something other than audio."""
        self._assembled.conversation.receive(event)

    def over(self, pcm: NDArray[np.float64]) -> float:
        """Begin to make this sound now; when its first sample is recorded."""
        self._over = pcm
        return self._started + self._recorded / RATE

    def _played(self, begin: int) -> NDArray[np.float64]:
        """What the loudspeaker played when the chunk at ``begin`` was recorded."""
        player = self.player
        player.advance(asyncio.get_running_loop().time())
        at = self._started + begin / RATE - _ECHO_DELAY_S
        start = max(0, round((at - player.origin) * player.sample_rate))
        heard = np.frombuffer(player.render(start, start + self._chunk), "<i2")
        return np.pad(heard.astype(np.float64), (0, self._chunk - heard.size))

    def deliver(self, seq: int, event: wire.Outgoing) -> None:
        """Play audio, stop when told to, and say where it stopped."""
        super().deliver(seq, event)
        now = asyncio.get_running_loop().time()
        match event:
            case wire.AudioOut(item_id=item_id, pcm=pcm):
                self.player.receive(item_id, pcm, now)
            case wire.ServerEvent(type="response_paused" | "response_interrupted" as kind, data=data):
                item = str(data["item_id"])
                self.player.flush(now, item, interrupted=kind == "response_interrupted")
                played = wire.PlaybackIn(item, self.player.played_ms(item), stopped=True)
                asyncio.get_running_loop().call_soon(self._assembled.conversation.receive, played)
            case _:
                pass

    def of(self, kind: str, item: str) -> list[Heard]:
        """Events of a kind about an item."""
        return [each for each in self.events if each.kind == kind and each.data.get("item_id") == item]


@dataclass(slots=True)
class Findings:
    """What came of the overlaps with one chunk size."""

    stops_ms: list[float] = field(default_factory=list[float])
    missed: list[str] = field(default_factory=list[str])
    decisions_ms: list[float] = field(default_factory=list[float])
    resumed: dict[str, list[bool]] = field(default_factory=dict[str, list[bool]])
    lost: list[str] = field(default_factory=list[str])


async def overlap(phone: Speakerphone, sound: NDArray[np.float64] | None) -> tuple[str, float]:
    """Ask, and make the sound over the answer, to its end: its item, and when the sound began."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    phone.send(wire.TextIn(REQUEST))
    await phone.until(lambda: phone.since("response_started", begun), 5.0)
    item = str(phone.since("response_started", begun)[0].data["item_id"])
    await phone.until(lambda: (heard := phone.player.item(item)) and heard.played > 0, 5.0)
    await asyncio.sleep(_INTO_ANSWER_S)
    at = phone.over(sound) if sound is not None else loop.time()
    await phone.until(lambda: phone.of("response_done", item) or phone.of("response_interrupted", item), 40.0)
    await asyncio.sleep(2.0)
    return item, at


async def hush(assembled: Assembled, phone: Speakerphone) -> None:
    """End whatever the overlap has led to."""
    await phone.until(lambda: assembled.conversation.machine.phase.rests, 3.0)
    assembled.conversation.receive(wire.InterruptIn())
    await asyncio.sleep(0.5)


async def measure(made: World, chunk_ms: int, voices: list[VoiceOfCaller], each: int) -> Findings:
    """All overlaps with one chunk size."""
    found = Findings()
    rng = np.random.default_rng(chunk_ms)

    def phones(echo: bool) -> Callable[..., Line]:
        def make(assembled: Assembled, *, seed: int) -> Line:
            phone = Speakerphone(assembled, seed=seed, chunk_ms=chunk_ms, echo=echo)
            phone.player = Player(asyncio.get_running_loop().time(), assembled.conversation.mouth.rate)
            return phone

        return make

    settings = Settings()  # pyright: ignore[reportCallIssue]
    for kind in ("interruption", "back_channel", "noise", "echo"):
        texts = itertools.cycle(INTERRUPTIONS if kind == "interruption" else BACK_CHANNELS)
        async with made.conversation(settings, None, chunk_ms, phones(kind == "echo")) as (
            assembled,
            phone,
        ):
            assert isinstance(phone, Speakerphone)
            await phone.until(lambda phone=phone: phone.since("response_done", 0.0), 15.0)
            for number in range(each):
                voice, text = voices[number % len(voices)], next(texts)
                sound = None if kind == "echo" else _noise(rng) if kind == "noise" else _said(voice, text)
                item, at = await overlap(phone, sound)
                judge(found, phone, kind, f"{kind} {voice.label} {text!r}", item, at)
                await hush(assembled, phone)
    return found


def judge(found: Findings, phone: Speakerphone, kind: str, what: str, item: str, at: float) -> None:
    """Note what an overlap led to."""
    interrupted = phone.of("response_interrupted", item)
    paused = phone.of("response_paused", item)
    decided = [*phone.of("response_resumed", item), *interrupted]
    found.decisions_ms += [
        (min(later.at for later in decided if later.at >= one.at) - one.at) * 1000
        for one in paused
        if any(later.at >= one.at for later in decided)
    ]
    if kind == "interruption":
        last = phone.player.last_audible_of(item)
        if interrupted and last is not None:
            found.stops_ms.append(max(0.0, (last - at) * 1000))
        else:
            found.missed.append(what)
        return
    whole = not interrupted and bool(phone.of("response_done", item))
    found.resumed.setdefault(kind, []).append(whole)
    if not whole:
        found.lost.append(what)


def _said(voice: VoiceOfCaller, text: str) -> NDArray[np.float64]:
    samples = say(voice, text).astype(np.float64)
    return samples * (_SPEECH_RMS / max(1.0, float(np.sqrt(np.mean(samples**2)))))


def _noise(rng: np.random.Generator) -> NDArray[np.float64]:
    """Two seconds of pink noise, 10 dB below speech."""
    spectrum = np.fft.rfft(rng.normal(size=2 * RATE))
    spectrum[1:] /= np.sqrt(np.arange(1, spectrum.size))
    spectrum[0] = 0.0
    noise = np.fft.irfft(spectrum)
    return noise * (_SPEECH_RMS * 10 ** (_NOISE_DB / 20) / float(np.sqrt(np.mean(noise**2))))


def report(found: dict[int, Findings]) -> dict[str, object]:
    """The figures under their stable names; those without a chunk size in their name are of 20 ms chunks or of all."""
    kept = [good for each in found.values() for results in each.resumed.values() for good in results]
    figures: dict[str, object] = {
        f"barge_in_stop_p95_ms{'' if chunk == 20 else f'_{chunk}'}": rounded(percentile(each.stops_ms, 95))
        for chunk, each in found.items()
    }
    decisions = [ms for each in found.values() for ms in each.decisions_ms]
    return {
        **figures,
        "resumed": round(sum(kept) / len(kept), 3) if kept else None,
        "interruptions": sum(len(each.stops_ms) for each in found.values()),
        "missed_interruptions": sum(len(each.missed) for each in found.values()),
        "overlaps": len(kept),
        "decided_max_ms": rounded(max(decisions, default=None)),
        "machine": machine(),
    }


def main() -> int:
    """Measure, print; 2 without the callers' voices."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--each", type=int, default=20, help="overlaps of a kind and chunk size")
    parser.add_argument("--chunks", type=int, nargs="+", default=list(CHUNKS_MS), help="packet lengths, ms")
    parser.add_argument(
        "--clock",
        choices=("real", "cpu"),
        default="real",
        help="how long computing takes: as long as it takes, or its processor time (on a busy machine)",
    )
    arguments = parser.parse_args()
    logging.disable(logging.WARNING)
    voices = installed()
    if not voices:
        sys.stderr.write("no caller's voice is installed (Debian: apt-get install flite espeak-ng)\n")
        return 2

    async def run() -> dict[int, Findings]:
        async with world() as made:
            return {chunk: await measure(made, chunk, voices, arguments.each) for chunk in arguments.chunks}

    found = run_skipping(run(), real=arguments.clock == "real")
    rows: list[list[object]] = []
    for chunk, each in found.items():
        rows.append(
            [
                chunk,
                "stops",
                len(each.stops_ms),
                rounded(percentile(each.stops_ms, 50)),
                rounded(percentile(each.stops_ms, 95)),
            ]
        )
        for kind, kept in each.resumed.items():
            rows.append([chunk, kind, len(kept), sum(kept), ""])
        for what in (*each.missed, *each.lost):
            sys.stderr.write(f"  {chunk} ms, went wrong: {what}\n")
    print_table("Barge-in", ("chunk ms", "overlap", "number", "p50 ms or resumed", "p95 ms"), rows)
    print_result(report(found) | {"clock": arguments.clock})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
