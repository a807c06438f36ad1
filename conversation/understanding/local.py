"""The ``Understanding`` protocol in this very process, for tests, benches and the command line.

A server uses the understanding actors instead; here the ranking runs on a thread so that no event loop waits for it.
"""

from __future__ import annotations

import asyncio

from conversation.providers import RankedTool
from conversation.understanding.ranker import IntentRanker


class InProcessUnderstanding:
    """Ranks by an IntentRanker of its own."""

    def __init__(self, ranker: IntentRanker) -> None:
        self._ranker = ranker

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        """The most likely tools, best first, at most five."""
        return await asyncio.to_thread(self._ranker.rank, text)
