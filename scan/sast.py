"""Static analysis: our own semgrep rules (offline) and bandit; each rule is proved on examples first."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from scan.result import StepResult, build_result
from scan.suppressions import ScanFinding, find_unsuppressed, iter_suppressions

ROOT = Path(__file__).resolve().parent.parent
RULES, EXAMPLES = ROOT / "scan" / "rules", ROOT / "scan" / "examples"
PRODUCT = ("binhyen", "emulator")
SOURCE_SUFFIXES = (".py", ".html", ".js", ".txt")
_MARK = re.compile(r"(?:#|//)\s*(?P<kind>ruleid|ok): (?P<rules>[a-z-]+(?:, ?[a-z-]+)*)")
_RULE = re.compile(r"^  - id: (\S+)$", re.MULTILINE)
_ENVIRONMENT = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}


class ToolError(Exception):
    """A tool failed; its findings are void."""


def run_tool(name: str, *arguments: str, cwd: Path = ROOT, allowed_codes: tuple[int, ...] = (0,)) -> str:
    """Run a tool of this environment; return its standard output."""
    settings = ROOT / "var" / "semgrep.yml"
    settings.parent.mkdir(exist_ok=True)
    completed = subprocess.run(
        [str(Path(sys.executable).parent / name), *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **_ENVIRONMENT, "SEMGREP_SETTINGS_FILE": str(settings)},
        timeout=600,
    )
    if completed.returncode not in allowed_codes:
        raise ToolError(f"{name} ended with {completed.returncode}: {completed.stderr.strip()[-600:]}")
    return completed.stdout


def load_rule_ids() -> frozenset[str]:
    return frozenset(rule_id for file in RULES.glob("*.yaml") for rule_id in _RULE.findall(file.read_text()))


def list_source_files(*folders: str) -> list[str]:
    """List source files of the product without tests and migrations."""
    names = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT)
            if path.suffix in SOURCE_SUFFIXES and not {"tests", "migrations", "__pycache__", "data"} & set(name.parts):
                names.append(name.as_posix())
    return names


def run_semgrep(cwd: Path, *targets: str) -> tuple[list[ScanFinding], list[str]]:
    """Return findings in the targets below `at`, suppressed ones too, and the scanned files."""
    output = run_tool(
        "semgrep",
        "scan",
        "--metrics=off",
        "--disable-version-check",
        "--disable-nosem",
        "--no-git-ignore",
        "--json",
        "--quiet",
        "--exclude=tests",
        "--exclude=migrations",
        "--config",
        str(RULES),
        *targets,
        cwd=cwd,
    )
    report = json.loads(output)
    if report["errors"]:
        raise ToolError(
            "; ".join(str(error_entry.get("message", error_entry))[:300] for error_entry in report["errors"][:5])
        )
    findings = [
        ScanFinding(
            entry["check_id"].rpartition(".")[2],
            entry["path"],
            entry["start"]["line"],
            entry["end"]["line"],
            entry["extra"]["message"],
        )
        for entry in report["results"]
    ]
    return findings, report["paths"]["scanned"]


def iter_marks(text: str) -> Iterable[tuple[str, str, int]]:
    """Yield (ruleid or ok, rule, marked line): the line after the mark."""
    for number, line in enumerate(text.splitlines(), 1):
        match = _MARK.search(line)
        if match:
            yield from ((match["kind"], rule.strip(), number + 1) for rule in match["rules"].split(","))


def find_example_mismatches(
    findings: Iterable[ScanFinding], texts: dict[str, str], rule_names: frozenset[str]
) -> list[str]:
    """List differences between the rules' findings and the marks of the examples."""
    hits = {(finding.path, finding.rule, finding.line) for finding in findings}
    bad_rules: set[str] = set()
    good_rules: set[str] = set()
    problems = []
    for path, text in texts.items():
        for kind, rule, line in iter_marks(text):
            (bad_rules if kind == "ruleid" else good_rules).add(rule)
            if rule not in rule_names:
                problems.append(f"{path}:{line} speaks of «{rule}», which is no rule")
            elif ((path, rule, line) in hits) != (kind == "ruleid"):
                problems.append(f"{path}:{line} {rule} {'misses this' if kind == 'ruleid' else 'is wrong here'}")
    problems += [f"{rule} has no bad example" for rule in sorted(rule_names - bad_rules)]
    problems += [f"{rule} has no good example" for rule in sorted(rule_names - good_rules)]
    return problems


def check_examples() -> StepResult:
    """Check that each rule finds its bad examples and ignores its good ones: the control of the next step."""
    rule_names = load_rule_ids()
    findings, _ = run_semgrep(EXAMPLES, ".")
    findings = [
        ScanFinding(finding.rule, finding.path.removeprefix("./"), finding.line, finding.last) for finding in findings
    ]
    texts = {
        path.relative_to(EXAMPLES).as_posix(): path.read_text()
        for path in EXAMPLES.rglob("*")
        if path.suffix in SOURCE_SUFFIXES
    }
    problems = find_example_mismatches(findings, texts, rule_names)
    return build_result(
        "rules proved",
        f"{len(rule_names)} rules, "
        f"{sum(len(list(iter_marks(example_text))) for example_text in texts.values())} examples",
        problems,
    )


def check_rules() -> StepResult:
    """Check the product with our rules: every finding needs an explanation beside it."""
    findings, scanned = run_semgrep(ROOT, *PRODUCT)
    files = list_source_files(*PRODUCT)
    problems = find_unsuppressed(findings, iter_suppressions(ROOT, files), load_rule_ids())
    unscanned = sorted({file_name for file_name in files if file_name.endswith((".py", ".html", ".js"))} - set(scanned))
    problems += [f"{name} was not read" for name in unscanned]
    return build_result("own rules", f"{len(scanned)} files, {len(findings)} findings explained", problems)


def check_bandit() -> StepResult:
    """Run bandit: no high finding at all; the rest explained by ruff's «noqa: Snnn  why» (the same numbers)."""
    output = run_tool("bandit", "-q", "-c", "pyproject.toml", "-f", "json", "-r", *PRODUCT, allowed_codes=(0, 1))
    report = json.loads(output)
    problems = [f"{error_entry['filename']}: {error_entry['reason']}" for error_entry in report["errors"]]
    findings = []
    for entry in report["results"]:
        lines = [entry["line_number"], *entry.get("line_range", [])]
        finding = ScanFinding(
            entry["test_id"], entry["filename"].removeprefix("./"), min(lines), max(lines), entry["issue_text"]
        )
        if entry["issue_severity"] == "HIGH":
            problems.append(f"{finding} (high: must be fixed, not explained)")
        findings.append(finding)
    files = [file_name for file_name in list_source_files(*PRODUCT) if file_name.endswith(".py")]
    problems += find_unsuppressed(findings, iter_suppressions(ROOT, files, noqa=True))
    return build_result(
        "bandit", f"{report['metrics']['_totals']['loc']} lines, {len(findings)} findings explained, 0 high", problems
    )
