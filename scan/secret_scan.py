"""Secret scanning: detect-secrets over the tree against the reviewed findings (secrets.json), and over history."""

import json
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from detect_secrets.core.scan import scan_line
from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings, transient_settings

from scan.result import State, Verdict, judged
from scan.sast import ROOT

BASELINE = ROOT / "scan" / "secrets.json"
# Pictures, word lists and locks: not written by people, and full of random-looking text.
_LEFT_OUT = re.compile(r"\.(png|svg|npz|geojson|csv|tsv|jsonl)$|^requirements/.*\.txt$|^scan/secrets\.json$")
_TEST = re.compile(r"(^|/)tests/|^conftest\.py$")
# History and tests are scanned only for secrets with a fixed format; the rest of the tree with every detector.
_SHAPED = (
    "PrivateKeyDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "GitHubTokenDetector", "GitLabTokenDetector",
    "JwtTokenDetector", "PypiTokenDetector", "SlackDetector", "StripeDetector", "SendGridDetector",
    "TelegramBotTokenDetector", "TwilioKeyDetector", "NpmDetector",
)  # fmt: skip
_OURS = re.compile(r"\bbinhyen_[A-Za-z0-9_-]{40,}")  # a token of our own API


def _by_shape() -> Any:
    return transient_settings({"plugins_used": [{"name": plugin} for plugin in _SHAPED]})


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout.decode(
        errors="replace"
    )


def found_in(names: Iterable[str], root: Path = ROOT) -> set[tuple[str, str, str]]:
    """Return (file, kind, hash of the secret). Tests are full of fictitious keys: there only secrets with a fixed
    format.
    """
    secrets = SecretsCollection(root=str(root))
    names = list(names)
    with default_settings():
        for name in (n for n in names if not _TEST.search(n)):
            secrets.scan_file(name)
    with _by_shape():
        for name in filter(_TEST.search, names):
            secrets.scan_file(name)
    return {(name, secret.type, secret.secret_hash) for name, secret in secrets}


def baseline() -> dict[tuple[str, str, str], str]:
    """Load reviewed findings that are no secrets → reason."""
    rows: list[dict[str, Any]] = json.loads(BASELINE.read_text()) if BASELINE.exists() else []
    return {(r["file"], r["kind"], r["hash"]): r["why"] for r in rows}


def keep(found: Iterable[tuple[str, str, str]], known: dict[tuple[str, str, str], str]) -> None:
    """Rewrite the baseline; new entries need a reason."""
    rows = [{"file": f, "kind": k, "hash": h, "why": known.get((f, k, h), "")} for f, k, h in sorted(found)]
    BASELINE.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def faults(found: set[tuple[str, str, str]], known: dict[tuple[str, str, str], str]) -> list[str]:
    """List new findings, known ones without a reason, and obsolete ones."""
    wrong = [f"{name}: {kind} not reviewed" for name, kind, _ in sorted(found - known.keys())]
    wrong += [f"{name}: {kind} in secrets.json is gone: take it out" for name, kind, _ in sorted(known.keys() - found)]
    return wrong + [f"{key[0]}: {key[1]} in secrets.json without a reason" for key, why in known.items() if not why]


def check_tree(*, accept: bool = False) -> Verdict:
    names = [n for n in git("ls-files").splitlines() if not _LEFT_OUT.search(n) and (ROOT / n).is_file()]
    found, known = found_in(names), baseline()
    if accept:
        keep(found, known)
        known = baseline()
    return judged("secrets", f"{len(names)} files, {len(found)} look-alikes explained", faults(found, known))


def shaped(lines: Iterable[str]) -> list[str]:
    """List secrets in added lines of a diff: (file, kind)."""
    wrong, name = [], ""
    with _by_shape():
        for line in lines:
            if line.startswith("+++ "):
                name = line[6:].strip()
            elif line.startswith("+") and len(line) > 20:
                if _OURS.search(line):
                    wrong.append(f"{name}: a token of the API")
                wrong += [f"{name}: {secret.type}" for secret in scan_line(line[1:])]
    return wrong


def check_history() -> Verdict:
    """Check every line added by any commit; a secret removed later is still leaked."""
    left_out = [
        f":!{p}" for p in ("binhyen/data", "binhyen/language/data", "requirements/*.txt", "docs/images", "*.svg")
    ]
    try:
        diff = git("log", "-p", "--all", "--no-color", "--unified=0", "--no-textconv", "--", ".", *left_out)
    except (OSError, subprocess.CalledProcessError):
        return Verdict("history", State.NOT_CHECKED, "no git history here")
    lines = diff.splitlines()
    looked_at = {(name, kind) for name, kind, _ in baseline()}
    wrong = sorted({w for w in shaped(lines) if tuple(w.split(": ", 1)) not in looked_at})
    return judged("history", f"{len(lines)} lines of {git('rev-list', '--count', '--all').strip()} commits", wrong)
