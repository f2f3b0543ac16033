"""Command `./dev scan`: static checks of the source and its dependencies.

Exit status 1 if a step failed. «Not checked» is reported as such and does not fail: it is no pass either.
"""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scan import advisories, sast, sbom, secret_scan
from scan.result import StepResult, StepState
from scan.sast import ToolError

_MARKS = {StepState.PASSED: "✓", StepState.FAILED: "✗", StepState.NOT_CHECKED: "?"}
_SHOWN = 60


def run_step(step: Callable[[], StepResult]) -> StepResult:
    try:
        return step()
    except ToolError as error:
        return StepResult(step.__name__, StepState.FAILED, "the tool broke", (str(error),))


def print_step(step: Callable[[], StepResult]) -> bool:
    """Run a step and print its result; tell whether it failed."""
    started = time.monotonic()
    verdict = run_step(step)
    took = time.monotonic() - started
    lines = [f"{_MARKS[verdict.state]} {verdict.step}: {verdict.state.value}: {verdict.words} ({took:.1f} s)"]
    lines += [f"    {line}" for line in verdict.details[:_SHOWN]]
    if len(verdict.details) > _SHOWN:
        lines.append(f"    … and {len(verdict.details) - _SHOWN} more")
    print("\n".join(lines), flush=True)
    return verdict.state is StepState.FAILED


def main(arguments: list[str]) -> int:
    accept = "--accept" in arguments  # add new secret look-alikes to secrets.json, to be explained there
    # Two cores: semgrep beside everything else.
    halves: tuple[list[Callable[[], StepResult]], ...] = (
        [sast.check_examples, sast.check_rules],
        [
            sbom.check_locks,
            sbom.check_sbom,
            advisories.check_advisories,
            sast.check_bandit,
            lambda: secret_scan.check_secrets(accept=accept),
            secret_scan.check_history_for_secrets,
        ],
    )
    with ThreadPoolExecutor(2) as pool:
        failed = sum(sum(half) for half in pool.map(lambda half: [print_step(step) for step in half], halves))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
