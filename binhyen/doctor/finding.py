"""One line of what `./dev doctor` says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`hint`: what to do where it is not `ok`."""

    ok: bool
    text: str
    hint: str = ""
