"""One answer of the assistant and what of it was heard. Data; made and spoken elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from conversation.history import Turn
from conversation.latency import TurnTrace
from conversation.mouth import Speech

#: How far behind a client's last report may be when an answer ends, ms: it reports now and then, and over a network.
_REPORT_LAG_MS = 1500.0


@dataclass(slots=True)
class Answer:
    """One item: its speech, its trace, and the text the model gave.

    ``to_user`` when it answers something the user said; else the assistant speaks unasked (a greeting) or again.
    ``spoken`` when a model has said some of it itself, so that its words are those of the ledger.
    Not ``aloud``, it is text alone, and what was given of it counts as heard.
    ``turn`` is where the history keeps what was heard of it.
    """

    speech: Speech
    trace: TurnTrace
    words_left: int | None
    to_user: bool
    aloud: bool = True
    sentences: list[str] = field(default_factory=list[str])
    spoken: bool = False
    begun: bool = False
    finish: Callable[[str], None] | None = None
    turn: Turn | None = None
    interrupted: bool = False
    finished: bool = False

    @property
    def text(self) -> str:
        """All that was said, heard or not."""
        return self.speech.ledger.text if self.spoken else " ".join(self.sentences)

    @property
    def item_id(self) -> str:
        """Id of the item on the wire."""
        return self.speech.item_id


def heard_in_the_end(answer: Answer, *, stopped: bool) -> str:
    """What was heard of an answer that is over, now that its client has said how far it is.

    All of one that was spoken to its end, unless its client has stopped before or is far from having played it.
    """
    ledger = answer.speech.ledger
    behind = ledger.reported_ms is not None and ledger.reported_ms < ledger.sent_ms - _REPORT_LAG_MS
    if answer.finished and not stopped and not behind:
        return answer.text
    return ledger.heard_text()
