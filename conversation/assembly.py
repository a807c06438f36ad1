"""Puts a conversation together from its spec, the settings and the providers. Builds and wires; decides nothing.

The same assembly serves the Ray actor, the tests and the benches: they differ only in the providers they give.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.models.interface import Model
from pydantic import ValidationError

from business.delivery.announcer import Announcement
from business.entities.effects import OUTCOME_KIND
from config.settings import Settings
from conversation.agent_loop import AgentLoop
from conversation.answering import Answerer
from conversation.brain.greeting import greeting
from conversation.brain.limits import reply_limit
from conversation.brain.model import LocalBrain
from conversation.ears import Ears
from conversation.events import ServerEvent, error_event
from conversation.guardrails.guard import Guard
from conversation.listener import Listener
from conversation.loop_assembly import agent_loop
from conversation.memory.keeper import Keeper
from conversation.memory.preferences import REMEMBER
from conversation.mouth import Mouth
from conversation.option_changes import ConfigChanges
from conversation.options import OptionRefused, SessionOptions, capabilities_of, merge_options
from conversation.providers import Recogniser, ToolClient, Understanding, Voice
from conversation.realtime.access import RealtimeAccess
from conversation.realtime.hearing import SharedHearing
from conversation.second_look import SecondLookRecogniser, SecondRecogniser
from conversation.session import Conversation, Lifetimes
from conversation.spec import SessionSpec
from conversation.speculation import when_committed
from conversation.team.team import Team
from conversation.turn_machine import Completeness, TurnMachine
from conversation.turn_parameters import TurnParameters
from conversation.usage import Meter
from media.endpointing import BargeInDetector, Endpointer, ends_unfinished
from media.endpointing.strategies import turn_end_strategy
from media.endpointing.strategy import ExpectedAnswer, TurnEndStrategy
from media.engines.hibari import SPEEDS
from media.vad import FrameScorer, VoiceDetector
from tools.envelope import ToolCall, ToolErrorType, ToolResult
from tools.spec import Effect, ToolSpec


@dataclass(slots=True)
class Providers:
    """Where a conversation's ears, voice, mind and hands are.

    Attributes:
        model: A model other than the local brain (OpenAI), or None.
        second: A second recogniser for whole utterances, or None.
        choose_model: Has another model answer, by its name (None: the usual one).
        meter: Counts what is used of paid models.
        realtime: Where a speech-to-speech model is, or None.
        scorer: Speech detector's network, shared by the process.
        catalogue: The tools on offer.
    """

    recogniser: Recogniser
    voice: Voice
    understanding: Understanding
    tools: ToolClient
    catalogue: Mapping[str, ToolSpec]
    scorer: FrameScorer
    model: Model | None = None
    second: SecondRecogniser | None = None
    realtime: RealtimeAccess | None = None
    choose_model: Callable[[str | None], None] = lambda _name: None
    meter: Meter = field(default_factory=Meter)


@dataclass(slots=True)
class Assembled:
    """A conversation with the parts its carrier reports on."""

    spec: SessionSpec
    conversation: Conversation
    loop: AgentLoop
    options: SessionOptions
    settings: Settings
    answerer: Answerer
    brain: LocalBrain
    team: Team
    guard: Guard
    providers: Providers
    keeper: Keeper | None = None
    on_remember: Callable[[Mapping[str, Any]], None] | None = None
    tools_used: dict[str, int] = field(default_factory=dict[str, int])
    turns_of_calls: dict[str, int] = field(default_factory=dict[str, int])
    unsettled: dict[str, str] = field(default_factory=dict[str, str])
    completed_tasks: list[str] = field(default_factory=list[str])

    # --- LoopObserver

    def tool_started(self, call_id: str, call: ToolCall) -> None:
        """Tell the client and count."""
        when_committed(lambda: self._count(call.name))
        self.turns_of_calls[call_id] = self.loop.turn_number
        self.conversation.floor.changes = self.loop.catalogue[call.name].effect is Effect.WRITE
        self.conversation.machine.tool_started()
        data = {"call_id": call_id, "name": call.name, "arguments": call.arguments}
        self.conversation.send(ServerEvent("tool_call", data))

    def _count(self, name: str) -> None:
        self.tools_used[name] = self.tools_used.get(name, 0) + 1

    def tool_progress(self, call_id: str, call: ToolCall, ms: float) -> None:
        """Tell the client that it is being worked on."""
        data = {"call_id": call_id, "name": call.name, "elapsed_ms": round(ms)}
        self.conversation.send(ServerEvent("tool_progress", data))

    def tool_finished(self, call_id: str, call: ToolCall, result: ToolResult, ms: float) -> None:
        """Tell the client; the time belongs to the turn's trace. A write that nobody waits for is told later."""
        self.conversation.floor.changes = None
        self.conversation.machine.tools_finished()
        self._tell_later(call, result, self.turns_of_calls.pop(call_id, call.turn))
        if self.answerer.current is not None and self.answerer.current.trace.first_sentence is None:
            self.answerer.current.trace.tool_ms += ms
        if result.ok and self.loop.catalogue[call.name].effect is Effect.WRITE:
            self.completed_tasks.append(result.summary)
            del self.completed_tasks[:-50]
        data: dict[str, Any] = {
            "call_id": call_id,
            "name": call.name,
            "ok": result.ok,
            "summary": result.summary,
            "elapsed_ms": round(ms),
        }
        if result.error is not None:
            data["error"] = str(result.error.type)
            if result.error.unsettled:
                self.unsettled[call.key] = call_id
        self.conversation.send(ServerEvent("tool_result", data))

    def _tell_later(self, call: ToolCall, result: ToolResult, turn: int) -> None:
        """What came of a write that ran for ``turn``, if the user has ended that turn by speaking.

        A confirmed call runs for the turn of the yes, though it keeps the number of the turn that asked.
        """
        asks = result.error is not None and result.error.type is ToolErrorType.NEEDS_CONFIRMATION
        writes = self.loop.catalogue[call.name].effect is Effect.WRITE
        if not writes or asks or self.answerer.answers_turn(turn):
            return
        who = call.caller
        told = Announcement(call.key, who.business_id, who.user_id, OUTCOME_KIND, result.summary)
        self.conversation.announce_later(told)

    def late_result(self, call: ToolCall, result: ToolResult) -> None:
        """A write that had got no answer in time was done after all, or refused."""
        if result.ok:
            self.completed_tasks.append(result.summary)
            del self.completed_tasks[:-50]
        call_id = self.unsettled.pop(call.key, "")
        data = {
            "call_id": call_id,
            "name": call.name,
            "ok": result.ok,
            "summary": result.summary,
            "late": True,
        }
        self.conversation.send(ServerEvent("tool_result", data))

    # --- agents

    def hears(self, text: str) -> str:
        """The user's words begin a turn; gives them as a model may have them."""
        self.brain.begin_turn()
        return self.guard.user_said(text)

    def handed_over(self, source: str, target: str) -> None:
        """One agent handed over to another: tell the client who speaks."""
        self.team.handed_over(source, target)
        self.conversation.send(ServerEvent("handoff", {"from": source, "to": target}))

    def withdraw_turn(self) -> None:
        """The last user turn is taken back."""
        self.brain.withdraw_turn()
        self.team.withdraw_turn()

    def turn_finished(self) -> None:
        """Let the model note down what is long ago, beside the conversation."""
        if self.keeper is not None and self.keeper.is_due:
            self.conversation.spawn(self.keeper.keep())

    # --- options

    def configure(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Apply option changes (fields of ``SessionOptions``); ``remember`` in them are wishes to keep.

        Raises OptionRefused; then nothing is applied.
        """
        wishes: Mapping[str, Any] = changes.get(REMEMBER) or {}
        changes = {name: value for name, value in changes.items() if name != REMEMBER}
        if wishes and self.on_remember is None:
            raise OptionRefused("unsupported_option", REMEMBER, "Nothing can be remembered here.", ("false",))
        capabilities = capabilities_of(self.settings)
        self.options, warnings = merge_options(self.options, changes, capabilities)
        self.apply_options()
        if wishes and self.on_remember is not None:
            self.on_remember(wishes)
        applied = {name: getattr(self.options, name) for name in changes}
        return {
            "options": applied,
            "warnings": [
                {"code": each.code, "option": each.option, "message": each.message} for each in warnings
            ],
            "remembered": sorted(wishes),
        }

    def apply_options(self) -> None:
        """Make the options hold from now on."""
        options = self.options
        mouth = self.conversation.mouth
        mouth.voice_name, mouth.speed = options.voice, SPEEDS[options.voice_speed]
        self.answerer.word_limit = reply_limit(options.is_driving, options.safety_mode)
        self.providers.choose_model(options.model)
        self.brain.is_driving, self.brain.safety_mode = options.is_driving, options.safety_mode
        ears = self.conversation.listener.ears
        ears.configure(noise_suppression=options.enable_noise_cancellation)
        self.conversation.lifetimes = _lifetimes(self.settings, options)
        where = options.location.address if options.location is not None else None
        self.guard.facts.learn_text(
            f"{where or ''} {options.instructions or ''} {options.greeting_name or ''}"
        )

    def configure_from_wire(self, changes: dict[str, Any]) -> ServerEvent:
        """A client's ``config_update``: what was applied, or a coded error."""
        try:
            parsed = ConfigChanges.model_validate(changes).with_wishes()
        except ValidationError as error:
            fields = [".".join(map(str, each["loc"])) for each in error.errors()]
            return error_event("invalid_option", "An option has a value that is not allowed.", fields=fields)
        if "agent_type" in parsed and parsed["agent_type"] == self.options.agent_type:
            del parsed["agent_type"]
        try:
            return ServerEvent("config_updated", self.configure(parsed))
        except OptionRefused as error:
            return error_event(error.code, error.message, option=error.option, allowed=list(error.allowed))


def assemble(
    spec: SessionSpec,
    settings: Settings,
    providers: Providers,
    *,
    epoch: int = 1,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Assembled:
    """A conversation ready to ``run``; ``clock`` tells the aware time of day."""
    zone = ZoneInfo(spec.timezone)

    def now() -> datetime:
        return clock().astimezone(zone)

    brain = LocalBrain(providers.understanding, clock=now, timezone=zone)
    machine = TurnMachine(_parameters(settings, spec.options), _turn_end(settings))
    detector = VoiceDetector(providers.scorer)
    ears = Ears(detector, Endpointer(), BargeInDetector(), rate=settings.audio_sample_rate)
    recogniser = SecondLookRecogniser(providers.recogniser, providers.second)
    recogniser.asked = lambda: brain.state.said
    hearing = SharedHearing(recogniser) if providers.realtime is not None else None
    listener = Listener(ears, hearing or recogniser, _judge(brain), machine, lambda: _expected(assembled))
    recogniser.on_first = listener.first_heard
    welcome = greeting(now(), spec.user_name, spec.business_name, spec.options.is_driving)
    conversation = Conversation(
        spec.session_id,
        listener=listener,
        lifetimes=_lifetimes(settings, spec.options),
        greeting=welcome,
        on_config=lambda changes: assembled.configure_from_wire(changes),
    )

    def emit(item_id: str, pcm: bytes) -> None:
        conversation.emit_audio(item_id, pcm)
        ears.reference(pcm, mouth.rate, _monotonic())

    rate, chunk = settings.audio_sample_rate, settings.audio_chunk_size
    mouth = Mouth(providers.voice, emit, rate=rate, frame_bytes=chunk)
    guard = _guard(spec, providers, now, welcome)
    team = Team(spec, lambda: assembled.options, brain, providers.model, now)
    loop = agent_loop(providers, team, guard, lambda: assembled, hearing, epoch)
    answerer = Answerer(loop, mouth, conversation.send, conversation.audible, _monotonic)
    answerer.screen = guard.screen
    answerer.parts_left = lambda: brain.parts_left
    listener.on_heard, conversation.floor.in_doubt = brain.hearings.note, brain.hearings.in_doubt
    conversation.equip(mouth, answerer)
    made = spec, conversation, loop, spec.options, settings, answerer, brain, team, guard, providers
    assembled = Assembled(*made)
    if providers.model is not None:
        assembled.keeper, conversation.requests.instructable = Keeper(loop.history, providers.model), True
    assembled.apply_options()
    return assembled


def _guard(spec: SessionSpec, providers: Providers, now: Callable[[], datetime], welcome: str) -> Guard:
    # Only a language model could take what a record says for an order.
    asked = providers.understanding if providers.model else None
    guard = Guard(ZoneInfo(spec.timezone), now, providers.catalogue, asked)
    guard.facts.learn_text(f"{welcome} {spec.business_name} {spec.user_name or ''}")
    return guard


def _judge(brain: LocalBrain) -> Callable[[str], Awaitable[Completeness]]:
    """Completeness by the dialogue state, but never complete where the last word cannot be the last."""

    async def judge(text: str) -> Completeness:
        # A recogniser closes many a whole request with a comma, so only the words are evidence.
        if ends_unfinished(text.rstrip(" ,")):
            return Completeness.INCOMPLETE
        return await brain.completeness(text)

    return judge


def _parameters(settings: Settings, options: SessionOptions) -> TurnParameters:
    return TurnParameters(
        eager_s=settings.eot_eager_ms / 1000,
        normal_s=settings.eot_normal_ms / 1000,
        patient_s=settings.eot_patient_ms / 1000,
        speculate=settings.speculates and not options.speech_to_speech,
    )


def _turn_end(settings: Settings) -> TurnEndStrategy:
    silences = (settings.eot_eager_ms, settings.eot_normal_ms, settings.eot_patient_ms)
    return turn_end_strategy(settings.turn_end, *(each / 1000 for each in silences))


def _expected(assembled: Assembled) -> ExpectedAnswer:
    """What the assistant has asked for: a yes or no to a read-back or an offer, a value, or nothing."""
    state = assembled.brain.state
    if assembled.loop.pending_confirmation is not None or state.offer:
        return ExpectedAnswer.YES_NO
    return ExpectedAnswer.NOTHING if state.frame is None else ExpectedAnswer.VALUE


def _lifetimes(settings: Settings, options: SessionOptions) -> Lifetimes:
    return Lifetimes(
        settings.grace_s, settings.idle_timeout_s, min(options.max_duration_s, settings.max_duration_s)
    )


def _monotonic() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return time.monotonic()
