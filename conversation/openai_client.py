"""The client of OpenAI's package, without its search of every request for what would have to be rewritten.

Before it sends a request the package walks through all of it with the types of its parameters, to rename fields
and to encode files. What the Agents SDK gives it is finished JSON: nothing is ever changed, and with 26 tools that
walk was two fifths of all the processor time of a conversation (``bench/load``). The big parts are handed over as
extra JSON here, which the package sends as it is.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import httpx2
from openai import AsyncOpenAI, Omit
from openai.resources.chat import AsyncChat, AsyncCompletions
from openai.resources.responses import AsyncResponses


@lru_cache(maxsize=1)
def tls() -> ssl.SSLContext:
    """The process's one TLS context: its certificates are two megabytes, and are read before a fork."""
    return httpx2.create_ssl_context()


def _finished(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """``options`` with those that are finished JSON moved to the extra body, where one of the caller's own wins."""
    given = {name: options[name] for name in names if name in options and not isinstance(options[name], Omit)}
    extra: Mapping[str, Any] = options.get("extra_body") or {}
    rest = {name: value for name, value in options.items() if name not in given}
    return {**rest, "extra_body": {**given, **extra}}


class _Responses(AsyncResponses):
    async def create(self, **options: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As ``AsyncResponses.create``; ``input`` and ``tools`` are JSON."""
        create: Any = super().create
        return await create(**_finished(options, "input", "tools"))


class _Completions(AsyncCompletions):
    async def create(self, **options: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As ``AsyncCompletions.create``; ``messages`` and ``tools`` are JSON."""
        create: Any = super().create
        # The package insists on messages; those of the extra body are sent.
        return await create(**{"messages": (), **_finished(options, "messages", "tools")})


class _Chat(AsyncChat):
    @cached_property
    def completions(self) -> AsyncCompletions:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As ``AsyncChat.completions``."""
        return _Completions(self._client)


class LeanOpenAI(AsyncOpenAI):
    """``AsyncOpenAI`` for requests whose messages and tools are JSON already, as those of the Agents SDK are."""

    @cached_property
    def responses(self) -> AsyncResponses:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As ``AsyncOpenAI.responses``."""
        return _Responses(self)

    @cached_property
    def chat(self) -> AsyncChat:  # pyright: ignore[reportIncompatibleMethodOverride]
        """As ``AsyncOpenAI.chat``."""
        return _Chat(self)
