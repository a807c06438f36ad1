"""What the second recogniser is told to have been said just before: requests as they are made here, with likely names.

Told whole requests it expects more of the kind, in words of the trade, with weekdays and times; told names, it knows
how they are spelt. It does not hear what is in them unless it sounds so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: Measured against other wordings on sentences that are in neither: what counts is whole requests, not which.
_REQUESTS: Final = (
    "Put the job on hold. Remind me to call {first} on Friday at nine. Quote {second} three hundred dollars for the "
    "water heater. Log a call with {third}. Reschedule the furnace repair to Thursday. Who owes me money? Mark the "
    "estimate as accepted, and send the invoice reminder. How far along is the project? Book a drain cleaning "
    "tomorrow at two."
)
_ANYBODY: Final = ("Sarah", "him", "her")
MOST_NAMES: Final = 7
_LONGEST_QUESTION: Final = 160


def said_before(names: Sequence[str], asked: str = "") -> str:
    """The text, with up to MOST_NAMES of ``names``, the likeliest first; the closer to its end the more one counts.

    ``asked`` is what the assistant has just said: where it ends with a question, the answer may take words from it.
    """
    likely = [*names[: len(_ANYBODY)], *_ANYBODY[min(len(names), len(_ANYBODY)) :]]
    others = ", ".join(reversed(names[len(_ANYBODY) : MOST_NAMES]))
    requests = _REQUESTS.format(first=likely[0], second=likely[1], third=likely[2])
    told = f"{others}. {requests}" if others else requests
    return f"{told} {asked[-_LONGEST_QUESTION:]}" if asked.rstrip().endswith("?") else told
