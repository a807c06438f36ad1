"""What a cooperative caller says to a question of the assistant that the script does not answer. Pure decisions.

He goes by what is proposed as data (tool and values), never by how it is put, and says yes only to what the scenario
wants. He plays nothing and judges nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from num2words import num2words

from bench.evals.checks import reply_faults
from bench.evals.schema import ExpectedChange, Matcher, Scenario, Step
from bench.evals.words import words_of
from bench.evals.world import Made
from conversation.brain.answers import Answer, classify_answer
from conversation.brain.frames import FRAMES, Kind

MOST_EXTRA: Final = 2
_LONG_WORDS: Final = 4
"""From so many words on, what he said was a request and no answer."""
_TOOLS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("create", "job"): ("create_job",),
    ("update", "job"): ("update_job_status", "reschedule_job"),
    ("create", "invoice"): ("create_invoice", "convert_estimate_to_invoice"),
    ("update", "invoice"): ("send_invoice_reminder",),
    ("create", "estimate"): ("create_estimate",),
    ("update", "estimate"): ("update_estimate_status", "convert_estimate_to_invoice"),
    ("update", "project"): ("update_project_progress",),
    ("create", "interaction"): ("add_contact_interaction",),
    ("create", "activity"): ("set_reminder", "schedule_follow_up"),
}
_SLOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "contact": ("contact",),
    "total": ("amount",),
    "title": ("title", "message"),
    "due_date": ("due_date",),
    "type": ("interaction_type",),
    "status": ("new_status", "status"),
    "progress_percent": ("progress_percentage",),
}
#: Of these less than was said is not enough: "order" is no reminder to order pipe.
_WHOLE: Final = frozenset({"title", "message"})
#: What has to be in the call if it is expected; a missing one is put right with some value of the assistant's own.
_NEEDED: Final = frozenset({"due_date"})
_ORDINALS: Final = {num2words(day, ordinal=True): num2words(day) for day in range(1, 32)}
#: Columns of a job that only one of the tools changes.
_ONLY: Final = {"status": "update_job_status", "scheduled_start": "reschedule_job"}
_TIMES: Final = frozenset({"today", "tomorrow", "noon", "midnight", "morning", "afternoon", "evening"})
_LOOSE: Final = frozenset(
    re.findall(r"\w+", "a an the of for to at on in by with it its him her them am pm dollars percent")
)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
#: Kinds whose values are the assistant's words and not the caller's.
_CODED: Final = frozenset({Kind.CHOICE, Kind.JOB_STATUS, Kind.ESTIMATE_STATUS})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A call that the assistant asks about, or is asking for a value of."""

    tool: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Situation:
    """Where the conversation stands when the assistant rests.

    Attributes:
        read_back: The call whose confirmation is waited for.
        offers: What the brain has asked a yes for.
        asked: The request of which a value is asked for, and ``asking`` the value; ``choice`` is what may be chosen.
        called: Tools were called since the step began.
        reply: What was said since, and ``read_backs`` of it.
    """

    read_back: Proposal | None = None
    offers: tuple[Proposal, ...] = ()
    asked: Proposal | None = None
    asking: str = ""
    choice: tuple[str, ...] = ()
    called: bool = False
    reply: str = ""
    read_backs: str = ""


@dataclass(frozen=True, slots=True)
class _Want:
    tools: tuple[str, ...]
    values: Mapping[str, Matcher]


class Caller:
    """The caller of one scenario. ``made`` grows while the conversation goes on."""

    def __init__(self, scenario: Scenario, made: Sequence[Made] = ()) -> None:
        self._made = made
        self._told: list[str] = []
        self._never = frozenset(scenario.never)
        self._calls = [_Want((each.tool,), each.arguments) for each in scenario.calls if each.ok is not False]
        self._refused = [_Want((each.tool,), each.arguments) for each in scenario.calls if each.ok is False]
        self._changes = [_change(each) for each in scenario.changes if _tools(each)]

    def says(self, step: Step) -> None:
        """He says what the script has next."""
        if step.say is not None and step.say not in self._told:
            self._told.append(step.say)

    def response(self, step: Step, follower: Step | None, now: Situation) -> tuple[str, ...]:
        """What he says before the script goes on, one utterance after the other; nothing when it goes on at once."""
        self.says(step)
        if (
            step.say is None
            or step.silent
            or (follower is not None and follower.interrupts_after_ms is not None)
        ):
            return ()
        if now.read_back is not None:
            return self._to_read_back(step.say, follower, now.read_back)
        if now.offers:
            return self._to_offer(step.say, follower, now)
        if follower is None and len(now.choice) == 1 and self._left():
            return ("yes",) if _is_meant(now.choice[0], step.say) else (step.say,)
        return (step.say,) if self._has_to_repeat(step, follower, now) else ()

    def wants(self, proposal: Proposal, sentence: str) -> bool:
        """Whether the scenario expects this call and it has not been made yet."""
        if proposal.tool in self._never:
            return False
        said = [*self._told, sentence]
        both = [[want for want in each if proposal.tool in want.tools] for each in self._parts_left()]
        return any(both) and all(
            any(_fits(want, proposal, said) for want in wants) for wants in both if wants
        )

    def goes_on(self, proposal: Proposal, sentence: str) -> bool:
        """Whether it only does to what was just made or changed what he says now: "make that eleven"."""
        tools = {tool for want in (*self._calls, *self._changes) for tool in want.tools}
        tools |= {"reschedule_job"} if "create_job" in tools else set()
        new = {name: value for name, value in proposal.values.items() if not _ID.fullmatch(str(value))}
        values = Proposal(proposal.tool, {name: value for name, value in new.items() if name != "job"})
        changed = bool(values.values) and _said(values, [sentence])
        return proposal.tool in tools - self._never and changed and bool(self._made)

    def _to_read_back(self, sentence: str, follower: Step | None, call: Proposal) -> tuple[str, ...]:
        if follower is not None and (follower.say is None or classify_answer(follower.say) is not Answer.YES):
            return ()  # the script refuses it, corrects it or does something else on purpose
        wanted = self.wants(call, sentence)
        if follower is not None:
            # A scripted yes is meant for what he said, not for whatever is asked.
            return ("no", sentence) if self._is_another(call) and not wanted else ()
        if wanted:
            return ("yes",)
        # A script that ends with a question has asked for it, unless something is still to be done.
        return ("no", sentence) if self._left() else ()

    def _to_offer(self, sentence: str, follower: Step | None, now: Situation) -> tuple[str, ...]:
        if follower is not None and follower.say is not None and _answers(follower.say):
            return ()
        if all(self.wants(each, sentence) for each in now.offers):
            return ("yes",)
        if not now.called and all(self.goes_on(each, sentence) for each in now.offers):
            return ("yes",)
        # After something was done it is the offer of a next step, which nobody has to answer.
        return () if now.called or not self._left() else ("no", sentence)

    def _has_to_repeat(self, step: Step, follower: Step | None, now: Situation) -> bool:
        sentence = step.say or ""
        if step.reply and not reply_faults(step, now.reply, now.read_backs, limit=None):
            return False
        if now.asked is not None:
            if follower is None:
                return bool(self._left())
            return any(
                now.asked.tool in want.tools and _within(want.values.get(now.asking), sentence)
                for want in self._left()
            )
        if now.called or _answers(sentence):
            return False
        is_request = len(sentence.split()) >= _LONG_WORDS
        return bool(self._left()) and (follower is None or is_request)

    def _is_another(self, call: Proposal) -> bool:
        """Whether it has other values than every expected call of this tool."""
        wants = [each for each in self._left() if call.tool in each.tools]
        return bool(wants) and all(_agrees(each, call) is False for each in wants)

    def _left(self) -> list[_Want]:
        """What the scenario expects and has not got yet."""
        return [want for part in self._parts_left() for want in part]

    def _parts_left(self) -> tuple[list[_Want], list[_Want], list[_Want]]:
        """The same, as calls, changes and calls that will be refused."""
        calls, changes, refused = list(self._calls), list(self._changes), list(self._refused)
        for made in self._made:
            done = Proposal(made.tool, arguments(made.arguments))
            if made.ok:
                _strike(calls, done)
                _strike(changes, done)
            elif made.error != "needs_confirmation":
                _strike(refused, done)
        return calls, changes, refused


def arguments(text: str) -> dict[str, Any]:
    """Arguments of a call."""
    found: Any = json.loads(text or "{}")
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _strike(wants: list[_Want], done: Proposal) -> None:
    found = next(
        (each for each in wants if done.tool in each.tools and _agrees(each, done) is not False), None
    )
    if found is not None:
        wants.remove(found)


def _tools(change: ExpectedChange) -> tuple[str, ...]:
    kind = "create" if change.create else "update"
    tools = _TOOLS.get((kind, str(change.create or change.update)), ())
    only = [tool for column, tool in _ONLY.items() if column in change.where and tool in tools]
    return tuple(only) or tools


def _change(change: ExpectedChange) -> _Want:
    values = {slot: value for column, value in change.where.items() for slot in _SLOTS.get(column, ())}
    return _Want(_tools(change), values)


def _fits(want: _Want, call: Proposal, said: Sequence[str]) -> bool:
    """Every value is as expected, or, where that cannot be told, as he said it."""
    if _agrees(want, call) is False:
        return False
    settled = {name for name in call.values if _compared(want.values.get(name), call.values[name])}
    return _said(call, said, settled)


def _agrees(want: _Want, call: Proposal) -> bool | None:
    """False when a value is another one, None when no value can be compared."""
    found = [
        _compared(expected, call.values[name], whole=name in _WHOLE)
        for name, expected in want.values.items()
        if name in call.values
    ]
    lacks = any(name not in call.values for name in want.values.keys() & _NEEDED)
    return False if lacks or False in found else (True if True in found else None)


def _compared(expected: Matcher, value: Any, *, whole: bool = False) -> bool | None:
    """Whether they are the same after folding; None when that cannot be told."""
    if isinstance(expected, list):
        each = [_compared(one, value, whole=whole) for one in cast("list[Any]", expected)]
        return True if True in each else (None if None in each else False)
    wanted, got = str(expected or ""), str(value or "")
    if (
        not wanted
        or not got
        or _ID.fullmatch(got)
        or _DATE.fullmatch(wanted)
        or (wanted.startswith("/") and wanted.endswith("/"))
    ):
        return None
    one, other = _folded(wanted), _folded(got)
    if isinstance(expected, int | float):
        return one == other
    if f" {' '.join(one)} " in f" {' '.join(other)} ":
        return True
    return None if set(other) <= set(one) and not whole else False


def _said(call: Proposal, told: Sequence[str], settled: Iterable[str] = ()) -> bool:
    """Whether the values are words he has said, and names and times of his last sentence are among the values."""
    frame = FRAMES.get(call.tool)
    sentence = told[-1]
    said = {word for each in told for word in _folded(each)}
    carried: set[str] = set()
    named = True
    for name, value in call.values.items():
        slot = frame.slot(name) if frame is not None else None
        if _ID.fullmatch(str(value)):
            named = False
            continue
        carried.update(_folded(str(value)))
        if name in settled or (slot is not None and slot.kind in _CODED):
            continue
        if not set(_folded(str(value))) <= said:
            return False
    later = sentence.split()[1:]
    names = {word for each in later if each[:1].isupper() and each != "I" for word in _folded(each)}
    wanted = (names if named else set[str]()) | (set(_folded(sentence)) & _TIMES)
    return " and " in sentence or wanted <= carried


def _within(expected: Matcher, sentence: str) -> bool:
    words = _folded(str(expected)) if expected is not None and not isinstance(expected, list) else []
    return bool(words) and set(words) <= set(_folded(sentence))


def _is_meant(candidate: str, sentence: str) -> bool:
    """Whether the one thing that he is asked about is the one of his sentence: two of its words, or its number."""
    both = set(_folded(candidate)) & set(_folded(sentence))
    return len(both - _TIMES) >= 2


def _folded(text: str) -> list[str]:
    plain = re.sub(r"'s\b", "", text.replace("_", " "))
    return [_ORDINALS.get(word, word) for word in words_of(plain) if word not in _LOOSE]


def _answers(text: str) -> bool:
    return classify_answer(text) in {Answer.YES, Answer.NO}
