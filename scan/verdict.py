"""What a step of `./dev scan` says: passed, failed, or not checked; never one for another."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    PASSED = "passed"
    FAILED = "FAILED"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`words`: one line with the figures; `details`: a line for each thing to mend."""

    step: str
    state: State
    words: str
    details: tuple[str, ...] = ()


def judged(step: str, words: str, wrong: list[str]) -> Verdict:
    """Failed with the list where something is wrong, else passed."""
    return Verdict(step, State.FAILED if wrong else State.PASSED, words, tuple(wrong))
