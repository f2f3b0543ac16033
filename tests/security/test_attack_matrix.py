"""The attack matrix of docs/test-evidence.md matches the tree: its tests, counts and controls exist."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(
    r"^\| (?P<row>A\d+) \| (?P<what>[^|]+) \| `(?P<file>[^`]+)` \| (?P<count>[^|]+) \| `(?P<control>\w+)` \|$", re.M
)
# If a row's count is a number, this assertion checks it.
COUNT_ASSERTIONS = {
    "tests/security/test_conflicts.py": '"BINHYEN_A2", "300"',
    "tests/security/test_key_rotation.py": "for turn in range(5)",
    "tests/security/test_matrix.py": "COUNTED[name] >= ",
    "tests/security/test_matrix_api.py": "asked >= 1000",
    "tests/security/test_canaries.py": "len(c.planted) >= 200",
    "binhyen/tips/tests/test_receipts.py": "GUESSES = 1000",
    "tests/security/test_forged_webhooks.py": "len(ALL) >= 500",
    "tests/security/test_fuzz_api.py": "headers, code) >= CASES",
    "tests/security/test_fuzz_parsers.py": "run(name) >= COUNTS[name][1] * TIMES",
    "tests/security/test_case_random_actions.py": "lives=30",
    "tests/security/test_xss.py": "len(PAYLOADS) >= 60",
    "tests/security/test_files.py": "len(corpus()) >= 60",
    "tests/security/test_egress.py": "len(FORMS) >= 40",
    "tests/security/test_sign_in.py": "len(CASES) >= 40",
    "binhyen/audit/tests/test_verification_tampering.py": "ROUNDS * len(ATTACKS) >= 200",
    "binhyen/channels/dlp/tests/test_detectors.py": "len(LEAKS) >= 500",
    "tests/security/test_export_scope.py": "check(officer, scene) == 50",
    "tests/security/test_request_limits_forms.py": "FORMS = 1000",
    "tests/security/test_conflicts_every_address.py": "there - seen - set(PAGE_ROLES) == set()",
    "tests/security/test_xss_custody.py": "unreached(walked) == set()",
    "tests/security/test_exports.py": "len(FORMULAS) >= 200",
    "tests/security/test_no_reporter_address.py": "len(c.planted) == 6",
    "tests/security/test_key_files.py": "opened_by_files(copies()) == set()",
}


def parse_rows(text: str | None = None) -> list[re.Match[str]]:
    return list(ROW.finditer(text if text is not None else (ROOT / "docs" / "test-evidence.md").read_text()))


def list_problems(proof_rows: list[re.Match[str]]) -> list[str]:
    wrong = []
    for row in proof_rows:
        path = ROOT / row["file"]
        source = path.read_text() if path.exists() else ""
        if f"def {row['control']}(" not in source:
            wrong.append(f"{row['row']}: no control {row['control']} in {row['file']}")
        count_assertion = COUNT_ASSERTIONS.get(row["file"], "")
        if count_assertion not in source:
            wrong.append(f"{row['row']}: nothing holds the count in {row['file']}")
    return wrong


def test_every_row_has_its_test_its_count_and_its_control() -> None:
    proof_rows = parse_rows()
    assert list_problems(proof_rows) == []
    assert {f"A{n}" for n in range(1, 18)} == {row["row"] for row in proof_rows}
    assert Counter(row["file"] for row in proof_rows).most_common(1)[0][1] == 1
    assert set(COUNT_ASSERTIONS) <= {row["file"] for row in proof_rows}


def list_missing_files(text: str) -> list[str]:
    """Return files in the table of requirements that are missing in the tree."""
    table = text.partition("<!-- requirements -->")[2].partition("<!-- /requirements -->")[0]
    numbers = re.findall(r"^\| (\d+) \|", table, re.M)
    assert numbers == [str(n) for n in range(1, 31)]
    return [file for file in re.findall(r"`((?:tests|binhyen)/[^`]+)`", table) if not (ROOT / file).exists()]


def test_every_requirement_names_tests_that_there_are() -> None:
    text = (ROOT / "docs" / "test-evidence.md").read_text()
    assert list_missing_files(text) == []
    assert list_missing_files(text.replace("test_witness.py", "test_gone.py")) == ["binhyen/audit/tests/test_gone.py"]


@pytest.mark.parametrize(
    "harm", [("test_control_a_crash_is_found", "test_control_gone"), ("test_forged_webhooks.py", "test_forgery.py")]
)
def test_a_wrong_line_is_noticed(harm: tuple[str, str]) -> None:
    assert list_problems(parse_rows((ROOT / "docs" / "test-evidence.md").read_text().replace(*harm)))
