"""Plays dialogues to conversations and notes, utterance by utterance, how it was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bench.turns.line import Line
from bench.turns.speech import RATE, Pause, Utterance
from bench.turns.world import World
from config.settings import Settings
from conversation.assembly import Assembled
from conversation.events import InterruptIn
from media.endpointing.strategy import Evidence, TurnEndStrategy

_ANSWER_WITHIN_S: Final = 6.0
_ANSWER_LONGEST_S: Final = 12.0
_BETWEEN_S: Final = 0.6
_DIALOGUES: Final = 5
_LISTENING_TO: Final = frozenset({"pause", "deciding"})
_AT_REST: Final = frozenset({"idle", "listening", "waiting_for_confirmation"})


@dataclass(frozen=True, slots=True)
class Judged:
    """How a pause was judged: when (ms from the utterance's last voiced sample), on what, and the silence asked for."""

    after_ms: float
    text: str
    completeness: str
    unfinished: bool
    expected: str
    audio_end: float | None
    silence_s: float


class _Noting:
    """A strategy that notes what another one says."""

    def __init__(self, strategy: TurnEndStrategy) -> None:
        self._strategy = strategy
        self.said: list[tuple[float, Evidence, float]] = []

    def silence_s(self, evidence: Evidence) -> float:
        silence = self._strategy.silence_s(evidence)
        self.said.append((asyncio.get_running_loop().time(), evidence, silence))
        return silence

    def scaled(self, factor: float) -> TurnEndStrategy:
        return _Noting(self._strategy.scaled(factor))

    def between(self, begin: float, end: float) -> tuple[Judged, ...]:
        """What was judged since ``begin``; times are told from ``end``."""
        return tuple(
            Judged(
                (at - end) * 1000,
                evidence.text,
                evidence.completeness,
                evidence.unfinished,
                evidence.expected,
                evidence.audio_end,
                silence,
            )
            for at, evidence, silence in self.said
            if at >= begin
        )


@dataclass(frozen=True, slots=True)
class Answered:
    """How one utterance fared.

    Attributes:
        voice: Who said it.
        text: What was said.
        heard: What the server took it for, turn by turn.
        pauses: Kinds of the pauses in it.
        pause_spans_ms: Begin and end of each, from the last voiced sample of the utterance.
        cut_off: A turn ended before its last voiced sample.
        cut_off_heard: And the assistant was heard before it.
        wait_ms: From its last voiced sample to the first audible sample of the answer; None without an answer.
        turn_end_ms: From its last voiced sample to the end of the turn.
        judged: The pauses.
        partial_gaps_ms: From one partial transcript to the next, where nobody paused in between.
    """

    voice: str
    text: str
    heard: tuple[str, ...]
    pauses: tuple[str, ...]
    pause_spans_ms: tuple[tuple[float, float], ...]
    cut_off: bool
    cut_off_heard: bool
    wait_ms: float | None
    turn_end_ms: float | None
    judged: tuple[Judged, ...]
    partial_gaps_ms: tuple[float, ...] = ()


async def play(
    world: World,
    settings: Settings,
    dialogues: Sequence[Sequence[Utterance]],
    strategy: TurnEndStrategy | None = None,
) -> list[Answered]:
    """Hold a conversation for every few dialogues by the same voice, the voices in turn."""
    found: list[Answered] = []
    for number, dialogue in enumerate(conversations(dialogues)):
        async with world.conversation(settings, strategy, number) as (assembled, line):
            await line.until(lambda: line.since("response_done", 0.0), 10.0)
            machine = assembled.conversation.machine
            machine.strategy = noting = _Noting(machine.strategy)
            for utterance in dialogue:
                found.append(await ask(assembled, line, utterance, noting))
    return found


def conversations(dialogues: Sequence[Sequence[Utterance]]) -> list[list[Utterance]]:
    """What is said in each conversation: up to ``_DIALOGUES`` dialogues of one voice."""
    by_voice: dict[str, list[Sequence[Utterance]]] = {}
    for dialogue in dialogues:
        by_voice.setdefault(dialogue[0].voice, []).append(dialogue)
    return [
        [utterance for dialogue in spoken[at : at + _DIALOGUES] for utterance in dialogue]
        for spoken in by_voice.values()
        for at in range(0, len(spoken), _DIALOGUES)
    ]


async def ask(assembled: Assembled, line: Line, utterance: Utterance, noting: _Noting) -> Answered:
    """Say one utterance, hear the answer out."""
    machine = assembled.conversation.machine
    await asyncio.sleep(_BETWEEN_S)
    begin, end = line.say(utterance)
    await asyncio.sleep(max(0.0, end - asyncio.get_running_loop().time()))

    def answers() -> list[float]:
        return [at for at in line.audible_at if at >= end]

    await line.until(lambda: answers() and machine.phase.value not in _LISTENING_TO, _ANSWER_WITHIN_S)
    judged = noting.between(begin, end)
    if not await line.until(lambda: machine.phase.value in _AT_REST, _ANSWER_LONGEST_S):
        assembled.conversation.receive(InterruptIn())
        await line.until(lambda: machine.phase.value in _AT_REST, 1.0)
    ends = [each.at for each in line.since("thinking", begin)]
    cut_off = any(at < end for at in ends)
    transcripts = line.since("transcript", begin)
    heard = [str(each.data["text"]) for each in transcripts if each.data["is_final"]]
    partials = [(each.at - end) * 1000 for each in transcripts if not each.data["is_final"]]
    pauses = tuple(_from_end(utterance, pause) for pause in utterance.pauses)
    return Answered(
        voice=utterance.voice,
        text=utterance.text,
        heard=tuple(heard),
        pauses=tuple(pause.kind for pause in utterance.pauses),
        pause_spans_ms=pauses,
        cut_off=cut_off,
        cut_off_heard=any(begin <= at < end for at in line.audible_at),
        wait_ms=(answers()[0] - end) * 1000 if answers() else None,
        turn_end_ms=next(((at - end) * 1000 for at in ends if at >= end), None),
        judged=judged,
        partial_gaps_ms=gaps(partials, pauses),
    )


def gaps(partials: Sequence[float], pauses: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """Times between partial transcripts (ms, of speech that ends at 0) without a pause or the end in between."""
    return tuple(
        round(later - earlier, 1)
        for earlier, later in pairwise(partials)
        if later <= 0 and not any(earlier <= end and begin <= later for begin, end in pauses)
    )


def _from_end(utterance: Utterance, pause: Pause) -> tuple[float, float]:
    samples = len(utterance.pcm) // 2
    begin, end = ((at - samples) * 1000 / RATE for at in (pause.begin, pause.end))
    return round(begin, 1), round(end, 1)
