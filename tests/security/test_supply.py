"""Results of `./dev scan`: each judgement is tested with the fault that must change it, without the tools themselves.

The tools run in an environment of their own, in `./dev scan`; its step «rules proved» is the control of every rule.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scan import advisories, sast, sbom
from scan.result import StepState
from scan.sast import ToolError
from scan.suppressions import ScanFinding, Suppression, find_unsuppressed, iter_suppressions

ROOT = Path(__file__).resolve().parents[2]
HASH = "a" * 64
LOCK = f"orjson==3.1 \\\n    --hash=sha256:{HASH}\nnumpy==2.4 ; python_version > '3' \\\n    --hash=sha256:{HASH}\n"


def test_enough_rules_and_each_has_examples_of_both_kinds() -> None:
    rules = sast.load_rule_ids()
    assert len(rules) >= 25
    shown = [m for p in sast.EXAMPLES.rglob("*") if p.is_file() for m in sast.iter_marks(p.read_text())]
    for kind in ("ruleid", "ok"):
        assert rules - {rule for mark, rule, _ in shown if mark == kind} == set()


def test_a_rule_that_sleeps_or_sees_ghosts_is_noticed() -> None:
    text = "# ruleid: weak-hash\nhashlib.md5(x)\n# ok: weak-hash\nhashlib.sha256(x)\n"
    rule_names = frozenset({"weak-hash"})
    right = [ScanFinding("weak-hash", "x.py", 2, 2)]
    assert sast.find_example_mismatches(right, {"x.py": text}, rule_names) == []
    assert sast.find_example_mismatches([], {"x.py": text}, rule_names) == ["x.py:2 weak-hash misses this"]
    ghost = [*right, ScanFinding("weak-hash", "x.py", 4, 4)]
    assert sast.find_example_mismatches(ghost, {"x.py": text}, rule_names) == ["x.py:4 weak-hash is wrong here"]
    assert sast.find_example_mismatches(right, {"x.py": text}, rule_names | {"shell"}) == [
        "shell has no bad example",
        "shell has no good example",
    ]


def test_a_finding_is_explained_beside_it_and_with_a_reason() -> None:
    findings, rule_names = [ScanFinding("shell", "x.py", 5, 6)], frozenset({"shell", "weak-hash"})

    def list_wrong(*rows: Suppression) -> list[str]:
        return find_unsuppressed(findings, rows, rule_names)

    assert list_wrong(Suppression(("shell",), "x.py", 4, "a constant of ours")) == []
    assert list_wrong(Suppression(("shell",), "x.py", 6, "a constant of ours")) == []
    assert list_wrong() == ["x.py:5 shell"]
    assert list_wrong(Suppression(("shell",), "x.py", 3, "a constant of ours"))[0] == "x.py:5 shell"
    assert list_wrong(Suppression(("shell",), "y.py", 5, "a constant of ours"))[0] == "x.py:5 shell"
    assert "without a reason" in list_wrong(Suppression(("shell",), "x.py", 5, "ok"))[0]
    fine = Suppression(("shell",), "x.py", 5, "a constant of ours")
    assert "nothing is found there" in list_wrong(fine, Suppression(("weak-hash",), "x.py", 9, "a constant of ours"))[0]
    assert "is no rule" in list_wrong(fine, Suppression(("weak-hush",), "x.py", 9, "a constant of ours"))[0]


def test_reasons_are_read_in_every_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x()  # nosemgrep: shell, weak-hash  because of this\n")
    (tmp_path / "a.js").write_text("// nosemgrep: code-from-text  because of that\n")
    (tmp_path / "a.html").write_text("{# nosemgrep: template-unescaped  because of it #}\n")
    (tmp_path / "b.py").write_text("x()  # noqa: S310, E501  our own gateway\ny()  # noqa: E501\n")
    assert [(r.rules, r.why) for r in iter_suppressions(tmp_path, ("a.py", "a.js", "a.html"))] == [
        (("shell", "weak-hash"), "because of this"),
        (("code-from-text",), "because of that"),
        (("template-unescaped",), "because of it"),
    ]
    assert [(r.rules, r.why) for r in iter_suppressions(tmp_path, ("b.py",), noqa=True)] == [
        (("B310",), "our own gateway")
    ]


def test_every_lock_is_pinned_and_hashed() -> None:
    for name in sbom.LOCKS:
        assert sbom.find_lock_problems(name, (ROOT / "requirements" / f"{name}.txt").read_text()) == []


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (LOCK.replace(f" \\\n    --hash=sha256:{HASH}\nnumpy", "\nnumpy"), "orjson 3.1 has no hash"),
        (LOCK.replace("orjson==3.1", "orjson>=3.1"), "is no pinned package"),
        ("--index-url https://example.org/\n" + LOCK, "is no pinned package"),
        (LOCK + "git+https://example.org/x.git\n", "is no pinned package"),
        ("", "nothing is locked"),
    ],
)
def test_a_loose_lock_is_noticed(fault: str, message: str) -> None:
    assert sbom.find_lock_problems("base", LOCK) == []
    assert any(message in line for line in sbom.find_lock_problems("base", fault))


def test_what_is_installed_here_is_what_is_locked() -> None:
    have = sbom.list_installed(ROOT / ".venv")
    assert sbom.find_drift(have, sbom.load_lock("base"), sbom.load_lock("dev")) == []
    assert sbom.find_drift({**have, "orjson": "0.1"}, sbom.load_lock("base"), sbom.load_lock("dev"))
    assert sbom.find_drift({**have, "left-pad": "1.0"}, sbom.load_lock("base"), sbom.load_lock("dev"))
    assert sbom.find_drift(
        {n: v for n, v in have.items() if n != "orjson"}, sbom.load_lock("base"), sbom.load_lock("dev")
    )


def test_a_part_that_the_list_forgets_is_noticed() -> None:
    locked, _ = sbom.parse_lock(LOCK)
    full = {
        "components": [
            {
                "name": p.name,
                "version": p.version,
                "externalReferences": [{"hashes": [{"alg": "SHA-256", "content": h} for h in p.hashes]}],
            }
            for p in locked
        ]
    }
    assert sbom.find_sbom_problems(full, locked) == []
    without_one: dict[str, Any] = {"components": full["components"][1:]}
    assert sbom.find_sbom_problems(without_one, locked) == ["orjson 3.1 is not in the list of parts"]
    bare = json.loads(json.dumps(full))
    bare["components"][0]["externalReferences"] = []
    assert sbom.find_sbom_problems(bare, locked) == ["orjson 3.1: hashes are missing from the list of parts"]


def build_service(ours: list[dict[str, Any]], knows: bool = True) -> Callable[[str], dict[str, Any]]:
    """Return a fake advisory service that answers so about our packages, and about the vulnerable release if it
    `knows`.
    """
    weak = {"name": "pyyaml", "version": "5.1", "vulns": [{"id": "CVE-2020-1747", "fix_versions": ["5.3.1"]}]}
    skipped = {"name": "pyyaml", "skip_reason": "not found"}

    def answer_query(requirements: str) -> dict[str, Any]:
        return {"dependencies": [weak if knows else skipped] if requirements.startswith("pyyaml==5.1") else ours}

    return answer_query


GOOD = {"name": "orjson", "version": "3.1", "vulns": []}
BAD = {"name": "orjson", "version": "3.1", "vulns": [{"id": "CVE-1", "fix_versions": []}]}
SKIPPED = {"name": "orjson", "skip_reason": "Dependency not found"}


def raise_unavailable(_: str) -> dict[str, Any]:
    raise ToolError("no route")


@pytest.mark.parametrize(
    ("ask", "state"),
    [
        (build_service([GOOD]), StepState.PASSED),
        (build_service([BAD]), StepState.FAILED),
        (build_service([SKIPPED]), StepState.NOT_CHECKED),
        (build_service([]), StepState.NOT_CHECKED),
        (
            build_service([GOOD], knows=False),
            StepState.NOT_CHECKED,
        ),  # a mirror without advisories reports everything as fine
        (build_service([BAD], knows=False), StepState.NOT_CHECKED),
        (raise_unavailable, StepState.NOT_CHECKED),
    ],
)
def test_an_advisory_check_that_could_not_run_never_passes(
    ask: Callable[[str], dict[str, Any]], state: StepState
) -> None:
    assert advisories.check_requirements("orjson==3.1\n", ask).state is state


def test_ci_runs_the_scan() -> None:
    steps = (ROOT / ".ci" / "run").read_text()
    assert re.search(r'^\{ \./dev check && \./dev scan; \} >"\$notes/check" 2>&1 &$', steps, re.MULTILINE), (
        "beside the tests"
    )
    assert re.search(r'^of check "\$check"$', steps, re.MULTILINE), "and its result is required"
