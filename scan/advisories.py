"""Known vulnerabilities of our dependencies, if an advisory service is reachable; «not checked» if none is.

pip-audit without a service reports «no known vulnerabilities» and passes. So a release with known vulnerabilities is
queried first: a service that does not report it is no service, and its other answers are ignored.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scan.result import StepResult, StepState
from scan.sast import ToolError, run_tool
from scan.sbom import LOCKS, load_lock

KNOWN_VULNERABLE = "pyyaml==5.1"  # CVE-2020-1747 and others: every service knows it
STEP = "advisories"


def query_pip_audit(requirements: str) -> dict[str, Any]:
    """Return pip-audit's answer for pinned packages. Raises ToolBroken without one."""
    with tempfile.TemporaryDirectory() as folder:
        requirements_file = Path(folder) / "requirements.txt"
        requirements_file.write_text(requirements)
        output = run_tool(
            "pip-audit",
            "-r",
            str(requirements_file),
            "--disable-pip",
            "--no-deps",
            "--timeout",
            "5",
            "--progress-spinner",
            "off",
            "-f",
            "json",
            allowed_codes=(0, 1),
        )
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError as error:
        raise ToolError("pip-audit gave no answer") from error
    return answer


def list_vulnerabilities(answer: dict[str, Any]) -> list[str]:
    return [
        f"{dependency['name']} {dependency['version']}: {vulnerability['id']}, "
        f"mended in {', '.join(vulnerability['fix_versions']) or 'no release yet'}"
        for dependency in answer["dependencies"]
        for vulnerability in dependency.get("vulns", ())
    ]


def check_requirements(requirements: str, query: Callable[[str], dict[str, Any]]) -> StepResult:
    """Pass only if a working service reports no vulnerability, package by package."""
    count = requirements.count("\n")
    try:
        if not list_vulnerabilities(query(KNOWN_VULNERABLE + "\n")):
            return StepResult(
                STEP, StepState.NOT_CHECKED, f"no advisory service can be reached; {count} packages unasked"
            )
        answer = query(requirements)
    except ToolError:
        return StepResult(STEP, StepState.NOT_CHECKED, f"the service broke off; {count} packages unasked")
    vulnerabilities = list_vulnerabilities(answer)
    if vulnerabilities:
        return StepResult(STEP, StepState.FAILED, f"{len(vulnerabilities)} known weaknesses", tuple(vulnerabilities))
    answered = [dependency for dependency in answer["dependencies"] if "vulns" in dependency]
    if len(answered) < count:
        return StepResult(
            STEP, StepState.NOT_CHECKED, f"the service answered for {len(answered)} of {count} packages only"
        )
    return StepResult(STEP, StepState.PASSED, f"{count} packages without a known weakness")


def check_advisories() -> StepResult:
    pinned = {(package.name, package.version) for name in LOCKS for package in load_lock(name)}
    return check_requirements("".join(f"{name}=={version}\n" for name, version in sorted(pinned)), query_pip_audit)
