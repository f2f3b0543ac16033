"""State of the audit log for display: signed checkpoints, deliveries, last verification."""

import datetime as dt
from dataclasses import dataclass

from binhyen.audit.models import Check, Checkpoint, Handed

MOST = 50


@dataclass(frozen=True, slots=True)
class Given:
    """A delivery of a checkpoint to a second party."""

    label: str
    at: dt.datetime
    paper: bool


@dataclass(frozen=True, slots=True)
class State:
    """State. `signed`: newest checkpoint; `given`: newest delivery of each way; `checked`: last verification."""

    signed: Checkpoint | None
    given: tuple[Given, ...]
    checked: Check | None


def state() -> State:
    """Load the state in three statements of one to three rows each."""
    last = Handed.objects.order_by("to", "-size").distinct("to")
    return State(newest(), tuple(map(_given, last)), Check.objects.order_by("-id").first())


def newest() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def checkpoints(*, before: int | None = None) -> list[Checkpoint]:
    """List fifty checkpoints, newest first; `before`: a size to continue from."""
    found = Checkpoint.objects.order_by("-size")
    return list((found.filter(size__lt=before) if before else found)[:MOST])


def checkpoint(size: int) -> Checkpoint | None:
    return Checkpoint.objects.filter(size=size).first()


def handed(*sizes: int) -> dict[int, list[Given]]:
    """Return the deliveries of these checkpoints; every given size is a key."""
    found: dict[int, list[Given]] = {size: [] for size in sizes}
    for row in Handed.objects.filter(size__in=sizes).order_by("at"):
        found[row.size].append(_given(row))
    return found


def _given(row: Handed) -> Given:
    return Given(str(Handed.To(row.to).label), row.at, row.to == Handed.To.PAPER)
