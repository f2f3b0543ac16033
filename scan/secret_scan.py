"""Secret scanning: detect-secrets over the tree against the reviewed findings (secrets.json), and over history."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from detect_secrets.core.scan import get_plugins, scan_line
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings, transient_settings

from scan.result import StepResult, StepState, build_result
from scan.sast import ROOT

BASELINE = ROOT / "scan" / "secrets.json"
# Pictures, word lists and locks: not written by people, and full of random-looking text.
_EXCLUDED = re.compile(r"\.(png|svg|npz|geojson|csv|tsv|jsonl)$|^requirements/.*\.txt$|^scan/secrets\.json$")
_TEST = re.compile(r"(^|/)tests/|^conftest\.py$")
# History and tests are scanned only for secrets with a fixed format; the rest of the tree with every detector.
_FORMAT_DETECTORS = (
    "PrivateKeyDetector",
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "PypiTokenDetector",
    "SlackDetector",
    "StripeDetector",
    "SendGridDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
    "NpmDetector",
)
_API_TOKEN = re.compile(r"\bbinhyen_[A-Za-z0-9_-]{40,}")  # a token of our own API


def _format_detectors() -> Any:
    return transient_settings({"plugins_used": [{"name": plugin} for plugin in _FORMAT_DETECTORS]})


def run_git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout.decode(
        errors="replace"
    )


def scan_files(names: Iterable[str], root: Path = ROOT) -> set[tuple[str, str, str]]:
    """Return (file, kind, hash of the secret). Tests are full of fictitious keys: there only secrets with a fixed
    format.
    """
    secrets = SecretsCollection(root=str(root))
    names = list(names)
    with default_settings():
        for name in (file_name for file_name in names if not _TEST.search(file_name)):
            secrets.scan_file(name)
    with _format_detectors():
        for name in filter(_TEST.search, names):
            secrets.scan_file(name)
    return {(name, secret.type, secret.secret_hash) for name, secret in secrets}


def load_baseline() -> dict[tuple[str, str, str], str]:
    """Load reviewed findings that are no secrets → reason."""
    rows: list[dict[str, Any]] = json.loads(BASELINE.read_text()) if BASELINE.exists() else []
    return {(row["file"], row["kind"], row["hash"]): row["why"] for row in rows}


def write_baseline(findings: Iterable[tuple[str, str, str]], reviewed: dict[tuple[str, str, str], str]) -> None:
    """Rewrite the baseline; new entries need a reason."""
    rows = [
        {"file": file_name, "kind": kind, "hash": digest, "why": reviewed.get((file_name, kind, digest), "")}
        for file_name, kind, digest in sorted(findings)
    ]
    BASELINE.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def compare_with_baseline(findings: set[tuple[str, str, str]], reviewed: dict[tuple[str, str, str], str]) -> list[str]:
    """List new findings, known ones without a reason, and obsolete ones."""
    problems = [f"{name}: {kind} not reviewed" for name, kind, _ in sorted(findings - reviewed.keys())]
    problems += [
        f"{name}: {kind} in secrets.json is gone: take it out" for name, kind, _ in sorted(reviewed.keys() - findings)
    ]
    return problems + [
        f"{key[0]}: {key[1]} in secrets.json without a reason" for key, reason in reviewed.items() if not reason
    ]


def check_secrets(*, accept: bool = False) -> StepResult:
    names = [
        file_name
        for file_name in run_git("ls-files").splitlines()
        if not _EXCLUDED.search(file_name) and (ROOT / file_name).is_file()
    ]
    findings, reviewed = scan_files(names), load_baseline()
    if accept:
        write_baseline(findings, reviewed)
        reviewed = load_baseline()
    return build_result(
        "secrets",
        f"{len(names)} files, {len(findings)} look-alikes explained",
        compare_with_baseline(findings, reviewed),
    )


def scan_diff(lines: Iterable[str]) -> list[str]:
    """List secrets in added lines of a diff: (file, kind)."""
    problems, name = [], ""
    with _format_detectors():
        # scan_line costs 0.07 ms a line of history; without a match of these expressions it finds nothing.
        formats = [expression for plugin in get_plugins() for expression in plugin.denylist]
        for line in lines:
            if line.startswith("+++ "):
                name = line[6:].strip()
            elif line.startswith("+") and len(line) > 20:
                if _API_TOKEN.search(line):
                    problems.append(f"{name}: a token of the API")
                if any(expression.search(line) for expression in formats):
                    problems += [f"{name}: {secret.type}" for secret in scan_line(line[1:])]
    return problems


def check_history_for_secrets() -> StepResult:
    """Check every line added by any commit; a secret removed later is still leaked."""
    left_out = [
        f":!{path}" for path in ("binhyen/data", "binhyen/language/data", "requirements/*.txt", "docs/images", "*.svg")
    ]
    try:
        diff = run_git("log", "-p", "--all", "--no-color", "--unified=0", "--no-textconv", "--", ".", *left_out)
    except (OSError, subprocess.CalledProcessError):
        return StepResult("history", StepState.NOT_CHECKED, "no git history here")
    lines = diff.splitlines()
    reviewed = {(name, kind) for name, kind, _ in load_baseline()}
    problems = sorted({problem for problem in scan_diff(lines) if tuple(problem.split(": ", 1)) not in reviewed})
    return build_result(
        "history", f"{len(lines)} lines of {run_git('rev-list', '--count', '--all').strip()} commits", problems
    )
