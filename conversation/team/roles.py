"""Who is in the team and which tools are whose. Data only."""

from __future__ import annotations

from typing import Final

from tools.catalogue import TOOLS
from tools.spec import Topic

PERSONAL: Final = "hero365"
ORCHESTRATOR: Final = "orchestrator"
HANDOFF_PREFIX: Final = "transfer_to_"
#: A question for everybody, asked of the orchestrator, goes to who looks after the day.
_GENERAL_OWNER: Final = Topic.JOB

SPECIALISTS: Final[dict[Topic, str]] = {
    topic: f"{topic.value}_specialist" for topic in Topic if topic is not Topic.GENERAL
}


def owner_of(tool: str) -> str:
    """The agent that a tool is handed over to; the orchestrator for a tool that nobody has."""
    spec = TOOLS.get(tool)
    if spec is None:
        return ORCHESTRATOR
    return SPECIALISTS[_GENERAL_OWNER if spec.topic is Topic.GENERAL else spec.topic]


def has_tool(topic: Topic, tool: str) -> bool:
    """Whether the specialist of ``topic`` has a tool: its own ones and the general ones."""
    spec = TOOLS.get(tool)
    return spec is not None and spec.topic in {topic, Topic.GENERAL}
