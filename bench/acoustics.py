"""Rooms, vans, telephones and loudspeakers for the benches: everything a microphone may add to a voice, by seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.front_end.front_end import FrontEnd
from media.pcm import SAMPLE_RATE, from_float, to_float
from media.resample import StreamResampler

Signal = NDArray[np.float32]
_LEAD = SAMPLE_RATE // 5
_PACKET = 640
_SENT = 2_048


def active_rms(signal: Signal) -> float:
    """Level of the parts in which something is said."""
    blocks = signal[: signal.size // 160 * 160].reshape(-1, 160)
    power = (blocks * blocks).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 1e-3].mean()))


def at_dbfs(signal: Signal, dbfs: float) -> Signal:
    """The signal with its voiced parts at a level."""
    return (signal * (10 ** (dbfs / 20) / active_rms(signal))).astype(np.float32)


def noise(kind: str, count: int, seed: int) -> Signal:
    """Noise at 0 dBFS: ``pink`` (a room), ``van`` (rumble and an engine), ``compressor`` (nine beats a second)."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft(random.standard_normal(count))
    hertz = np.arange(spectrum.size) * SAMPLE_RATE / count
    made = np.fft.irfft(spectrum / (hertz + 30 if kind == "van" else np.sqrt(hertz + 20)), count)
    made /= made.std()
    seconds = np.arange(count) / SAMPLE_RATE
    if kind == "van":
        made += sum(0.4 * np.sin(2 * np.pi * 38 * k * seconds + k) / k**0.7 for k in range(1, 20))
    elif kind == "compressor":
        made *= 1 + 0.8 * np.sign(np.sin(2 * np.pi * 9 * seconds))
    return (made / made.std()).astype(np.float32)


def in_noise(signal: Signal, kind: str, snr_db: float, seed: int) -> Signal:
    """The signal with noise that is so much quieter than its voiced parts."""
    level = active_rms(signal) * 10 ** (-snr_db / 20)
    return (signal + noise(kind, signal.size, seed) * np.float32(level)).astype(np.float32)


def mu_law(signal: Signal) -> Signal:
    """What a telephone leaves of it: 8 kHz, 8 bits, G.711."""
    narrow = np.clip(to_float(StreamResampler(SAMPLE_RATE, 8_000).push(from_float(signal))), -1, 1)
    coarse = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    heard = (np.sign(coarse) * (256 ** np.abs(coarse) - 1) / 255).astype(np.float32)
    return to_float(StreamResampler(8_000, SAMPLE_RATE).push(from_float(heard)))


@dataclass(frozen=True, slots=True)
class Scene:
    """A microphone beside the loudspeaker that plays the assistant's replies; ``starts`` are where they begin."""

    microphone: Signal
    sent: Signal
    replies: list[Signal]
    starts: list[int]

    def play(self, front: FrontEnd) -> Iterator[tuple[int, bytes]]:
        """Packets of the microphone; before each, what the mouth has sent by then (200 ms ahead) is told."""
        pcm, frames = from_float(self.microphone), [from_float(reply) for reply in self.replies]
        told = [0] * len(frames)
        for at in range(0, len(pcm), _PACKET):
            now = at // 2
            for number, start in enumerate(self.starts):
                while now >= start and told[number] < min(len(frames[number]), 2 * (now - start + _LEAD)):
                    front.reference(frames[number][told[number] : told[number] + _SENT], SAMPLE_RATE, now)
                    told[number] += _SENT
            yield now, pcm[at : at + _PACKET]


def echo_scene(
    replies: list[Signal],
    delay_ms: float,
    echo_db: float | None,
    seed: int,
    *,
    speech: tuple[int, Signal] | None = None,
) -> Scene:
    """The replies a second apart, coming back late, distorted and reverberant; perhaps with a person over them."""
    at, starts = 4_800, list[int]()
    for reply in replies:
        starts.append(at)
        at += reply.size + SAMPLE_RATE
    end = max(at + SAMPLE_RATE // 2, speech[0] + speech[1].size + SAMPLE_RATE // 2 if speech else 0)
    end -= end % 160
    sent = np.zeros(end, np.float32)
    for start, reply in zip(starts, replies, strict=True):
        sent[start : start + reply.size] = reply
    heard = noise("pink", end, seed) * np.float32(10 ** (-65 / 20))
    if echo_db is not None:
        heard += _echo(sent, delay_ms, echo_db, seed)
    if speech is not None:
        begin, voice = speech
        heard[begin : begin + voice.size] += voice
    return Scene(heard.astype(np.float32), sent, replies, starts)


def _echo(sent: Signal, delay_ms: float, echo_db: float, seed: int) -> Signal:
    ring = np.random.default_rng(seed).standard_normal(1_600) * np.exp(-np.arange(1_600) / 400)
    ring[0] = 3.0
    back = np.convolve(np.tanh(sent), ring)[: sent.size].astype(np.float32)
    loudness = 10 ** (echo_db / 20) * active_rms(sent) / active_rms(back)
    return np.concatenate([np.zeros(int(delay_ms * 16)), back * loudness])[: sent.size].astype(np.float32)
