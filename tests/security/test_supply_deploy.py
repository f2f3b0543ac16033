"""`check --deploy` reports nothing for an installation set up as documented, and something if a protection is off."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REAL = {
    "BINHYEN_URL": "https://binhyen.example.vn",
    "BINHYEN_HOSTS": "binhyen.example.vn",
    "BINHYEN_SECRET_KEY": "made-up-key " * 6,
    "DATABASE_URL": "postgresql://binhyen:x@127.0.0.1/binhyen",
    "BINHYEN_DEMO": "0",
    "BINHYEN_DEBUG": "0",
}
# Silenced in a real installation, with the reason beside it in settings.py.
SILENCED = {"security.W002", "security.W003", "security.W008", "templates.W003"}


def run_deploy_check(folder: Path, **changed: str) -> tuple[int, str]:
    environment = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("BINHYEN_", "DATABASE_URL")) or k == "BINHYEN_CLOCK_OFFSET"
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "DEBUG"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**environment, **REAL, "BINHYEN_VAR": str(folder), **changed},
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_real_installation_has_no_warning(tmp_path: Path) -> None:
    code, output = run_deploy_check(tmp_path)
    assert code == 0, output
    assert f"no issues ({len(SILENCED)} silenced)" in output


def test_debug_pages_are_noticed(tmp_path: Path) -> None:
    code, output = run_deploy_check(tmp_path, BINHYEN_DEBUG="1")
    assert code != 0 and "security.W018" in output


def test_a_weak_key_is_noticed(tmp_path: Path) -> None:
    code, output = run_deploy_check(tmp_path, BINHYEN_SECRET_KEY="a" * 40)
    assert code != 0 and "security.W009" in output


def test_plain_http_for_others_does_not_even_start(tmp_path: Path) -> None:
    code, output = run_deploy_check(tmp_path, BINHYEN_URL="http://binhyen.example.vn")
    assert code != 0 and "BINHYEN_URL" in output


def test_what_is_silenced_has_its_reason_beside_it() -> None:
    text = (ROOT / "binhyen" / "settings.py").read_text()
    silenced = text[text.index("SILENCED_SYSTEM_CHECKS") :]
    for name in SILENCED:
        line = next(line for line in silenced.splitlines() if name in line)
        assert "#" in line and len(line.partition("#")[2]) > 20
