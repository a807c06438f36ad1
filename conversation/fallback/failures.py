"""What went wrong with a provider, in the few kinds that decide what to do next. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time
from typing import Final, Literal

import httpx2
from openai import APIConnectionError, APIResponseValidationError, APIStatusError, APITimeoutError
from websockets.exceptions import InvalidStatus, WebSocketException

Kind = Literal["timeout", "rate_limited", "server_error", "connection", "malformed", "refused"]
KINDS: Final[tuple[Kind, ...]] = (
    "timeout", "rate_limited", "server_error", "connection", "malformed", "refused",
)  # fmt: skip

#: A provider that asks for no more than this much patience, in seconds, is asked again in the same turn.
SHORT_WAIT_S: Final = 0.5
#: A key that is refused, a model that is not there, an account without money: nothing that a minute changes.
REFUSED_WAIT_S: Final = 60.0
_AGAIN: Final = frozenset({"server_error", "connection", "malformed"})
_LASTING: Final = frozenset({401, 402, 403, 404})


class BrokenAnswer(Exception):  # noqa: N818  (a state of an answer, named as the code reads)
    """An answer that ended too early, was empty, or made no sense."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed request.

    Attributes:
        kind: What it was.
        wait_s: For how long the provider wants to be left alone; 0 when it did not say.
    """

    kind: Kind
    wait_s: float = 0.0

    @property
    def may_try_again(self) -> bool:
        """Whether the same request is worth a second try at once: not after a time-out, as the user is waiting."""
        return self.kind in _AGAIN or (self.kind == "rate_limited" and self.wait_s <= SHORT_WAIT_S)

    @property
    def opens_for_s(self) -> float:
        """Seconds for which nobody needs to ask again, whatever came before; 0 when one failure tells nothing."""
        return self.wait_s if self.wait_s > SHORT_WAIT_S else 0.0


def failure_of(error: BaseException) -> Failure:
    """The failure behind an exception of the ``openai`` package, its transport, or ours that was raised from one."""
    for each in _chain(error):
        if isinstance(each, APIStatusError):
            return _of_status(each.status_code, each.code, each.response.headers)
        if isinstance(each, InvalidStatus):
            return _of_status(each.response.status_code, None, each.response.headers)
        if isinstance(each, (TimeoutError, APITimeoutError, httpx2.TimeoutException)):
            return Failure("timeout")
        if isinstance(each, (json.JSONDecodeError, APIResponseValidationError, BrokenAnswer)):
            return Failure("malformed")
        if isinstance(each, (APIConnectionError, httpx2.TransportError, WebSocketException, OSError)):
            return Failure("connection")
    return Failure("malformed")


def _of_status(status: int, code: str | None, headers: Mapping[str, str]) -> Failure:
    wait_s = _retry_after_s(headers)
    if status in _LASTING or code == "insufficient_quota":
        return Failure("refused", max(wait_s, REFUSED_WAIT_S))
    if status == 429:
        return Failure("rate_limited", wait_s)
    if status >= 500 or status in {408, 409}:
        return Failure("server_error", wait_s)
    return Failure("refused")


def _retry_after_s(headers: Mapping[str, str]) -> float:
    """The header's seconds, also when it names milliseconds or a date."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        value = headers.get("retry-after", "0")
        if value.strip()[:1].isalpha():
            return max(0.0, parsedate_to_datetime(value).timestamp() - time())
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return 0.0


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and what it was raised from, outermost first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
