"""Tells Ray's autoscaler how many CPUs the conversations that are wanted need, before the machines are full.

Session actors ask Ray for no CPU (their number is bounded by slots), so the autoscaler cannot see them. The hint is a
floor for the whole cluster: repeated, it changes nothing, and a smaller one lets idle nodes go. It starts and ends
nothing itself.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

#: Seconds for which fewer must be wanted before the floor is lowered: nodes start slower than callers come back.
LOWER_AFTER_S: Final = 300.0


def request_cpus(cpus: int) -> None:
    """Ask the autoscaler of the cluster for room for ``cpus`` CPUs in all. Blocks for a moment."""
    from ray.autoscaler.sdk import request_resources

    request_resources(num_cpus=cpus)


class NodeHints:
    """Demand in sessions → hints in CPUs; only a change of the floor is told.

    Args:
        sessions_per_cpu: Conversations that one CPU carries.
        request: Tells the autoscaler.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        sessions_per_cpu: int,
        request: Callable[[int], None] = request_cpus,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_cpu = sessions_per_cpu
        self._request = request
        self._clock = clock
        self._asked = 0
        self._needed_at = clock()

    def wanted(self, sessions: int) -> None:
        """So many sessions are there or wanted now. A hint that fails is logged and given again the next time."""
        cpus, now = math.ceil(sessions / self._per_cpu), self._clock()
        if cpus >= self._asked:
            self._needed_at = now
        if cpus == self._asked or (cpus < self._asked and now - self._needed_at < LOWER_AFTER_S):
            return
        try:
            self._request(cpus)
        except Exception:
            log.exception("the autoscaler could not be asked for %d CPUs; trying again", cpus)
            return
        self._asked, self._needed_at = cpus, now
