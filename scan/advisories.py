"""Known vulnerabilities of our dependencies, if an advisory service is reachable; «not checked» if none is.

pip-audit without a service reports «no known vulnerabilities» and passes. So a release with known vulnerabilities is
queried first: a service that does not report it is no service, and its other answers are ignored.
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from scan.result import State, Verdict
from scan.sast import ToolBroken, tool
from scan.sbom import LOCKS, lock

KNOWN_WEAK = "pyyaml==5.1"  # CVE-2020-1747 and others: every service knows it
STEP = "advisories"


def asked(requirements: str) -> dict[str, Any]:
    """Return pip-audit's answer for pinned packages. Raises ToolBroken without one."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text(requirements)
        out = tool(
            "pip-audit", "-r", str(listed), "--disable-pip", "--no-deps", "--timeout", "5", "--progress-spinner", "off",
            "-f", "json", good=(0, 1),
        )  # fmt: skip
    try:
        answer: dict[str, Any] = json.loads(out)
    except ValueError as error:
        raise ToolBroken("pip-audit gave no answer") from error
    return answer


def weak(answer: dict[str, Any]) -> list[str]:
    return [
        f"{d['name']} {d['version']}: {v['id']}, mended in {', '.join(v['fix_versions']) or 'no release yet'}"
        for d in answer["dependencies"]
        for v in d.get("vulns", ())
    ]


def judge(requirements: str, ask: Callable[[str], dict[str, Any]]) -> Verdict:
    """Pass only if a working service reports no vulnerability, package by package."""
    count = requirements.count("\n")
    try:
        if not weak(ask(KNOWN_WEAK + "\n")):
            return Verdict(STEP, State.NOT_CHECKED, f"no advisory service can be reached; {count} packages unasked")
        answer = ask(requirements)
    except ToolBroken:
        return Verdict(STEP, State.NOT_CHECKED, f"the service broke off; {count} packages unasked")
    found = weak(answer)
    if found:
        return Verdict(STEP, State.FAILED, f"{len(found)} known weaknesses", tuple(found))
    heard = [d for d in answer["dependencies"] if "vulns" in d]
    if len(heard) < count:
        return Verdict(STEP, State.NOT_CHECKED, f"the service answered for {len(heard)} of {count} packages only")
    return Verdict(STEP, State.PASSED, f"{count} packages without a known weakness")


def check_advisories() -> Verdict:
    pinned = {(p.name, p.version) for name in LOCKS for p in lock(name)}
    return judge("".join(f"{name}=={version}\n" for name, version in sorted(pinned)), asked)
