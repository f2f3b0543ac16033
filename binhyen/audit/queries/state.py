"""The state of the book for people: what was signed, who holds it, when it was last read through."""

import datetime as dt
from dataclasses import dataclass

from binhyen.audit.models import Check, Checkpoint, Handed

MOST = 50


@dataclass(frozen=True, slots=True)
class Given:
    """A second party has a checkpoint."""

    label: str
    at: dt.datetime
    paper: bool


@dataclass(frozen=True, slots=True)
class State:
    """`signed`: the newest checkpoint; `given`: the newest handing of each way; `checked`: the last reading."""

    signed: Checkpoint | None
    given: tuple[Given, ...]
    checked: Check | None


def state() -> State:
    """Three statements, each of a row or three."""
    last = Handed.objects.order_by("to", "-size").distinct("to")
    return State(newest(), tuple(map(_given, last)), Check.objects.order_by("-id").first())


def newest() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def checkpoints(*, before: int | None = None) -> list[Checkpoint]:
    """Fifty, the newest first; `before`: a size to go on from."""
    found = Checkpoint.objects.order_by("-size")
    return list((found.filter(size__lt=before) if before else found)[:MOST])


def checkpoint(size: int) -> Checkpoint | None:
    return Checkpoint.objects.filter(size=size).first()


def handed(*sizes: int) -> dict[int, list[Given]]:
    """To whom these very checkpoints were given; every size asked for is a key."""
    found: dict[int, list[Given]] = {size: [] for size in sizes}
    for row in Handed.objects.filter(size__in=sizes).order_by("at"):
        found[row.size].append(_given(row))
    return found


def _given(row: Handed) -> Given:
    return Given(str(Handed.To(row.to).label), row.at, row.to == Handed.To.PAPER)
