"""The session actor: carries one conversation. Thin: claims, binds, serves its socket, reports, ends itself.

Single use. What a conversation is stands in ``conversation/``; what crosses the wire in ``protocols/``.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ray
from ray.actor import ActorHandle
from ray.exceptions import RayActorError
from redis.exceptions import RedisError

from actors.arrivals import report_arrival
from actors.circuits import SharedCircuits
from actors.directory import REFRESH_S, Directory
from actors.loop_lag import LoopLag
from actors.media_server import MediaServer, Socket
from actors.metrics import GuardMetrics
from actors.names import NAMESPACE, SESSION_POOL
from actors.pool import PoolClient
from actors.providers import PooledTools, PooledVoice
from actors.redis_client import redis_of
from actors.session_providers import session_providers
from actors.spending import session_spending
from actors.vitals import Vitals
from actors.within import within
from business.delivery.announcer import Announced, Announcement
from config.keys import ticket_key
from config.logs import setup_logging
from config.origins import origin_allowed
from config.settings import Settings
from conversation.assembly import Assembled, Providers, assemble
from conversation.budget import Limits
from conversation.events import ClientEvent, error_event
from conversation.fallback.openai import Guarded
from conversation.listener import EXPECTED_PHRASES
from conversation.name_book import name_book
from conversation.prepared_voice import PreparedVoice
from conversation.providers import EngineUnavailable
from conversation.session import Ending
from conversation.spec import SessionNotActive, SessionRecord, SessionSpec
from conversation.spending import Spending
from conversation.tickets import TicketRefused, Tickets
from conversation.warm_up import warm_up
from media.sentences import split_sentences
from media.silero import shared_model
from protocols.openai_realtime.door import OpenAIRealtimeDoor
from protocols.openai_realtime.facts import facts_of
from tools.envelope import Caller, ToolCall, ToolResult

log = logging.getLogger(__name__)

_EXIT_AFTER_S = 10.0
_REDIS_CONNECTIONS = 8


@ray.remote(num_cpus=0)
class SessionActor:
    """One conversation, from claim to end.

    Args:
        name: Its name in the cluster.
        settings: The server's settings.
        pools: The pool manager.
        delivery: The delivery actor.
        voice_rate: Sample rate of the embedded voice, Hz.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        pools: ActorHandle[Any],
        delivery: ActorHandle[Any],
        voice_rate: int,
    ) -> None:
        setup_logging(settings)
        self._name = name
        self._settings = settings
        self._pools = pools
        self._delivery = delivery
        self._scorer = shared_model()
        self._tickets = Tickets(ticket_key(settings), settings.ticket_ttl_s)
        self._redis = redis_of(settings, timeout_s=5.0, connections=_REDIS_CONNECTIONS)
        self._directory = Directory(self._redis)
        self._tools = PooledTools(PoolClient(pools, "tools"))
        self._voice = PreparedVoice(PooledVoice(PoolClient(pools, "voices"), voice_rate))
        self._assembled: Assembled | None = None
        self._record: SessionRecord | None = None
        self._run: asyncio.Task[None] | None = None
        self._learning: asyncio.Task[None] | None = None
        self._circuits: SharedCircuits | None = None
        self._spending: Spending | None = None
        self._guarded: Guarded | None = None
        self._telling: set[asyncio.Task[None]] = set()
        self._last_words: dict[str, Any] | None = None
        self._reports: set[asyncio.Task[None]] = set()
        limits = Limits(
            settings.audio_rate_factor,
            settings.audio_rate_window_s,
            float(settings.control_per_minute),
            longest_s=float(settings.websocket_timeout),
        )
        self._server = MediaServer(self._find, self._admit, limits, self._welcome)
        self._lag = LoopLag()
        self._vitals: Vitals | None = None
        # A cluster of one machine is nobody else's business.
        self._host = ray.util.get_node_ip_address() if settings.ray_address is not None else "127.0.0.1"
        self._port = 0

    async def prepare(self) -> int:
        """Listen; returns the port. The actor can be claimed after this."""
        await warm_up(openai=self._settings.openai_api if self._settings.openai_enabled else None)
        self._port = await self._server.start(self._host)
        return self._port

    async def bind(self, spec: SessionSpec) -> SessionRecord:
        """Begin the conversation of ``spec``. Once only."""
        if self._record is not None:
            raise RuntimeError("a session actor serves one session")
        if not spec.may_spend:
            self._settings = self._settings.without_openai()
        self._assembled = assemble(spec, self._settings, self._providers(spec))
        self._assembled.on_remember = self._remember
        self._assembled.guard.on_count = GuardMetrics().held_back
        self._vitals = Vitals("session", self._lag, self._server.counts, lambda: not self._last_words)
        self._assembled.conversation.answerer.on_answered = self._vitals.answered
        self._record = SessionRecord(
            session_id=spec.session_id,
            user_id=spec.user_id,
            business_id=spec.business_id,
            actor_name=self._name,
            host=self._host,
            port=self._port,
            epoch=1,
            state="active",
            created_at=spec.created_at,
        )
        if self._settings.openai_enabled:
            self._spending = session_spending(
                self._assembled, self._settings, self._tools, self._record.epoch
            )
        await self._directory.put(self._record)
        self._run = asyncio.create_task(self._live(self._assembled, self._record))
        self._learning = asyncio.create_task(self._get_ready(self._assembled))
        return self._record

    async def status(self) -> dict[str, Any]:
        """As ``SessionControl.status``."""
        return self._last_words["status"] if self._last_words else self._status()

    async def vitals(self) -> dict[str, Any]:
        """As ``Vitals.figures``; empty before a conversation."""
        return self._vitals.figures() if self._vitals is not None else {}

    async def stop(self) -> dict[str, Any]:
        """End the conversation; its summary."""
        if self._assembled is not None and self._run is not None:
            self._assembled.conversation.end("stopped", 1000)
            await asyncio.wait({self._run}, timeout=5.0)
        return self._last_words["summary"] if self._last_words else self._summary()

    async def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change options. Raises SessionNotActive, OptionRefused."""
        if self._assembled is None or self._last_words is not None:
            raise SessionNotActive
        return self._assembled.configure(changes)

    async def announce(self, announcement: Announcement) -> Announced:
        """Say it when nobody speaks; absent when this is not the user's conversation, or no more."""
        assembled = self._assembled
        if assembled is None or self._last_words is not None:
            return Announced.ABSENT
        spec = assembled.spec
        if (spec.user_id, spec.business_id) != (announcement.user_id, announcement.business_id):
            return Announced.ABSENT
        return await assembled.conversation.announcements.announce(announcement)

    # --- life

    async def _live(self, assembled: Assembled, record: SessionRecord) -> None:
        parts = (self._lag, self._vitals, self._circuits, self._spending)
        beside = [self._refresh(record), *(part.run() for part in parts if part is not None)]
        tasks = [asyncio.create_task(each) for each in beside]
        ending = Ending("fault", 4000)
        try:
            ending = await assembled.conversation.run()
        except Exception:
            log.exception("conversation %s failed", record.session_id)
        finally:
            for task in tasks:
                task.cancel()
            self._last_words = {
                "status": self._status(ending),
                "summary": self._summary(),
                "reason": ending.reason,
            }
            await self._leave(record)

    async def _get_ready(self, assembled: Assembled) -> None:
        """Have the first words at hand, then learn which names to expect; a conversation goes on without either."""
        mouth = assembled.conversation.mouth
        for hello in split_sentences(assembled.conversation.greeting)[:1]:
            await self._voice.prepare(hello, voice=mouth.voice_name, speed=mouth.speed)
        spec = assembled.spec
        caller = Caller(business_id=spec.business_id, user_id=spec.user_id, session_id=spec.session_id)
        try:
            names = await self._tools.vocabulary(caller)
            await asyncio.to_thread(name_book, names)  # made once, here, rather than when the user has spoken
            assembled.conversation.listener.hints = (*names, *EXPECTED_PHRASES)
        except EngineUnavailable as error:
            log.warning("session %s hears without names: %s", spec.session_id, error)

    async def _leave(self, record: SessionRecord) -> None:
        """Write the last words, give the slot back, be gone, whatever of that is possible."""
        asyncio.get_running_loop().call_later(_EXIT_AFTER_S, os._exit, 0)
        try:
            await self._directory.end(record, self._last_words or {})
        except RedisError:
            log.warning("the end of session %s could not be written", record.session_id)
        if self._spending is not None and not await self._spending.write():
            log.error("usage of session %s was not written: %s", record.session_id, self._usage())
        self._server.close()
        try:
            pool = ray.get_actor(SESSION_POOL, NAMESPACE)
            await within(5.0, pool.released.remote(self._name))
        except (ValueError, RayActorError, TimeoutError):
            log.warning("the session pool is not there to take session %s back", record.session_id)
        if self._guarded is not None:
            await self._guarded.close()

    async def _refresh(self, record: SessionRecord) -> None:
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                state = "active" if self._assembled and self._assembled.conversation.attached else "detached"
                await self._directory.put(replace(record, state=state))
            except RedisError:
                log.warning("the directory cannot be reached")

    def _providers(self, spec: SessionSpec) -> Providers:
        made = session_providers(spec, self._settings, self._redis, self._pools, self._tools, self._voice)
        made.tools.on_late = self._tell_late
        self._circuits, self._guarded, self._voice = made.circuits, made.guarded, made.voice
        return made.providers

    def _remember(self, wishes: Mapping[str, Any]) -> None:
        task = asyncio.create_task(self._keep(wishes))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _keep(self, wishes: Mapping[str, Any]) -> None:
        """Wishes are kept beside the conversation; the client is told when that failed."""
        assembled = self._assembled
        if assembled is None:
            return
        spec = assembled.spec
        caller = Caller(business_id=spec.business_id, user_id=spec.user_id, session_id=spec.session_id)
        try:
            kept = await self._tools.remember(caller, wishes)
        except EngineUnavailable as error:
            log.warning("wishes of session %s are not kept: %s", spec.session_id, error)
            kept = False
        if not kept:
            message = "This holds now, but it could not be remembered."
            assembled.conversation.send(error_event("not_remembered", message, options=sorted(wishes)))

    def _tell_late(self, call: ToolCall, result: ToolResult) -> None:
        if self._assembled is not None:
            self._assembled.late_result(call, result)
            task = asyncio.create_task(self._tell_outcome(call, result))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell_outcome(self, call: ToolCall, result: ToolResult) -> None:
        """Through the outbox: it is said in this conversation, or in the next one if this one ends first."""
        try:
            await self._tools.tell_outcome(call, result)
        except EngineUnavailable as error:
            log.warning("what became of %s is not told: %s", call.key, error)

    # --- sockets

    def _find(self, session_id: str) -> _Served | None:
        if self._assembled is None or self._record is None or self._record.session_id != session_id:
            return None
        return _Served(self._assembled, self._arrived)

    def _welcome(self, origin: str | None, host: str | None) -> bool:
        return origin_allowed(origin, host, self._settings)

    async def _admit(self, session_id: str, ticket: str | None) -> tuple[int, str]:
        if self._record is None or self._record.session_id != session_id or self._last_words is not None:
            return 4004, "no such session here"
        try:
            verified = self._tickets.verify(ticket, session_id)
            if verified.user_id != self._record.user_id or verified.business_id != self._record.business_id:
                return 1008, "ticket_invalid"
            # Used up here too, apart from the ingress: the port must not let a ticket in twice by itself.
            fresh = await self._redis.set(f"h365:ticket:{verified.jti}", "used", nx=True, ex=3600)
            if not fresh:
                return 1008, "ticket_reused"
        except TicketRefused as error:
            return 1008, error.code
        except RedisError:
            return 1013, "tickets cannot be checked now"
        return 0, ""

    # --- reports

    def _status(self, ending: Ending | None = None) -> dict[str, Any]:
        assembled = self._assembled
        if assembled is None:
            return {"is_active": False, "connection_status": "unclaimed"}
        conversation, history = assembled.conversation, assembled.loop.history
        last = history.turns[-1] if history.turns else None
        return {
            "agent_type": assembled.options.agent_type,
            "is_active": ending is None,
            "connection_status": "ended" if ending else "connected" if conversation.attached else "detached",
            "duration": round(conversation.duration_s, 3),
            "message_count": conversation.messages,
            "tools_used": dict(assembled.tools_used),
            "usage": self._usage(),
            "current_context": {
                "focus": dict(assembled.brain.focus),
                "speaker": assembled.team.speaker,
                "guardrails": dict(assembled.guard.counts),
                "pending_confirmation": assembled.loop.pending_confirmation,
                "last_exchange": {"user": last.user, "assistant": last.assistant} if last else None,
            },
        }

    def _arrived(self) -> None:
        """A client has attached: what waits for the user may be told now."""
        if self._record is None:
            return
        business_id, user_id = self._record.business_id, self._record.user_id
        report = asyncio.create_task(report_arrival(self._delivery, business_id, user_id))
        self._reports.add(report)
        report.add_done_callback(self._reports.discard)

    def _usage(self) -> dict[str, Any]:
        return self._assembled.providers.meter.shown() if self._assembled is not None else {}

    def _summary(self) -> dict[str, Any]:
        assembled = self._assembled
        if assembled is None:
            return {}
        return {
            "duration": round(assembled.conversation.duration_s, 3),
            "total_messages": assembled.conversation.messages,
            "tools_used": dict(assembled.tools_used),
            "usage": self._usage(),
            "completed_tasks": list(assembled.completed_tasks),
            "audio_duration": round(assembled.conversation.listener.ears.received_s, 3),
        }


class _Served:
    """The conversation as the media server sees it."""

    def __init__(self, assembled: Assembled, on_attached: Callable[[], None]) -> None:
        self._assembled = assembled
        self._conversation = assembled.conversation
        self._spec = assembled.spec
        self._on_attached = on_attached
        self.session_id = assembled.conversation.session_id

    def receive(self, event: ClientEvent) -> None:
        self._conversation.receive(event)

    def attach(self, sink: Socket) -> None:
        self._conversation.attach(sink)
        self._on_attached()

    def detach(self, sink: Socket) -> None:
        self._conversation.detach(sink)

    def input_rate(self) -> int:
        return self._conversation.listener.ears.rate

    def realtime_door(self, model: str | None, *, buffer_events: bool) -> OpenAIRealtimeDoor:
        facts = facts_of(self._spec, self._assembled.settings, model)
        return OpenAIRealtimeDoor(facts, buffer_events=buffer_events)
