"""What a microphone hears, made by seed: speech at a level, noise of a kind, the assistant's own voice come back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from media.endpointing import BargeInDetector, SpeechStarted
from media.front_end.front_end import FrontEnd
from media.pcm import from_float
from media.silero import SileroModel
from media.vad import VoiceDetector
from tests.media.audio import room

Signal = NDArray[np.float32]
PACKET = 640


def active_rms(signal: Signal) -> float:
    """Level of the parts in which something is said."""
    blocks = signal[: signal.size // 160 * 160].reshape(-1, 160)
    power = (blocks * blocks).mean(axis=1)
    return float(np.sqrt(power[power > power.max() * 1e-3].mean()))


def at_dbfs(signal: Signal, dbfs: float) -> Signal:
    return (signal * (10 ** (dbfs / 20) / active_rms(signal))).astype(np.float32)


def echo_of(sent: Signal, delay_ms: float, db: float, seed: int) -> Signal:
    """A loudspeaker that distorts a little, in a room that rings for 100 ms."""
    ring = np.random.default_rng(seed).standard_normal(1600) * np.exp(-np.arange(1600) / 400)
    ring[0] = 3.0
    back = np.convolve(np.tanh(sent), ring)[: sent.size]
    loudness = 10 ** (db / 20) * active_rms(sent) / active_rms(back.astype(np.float32))
    shift = int(delay_ms * 16)
    return np.concatenate([np.zeros(shift), back * loudness])[: sent.size].astype(np.float32)


@dataclass(frozen=True, slots=True)
class Listened:
    """What became of a scene: interruptions that the detector reported, and the front end after it."""

    interruptions: list[SpeechStarted]
    front: FrontEnd


def listen_over(
    model: SileroModel,
    replies: list[Signal],
    *,
    delay_ms: float = 0.0,
    echo_db: float | None = None,
    speech: list[tuple[int, Signal]] | None = None,
    seed: int = 1,
    cancels: bool = False,
) -> Listened:
    """The assistant says ``replies``, a second apart, sent with a lead of 200 ms; the microphone is on all the time.

    ``cancels``: the client is said to take its echo out itself.
    """
    starts: list[int] = []
    at = 4_800
    for reply in replies:
        starts.append(at)
        at += reply.size + 16_000
    sent = np.zeros(at + 8_000, np.float32)
    for start, reply in zip(starts, replies, strict=True):
        sent[start : start + reply.size] = reply
    heard = room(sent.size / 16_000, -65, seed)[: sent.size].copy()
    if echo_db is not None:
        heard += echo_of(sent, delay_ms, echo_db, seed)
    for begin, words in speech or []:
        heard[begin : begin + words.size] += words
    return _play(model, starts, replies, from_float(heard), cancels)


def _play(
    model: SileroModel, starts: list[int], replies: list[Signal], microphone: bytes, cancels: bool
) -> Listened:
    front, detector = FrontEnd(), VoiceDetector(model)
    if cancels:
        front.expect_no_echo()
    barge_in = BargeInDetector()
    interruptions: list[SpeechStarted] = []
    frames = [from_float(reply) for reply in replies]
    sent = [0] * len(replies)
    for at in range(0, len(microphone), PACKET):
        now = at // 2
        for number, start in enumerate(starts):
            while (
                now >= start
                and sent[number] < len(frames[number])
                and sent[number] // 2 < now - start + 3_200
            ):
                front.reference(frames[number][sent[number] : sent[number] + 2_048], 16_000, now)
                sent[number] += 2_048
        for frame in detector.push(front.push(microphone[at : at + PACKET]).detector):
            front.judged(frame)
            if (found := barge_in.push(frame, wary=front.may_hear_echo)) is not None:
                interruptions.append(found)
    return Listened(interruptions, front)
