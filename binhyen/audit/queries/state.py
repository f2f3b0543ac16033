"""State of the audit log for display: signed checkpoints, deliveries, last verification."""

import datetime as dt
from dataclasses import dataclass

from binhyen.audit.models import Check, Checkpoint, Handed

PAGE_LIMIT = 50


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery of a checkpoint to a second party."""

    label: str
    at: dt.datetime
    paper: bool


@dataclass(frozen=True, slots=True)
class LogState:
    """State. `signed`: newest checkpoint; `given`: newest delivery of each way; `checked`: last verification."""

    signed: Checkpoint | None
    given: tuple[Delivery, ...]
    checked: Check | None


def get_log_state() -> LogState:
    """Load the state in three statements of one to three rows each."""
    newest_deliveries = Handed.objects.order_by("to", "-size").distinct("to")
    return LogState(
        get_newest_checkpoint(), tuple(map(_to_delivery, newest_deliveries)), Check.objects.order_by("-id").first()
    )


def get_newest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def list_signed_checkpoints(*, before_size: int | None = None) -> list[Checkpoint]:
    """List fifty checkpoints, newest first; `before`: a size to continue from."""
    ordered = Checkpoint.objects.order_by("-size")
    return list((ordered.filter(size__lt=before_size) if before_size else ordered)[:PAGE_LIMIT])


def get_checkpoint(size: int) -> Checkpoint | None:
    return Checkpoint.objects.filter(size=size).first()


def get_deliveries(*sizes: int) -> dict[int, list[Delivery]]:
    """Return the deliveries of these checkpoints; every given size is a key."""
    deliveries: dict[int, list[Delivery]] = {size: [] for size in sizes}
    for row in Handed.objects.filter(size__in=sizes).order_by("at"):
        deliveries[row.size].append(_to_delivery(row))
    return deliveries


def _to_delivery(row: Handed) -> Delivery:
    return Delivery(str(Handed.To(row.to).label), row.at, row.to == Handed.To.PAPER)
