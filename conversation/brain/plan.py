"""What a turn leads to, as the parts of the brain hand it to the dialogue. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field

from conversation.brain.state import Frame


@dataclass(slots=True)
class Plan:
    """Say ``text``, then go on with ``frames``.

    Attributes:
        text: What is said first.
        frames: Requests to run now, before what waits.
        offer: Requests that a yes to ``text`` would start.
        ask: A request and the parameter to ask for; ``text`` is the question.
        drops_rest: What waits is given up too.
    """

    text: str = ""
    frames: list[Frame] = field(default_factory=list[Frame])
    offer: list[Frame] = field(default_factory=list[Frame])
    ask: tuple[Frame, str] | None = None
    drops_rest: bool = False


@dataclass(slots=True)
class Step:
    """What to do next: say ``text`` and, when there is a ``call``, run it and come back with its result.

    ``passing`` marks small talk that "say that again" does not mean.
    """

    text: str = ""
    call: Frame | None = None
    passing: bool = False
