"""How fast the embedded engines are on this machine: ``python -m bench.engines``.

One process, one thread an engine, the spoken commands of samples/. The last line printed is one JSON
object; nothing is asserted. It measures engines alone: waiting in a pool or on a network is not in these
figures.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from media.endpointing import Endpointer
from media.engines.hibari import HibariVoice
from media.engines.minilm import MiniLmEmbedder
from media.engines.moonshine import MoonshineRecogniser
from media.pcm import duration_ms, silence
from media.sentences import SentenceSplitter
from media.silero import FRAME_SAMPLES, SileroModel, VadState
from media.vad import FRAME_MS, VoiceDetector
from tests.support.silero_onnx import OnnxSilero

SAMPLES: Final = Path(__file__).parents[1] / "samples"
SENTENCE: Final = (
    "Okay, I moved the water heater inspection for Sarah Johnson to Thursday, Dec. 3rd, at 3:30 PM."
)
LONG_REPLIES: Final = (
    "I've moved the water heater inspection for Sarah Johnson to Thursday, and she will get a message about it.",
    "You have four invoices that are still open: the oldest one went to Robert Smith in October and is for $412.50.",
    "There is nothing booked for tomorrow morning, so the furnace repair at 12 Oak Street could begin at eight.",
    "Three people have not answered yet; the largest of the estimates is the one for Maria Lopez, which is $3,200.",
)
#: Seconds from one word of a streamed answer to the next: some 40 words a second.
WORD_S: Final = 0.025
_WAKES: Final = 100
SHORT_SENTENCE: Final = "You have three jobs today and the first one is at nine o'clock."


def main() -> int:
    """Measure and print; 2 when there are no samples."""
    clips = [_read(path) for path in sorted(SAMPLES.glob("*.wav"))]
    if not clips:
        sys.stderr.write(f"no WAV files in {SAMPLES}\n")
        return 2
    report: dict[str, float] = {}
    _bench_recogniser(clips, report)
    _bench_voice(report)
    _bench_streamed_reply(report)
    _bench_detector(clips, report)
    _bench_woken_detector(report)
    _bench_embedder(report)
    report["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({name: round(value, 3) for name, value in report.items()}) + "\n")
    return 0


def _bench_recogniser(clips: list[bytes], report: dict[str, float]) -> None:
    recogniser = MoonshineRecogniser()
    audio_s = sum(duration_ms(clip) for clip in clips) / 1000
    for name, second_look in (("stt", True), ("stt_single", False)):
        cpu = time.process_time()
        times = [_milliseconds(lambda: recogniser.recognise(clip, second_look=second_look)) for clip in clips]  # noqa: B023
        report[f"{name}_cpu_s_per_audio_s"] = (time.process_time() - cpu) / audio_s
        report[f"{name}_ms_p50"] = statistics.median(times)
        report[f"{name}_ms_p95"] = statistics.quantiles(times, n=20)[-1]
    report["stt_audio_s_mean"] = audio_s / len(clips)


def _bench_voice(report: dict[str, float]) -> None:
    voice = HibariVoice()
    for name, text in (("tts", SENTENCE), ("tts_short", SHORT_SENTENCE)):
        first = [_milliseconds(lambda: next(voice.speak(text))) for _ in range(10)]  # noqa: B023
        report[f"{name}_first_audio_ms_p50"] = statistics.median(first)
    whole = [_milliseconds(lambda: list(voice.speak(SENTENCE))) for _ in range(10)]
    spoken_ms = duration_ms(b"".join(voice.speak(SENTENCE)), voice.sample_rate)
    report["tts_real_time_factor"] = statistics.median(whole) / spoken_ms


def _bench_streamed_reply(report: dict[str, float]) -> None:
    """From a streamed answer's first word to its first sound: waiting for the words is reckoned, synthesis measured."""
    voice = HibariVoice()
    for name, early in (("streamed_first_audio", True), ("streamed_whole_sentence_first_audio", False)):
        times: list[float] = []
        for text in LONG_REPLIES * 3:
            splitter = SentenceSplitter(early_clause=early)
            words = [f"{word} " for word in text.split()]
            for number, word in enumerate(words):
                if pieces := splitter.push(word) or (splitter.flush() if number == len(words) - 1 else []):
                    spoken = _milliseconds(lambda: next(voice.speak(pieces[0])))
                    times.append(number * WORD_S * 1000 + spoken)
                    break
        report[f"{name}_ms_p50"] = statistics.median(times)
        report[f"{name}_ms_max"] = max(times)


def _bench_detector(clips: list[bytes], report: dict[str, float]) -> None:
    model = SileroModel()
    talk = b"".join(silence(2000) + clip for clip in clips)
    for name, pcm, gated in (
        ("vad", b"".join(clips), False),
        ("vad_gated", talk, True),
        ("vad_quiet", silence(60_000), True),
    ):
        detector = VoiceDetector(model) if gated else VoiceDetector(model, None)
        endpointer = Endpointer()
        began = time.perf_counter()
        for at in range(0, len(pcm), 640):
            for frame in detector.push(pcm[at : at + 640]):
                endpointer.push(frame)
        report[f"{name}_us_per_frame"] = (time.perf_counter() - began) * 1e6 / detector.counters.frames
        if gated:
            report[f"{name}_scored_share"] = detector.counters.scored / detector.counters.frames


def _bench_woken_detector(report: dict[str, float]) -> None:
    """Processor time of a frame in a process that slept until it came, and of Silero's own file in the same run."""
    frame = np.random.default_rng(1).normal(0.0, 0.1, FRAME_SAMPLES).astype(np.float32)
    ours, state, original = SileroModel(), VadState(), OnnxSilero()
    scorers: dict[str, Callable[[], float]] = {
        "vad_woken_us": lambda: ours.probability(frame, state),
        "vad_onnx_woken_us": lambda: original.probability(frame),
    }
    spent: dict[str, list[float]] = {name: [] for name in scorers}
    for _ in range(_WAKES):
        for name, score in scorers.items():
            time.sleep(FRAME_MS / 1000)
            began = time.thread_time()
            score()
            spent[name].append((time.thread_time() - began) * 1e6)
    report.update({name: statistics.median(each) for name, each in spent.items()})


def _bench_embedder(report: dict[str, float]) -> None:
    embedder = MiniLmEmbedder()
    times = [_milliseconds(lambda: embedder.embed(["Who owes me money?"])) for _ in range(50)]
    report["minilm_ms"] = statistics.median(times)


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _read(path: Path) -> bytes:
    with wave.open(str(path)) as reader:
        return reader.readframes(reader.getnframes())


if __name__ == "__main__":
    sys.exit(main())
