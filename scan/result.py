"""Result of a step of `./dev scan`: passed, failed, or not checked."""

from dataclasses import dataclass
from enum import StrEnum


class StepState(StrEnum):
    PASSED = "passed"
    FAILED = "FAILED"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class StepResult:
    """Result of a step. `words`: one line with the figures; `details`: one line per problem."""

    step: str
    state: StepState
    words: str
    details: tuple[str, ...] = ()


def build_result(step: str, summary: str, problems: list[str]) -> StepResult:
    """Return failed with the list of problems, or passed without any."""
    return StepResult(step, StepState.FAILED if problems else StepState.PASSED, summary, tuple(problems))
