"""Tasks before a further try of a receipt: find a number, or wait. Sealed into the page; no table knows of them."""

import datetime as dt
import math
import secrets
import struct
from dataclasses import dataclass

from binhyen.kit.rate_limits import RateLimit, is_exhausted, site_of, try_acquire
from binhyen.tips.receipt_sessions import mac, open_, seal
from binhyen.tips.rules import FREE_ATTEMPTS, ProofOfWork, get_task, is_solution

_TASK, _NETWORK = b"tips.task", b"tips.network"
_TASK_SHAPE = struct.Struct(">ddBH16s16s")
_SOLVE_LIFE = 300.0  # seconds a task may be solved in: none are worked off ahead for later
_READY_LIFE = 180.0  # … and used, once it was waited for
_LONGEST_QUEUE = 600.0  # seconds of waiting that one network may fetch ahead; beyond that work alone counts
_MOST_QUEUES = 10_000
# Recent wrong attempts of one visitor: the number of these limits that are used up. And of all visitors together.
_MINE = tuple(RateLimit(burst=FREE_ATTEMPTS * n, per_second=FREE_ATTEMPTS * n / 3600) for n in range(1, 5))
_ALL = tuple(RateLimit(burst=200 * n, per_second=200 * n / 3600) for n in range(1, 5))
_NOBODY = "unknown"  # no address to tell apart: these share one bucket
_used: dict[str, float] = {}
_queues: dict[bytes, float] = {}  # network → when the last of its tasks is ready; least recently used first


@dataclass(frozen=True, slots=True)
class PageTask:
    """A task as the page shows it: `token` comes back with the `nonce`'s answer, or after the seconds of the task."""

    token: str
    nonce: str
    task: ProofOfWork


@dataclass(frozen=True, slots=True)
class _TaskToken:
    """A task inside its token. `ready_at`: from when waiting does as well as work; infinite: never."""

    given_at: float
    ready_at: float
    bits: int
    seconds: int
    nonce: bytes
    network: bytes

    def seal_token(self) -> str:
        fields = (self.given_at, self.ready_at, self.bits, self.seconds, self.nonce, self.network)
        return seal(_TASK_SHAPE.pack(*fields), _TASK)

    def to_page_task(self, now: float) -> PageTask:
        wait = max(1, math.ceil(min(self.ready_at - now, _LONGEST_QUEUE)))
        return PageTask(self.seal_token(), self.nonce.hex(), ProofOfWork(self.bits, wait))

    def is_enough(self, wanted: ProofOfWork) -> bool:
        return self.bits >= wanted.bits and self.seconds >= wanted.seconds


def get_required_task(peer: str) -> ProofOfWork | None:
    """Return the work required before a try, by recent failures of this visitor and of all."""
    who = peer or _NOBODY
    visitor_level = sum(is_exhausted(f"tips/{who}", rate) for rate in _MINE)
    global_level = sum(is_exhausted("tips/*", rate) for rate in _ALL)
    level = max(visitor_level, global_level)
    return get_task(level * FREE_ATTEMPTS) if level else None


def count_wrong(peer: str) -> None:
    for rate in _MINE:
        try_acquire(f"tips/{peer or _NOBODY}", rate)
    for rate in _ALL:
        try_acquire("tips/*", rate)


def issue_task(wanted: ProofOfWork, *, peer: str = "", unripe: str = "", now: dt.datetime) -> PageTask:
    """Return a task for this visitor; the task of the token `unripe` again while it must wait.

    Waiting costs nothing, so the tasks of one network become ready one after the other, however many are fetched ahead.
    """
    at = now.timestamp()
    known = _open_token(unripe, peer=peer)
    if known is not None and known.is_enough(wanted) and at < known.ready_at <= at + _LONGEST_QUEUE:
        return known.to_page_task(at)
    network = _network(peer)
    ready_at = max(at, _queues.pop(network, at)) + wanted.seconds
    if ready_at > at + _LONGEST_QUEUE:
        _queues[network], ready_at = ready_at - wanted.seconds, math.inf
    else:
        _queues[network] = ready_at
    while len(_queues) > _MOST_QUEUES:
        del _queues[next(iter(_queues))]  # the least recently used
    return _TaskToken(at, ready_at, wanted.bits, wanted.seconds, secrets.token_bytes(16), network).to_page_task(at)


def done(token: str, answer: str, *, wanted: ProofOfWork, peer: str = "", now: dt.datetime) -> bool:
    """Was a task of this visitor's network, at least as hard as `wanted`, done in time, and not used before?"""
    at, known = now.timestamp(), _open_token(token, peer=peer)
    if known is None or not known.is_enough(wanted) or at < known.given_at:
        return False
    is_solved = at <= known.given_at + _SOLVE_LIFE and is_solution(known.nonce.hex(), answer, known.bits)
    is_waited = known.ready_at <= at <= known.ready_at + _READY_LIFE
    return (is_solved or is_waited) and _first_use(known.nonce.hex(), at)


def _open_token(token: str, *, peer: str) -> _TaskToken | None:
    """Return the task in a token; None if it is forged or belongs to another network."""
    plain = open_(token, _TASK) if token else None
    if plain is None or len(plain) != _TASK_SHAPE.size:
        return None
    known = _TaskToken(*_TASK_SHAPE.unpack(plain))
    return known if known.network == _network(peer) else None


def _network(peer: str) -> bytes:
    """Return the network's pseudonym, equal in every page process; for IPv6 the /48, which one customer may have."""
    return mac(_NETWORK, (site_of(peer) or peer or _NOBODY).encode())


def _first_use(nonce: str, at: float) -> bool:
    for old in [n for n, used_at in _used.items() if at - used_at > _LONGEST_QUEUE + _READY_LIFE]:
        del _used[old]
    if nonce in _used:
        return False
    _used[nonce] = at
    return True
