"""All of a conversation that another process needs to go on with it after a turn, as one JSON object, and back.

What is said, done and asked; never audio, never a socket. Where checkpoints are kept is somebody else's part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from conversation.approvals import CheckpointRefused
from conversation.brain.state import DialogueState
from conversation.options import SessionOptions
from tools.envelope import Location

if TYPE_CHECKING:
    from conversation.assembly import Assembled

VERSION: Final = 1


def checkpoint(assembled: Assembled) -> dict[str, Any]:
    """The conversation as it is between two turns."""
    return {
        "version": VERSION,
        "session_id": assembled.spec.session_id,
        "options": asdict(assembled.options),
        "loop": assembled.loop.checkpoint(),
        "brain": assembled.brain.state.to_json(),
        "speaker": assembled.team.speaker,
        "tools_used": dict(assembled.tools_used),
        "completed_tasks": list(assembled.completed_tasks),
    }


def restore(assembled: Assembled, body: Mapping[str, Any]) -> None:
    """Let a conversation that has just been put together go on from a checkpoint of the same session.

    Raises CheckpointRefused for another session's, an unknown version, or what is none.
    """
    if body.get("version") != VERSION or body.get("session_id") != assembled.spec.session_id:
        raise CheckpointRefused("not a checkpoint of this session")
    try:
        options = dict(body["options"])
        place = options.pop("location")
        restored = SessionOptions(**options, location=Location(**place) if place else None)
        state = DialogueState.from_json(body["brain"])
        assembled.loop.restore(body["loop"])
        assembled.tools_used.update(body["tools_used"])
        assembled.completed_tasks.extend(body["completed_tasks"])
        assembled.team.speaker = body["speaker"]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointRefused("not a checkpoint of a conversation") from error
    assembled.brain.state = state
    assembled.options = restored
    assembled.apply_options()
    assembled.guard.remember(assembled.loop.history)
