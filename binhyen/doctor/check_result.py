"""Result of one check of `./dev doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Check result. `hint`: solution if it is not `ok`."""

    ok: bool
    text: str
    hint: str = ""
