"""Tools that the client runs: offered to the model beside the server's, called over the wire, answered by the client.

Nobody knows what they change, so a turn that has called one is not taken back, and a prepared answer does not call one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from agents import FunctionTool
from agents.tool_context import ToolContext

from conversation.events import ClientTool, ServerEvent
from conversation.history import call_items
from conversation.tool_calls import ToolCalls

#: Seconds that a client has to answer a call.
ANSWER_WITHIN_S: Final = 60.0
_NO_ANSWER: Final = json.dumps({"error": "The client did not answer this call."})


async def _at_once() -> None:
    return None


class ClientTools:
    """The client's tools in one conversation.

    Args:
        calls: The running turn's calls: when it may change things, and where results belong.
        send: Takes events for the client.

    Attributes:
        called: Whether the running turn has called one.
        before_call: Awaited when a call is about to leave: what was said before it is to be heard before it.
    """

    def __init__(self, calls: ToolCalls, send: Callable[[ServerEvent], None]) -> None:
        self._calls = calls
        self._send = send
        self._offered: list[FunctionTool] = []
        self._open: dict[str, asyncio.Future[str]] = {}
        self._both: list[FunctionTool] = []
        self.called = False
        self.before_call: Callable[[], Awaitable[None]] = _at_once

    @property
    def waiting(self) -> bool:
        """Whether the client is running one."""
        return bool(self._open)

    def offer(self, tools: tuple[ClientTool, ...]) -> None:
        """These are the client's tools from now on; one with the name of a tool of the server's is not offered."""
        own = self._calls.catalogue
        self._offered = [self._function_tool(tool) for tool in tools if tool.name not in own]
        self._both = []

    def beside(self, tools: list[FunctionTool]) -> list[FunctionTool]:
        """``tools`` and the client's; the same list until the client offers others."""
        if not self._offered:
            return tools
        if not self._both:
            self._both = [*tools, *self._offered]
        return self._both

    def answered(self, call_id: str, output: str) -> None:
        """The client gives the output of a call; one that nobody waits for is forgotten."""
        future = self._open.get(call_id)
        if future is not None and not future.done():
            future.set_result(output)

    def _function_tool(self, tool: ClientTool) -> FunctionTool:
        async def invoke(context: ToolContext[Any], arguments: str) -> str:
            return await self._call(context.tool_call_id, tool.name, arguments)

        return FunctionTool(
            name=tool.name,
            description=tool.description,
            params_json_schema=tool.parameters,
            on_invoke_tool=invoke,
            strict_json_schema=False,
        )

    async def _call(self, call_id: str, name: str, arguments: str) -> str:
        await self._calls.committed.wait()
        turn = self._calls.turn
        self.called = True
        future = self._open[call_id] = asyncio.get_running_loop().create_future()
        output = _NO_ANSWER
        try:
            await self.before_call()
            data = {"call_id": call_id, "name": name, "arguments": arguments}
            self._send(ServerEvent("client_tool_call", data))
            async with asyncio.timeout(ANSWER_WITHIN_S):
                output = await future
        except TimeoutError:
            pass
        finally:
            del self._open[call_id]
            if turn is not None:
                turn.items += call_items(call_id, name, arguments, output)
        return output
