"""Static analysis: our own semgrep rules (offline) and bandit; each rule is proved on examples first."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from scan.result import Verdict, judged
from scan.suppressions import Finding, reasons, unexplained

ROOT = Path(__file__).resolve().parent.parent
RULES, EXAMPLES = ROOT / "scan" / "rules", ROOT / "scan" / "examples"
PRODUCT = ("binhyen", "emulator")
READ = (".py", ".html", ".js", ".txt")
_MARK = re.compile(r"(?:#|//)\s*(?P<kind>ruleid|ok): (?P<rules>[a-z-]+(?:, ?[a-z-]+)*)")
_RULE = re.compile(r"^  - id: (\S+)$", re.MULTILINE)
_AROUND = {"SEMGREP_SEND_METRICS": "off", "SEMGREP_ENABLE_VERSION_CHECK": "0"}


class ToolBroken(Exception):
    """A tool failed; its findings are void."""


def tool(name: str, *arguments: str, at: Path = ROOT, good: tuple[int, ...] = (0,)) -> str:
    """Run a tool of this environment; return its standard output."""
    settings = ROOT / "var" / "semgrep.yml"
    settings.parent.mkdir(exist_ok=True)
    done = subprocess.run(
        [str(Path(sys.executable).parent / name), *arguments], cwd=at, capture_output=True, text=True, check=False,
        env={**os.environ, **_AROUND, "SEMGREP_SETTINGS_FILE": str(settings)}, timeout=600,
    )  # fmt: skip
    if done.returncode not in good:
        raise ToolBroken(f"{name} ended with {done.returncode}: {done.stderr.strip()[-600:]}")
    return done.stdout


def rule_ids() -> frozenset[str]:
    return frozenset(i for file in RULES.glob("*.yaml") for i in _RULE.findall(file.read_text()))


def tracked(*folders: str) -> list[str]:
    """List source files of the product without tests and migrations."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            name = path.relative_to(ROOT)
            if path.suffix in READ and not {"tests", "migrations", "__pycache__", "data"} & set(name.parts):
                found.append(name.as_posix())
    return found


def semgrep(at: Path, *targets: str) -> tuple[list[Finding], list[str]]:
    """Return findings in the targets below `at`, suppressed ones too, and the scanned files."""
    out = tool(
        "semgrep", "scan", "--metrics=off", "--disable-version-check", "--disable-nosem", "--no-git-ignore", "--json",
        "--quiet", "--exclude=tests", "--exclude=migrations", "--config", str(RULES), *targets, at=at,
    )  # fmt: skip
    told = json.loads(out)
    if told["errors"]:
        raise ToolBroken("; ".join(str(e.get("message", e))[:300] for e in told["errors"][:5]))
    found = [
        Finding(r["check_id"].rpartition(".")[2], r["path"], r["start"]["line"], r["end"]["line"],
                r["extra"]["message"])
        for r in told["results"]
    ]  # fmt: skip
    return found, told["paths"]["scanned"]


def marks(text: str) -> Iterable[tuple[str, str, int]]:
    """Yield (ruleid or ok, rule, marked line): the line after the mark."""
    for number, line in enumerate(text.splitlines(), 1):
        found = _MARK.search(line)
        if found:
            yield from ((found["kind"], rule.strip(), number + 1) for rule in found["rules"].split(","))


def examples_disagree(found: Iterable[Finding], texts: dict[str, str], known: frozenset[str]) -> list[str]:
    """List differences between the rules' findings and the marks of the examples."""
    hits = {(f.path, f.rule, f.line) for f in found}
    bad: set[str] = set()
    good: set[str] = set()
    wrong = []
    for path, text in texts.items():
        for kind, rule, line in marks(text):
            (bad if kind == "ruleid" else good).add(rule)
            if rule not in known:
                wrong.append(f"{path}:{line} speaks of «{rule}», which is no rule")
            elif ((path, rule, line) in hits) != (kind == "ruleid"):
                wrong.append(f"{path}:{line} {rule} {'misses this' if kind == 'ruleid' else 'is wrong here'}")
    wrong += [f"{rule} has no bad example" for rule in sorted(known - bad)]
    wrong += [f"{rule} has no good example" for rule in sorted(known - good)]
    return wrong


def check_examples() -> Verdict:
    """Check that each rule finds its bad examples and ignores its good ones: the control of the next step."""
    known = rule_ids()
    found, _ = semgrep(EXAMPLES, ".")
    found = [Finding(f.rule, f.path.removeprefix("./"), f.line, f.last) for f in found]
    texts = {p.relative_to(EXAMPLES).as_posix(): p.read_text() for p in EXAMPLES.rglob("*") if p.suffix in READ}
    wrong = examples_disagree(found, texts, known)
    return judged(
        "rules proved", f"{len(known)} rules, {sum(len(list(marks(t))) for t in texts.values())} examples", wrong
    )


def check_rules() -> Verdict:
    """Check the product with our rules: every finding needs an explanation beside it."""
    found, scanned = semgrep(ROOT, *PRODUCT)
    files = tracked(*PRODUCT)
    wrong = unexplained(found, reasons(ROOT, files), rule_ids())
    unread = sorted({f for f in files if f.endswith((".py", ".html", ".js"))} - set(scanned))
    wrong += [f"{name} was not read" for name in unread]
    return judged("own rules", f"{len(scanned)} files, {len(found)} findings explained", wrong)


def check_bandit() -> Verdict:
    """Run bandit: no high finding at all; the rest explained by ruff's «noqa: Snnn  why» (the same numbers)."""
    out = tool("bandit", "-q", "-c", "pyproject.toml", "-f", "json", "-r", *PRODUCT, good=(0, 1))
    told = json.loads(out)
    wrong = [f"{e['filename']}: {e['reason']}" for e in told["errors"]]
    found = []
    for r in told["results"]:
        lines = [r["line_number"], *r.get("line_range", [])]
        finding = Finding(r["test_id"], r["filename"].removeprefix("./"), min(lines), max(lines), r["issue_text"])
        if r["issue_severity"] == "HIGH":
            wrong.append(f"{finding} (high: must be fixed, not explained)")
        found.append(finding)
    files = [f for f in tracked(*PRODUCT) if f.endswith(".py")]
    wrong += unexplained(found, reasons(ROOT, files, noqa=True))
    return judged(
        "bandit", f"{told['metrics']['_totals']['loc']} lines, {len(found)} findings explained, 0 high", wrong
    )
