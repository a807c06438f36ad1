"""What the front end does for the ears, and what it costs: ``python -m bench.front_end`` or ``make bench-front-end``.

Own clips in noise, from quiet and overdriven phones, over a telephone line and over the assistant's own echo: word
error rates of the recogniser's signal (as it is, and as it would be after suppression and cancelling), starts of turns
found and invented, CPU. Everything is made by seed. The last line printed is one JSON object; nothing is asserted.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from pywebrtc_audio import EchoCanceller, NoiseSuppressor

from bench.acoustics import Scene, at_dbfs, echo_scene, in_noise, mu_law, noise
from bench.report import machine, percentile, rounded
from bench.word_errors import word_errors
from media.endpointing import BargeInDetector, Endpointer, SpeechStarted
from media.engines.hibari import SPEEDS, HibariVoice, audio_ms
from media.engines.moonshine import MoonshineRecogniser
from media.front_end.clipping import Declipper
from media.front_end.front_end import FrontEnd
from media.front_end.gain import at_level
from media.pcm import SAMPLE_RATE, from_float, to_float
from media.phrase_cache import Phrase, PhraseCache
from media.resample import StreamResampler
from media.silero import SileroModel
from media.speakable import speakable
from media.vad import VoiceDetector

SAMPLES = Path(__file__).parents[1] / "samples"
PACKET = 640
LEAD_IN = 2 * SAMPLE_RATE
REPLIES = (
    "You have three jobs today, and the first one is at nine o'clock at Sarah Johnson's house.",
    "I moved the water heater inspection to Thursday at three thirty in the afternoon.",
    "Robert Smith owes three hundred dollars on invoice twenty eight, which was due last week.",
)

Signal = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One recorded command and its words."""

    text: str
    signal: Signal


@dataclass(slots=True)
class Tally:
    """Words wrong of words said, by condition and by what was done to the signal."""

    errors: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    def add(self, name: str, said: str, heard: str) -> None:
        """Count one utterance."""
        wrong, words = word_errors(speakable(said), speakable(heard))
        counted = self.errors.setdefault(name, [0, 0])
        counted[0] += wrong
        counted[1] += words

    def rates(self) -> dict[str, float]:
        """Word error rates in per cent."""
        return {name: round(100 * wrong / words, 1) for name, (wrong, words) in self.errors.items()}


def main() -> int:
    """Measure and print; 2 when there are no clips."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, default=SAMPLES, help="folder with manifest.jsonl: file, text")
    parser.add_argument("--every", type=int, default=2, help="use each n-th clip")
    arguments = parser.parse_args()
    spoken = read_clips(arguments.clips)[:: arguments.every]
    if not spoken:
        sys.stderr.write(f"no clips in {arguments.clips}\n")
        return 2
    detector, recogniser, voice = SileroModel(), MoonshineRecogniser(), HibariVoice()
    report: dict[str, Any] = {"clips": len(spoken)}
    report["wer"] = recognition(spoken, recogniser)
    report["starts"] = starts(spoken, detector)
    report["echo"] = echoes(spoken, detector, recogniser, voice)
    report["cpu_ms_per_audio_s"] = costs(spoken, voice)
    report["voice"] = speech(voice)
    report["machine"] = machine()
    sys.stdout.write(json.dumps(report) + "\n")
    return 0


def read_clips(folder: Path) -> list[Spoken]:
    """The commands of a folder, at 16 kHz."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    found: list[Spoken] = []
    for row in rows:
        samples, rate = soundfile.read(folder / row["file"], dtype="float32", always_2d=True)
        pcm = from_float(np.ascontiguousarray(samples[:, 0], dtype=np.float32))
        found.append(Spoken(row["text"], to_float(StreamResampler(int(rate), SAMPLE_RATE).push(pcm))))
    return found


def recognition(spoken: list[Spoken], recogniser: MoonshineRecogniser) -> dict[str, float]:
    """Word error rates: noise with and without suppression, levels with and without gain, clipping, telephone."""
    tally = Tally()

    def hear(name: str, each: Spoken, signal: Signal) -> None:
        pcm = from_float(signal[LEAD_IN - 4_800 :])
        tally.add(name, each.text, recogniser.recognise(pcm, second_look=False).text)

    for seed, each in enumerate(spoken):
        signal = np.concatenate([np.zeros(LEAD_IN, np.float32), at_dbfs(each.signal, -24.0)])
        for kind in ("pink", "van"):
            for snr in (15, 10, 5):
                noisy = in_noise(signal, kind, snr, seed)
                hear(f"{kind}_{snr}db", each, noisy)
                hear(f"{kind}_{snr}db_suppressed", each, NoiseSuppressor(SAMPLE_RATE, level=1).process(noisy))
        hear("clean", each, signal)
        hear("clean_suppressed", each, NoiseSuppressor(SAMPLE_RATE, level=1).process(signal))
        quiet = at_dbfs(signal, -57.0)
        hear("quiet_57dbfs", each, to_float(from_float(quiet)))
        hear("quiet_57dbfs_lifted", each, to_float(at_level(from_float(quiet))))
        for over in (8, 16):
            driven = to_float(from_float(signal / np.abs(signal).max() * np.float32(10 ** (over / 20))))
            hear(f"clipped_{over}db", each, driven)
            hear(f"clipped_{over}db_restored", each, _restored(driven))
        hear("telephone_8khz_mulaw", each, mu_law(signal))
    return tally.rates()


def _restored(signal: Signal) -> Signal:
    declipper = Declipper()
    return to_float(b"".join(declipper.push(packet, SAMPLE_RATE) for packet in _packets(from_float(signal))))


def starts(spoken: list[Spoken], model: SileroModel) -> dict[str, dict[str, float]]:
    """Turns that began where somebody spoke, and where nobody did, per condition, without and with suppression."""
    found: dict[str, dict[str, float]] = {}
    for kind in ("pink", "van", "compressor"):
        for snr in (15, 10, 5):
            for suppression in (False, True):
                heard = invented = 0
                for seed, each in enumerate(spoken):
                    signal = np.concatenate([np.zeros(LEAD_IN, np.float32), at_dbfs(each.signal, -24.0)])
                    begins = _starts(model, in_noise(signal, kind, snr, seed), suppression)
                    speech = LEAD_IN + 4_800
                    heard += any(abs(at - speech) < 8_000 for at in begins)
                    invented += sum(at < speech - 8_000 for at in begins)
                room = noise(kind, 60 * SAMPLE_RATE, 99) * np.float32(10 ** ((-24 - snr) / 20))
                alone = _starts(model, room, suppression)
                found[f"{kind}_{snr}db{'_suppressed' if suppression else ''}"] = {
                    "found": round(heard / len(spoken), 2), "invented": invented, "per_minute_of_noise": len(alone),
                }  # fmt: skip
    for name, signal in (
        ("quiet_57dbfs", lambda each: at_dbfs(each, -57.0)),
        ("telephone_8khz_mulaw", lambda each: mu_law(at_dbfs(each, -24.0))),
    ):
        heard = 0
        for each in spoken:
            begins = _starts(
                model, np.concatenate([np.zeros(LEAD_IN, np.float32), signal(each.signal)]), False
            )
            heard += any(abs(at - LEAD_IN - 4_800) < 8_000 for at in begins)
        found[name] = {"found": round(heard / len(spoken), 2)}
    return found


def _starts(model: SileroModel, signal: Signal, suppression: bool) -> list[int]:
    front, detector, endpointer = FrontEnd(noise_suppression=suppression), VoiceDetector(model), Endpointer()
    pcm, begins = from_float(signal), list[int]()
    for at in range(0, len(pcm), PACKET):
        for frame in detector.push(front.push(pcm[at : at + PACKET]).detector):
            front.judged(frame)
            begins += [event.at for event in endpointer.push(frame) if isinstance(event, SpeechStarted)]
            if endpointer.paused and endpointer.silence_ms > 400:
                endpointer.end_turn()
    return begins


def echoes(
    spoken: list[Spoken], model: SileroModel, recogniser: MoonshineRecogniser, voice: HibariVoice
) -> dict[str, Any]:
    """Replies that interrupted themselves, people who were noticed over them and when, words heard over an echo."""
    replies = [
        to_float(StreamResampler(voice.sample_rate, SAMPLE_RATE).push(b"".join(voice.speak(text))))
        for text in REPLIES
    ]
    report: dict[str, Any] = {}
    for db in (-20, -10):
        for delay in (50, 120, 200, 300, 400):
            false = sum(
                bool(_interruptions(model, echo_scene(replies, delay, db, seed))) for seed in range(3)
            )
            report[f"interrupted_{-db}db_{delay}ms"] = f"{false} of 3 conversations of 3 replies"
    tally = Tally()
    for db in (None, -20, -10):
        after: list[float] = []
        name = "none" if db is None else f"{-db}db"
        for seed, each in enumerate(spoken):
            begin = 4_800 + 24_000 + 1_600 * seed
            scene = echo_scene(replies, 150, db, seed, speech=(begin, at_dbfs(each.signal, -26.0)))
            spoken_at = begin + 4_800
            known = [
                at for at in _interruptions(model, scene) if spoken_at < at < begin + each.signal.size + 4_800
            ]
            after += [(known[0] - spoken_at) / 16] if known else []
            window = slice(begin, begin + each.signal.size)
            clean = EchoCanceller(SAMPLE_RATE).process(scene.microphone, scene.sent)
            for done, signal in (("", scene.microphone), ("_cancelled", clean)):
                heard = recogniser.recognise(from_float(signal[window]), second_look=False).text
                tally.add(f"echo_{name}{done}", each.text, heard)
        report[f"noticed_over_echo_{name}"] = f"{len(after)} of {len(spoken)}"
        report[f"noticed_after_ms_p50_{name}"] = rounded(percentile(after, 50))
        report[f"noticed_after_ms_p95_{name}"] = rounded(percentile(after, 95))
    return report | {"wer": tally.rates()}


def _interruptions(model: SileroModel, scene: Scene) -> list[int]:
    """Samples at which the barge-in detector was sure of a person."""
    front, detector = FrontEnd(), VoiceDetector(model)
    barge_in, known = BargeInDetector(), list[int]()
    for now, pcm in scene.play(front):
        del now
        for frame in detector.push(front.push(pcm).detector):
            front.judged(frame)
            if (found := barge_in.push(frame, wary=front.may_hear_echo)) is not None:
                known.append(found.known_at)
    return known


def costs(spoken: list[Spoken], voice: HibariVoice) -> dict[str, float]:
    """CPU of the front end alone, milliseconds for a second of audio (10 is one per cent of a core)."""
    signal = np.concatenate([at_dbfs(each.signal, -24.0) for each in spoken])
    pcm = from_float(signal)
    report = {
        "nothing_to_do": _cpu(FrontEnd(), _packets(pcm)),
        "noise_suppression": _cpu(FrontEnd(noise_suppression=True), _packets(pcm)),
        "overdriven": _cpu(FrontEnd(), _packets(from_float(signal * 20)), raw=True),
    }
    replies = [
        to_float(StreamResampler(voice.sample_rate, SAMPLE_RATE).push(b"".join(voice.speak(text))))
        for text in REPLIES
    ]
    for name, db in (("assistant_speaks_headset", None), ("assistant_speaks_echo", -20)):
        front, scene = FrontEnd(), echo_scene(replies, 150, db, 1)
        began = time.process_time()
        for _, packet in scene.play(front):
            front.push(packet)
        report[name] = (time.process_time() - began) * 1000 / (scene.microphone.size / SAMPLE_RATE)
    return {name: round(value, 2) for name, value in report.items()}


def _packets(pcm: bytes) -> Iterable[bytes]:
    return (pcm[at : at + PACKET] for at in range(0, len(pcm), PACKET))


def _cpu(front: FrontEnd, packets: Iterable[bytes], *, raw: bool = False) -> float:
    began, samples = time.process_time(), 0
    for packet in packets:
        samples += len(packet) // 2
        front.push(front.raw(packet, SAMPLE_RATE) if raw else packet)
    return (time.process_time() - began) * 1000 / (samples / SAMPLE_RATE)


def speech(voice: HibariVoice) -> dict[str, float]:
    """How fast the named speeds are, and what a phrase costs the first time and from the cache."""
    lasting = {name: sum(map(audio_ms, voice.speak(REPLIES[1], pace))) for name, pace in SPEEDS.items()}
    phrase, cache = Phrase("One moment, I'm looking that up.", voice.voice, 1.0), PhraseCache()
    made: list[float] = []
    for _ in range(10):
        began = time.perf_counter()
        audio = b"".join(voice.speak(phrase.text))
        made.append((time.perf_counter() - began) * 1000)
        cache.put(phrase, audio)
    began = time.perf_counter()
    for _ in range(1_000):
        cache.get(phrase)
    kept = (time.perf_counter() - began) * 1000 / 1_000
    return {
        **{f"{name}_ms": round(ms) for name, ms in lasting.items()},
        "phrase_made_ms_p50": round(percentile(made, 50) or 0.0, 2),
        "phrase_kept_ms": round(kept, 4),
    }


if __name__ == "__main__":
    raise SystemExit(main())
