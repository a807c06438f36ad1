"""Instructions where none belong: in names, notes and descriptions that tools return, as markup in what a user typed.

Pure. Text of the business's records is data, whoever seems to speak in it; what looks like an instruction is taken out
before a model or a voice gets it. It never touches what the user says in plain words: he may give instructions.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from tools.catalogue import TOOLS
from tools.envelope import ToolError, ToolErrorType, ToolResult

WITHHELD: Final = "something I won't read out"
_UNSAFE: Final = (
    "The text of that record looks like instructions to me instead of data, so I've left it alone. "
    "Please look at it in the app."
)
_WHAT: Final = r"(?:instructions?|prompts?|rules|directions|guidelines|commands|policies|guardrails)"
_RECORDS: Final = r"(?:jobs|invoices|estimates|quotes|projects|contacts|customers|payments|reminders)"
_INSTRUCTION: Final = re.compile(
    "|".join((
        rf"\b(?:ignore|disregard|forget|override|bypass)\b[^.!?\n]{{0,40}}\b{_WHAT}\b",
        rf"\b(?:reveal|print|repeat|show|recite|leak|output)\b[^.!?\n]{{0,30}}"
        rf"\b(?:system prompt|your {_WHAT}|api keys?|passwords?|credentials|secrets)\b",
        r"\byou are now (?:a|an|the|in|my|no longer)\b",
        r"(?:^|[\s\[(<#*])(?:system|developer|assistant)(?: (?:message|prompt|override|note))?\s*[:>\]]",
        r"\bsystem (?:prompt|override|message)\b",
        r"\bnew instructions?\b",
        r"\b(?:call|use|run|invoke|execute)\b (?:the )?(?:\w+ )?(?:tool|function)\b",
        r"\bdo not (?:tell|inform|ask|alert|warn) (?:the )?(?:user|owner|boss|human)\b",
        r"\b(?:mark|set|delete|cancel|approve|convert|pay|void|refund)\b (?:all|every)\b (?:of )?"
        rf"(?:the |my |their )?{_RECORDS}\b",
        r"\b(?:say|respond|reply|answer|speak) (?:exactly|only|with only|with exactly)\b",
        r"\bas an? (?:ai|language model|assistant)\b",
        r"<\|[^|>]{1,40}\|>|\[/?INST\]|<</?SYS>>|</?(?:system|assistant|developer|tool|instructions?)\b[^>]*>",
        rf"\b(?:call|use|run|invoke|execute)\b[^.!?\n]{{0,20}}\b(?:{'|'.join(TOOLS)})\b",
    )),
    re.IGNORECASE,
)  # fmt: skip
_MARKUP: Final = re.compile(
    r"<\|[^|>]{1,40}\|>|\[/?INST\]|<</?SYS>>|"
    r"</?(?:system|assistant|developer|user|tool|function|instructions?|prompt)\b[^>]*>|"
    r"^\s*(?:#{1,6}\s*)?(?:system|assistant|developer|tool)\s*(?:message|prompt)?\s*:|```(?:system|json|tool)?",
    re.IGNORECASE | re.MULTILINE,
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# Parts of a result that are codes of ours, not text of the business's.
_CODES: Final = frozenset({"id", "type", "status", "number", "currency", "confirmation_id"})


def is_instruction(text: str, said: str = "") -> bool:
    """Whether a text of the records looks like an instruction to an assistant; not by words that the user ``said``."""
    return any(found[0].lower() not in said for found in _INSTRUCTION.finditer(text))


def without_markup(text: str) -> str:
    """What the user wrote, without role markup and invisible characters; spoken words never hold any."""
    if "\n" not in text and text.isascii() and not any(mark in text for mark in "<[#`:"):
        return _CONTROL.sub("", text)
    return _MARKUP.sub(" ", _CONTROL.sub("", text)).strip()


def defused(result: ToolResult, said: str = "") -> tuple[ToolResult, bool]:
    """``result`` without instructions in its texts, and whether there were any.

    What the user ``said`` himself (lower case) stays: he may dictate what he likes. A question that would have to leave
    something out is not asked: nobody agrees to what he has not heard.
    """
    cleaner = _Cleaner(said)
    data = cleaner.value(result.data)
    focus = {
        key: cleaner.label(value) if key.endswith("_label") else value for key, value in result.focus.items()
    }
    summary = cleaner.cut(result.summary)
    error = result.error
    if error is not None:
        candidates = tuple(cleaner.label(each) for each in error.candidates)
        read_back = cleaner.cut(error.read_back) if error.read_back else None
        if read_back != error.read_back:
            refusal = ToolError(ToolErrorType.VALIDATION, _UNSAFE)
            return ToolResult(False, _UNSAFE, error=refusal), True
        error = replace(error, message=cleaner.cut(error.message), candidates=candidates)
    if not cleaner.bad:
        return result, False
    return replace(result, summary=summary, data=data, focus=focus, error=error), True


class _Cleaner:
    """Takes instructions out of one result, and remembers what it took out."""

    def __init__(self, said: str) -> None:
        self._said = said
        self.bad: set[str] = set()

    def label(self, text: str) -> str:
        """``text``, or what stands in its place."""
        if text not in self.bad and not is_instruction(text, self._said):
            return text
        self.bad.add(text)
        return WITHHELD

    def value(self, value: Any, key: str = "") -> Any:
        """A copy of the data with the texts that are instructions withheld."""
        if isinstance(value, str):
            return value if key in _CODES or key.endswith("_id") else self.label(value)
        if isinstance(value, dict):
            return {name: self.value(each, str(name)) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(each, key) for each in value]
        return value

    def cut(self, text: str) -> str:
        """``text`` without the known bad texts, and without any sentence that still holds an instruction."""
        for known in sorted(self.bad, key=len, reverse=True):
            text = text.replace(known, WITHHELD)
        if not is_instruction(text, self._said):
            return text
        self.bad.add(text)
        parts = re.split(r"(?<=[.!?;\n])\s+", text)
        kept = [part for part in parts if not is_instruction(part, self._said)]
        return " ".join([*kept, "There is more, but I won't read it out."])
