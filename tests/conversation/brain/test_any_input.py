"""Whatever is heard and whatever a tool answers, the dialogue goes on: no exception, bounded state, JSON both ways."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from conversation.brain.dialogue import Dialogue
from conversation.brain.frames import FRAMES
from conversation.brain.reading import Context, Reading
from conversation.brain.results import read_outcome
from conversation.brain.slots import fill
from conversation.brain.state import MAX_QUEUE, MAX_SUSPENDED, DialogueState
from conversation.providers import RankedTool
from tools.envelope import ToolErrorType
from tools.spoken.words import vocabulary

ZONE = ZoneInfo("America/Chicago")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
WORDS = sorted(
    vocabulary(
        "move book bill the a job it that one her second first Maria Smith's and then for to at on "
        "Friday nine two hundred "
        "$300 70 percent due in 30 days no yes make actually cancel never mind what about who owes "
        "remind me, . ? quote "
        "estimate invoice done hold because"
    )
)
SPEECH = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=16).map(" ".join))
RANKS = st.lists(st.sampled_from([None, *FRAMES]), min_size=1, max_size=5, unique=True).flatmap(
    lambda tools: st.tuples(*[st.tuples(st.just(tool), st.floats(0, 1)) for tool in tools])
)
RESULTS = st.one_of(
    st.just("Tool execution was not approved."),
    st.text(max_size=20),
    st.fixed_dictionaries(
        {"ok": st.booleans(), "summary": st.text(max_size=20)},
        optional={
            "focus": st.dictionaries(
                st.sampled_from(["job", "contact", "contact_label", "job_list"]), st.text(max_size=8)
            ),
            "error": st.fixed_dictionaries(
                {"type": st.sampled_from([kind.value for kind in ToolErrorType])},
                optional={
                    "field": st.sampled_from(["contact", "amount", "nothing"]),
                    "candidates": st.lists(st.text(max_size=5)),
                },
            ),
        },
    ).map(json.dumps),
)


class Ranks:
    """An understanding that answers with what it was given last."""

    ranked: tuple[RankedTool, ...] = ()

    async def rank(self, text: str) -> tuple[RankedTool, ...]:
        return self.ranked


@given(st.lists(st.tuples(SPEECH, RANKS, RESULTS), min_size=1, max_size=8), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_dialogue_survives_anything(turns, driving):
    ranks = Ranks()
    dialogue = Dialogue(DialogueState(), ranks, lambda: NOW, ZONE)
    dialogue.is_driving = driving

    async def converse() -> None:
        for text, ranked, result in turns:
            ranks.ranked = tuple(sorted((RankedTool(*pair) for pair in ranked), key=lambda r: -r.score))
            step = await dialogue.user_turn(text, frozenset(FRAMES))
            for _ in range(MAX_QUEUE + MAX_SUSPENDED + 2):
                if step.call is None:
                    break
                assert not FRAMES[step.call.tool].missing(step.call.slots)
                dialogue.state.running = step.call
                step = dialogue.tool_result(read_outcome(result), frozenset(FRAMES))
            assert step.call is None, "one user turn leads to a bounded number of calls"
            assert step.text
            assert DialogueState.from_json(dialogue.state.to_json()) == dialogue.state

    asyncio.run(converse())


@given(SPEECH, st.sampled_from(sorted(FRAMES)))
@settings(max_examples=400, deadline=None)
def test_slots_are_only_known_parameters_with_values(text, tool):
    filled = fill(
        tool, Reading(text, Context(NOW, ZONE, {"job": "j", "contact": "c", "job_list": "a,b"}, "job"))
    )
    assert set(filled) <= {slot.name for slot in FRAMES[tool].slots}
    assert all(filled.values())
