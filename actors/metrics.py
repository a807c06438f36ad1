"""What is counted on Ray's metrics endpoint: tool calls, what the guardrails held back, what OpenAI did not answer.

Ray's agent on each node serves the figures to Prometheus; here they are only counted. Labels come from closed lists,
so that no text of a user, no tenant and no id can ever become one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable

from ray.util.metrics import Counter, Gauge, Histogram

from config.prices import Prices
from conversation.fallback.breaker import State
from conversation.fallback.circuits import Circuit, Part
from conversation.guardrails.guard import KINDS
from conversation.spending import Budget
from conversation.usage import Amounts
from tools.catalogue import TOOLS
from tools.envelope import ToolCall, ToolResult

#: Upper bounds of the histogram, seconds: from a read to the longest time-out of a tool.
SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]
_UNKNOWN = "unknown"
_STATES = (State.CLOSED, State.HALF_OPEN, State.OPEN)


class ToolMetrics:
    """Counts the calls of one tool actor.

    ``hero365_tool_calls`` by ``tool`` and ``outcome``: ``ok``, ``replayed`` (a stored result), a tool error's type
    such as ``needs_confirmation``, ``busy`` (refused, nothing done), ``cancelled`` or ``failed``.
    ``hero365_tool_seconds`` by ``tool``; ``hero365_tool_outstanding`` by ``member``, the actor's process.
    """

    def __init__(self) -> None:
        self._calls = Counter(
            "hero365_tool_calls", "Tool calls by tool and outcome.", tag_keys=("tool", "outcome")
        )
        self._seconds = Histogram(
            "hero365_tool_seconds", "Seconds of a tool call.", boundaries=SECONDS, tag_keys=("tool",)
        )
        self._outstanding = Gauge(
            "hero365_tool_outstanding", "Tool calls in progress in a tool actor.", tag_keys=("member",)
        )
        self._outstanding.set_default_tags({"member": str(os.getpid())})

    def busy(self, call: ToolCall) -> None:
        """Count a call that found no slot."""
        self._calls.inc(1, {"tool": _label(call.name), "outcome": "busy"})

    async def measured(
        self,
        call: ToolCall,
        run: Callable[[ToolCall], Awaitable[ToolResult]],
        outstanding: Callable[[], int],
    ) -> ToolResult:
        """Run a call and count it. Raises what ``run`` raises.

        Args:
            call: The call.
            run: Runs it.
            outstanding: Calls in progress, this one among them while it runs.
        """
        tool, outcome, began = _label(call.name), "cancelled", time.perf_counter()
        self._outstanding.set(outstanding())
        try:
            result = await run(call)
            outcome = _outcome(result)
            return result
        except Exception:
            outcome = "failed"
            raise
        finally:
            self._calls.inc(1, {"tool": tool, "outcome": outcome})
            self._seconds.observe(time.perf_counter() - began, {"tool": tool})
            self._outstanding.set(outstanding() - 1)


class _LateCounter:
    """A counter whose series begins with the first count, as most processes have none."""

    def __init__(self, name: str, about: str, *tags: str) -> None:
        self._named = (name, about, tags)
        self._counter: Counter | None = None

    def count(self, *values: str) -> None:
        """One more, with the values of the tags in their order."""
        name, about, tags = self._named
        if self._counter is None:
            self._counter = Counter(name, about, tag_keys=tags)
        self._counter.inc(1, dict(zip(tags, values, strict=True)))


class PoolMetrics:
    """Counts calls of pools that got no answer: ``hero365_pool_refusals`` by ``pool`` and ``reason``.

    Reasons: ``busy`` (every member's slots are full), ``late`` (no answer in time), ``gone`` (no member in reach).
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._refusals = _LateCounter(
            "hero365_pool_refusals", "Calls of pools without an answer.", "pool", "reason"
        )

    def refused(self, reason: str) -> None:
        """Count it."""
        self._refusals.count(self._kind, reason)


class PipeMetrics:
    """Counts the sockets that an ingress replica closed as they sent too much: ``hero365_pipe_closes`` by ``code``."""

    def __init__(self) -> None:
        self._closes = _LateCounter("hero365_pipe_closes", "Sockets closed as they sent too much.", "code")

    def closed(self, code: int) -> None:
        """Count it."""
        self._closes.count(str(code))


class GuardMetrics:
    """Counts what the guardrails of one session actor hold back: ``hero365_guardrail`` by ``kind``."""

    def __init__(self) -> None:
        self._held_back = _LateCounter("hero365_guardrail", "What the guardrails held back, by kind.", "kind")

    def held_back(self, kind: str) -> None:
        """Count it."""
        self._held_back.count(kind if kind in KINDS else _UNKNOWN)


class ProviderMetrics:
    """Counts what OpenAI does for one session actor, by ``part``: hearing, thinking, speaking.

    ``hero365_provider_requests`` also by ``outcome``: ``ok`` or a failure's kind. ``hero365_provider_fallbacks``:
    requests that an embedded engine took over. ``hero365_provider_circuit`` by ``member``, the actor's process: 0
    closed, 1 half open, 2 open.
    """

    def __init__(self) -> None:
        self._requests = Counter(
            "hero365_provider_requests",
            "Requests to OpenAI by part and outcome.",
            tag_keys=("part", "outcome"),
        )
        self._fallbacks = Counter(
            "hero365_provider_fallbacks", "Requests that an embedded engine took over.", tag_keys=("part",)
        )
        self._circuit = Gauge(
            "hero365_provider_circuit", "0 closed, 1 half open, 2 open.", tag_keys=("part", "member")
        )
        self._circuit.set_default_tags({"member": str(os.getpid())})

    def outcome(self, part: Part, outcome: str) -> None:
        """Count a request that came to an end."""
        self._requests.inc(1, {"part": part.value, "outcome": outcome})

    def stepped_in(self, part: Part) -> None:
        """Count a request that an embedded engine took over."""
        self._fallbacks.inc(1, {"part": part.value})

    def state(self, circuit: Circuit) -> None:
        """Note where a circuit stands."""
        self._circuit.set(_STATES.index(circuit.state), {"part": circuit.part.value})


class UsageMetrics:
    """Counts what one session actor uses of paid models.

    ``hero365_usage_tokens`` by ``kind`` (input, cached, output, audio_input, audio_output),
    ``hero365_usage_audio_seconds`` by ``kind`` (heard, spoken), ``hero365_usage_usd``: their list price.
    ``hero365_budget`` by ``budget`` (session, business) and ``state`` (near: 80 %, spent).
    """

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._tokens = Counter("hero365_usage_tokens", "Tokens of paid models.", tag_keys=("kind",))
        self._audio = Counter(
            "hero365_usage_audio_seconds", "Audio that paid models heard and spoke.", tag_keys=("kind",)
        )
        self._usd = Counter("hero365_usage_usd", "List price of what was used, US dollars.")
        self._budget = Counter(
            "hero365_budget", "Budgets nearly or all used up.", tag_keys=("budget", "state")
        )

    def used(self, model: str, amounts: Amounts) -> None:
        """Count it."""
        for kind in ("input", "cached", "output", "audio_input", "audio_output"):
            if count := getattr(amounts, f"{kind}_tokens"):
                self._tokens.inc(count, {"kind": kind})
        for kind in ("heard", "spoken"):
            if ms := getattr(amounts, f"{kind}_ms"):
                self._audio.inc(ms / 1000, {"kind": kind})
        price = self._prices.of(model)
        if price is not None and (micro_usd := amounts.micro_usd(price)):
            self._usd.inc(micro_usd / 1_000_000)

    def budget(self, budget: Budget, state: str) -> None:
        """Count a budget that is ``near`` its end, or ``spent``."""
        self._budget.inc(1, {"budget": budget, "state": state})


def _label(name: str) -> str:
    """A tool's name as a label; what a model has made up is one label."""
    return name if name in TOOLS else _UNKNOWN


def _outcome(result: ToolResult) -> str:
    if result.error is not None:
        return result.error.type.value
    return "replayed" if result.replayed else "ok"
