"""A model of the client's playback buffer on the media clock: what the user really heard, sample by sample.

The device takes 20 ms at fixed instants, ``origin + n × 20 ms``, from what has arrived by then, and plays
silence otherwise. Rendering is lazy: ``advance(now)`` plays all instants up to ``now``, so the result
depends only on the arrival times and never on when a task happens to run. Never reads a clock and never does
I/O.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from hero365_client.audio import AUDIBLE_DBFS, first_audible, last_audible

TICK_S = 0.020
_KEPT_ITEMS = 512


@dataclass(slots=True)
class Heard:
    """What happened to one reply. Sample positions are on the player's output time line, from its origin."""

    item_id: str
    received: int = 0
    played: int = 0
    flushed: int = 0
    first_received_at: float | None = None
    started_at: int | None = None
    ended_at: int | None = None
    underruns: int = 0
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Stretch:
    """Audio played without a gap: ``pcm`` begins at output sample ``start``."""

    item_id: str
    start: int
    pcm: bytearray

    @property
    def end(self) -> int:
        """First output sample after the stretch."""
        return self.start + len(self.pcm) // 2


@dataclass(slots=True)
class _Queued:
    item_id: str
    pcm: bytearray = field(default_factory=bytearray)


class Player:
    """Plays reply audio in media time.

    Args:
        origin: Clock time of output sample 0, in seconds on the clock that all ``now`` arguments use.
        sample_rate: Hz of the reply audio; a multiple of 50.
        keep: Seconds of played audio kept for ``render`` and the queries; older audio is forgotten.
    """

    def __init__(self, origin: float, sample_rate: int, *, keep: float = 7200.0) -> None:
        if sample_rate % 50:
            raise ValueError(f"a 20 ms tick of {sample_rate} Hz is not a whole number of samples")
        self.origin = origin
        self.sample_rate = sample_rate
        self.late_bytes = 0
        self._tick = sample_rate // 50
        self._ticks_played = 0
        self._queue: deque[_Queued] = deque()
        self._items: OrderedDict[str, Heard] = OrderedDict()
        self._stretches: deque[Stretch] = deque()
        self._keep = int(keep * sample_rate)

    def retune(self, sample_rate: int) -> None:
        """Take another output rate, which is only possible before any audio has arrived.

        Raises:
            ValueError: Audio has arrived at the old rate, or the rate has no whole tick.
        """
        if sample_rate == self.sample_rate:
            return
        if sample_rate % 50 or self._items:
            raise ValueError(f"the output rate cannot change to {sample_rate} Hz now")
        self._keep = self._keep * sample_rate // self.sample_rate
        self.sample_rate = sample_rate
        self._tick = sample_rate // 50

    def receive(self, item_id: str, pcm: bytes, now: float) -> None:
        """Take audio that arrived at ``now``. Audio of an interrupted item is counted and dropped."""
        self.advance(now)
        item = self._item(item_id)
        if item.interrupted:
            self.late_bytes += len(pcm)
            return
        item.received += len(pcm) // 2
        if item.first_received_at is None:
            item.first_received_at = now
        if not self._queue or self._queue[-1].item_id != item_id:
            self._queue.append(_Queued(item_id))
        self._queue[-1].pcm += pcm

    def flush(self, now: float, item_id: str | None = None, *, interrupted: bool = True) -> None:
        """Throw away what has not been played by ``now``, of one item or of all."""
        self.advance(now)
        kept: deque[_Queued] = deque()
        for queued in self._queue:
            if item_id is None or queued.item_id == item_id:
                self._item(queued.item_id).flushed += len(queued.pcm) // 2
                if interrupted:
                    self._item(queued.item_id).interrupted = True
            else:
                kept.append(queued)
        self._queue = kept
        if item_id is not None and interrupted:
            self._item(item_id).interrupted = True

    def advance(self, now: float) -> None:
        """Play every instant up to and including ``now``."""
        due = math.floor((now - self.origin) / TICK_S + 1e-9) + 1
        if not self._queue:  # nothing to play: silence needs no work
            self._ticks_played = max(self._ticks_played, due)
            return
        while self._ticks_played < due:
            if not self._queue:
                self._ticks_played = due
                return
            self._play_tick()

    def _play_tick(self) -> None:
        position = self._ticks_played * self._tick
        wanted = self._tick
        while wanted and self._queue:
            head = self._queue[0]
            taken = bytes(head.pcm[: 2 * wanted])
            del head.pcm[: 2 * wanted]
            if not head.pcm:
                self._queue.popleft()
            if taken:
                self._heard(head.item_id, position, taken)
            position += len(taken) // 2
            wanted -= len(taken) // 2
        self._ticks_played += 1

    def _heard(self, item_id: str, position: int, pcm: bytes) -> None:
        item = self._item(item_id)
        if item.started_at is None:
            item.started_at = position
        elif item.ended_at is not None and position > item.ended_at:
            item.underruns += 1
        item.played += len(pcm) // 2
        item.ended_at = position + len(pcm) // 2
        last = self._stretches[-1] if self._stretches else None
        if last is not None and last.item_id == item_id and last.end == position:
            last.pcm.extend(pcm)
        else:
            self._stretches.append(Stretch(item_id, position, bytearray(pcm)))
        while len(self._stretches) > 1 and self._stretches[0].end < position - self._keep:
            self._stretches.popleft()

    def _item(self, item_id: str) -> Heard:
        item = self._items.get(item_id)
        if item is None:
            item = self._items[item_id] = Heard(item_id)
            while len(self._items) > _KEPT_ITEMS:
                self._items.popitem(last=False)
        return item

    @property
    def queued_seconds(self) -> float:
        """Seconds of audio that wait to be played."""
        return sum(len(queued.pcm) for queued in self._queue) / 2 / self.sample_rate

    @property
    def position(self) -> int:
        """Output samples played so far, silence included."""
        return self._ticks_played * self._tick

    def item(self, item_id: str) -> Heard | None:
        """What is known of one reply."""
        return self._items.get(item_id)

    def played_ms(self, item_id: str) -> int:
        """Milliseconds of one reply that were played."""
        item = self._items.get(item_id)
        return 0 if item is None else int(item.played * 1000 / self.sample_rate)

    def idle(self, now: float) -> bool:
        """Whether nothing is left to play and the last sample has been played out by ``now``."""
        self.advance(now)
        return not self._queue and (not self._stretches or self.time_of(self._stretches[-1].end) <= now)

    def time_of(self, sample: int) -> float:
        """Clock time at which output sample ``sample`` leaves the loudspeaker."""
        return self.origin + sample / self.sample_rate

    def first_audible_after(self, when: float, dbfs: float = AUDIBLE_DBFS) -> float | None:
        """Clock time of the first audible sample played at or after ``when``, None when there is none yet."""
        start = math.ceil((when - self.origin) * self.sample_rate - 1e-6)
        for stretch in self._stretches:
            if stretch.end <= start:
                continue
            offset = max(0, start - stretch.start)
            found = first_audible(stretch.pcm[2 * offset :], dbfs)
            if found is not None:
                return self.time_of(stretch.start + offset + found)
        return None

    def first_audible_of(self, item_id: str, dbfs: float = AUDIBLE_DBFS) -> float | None:
        """Clock time of the first audible sample of one reply that was played."""
        for stretch in self._stretches:
            if stretch.item_id == item_id:
                found = first_audible(stretch.pcm, dbfs)
                if found is not None:
                    return self.time_of(stretch.start + found)
        return None

    def last_audible_of(self, item_id: str, dbfs: float = AUDIBLE_DBFS) -> float | None:
        """Clock time of the last audible sample of one reply that was played."""
        for stretch in reversed(self._stretches):
            if stretch.item_id == item_id:
                found = last_audible(stretch.pcm, dbfs)
                if found is not None:
                    return self.time_of(stretch.start + found)
        return None

    def render(self, start: int = 0, end: int | None = None) -> bytes:
        """What was heard from output sample ``start`` to ``end`` (default: until now), silence included."""
        end = self.position if end is None else end
        out = bytearray(2 * max(0, end - start))
        for stretch in self._stretches:
            low, high = max(start, stretch.start), min(end, stretch.end)
            if low < high:
                out[2 * (low - start) : 2 * (high - start)] = stretch.pcm[
                    2 * (low - stretch.start) : 2 * (high - stretch.start)
                ]
        return bytes(out)
