"""The guardrails of one conversation, put together: what comes in from tools and users, what goes out to the voice.

Stands between the agent loop and the tool client, and in front of the mouth. It decides nothing about turns; what it
holds back is logged (without the words) and counted.
"""

from __future__ import annotations

import logging
import re
from collections import Counter, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from conversation.guardrails.facts import Facts
from conversation.guardrails.injection import defused, without_markup
from conversation.guardrails.screen import HONEST, Flaw, flaw_of
from conversation.history import History
from conversation.providers import EngineUnavailable, ToolClient, Understanding
from tools.envelope import Caller, ToolCall, ToolError, ToolErrorType, ToolResult
from tools.spec import Effect, ToolSpec

log = logging.getLogger(__name__)

#: A reading of the user's words that is at least this likely counts as asked for.
ASKED_FOR: Final = 0.05
_TURNS_REMEMBERED: Final = 3
#: What can be held back: markup of a prompt in the user's words, instructions in a record, a write that only a record
#: asked for; and what a sentence to be said must not have.
KINDS: Final = ("markup", "injection", "unasked_write", *(str(flaw) for flaw in Flaw))
_NOT_ASKED: Final = "The user has not asked for this. Ask first, and do it only after a yes."
_CLAUSE: Final = re.compile(r"[,;.!?]+\s*|\s+(?:and|then|but|also)\s+", re.IGNORECASE)


class Guard:
    """Watches one conversation.

    Args:
        zone: The business time zone.
        now: The clock.
        catalogue: The tools, by name.
        asked: Understands the user's words, to check writes that follow on what tools returned; None when the model
            takes no orders from tool results (the local brain).

    Attributes:
        counts: How often something was held back, by kind (one of ``KINDS``).
        on_count: Called with the kind each time.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        now: Callable[[], datetime],
        catalogue: Mapping[str, ToolSpec],
        asked: Understanding | None,
    ) -> None:
        self.facts = Facts(zone)
        self.counts: Counter[str] = Counter()
        self.on_count: Callable[[str], None] = lambda _kind: None
        self._now = now
        self._catalogue = catalogue
        self._asked = asked
        self._user: deque[str] = deque(maxlen=_TURNS_REMEMBERED)
        self._before: tuple[str, ...] = ()
        self._learned: Facts | None = None  # from the latest turn
        self._answered_turn = 0
        self._replaced = False

    # --- in

    def user_said(self, text: str) -> str:
        """A turn of the user begins; his words, without markup that only a machine would send."""
        plain = without_markup(text)
        if plain != text:
            self._count("markup")
        self._before = tuple(self._user)
        self._user.append(plain)
        self._learned = self.facts.learn_request(plain, self._now())
        self._replaced = False
        return plain

    def user_meant(self, text: str) -> str:
        """The latest turn of the user was this, as it is known now; his words, without markup."""
        self.unsaid()
        return self.user_said(text)

    def unsaid(self) -> None:
        """The latest turn is taken back: its words were not all of them, or a guess at them."""
        if self._learned is not None:
            self.facts.forget(self._learned)
            self._user = deque(self._before, _TURNS_REMEMBERED)
            self._learned = None

    def returned(self, call: ToolCall, result: ToolResult) -> ToolResult:
        """A tool's result, safe for a model and a voice."""
        safe, had_instructions = defused(result, "\n".join(self._user).lower())
        if had_instructions:
            self._count("injection")
        self._answered_turn = call.turn
        self.facts.learn_result(safe)
        return safe

    async def allows(self, call: ToolCall) -> bool:
        """Whether a write may be made: not one that only the text of a record has asked for."""
        if self._asked is None or call.confirmation_id is not None or self._answered_turn != call.turn:
            return True
        spec = self._catalogue.get(call.name)
        if spec is None or spec.effect is not Effect.WRITE:
            return True
        if await self._was_asked_for(call.name, self._asked):
            return True
        self._count("unasked_write")
        return False

    async def _was_asked_for(self, tool: str, understanding: Understanding) -> bool:
        for text in reversed(self._user):
            for part in dict.fromkeys((text, *(_CLAUSE.split(text)))):
                if not part or not part.strip():
                    continue
                try:
                    ranked = await understanding.rank(part)
                except EngineUnavailable:
                    return False
                if any(reading.tool == tool and reading.score >= ASKED_FOR for reading in ranked):
                    return True
        return False

    # --- out

    def screen(self, sentence: str) -> str:
        """``sentence``, or what is honestly said instead; "" for a second replacement in the same answer."""
        flaw = flaw_of(sentence, self.facts)
        if flaw is None:
            return sentence
        self._count(flaw)
        replaced, self._replaced = self._replaced, True
        return "" if replaced else HONEST[flaw]

    def remember(self, history: History) -> None:
        """A conversation that was restored: what has been learned in it before."""
        self.facts.learn_text(history.summary)
        for turn in history.turns:
            self.facts.learn_text(turn.user)
            for item in turn.items:
                if item.get("type") == "function_call_output":
                    self._learn_output(str(item.get("output", "")))

    def _learn_output(self, output: str) -> None:
        try:
            self.facts.learn_result(ToolResult.from_json(output))
        except ValueError:
            log.warning("a result in the history cannot be read")

    def _count(self, kind: str | Flaw) -> None:
        self.counts[str(kind)] += 1
        self.on_count(str(kind))
        log.warning("guardrail: %s", kind)


class GuardedTools:
    """A tool client behind a guard."""

    def __init__(self, tools: ToolClient, guard: Guard) -> None:
        self._tools = tools
        self._guard = guard

    async def call(self, call: ToolCall) -> ToolResult:
        """Run one tool, if it was asked for; its result is safe to speak."""
        if not await self._guard.allows(call):
            error = ToolError(ToolErrorType.FORBIDDEN, _NOT_ASKED)
            return ToolResult(False, _NOT_ASKED, error=error)
        return self._guard.returned(call, await self._tools.call(call))

    async def reject(self, caller: Caller, confirmation_id: str) -> None:
        """The user said no to a question."""
        await self._tools.reject(caller, confirmation_id)
