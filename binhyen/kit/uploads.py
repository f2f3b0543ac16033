"""Upload quota: received bytes count, announced ones do not; the largest and slowest uploads end first.

One slow or idle sender never refuses another: where there is no room for a piece that arrives, the slowest upload of
the network that holds most is ended. Networks are names of the day (kit/rate_limits.py), never addresses.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

GRACE_SECONDS = 5.0  # no upload counts as slow before


class NoRoom(Exception):
    """This upload was ended: out of time, or others need the room more."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """`total`: bytes of all uploads in memory. `network`: bytes and uploads of one network; `site`: how many times that
    all networks of one site have together. `seconds`: the longest that an upload may take to arrive.
    """

    total: int
    network: int
    uploads: int
    site: int
    seconds: float


@dataclass(eq=False, slots=True)
class PendingUpload:
    """A body on its way in. `networks`: of its sender, the narrowest first; empty for an unknown sender."""

    networks: tuple[bytes, ...]
    began: float
    timeout: asyncio.Timeout
    size: int = 0
    may_end: bool = True  # until the pages have it
    ended: bool = False
    arrived: bool = False

    def rank(self, now: float) -> tuple[bool, float, float]:
        """Return a sort key; the lowest ends first: arriving before arrived, then the slowest, then the newest."""
        elapsed = now - self.began
        return self.arrived, self.size / elapsed if elapsed > GRACE_SECONDS else float("inf"), -self.began

    def wait(self, seconds: float) -> None:
        """All of it is here; it may wait so long to be handed on."""
        self.arrived = True
        if not self.timeout.expired():
            self.timeout.reschedule(asyncio.get_running_loop().time() + seconds)

    async def hand_on(self) -> None:
        """From now on nothing ends it. Raises NoRoom, or lets the timeout that is due cancel this task."""
        if self.ended or self.timeout.expired():
            await asyncio.sleep(0)  # a cancellation that is on its way must arrive inside the timeout
            raise NoRoom
        self.may_end = False
        self.timeout.reschedule(None)


@dataclass(slots=True)
class UploadQuota:
    """The uploads of one process, in one event loop."""

    limits: UploadLimits
    total_bytes: int = 0
    _open: dict[PendingUpload, None] = field(default_factory=dict)
    _bytes: Counter[bytes] = field(default_factory=Counter)
    _count: Counter[bytes] = field(default_factory=Counter)

    @contextmanager
    def enter(self, networks: Sequence[bytes], timeout: asyncio.Timeout) -> Iterator[PendingUpload]:
        """Admit an upload; `timeout` is the scope that ends it. Raises NoRoom."""
        upload = PendingUpload(tuple(networks), asyncio.get_running_loop().time(), timeout)
        timeout.reschedule(upload.began + self.limits.seconds)
        self._open[upload] = None
        self._count.update(upload.networks)
        try:
            for factor, network in zip(self._factors(), upload.networks, strict=False):
                if self._count[network] > self.limits.uploads * factor:
                    self._end_one(upload, [u for u in self._open if network in u.networks])
            yield upload
        finally:
            self._leave(upload)

    def add(self, upload: PendingUpload, count: int) -> None:
        """`count` bytes more have arrived. Raises NoRoom where this upload has to go."""
        if upload.ended:
            raise NoRoom
        upload.size += count
        self.total_bytes += count
        self._bytes.update(dict.fromkeys(upload.networks, count))
        for factor, network in zip(self._factors(), upload.networks, strict=False):
            while self._bytes[network] > self.limits.network * factor:
                self._end_one(upload, [u for u in self._open if network in u.networks])
        while self.total_bytes > self.limits.total:
            self._end_one(upload, self._of_largest())

    def _factors(self) -> tuple[int, int]:
        return 1, self.limits.site

    def _of_largest(self) -> list[PendingUpload]:
        """Return the uploads of the network that holds most bytes; unknown addresses are one network each."""
        groups: dict[object, list[PendingUpload]] = {}
        for upload in self._open:
            if upload.may_end and not upload.ended:
                groups.setdefault(upload.networks[-1] if upload.networks else upload, []).append(upload)
        return max(groups.values(), key=lambda group: sum(u.size for u in group), default=[])

    def _end_one(self, asks: PendingUpload, among: list[PendingUpload]) -> None:
        """End the slowest of `among`. Raises NoRoom where that is the one that asks, or none can be ended."""
        now = asyncio.get_running_loop().time()
        slowest = min((u for u in among if u.may_end and not u.ended), key=lambda u: u.rank(now), default=asks)
        slowest.ended = True
        self._release(slowest)
        if slowest is asks:
            raise NoRoom
        if not slowest.timeout.expired():
            slowest.timeout.reschedule(now)

    def _release(self, upload: PendingUpload) -> None:
        """Its bytes count no more; it lets go of them when its task runs next."""
        self.total_bytes -= upload.size
        self._bytes.subtract(dict.fromkeys(upload.networks, upload.size))
        upload.size = 0

    def _leave(self, upload: PendingUpload) -> None:
        self._release(upload)
        del self._open[upload]
        self._count.subtract(upload.networks)
        for counter in (self._bytes, self._count):
            for network in upload.networks:
                if counter[network] <= 0:
                    del counter[network]
