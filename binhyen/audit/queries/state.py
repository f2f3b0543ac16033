"""The state of the book for people: how long it is, what was signed, who holds it, when it was last read through."""

from dataclasses import dataclass

from binhyen.audit.models import Check, Checkpoint, Handed, Link


@dataclass(frozen=True, slots=True)
class State:
    """`size`: links; `signed`: the newest checkpoint; `given`: the newest handing of each way; `checked`: the last
    reading."""

    size: int
    signed: Checkpoint | None
    given: tuple[Handed, ...]
    checked: Check | None


def state() -> State:
    """Four statements, each of one row a way."""
    last = Link.objects.order_by("-seq").values_list("seq", flat=True).first()
    given = Handed.objects.order_by("to", "-size").distinct("to")
    return State(last or 0, newest(), tuple(given), Check.objects.order_by("-id").first())


def newest() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def checkpoints(*, before: int | None = None, most: int = 50) -> list[Checkpoint]:
    """The newest first; `before`: a size to go on from."""
    found = Checkpoint.objects.order_by("-size")
    return list((found.filter(size__lt=before) if before else found)[:most])


def checkpoint(size: int) -> Checkpoint | None:
    return Checkpoint.objects.filter(size=size).first()


def handed(size: int) -> list[Handed]:
    """To whom this very checkpoint was given."""
    return list(Handed.objects.filter(size=size).order_by("at"))
