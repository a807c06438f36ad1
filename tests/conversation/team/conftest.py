from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conversation.understanding.local import InProcessUnderstanding
from conversation.understanding.ranker import IntentRanker
from media.engines.minilm import MiniLmEmbedder
from tests.support.team import TeamTalk


@pytest.fixture(scope="session")
def understanding() -> InProcessUnderstanding:
    return InProcessUnderstanding(IntentRanker(MiniLmEmbedder()))


@pytest.fixture
def new_team(understanding: InProcessUnderstanding) -> Callable[..., TeamTalk]:
    def make(**options: Any) -> TeamTalk:
        return TeamTalk(understanding, **options)

    return make
