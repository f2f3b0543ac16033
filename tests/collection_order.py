"""Order of test files in a run on several processes: long files first, files of many short tests last."""

from pathlib import Path

LONG_FILES = (
    "tests/security/test_request_limits_forms.py",  # two minutes by the clock
    "tests/security/test_conflicts.py",
    "tests/faults/test_process_kill.py",
    "tests/security/test_matrix.py",
    "binhyen/language/tests/test_fuzz_commands.py",
    "tests/stories/test_demo.py",
    "tests/security/test_csrf.py",
    "tests/security/test_conflicts_same_chat.py",
    "tests/test_benches.py",
    "tests/security/test_canaries.py",
    "tests/security/test_fuzz_parsers.py",
    "tests/security/test_fuzz_api.py",
    "tests/test_upgrade.py",
    "tests/test_backup.py",
    "binhyen/language/tests/test_dedup.py",
    "binhyen/language/tests/test_training.py",
)
"""The longest first."""

SHORT_FOLDERS = ("binhyen/language", "binhyen/ui", "binhyen/kit")
"""Tests without a database or with few statements: the last file of a run is a short one."""


def get_position(path: Path, root: Path) -> tuple[int, int]:
    """Return a sort key: the place among the long files, then all other files, then those of short tests."""
    name = path.relative_to(root).as_posix()
    if name in LONG_FILES:
        return 0, LONG_FILES.index(name)
    return (2 if name.startswith(SHORT_FOLDERS) else 1), 0
