"""Order of test files in a run on several processes: long files first, files of many short tests last."""

from pathlib import Path

LONG_FILES = frozenset(
    (
        "tests/security/test_conflicts.py",
        "tests/security/test_conflicts_beside.py",
        "tests/security/test_canaries.py",
        "tests/security/test_fuzz_parsers.py",
        "tests/security/test_fuzz_api.py",
        "tests/test_benches.py",
        "tests/test_upgrade.py",
        "tests/test_backup.py",
    )
)
SHORT_FOLDERS = ("binhyen/language", "binhyen/ui", "binhyen/kit")
"""Tests without a database or with few statements: the last file of a run is a short one."""

MODEL_TRAINING = frozenset(("test_training.py", "test_together.py"))


def get_part(path: Path, root: Path) -> int:
    """Return 0 for a long file, 2 for a file of short tests, 1 for any other."""
    name = path.relative_to(root).as_posix()
    if name in LONG_FILES:
        return 0
    return 2 if name.startswith(SHORT_FOLDERS) and path.name not in MODEL_TRAINING else 1
