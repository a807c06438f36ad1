"""What is counted on Ray's metrics endpoint: tool calls, their seconds and outcomes; what the guardrails held back.

Ray's agent on each node serves the figures to Prometheus; here they are only counted. Labels come from closed lists,
so that no text of a user, no tenant and no id can ever become one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable

from ray.util.metrics import Counter, Gauge, Histogram

from conversation.guardrails.guard import KINDS
from tools.catalogue import TOOLS
from tools.envelope import ToolCall, ToolResult

#: Upper bounds of the histogram, seconds: from a read to the longest time-out of a tool.
SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]
_UNKNOWN = "unknown"


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


class GuardMetrics:
    """Counts what the guardrails of one session actor hold back: ``hero365_guardrail`` by ``kind``."""

    def __init__(self) -> None:
        self._held_back: Counter | None = None

    def held_back(self, kind: str) -> None:
        """Count it. The series begins with the first, as most conversations have none."""
        if self._held_back is None:
            self._held_back = Counter(
                "hero365_guardrail", "What the guardrails held back, by kind.", tag_keys=("kind",)
            )
        self._held_back.inc(1, {"kind": kind if kind in KINDS else _UNKNOWN})


def _label(name: str) -> str:
    """A tool's name as a label; what a model has made up is one label."""
    return name if name in TOOLS else _UNKNOWN


def _outcome(result: ToolResult) -> str:
    if result.error is not None:
        return result.error.type.value
    return "replayed" if result.replayed else "ok"
