"""Result of a step of `./dev scan`: passed, failed, or not checked."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    PASSED = "passed"
    FAILED = "FAILED"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Result of a step. `words`: one line with the figures; `details`: one line per problem."""

    step: str
    state: State
    words: str
    details: tuple[str, ...] = ()


def judged(step: str, words: str, wrong: list[str]) -> Verdict:
    """Return failed with the list of problems, or passed without any."""
    return Verdict(step, State.FAILED if wrong else State.PASSED, words, tuple(wrong))
