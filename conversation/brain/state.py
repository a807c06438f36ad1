"""What the local brain remembers of one conversation: small, explicit, JSON.

Only data. Deciding what a turn does with it is dialogue.py's part; nothing here reads a clock or an utterance.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Self

MAX_SUSPENDED: Final = 2
MAX_QUEUE: Final = 6
MAX_DONE: Final = 12


@dataclass(slots=True)
class Frame:
    """One request on its way to a tool call.

    Attributes:
        tool: Tool name as in the catalogue.
        slots: Parameter name → value as said.
        text: The utterance, or the part of it, that the request came from.
        asking: The parameter that was asked for last, None when nothing is open.
        tries: How often it was asked for without a usable answer.
        candidates: What the user was given to choose from.
        outcome: "" before the call, then "done", "failed" or "unconfirmed", and "refused" after a no.
        call_id: Id of the function call that was emitted for it.
        resumed: It was set aside and brought up again; nobody is asked a third time.
        part: A later part of a compound request: it is read again when its turn comes, as "her" and "it" may have got
            their meaning from an earlier part.
        label: How to say the thing that it is about when nothing else knows its id.
        turn: The turn in which it was done.
        ask_first: It may not run before the user has said yes to a question that names it.
        misheard: It was asked whether it is what he said.
        suggested: It was offered as a next step, without being asked for; nobody has to answer.
    """

    tool: str
    slots: dict[str, str] = field(default_factory=dict[str, str])
    text: str = ""
    asking: str | None = None
    tries: int = 0
    candidates: list[str] = field(default_factory=list[str])
    outcome: str = ""
    call_id: str | None = None
    resumed: bool = False
    part: bool = False
    ask_first: bool = False
    misheard: bool = False
    suggested: bool = False
    label: str = ""
    turn: int = 0

    @classmethod
    def from_dict(cls, body: dict[str, Any]) -> Self:
        """Build from ``asdict``; names that a newer version added or dropped do not matter."""
        return cls(**{f.name: body[f.name] for f in fields(cls) if f.name in body})

    def again(self) -> Frame:
        """A copy that can be filled and called anew."""
        return Frame(self.tool, dict(self.slots), self.text)


@dataclass(slots=True)
class DialogueState:
    """Everything the brain needs to go on with a conversation on another machine.

    Attributes:
        turn: User turns so far; also what varies the wording.
        calls: Function calls so far, for their ids.
        frame: The request that lacks something and was asked about.
        queue: What is left of a compound request.
        running: The request whose call is out and not answered.
        last: The request that was answered last.
        suspended: Requests set aside when the user turned to something else, newest last.
        offer: What a bare "yes" would start, in order.
        undo: The call that would take the last write back; None when no tool can.
        done_turn: The turn in which something was written last.
        options: What the last ambiguous reference could have meant: [label, id or ""] each.
        chosen: Label or id of the one that was taken of them.
        anchor: Start of the job spoken of last, ISO 8601 with offset, for "an hour before"; "" when unknown.
        done: The last writes that were done, for "the same as last time"; contacts as ids where they are known.
        focus: Meanings of "it" and "her": entity kind → id, ``<kind>_label`` → how to say it, ``<kind>_list`` → ids of
            the last list that was read out, separated by commas.
        topic: Kind of entity that the last result was about, so that "the second one" is one of those.
        said: The last answer, for "say that again".
        missed: The end of the request was not understood, and the user does not know yet.
    """

    turn: int = 0
    calls: int = 0
    frame: Frame | None = None
    queue: list[Frame] = field(default_factory=list[Frame])
    running: Frame | None = None
    last: Frame | None = None
    suspended: list[Frame] = field(default_factory=list[Frame])
    offer: list[Frame] = field(default_factory=list[Frame])
    undo: Frame | None = None
    done_turn: int = 0
    options: list[list[str]] = field(default_factory=list[list[str]])
    chosen: str = ""
    anchor: str = ""
    done: list[Frame] = field(default_factory=list[Frame])
    focus: dict[str, str] = field(default_factory=dict[str, str])
    topic: str = ""
    said: str = ""
    missed: bool = False

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what ``to_json`` wrote. Raises ValueError when it is no JSON object."""
        body: Any = json.loads(text)
        if not isinstance(body, dict):
            msg = "a dialogue state is a JSON object"
            raise ValueError(msg)
        known = {f.name: body[f.name] for f in fields(cls) if f.name in body}
        for name in ("frame", "running", "last", "undo"):
            if known.get(name) is not None:
                known[name] = Frame.from_dict(known[name])
        for name in ("queue", "suspended", "offer", "done"):
            found: Any = known.get(name) or []
            known[name] = [Frame.from_dict(item) for item in ([found] if isinstance(found, dict) else found)]
        return cls(**known)

    def suspend(self, frame: Frame) -> None:
        """Set ``frame`` aside, once; the oldest is forgotten when there are more than MAX_SUSPENDED."""
        if frame.resumed:
            return
        frame.resumed = True
        self.suspended = [*self.suspended, frame][-MAX_SUSPENDED:]

    def remember(self, focus: dict[str, str]) -> None:
        """Take over what a result was about; a new contact does not keep the label of the old one."""
        for key in focus:
            if not key.endswith(("_label", "_list")):
                self.focus.pop(f"{key}_label", None)
        self.focus.update(focus)
        # The tools name what they are about first: {"job": …, "contact": …} is about the job.
        self.topic = next(iter(focus), "").removesuffix("_list") or self.topic
