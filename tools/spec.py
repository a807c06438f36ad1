"""The contract of a tool: what it is called, what it takes, what it may do and who may ask for it.

Contracts are data that every process can load; nothing here touches a database. What a tool does is in ``handlers``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from business.entities.memberships import Permission


class Effect(StrEnum):
    """Whether a tool changes anything."""

    READ = "read"
    WRITE = "write"


class Topic(StrEnum):
    """Which specialist agent a tool belongs to; general tools belong to all."""

    JOB = "job"
    PROJECT = "project"
    INVOICE = "invoice"
    ESTIMATE = "estimate"
    CONTACT = "contact"
    GENERAL = "general"


class Asks(StrEnum):
    """When a tool reads back and waits for a yes: never, depending on what it would do, or always."""

    NEVER = "never"
    SOMETIMES = "sometimes"
    ALWAYS = "always"


class Arguments(BaseModel):
    """Base of all argument models: no unknown fields, blanks around strings dropped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One tool of the catalogue.

    Attributes:
        name: Stable name.
        description: One line for a model.
        examples: What users say to mean it.
        topic: Its specialist.
        effect: read or write.
        asks: When it reads back before acting.
        permission: Needed before anything is looked up; None when every member may.
        arguments: Pydantic model of the arguments.
        timeout_s: After this long the caller is told that it took too long.
    """

    name: str
    description: str
    examples: tuple[str, ...]
    topic: Topic
    effect: Effect
    arguments: type[Arguments]
    permission: Permission | None = None
    asks: Asks = Asks.NEVER
    timeout_s: float = 5.0

    def json_schema(self) -> dict[str, Any]:
        """JSON schema of the arguments, as function-calling models take it."""
        schema = self.arguments.model_json_schema()
        schema.pop("title", None)
        schema.pop("description", None)
        for prop in schema.get("properties", {}).values():
            prop.pop("title", None)
        schema.setdefault("properties", {})
        return schema
