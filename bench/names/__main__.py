"""`make bench-names`: wrong words, names and requests, by set, voice and engine; what hearing twice costs in time.

The real engines in this process, a thread each, put together as the server does it. Own sentences about people of the
demo business and about strangers, in voices that are not the server's; ``--commands`` adds a set from a file, of which
only sums are printed. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from bench.names.clips import Clip, external, spoken
from bench.names.reading import Reader
from bench.names.score import Score, total
from bench.names.sentences import Said, demo_names, known, spoken_lines, strangers
from bench.report import machine, percentile, print_result, print_table, rounded
from bench.turns.speech import VOICES, installed
from conversation.hearing.context import MOST_NAMES, said_before
from conversation.hearing.readings import matter
from conversation.listener import EXPECTED_PHRASES
from conversation.name_book import name_book
from conversation.providers import RankedTool, Recognition
from conversation.second_look import SecondLookRecogniser
from conversation.understanding.ranker import IntentRanker
from media.engines.minilm import MiniLmEmbedder
from media.engines.moonshine import MoonshineRecogniser
from media.engines.transcription import GUESSES
from media.engines.whisper_tiny import WhisperTinyRecogniser

STAGES: Final = ("plain", "hints", "corrected", "second", "both")
"""Moonshine alone, told what to expect, with names put right; Whisper told the same; what the server makes of both."""
_COLUMNS: Final = ("wer", "wer_without_names", "name_error_rate", "invented_names", "read_alike")
_PARTIAL_MS: Final = 300
"""The last quick look a speaker gets before the pause is so much shorter than the utterance."""


class _Engines:
    """First and second recogniser and the ranker, each on its own thread."""

    def __init__(self) -> None:
        self._first, self._second = MoonshineRecogniser(), WhisperTinyRecogniser()
        self._ranker = IntentRanker(MiniLmEmbedder())
        self._threads = [ThreadPoolExecutor(1) for _ in range(3)]
        self.first_s = 0.0

    async def recognise(
        self, pcm: bytes, *, hints: tuple[str, ...] = (), partial: bool = False, at: int = 0
    ) -> Recognition:
        began = time.perf_counter()
        heard = await asyncio.get_running_loop().run_in_executor(
            self._threads[0],
            lambda: self._first.recognise(
                pcm, hints=hints, second_look=False, guesses=1 if partial else GUESSES
            ),
        )
        self.first_s = time.perf_counter() - began
        return Recognition.of(heard)

    async def listen_again(self, pcm: bytes, before: str) -> Recognition:
        heard = await asyncio.get_running_loop().run_in_executor(
            self._threads[1], lambda: self._second.recognise(pcm, before=before)
        )
        return Recognition.of(heard)

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        return await asyncio.get_running_loop().run_in_executor(
            self._threads[2], lambda: tuple(self._ranker.rank(text))
        )


class _Measured:
    """What one run found."""

    def __init__(self) -> None:
        self.scores: dict[tuple[str, str, str], Score] = defaultdict(Score)
        self.extra_ms: list[float] = []
        self.doubted_right = self.doubted_wrong = 0
        self.agreed_right = self.agreed_wrong = 0


async def measure(clips: Sequence[Clip], names: tuple[str, ...]) -> tuple[_Measured, SecondLookRecogniser]:
    """Hear every clip in all ways, and see what the brain makes of it."""
    engines, found = _Engines(), _Measured()
    book, hints = name_book(names), (*names, *EXPECTED_PHRASES)
    looking, reader = SecondLookRecogniser(engines, engines), Reader(engines)
    for clip in clips:
        texts = {"plain": (await engines.recognise(clip.pcm)).text}
        head = clip.pcm[: max(0, len(clip.pcm) - _PARTIAL_MS * 32)]
        so_far = await looking.recognise(head, hints=hints, partial=True)
        began, agreed = time.perf_counter(), looking.looks.agreed
        both = await looking.recognise(clip.pcm, hints=hints)
        found.extra_ms.append((time.perf_counter() - began - engines.first_s) * 1000)
        before = said_before(book.nearest(so_far.text, MOST_NAMES))
        texts |= {"both": both.text, "second": (await engines.listen_again(clip.pcm, before)).text}
        texts["hints"] = (await engines.recognise(clip.pcm, hints=hints)).text
        texts["corrected"] = book.corrected(texts["hints"])
        meant = await reader.read(clip.said.text)
        for stage, text in texts.items():
            score = found.scores[clip.kind, clip.voice, stage]
            score.add(clip.said.text, clip.said.names, text, book)
            score.read_alike += await reader.read(text) == meant
        right = matter(both.text) == matter(clip.said.text)
        found.doubted_right += right and bool(both.alternatives)
        found.doubted_wrong += not right and bool(both.alternatives)
        alike = looking.looks.agreed > agreed
        found.agreed_right += right and alike
        found.agreed_wrong += not right and alike
    return found, looking


def own_clips(count: int, seed: int) -> list[Clip]:
    """Sentences about known people and what is said in the turn bench, and half as many about strangers.

    Every voice in turn; each has all sentences but one of so many, half of them at 15 dB.
    """
    voices = installed(VOICES)
    lines = sorted(spoken_lines())
    talk = random.Random(seed).sample(lines, min(count, len(lines)))  # noqa: S311  (reproducible, not secret)
    sets = {
        "known": known(count, seed=seed),
        "strangers": strangers(count // 2, seed=seed + 1),
        "dialogues": [Said(text, ()) for text in talk],
    }
    return [
        spoken(kind, voices[at % len(voices)], said, 15.0 if at // len(voices) % 2 else None, at)
        for kind, sentences in sets.items()
        for at, said in enumerate(sentences)
        if voices
    ]


def report(found: _Measured, looking: SecondLookRecogniser) -> dict[str, Any]:
    """The figures under their stable names."""
    kinds = sorted({kind for kind, _, _ in found.scores})
    sets: dict[str, Any] = {}
    for kind in kinds:
        by_stage = {
            stage: total(score for key, score in found.scores.items() if (key[0], key[2]) == (kind, stage))
            for stage in STAGES
        }
        voices = sorted({voice for other, voice, _ in found.scores if other == kind})
        before, after = by_stage["plain"].name_errors, by_stage["both"].name_errors
        sets[kind] = {
            "clips": by_stage["plain"].clips,
            "stages": {stage: score.figures() for stage, score in by_stage.items()},
            "name_errors_after_to_before": round(after / before, 2) if before else None,
            "voices": {
                voice: {stage: found.scores[kind, voice, stage].figures() for stage in STAGES}
                for voice in voices
            },
        }
    looks = looking.looks
    return {
        "sets": sets,
        "heard_twice": looks.asked,
        "of": looks.finals,
        "unanswered": looks.unanswered,
        "doubted_right": found.doubted_right,
        "doubted_wrong": found.doubted_wrong,
        "agreed_right": found.agreed_right,
        "agreed_wrong": found.agreed_wrong,
        "extra_ms_p50": rounded(percentile(found.extra_ms, 50)),
        "extra_ms_p95": rounded(percentile(found.extra_ms, 95)),
        "machine": machine(),
    }


def main() -> int:
    """Make or read the clips, measure, print; 2 without the callers' voices."""
    parser = argparse.ArgumentParser(
        prog="bench.names", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sentences", type=int, default=36, help="own sentences about known people")
    parser.add_argument("--seed", type=int, default=365, help="which names are said in which of them")
    parser.add_argument("--commands", type=Path, help="a set of JSON lines with file, text, voice instead")
    parser.add_argument("--voice", default="", help="of that set only voices whose name contains this")
    arguments = parser.parse_args()
    names = demo_names()
    if arguments.commands:
        clips, customers = external(arguments.commands)
        clips = [clip for clip in clips if arguments.voice in clip.voice]
        names = tuple(dict.fromkeys((*customers, *names)))
    else:
        clips = own_clips(arguments.sentences, arguments.seed)
    if not clips:
        sys.stderr.write("nothing to hear: no clips, or no caller's voice (Debian: apt-get install flite)\n")
        return 2
    found, looking = asyncio.run(measure(clips, names))
    result = report(found, looking)
    rows = [
        (
            kind,
            stage,
            *(figures[name] for name in _COLUMNS),
        )
        for kind, each in result["sets"].items()
        for stage, figures in each["stages"].items()
    ]
    print_table(
        "Heard",
        ("set", "stage", "WER %", "WER % without names", "names wrong %", "invented", "read alike %"),
        rows,
    )
    print_result(result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
