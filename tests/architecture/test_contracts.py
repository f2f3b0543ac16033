"""Import contracts: every contract of pyproject.toml holds, and each detects a planted violation.

A copy of the packages (Python files only) gets one planted import; the real import-linter checks it against the real
contracts. A contract that no planted import can break protects nothing.
"""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("binhyen", "emulator")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


@dataclass(frozen=True, slots=True)
class Plant:
    """A forbidden import: `line` at the end of `file`, which is created if missing."""

    contract: str
    file: str
    line: str


PLANTS = (
    Plant("layers", "binhyen/audit/planted.py", "import binhyen.people.roles"),
    Plant("layers", "binhyen/people/planted.py", "import binhyen.vault.services"),
    Plant("layers", "binhyen/vault/planted.py", "import binhyen.channels.services"),
    Plant("layers", "binhyen/channels/planted.py", "import binhyen.cases.services.create"),
    Plant("layers", "binhyen/cases/planted.py", "import binhyen.intake.pipeline"),
    Plant("layers", "binhyen/intake/planted.py", "import binhyen.stats.services"),
    Plant("layers", "binhyen/stats/planted.py", "import binhyen.api.services"),
    Plant("layers", "binhyen/stats/planted.py", "import binhyen.inspection.entry_labels"),
    Plant("layers", "binhyen/api/planted.py", "import binhyen.urls"),
    Plant("layers", "binhyen/kit/planted.py", "import binhyen.ui.formatting"),
    Plant("steps", "binhyen/cases/queries/planted.py", "import binhyen.cases.services.unit_of_work"),
    Plant("steps", "binhyen/channels/models.py", "import binhyen.channels.queries"),
    Plant("steps", "binhyen/stats/services.py", "import binhyen.stats.views"),
    Plant("steps", "binhyen/people/roles.py", "import binhyen.people.models"),
    Plant("pure-rules", "binhyen/intake/decision.py", "import django.conf"),
    Plant("pure-rules", "binhyen/cases/rules.py", "import binhyen.kit.clock"),
    Plant("pure-rules", "binhyen/cases/kinds/tip.py", "import binhyen.cases.models"),
    Plant("pure-rules", "binhyen/language/reader.py", "import django.utils.text"),
    Plant("pure-rules", "binhyen/channels/types.py", "import aiohttp"),
    Plant("bare-door", "binhyen/kit/sse.py", "import django.conf"),
    Plant("bare-door", "binhyen/channels/kinds/web/adapter.py", "import binhyen.channels.models"),
    Plant("siblings", "binhyen/tips/planted.py", "import binhyen.conduct.routing"),
    Plant("siblings", "binhyen/conduct/planted.py", "import binhyen.tips.rules"),
    Plant("layers", "binhyen/intake/planted.py", "import binhyen.conduct.services"),
    Plant("private-conduct", "binhyen/stats/planted.py", "import binhyen.conduct.models"),
    Plant("pure-rules", "binhyen/conduct/routing.py", "import django.conf"),
    Plant("pure-rules", "binhyen/people/conflicts.py", "import binhyen.people.models"),
    Plant("no-kinds-below", "binhyen/channels/services/quarantine.py", "import binhyen.channels.kinds.zalo_oa.adapter"),
    Plant("kinds", "binhyen/channels/kinds/zalo_oa/planted.py", "import binhyen.channels.kinds.web.adapter"),
    Plant("stand-in", "emulator/planted.py", "import binhyen.kit.text"),
    Plant("stand-in", "binhyen/planted.py", "import emulator.signing"),
    Plant("kit-knows-nothing", "binhyen/ui/planted.py", "import binhyen.people.access"),
    Plant("one-database-starter", "binhyen/demo_scenario.py", "import binhyen.embedded_postgres"),
    Plant("private-vault", "binhyen/cases/services/officer_actions.py", "import binhyen.vault.models"),
    Plant("private-audit", "binhyen/cases/services/officer_actions.py", "import binhyen.audit.models"),
    Plant("private-stats", "binhyen/api/planted.py", "import binhyen.stats.models"),
    Plant("private-api", "binhyen/navigation.py", "import binhyen.api.models"),
    Plant("second-factors", "binhyen/api/planted.py", "import allauth.mfa.models"),
    Plant("layers", "binhyen/privacy/planted.py", "import binhyen.intake.pipeline"),
    Plant("layers", "binhyen/consents/planted.py", "import binhyen.channels.services"),
    Plant("pure-rules", "binhyen/privacy/rules/retention.py", "import binhyen.kit.clock"),
    Plant("private-privacy", "binhyen/intake/planted.py", "import binhyen.privacy.models"),
    Plant("private-kit", "binhyen/cases/services/officer_actions.py", "import binhyen.kit.models"),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the packages' Python files and the configuration."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            target = folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


@pytest.fixture
def planted(copy: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Yield the copy with the planted import, and remove the import afterwards."""
    plant: Plant = request.param
    file = copy / plant.file
    before = file.read_text() if file.exists() else None
    file.write_text(f"{before or ''}\n{plant.line}\n")
    yield copy
    if before is None:
        file.unlink()
    else:
        file.write_text(before)


def check(folder: Path, *contracts: str) -> tuple[bool, str]:
    """Return whether the contracts (default: all) hold in the folder's packages, and the linter's output."""
    chosen = [part for contract in contracts for part in ("--contract", contract)]
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache", "--no-logo",
         *chosen],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "Analyzed" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0, done.stdout


def test_every_contract_is_kept() -> None:
    kept, said = check(ROOT)
    assert kept, said


STEPS, SCREENS = ("services", "queries", "models"), ("django.http", "django.shortcuts", "django.template")


def of_screens(folder: Path) -> list[str]:
    """Return services, queries and models that import request or page classes; the linter can only ban all of Django."""
    found = []
    for file in sorted((folder / "binhyen").glob("*/**/*.py")):
        parts = file.relative_to(folder / "binhyen").with_suffix("").parts
        if parts[1] in STEPS and "tests" not in parts:
            imported = (node for node in ast.walk(ast.parse(file.read_text())))
            names = [n for node in imported for n in _imported(node)]
            found += [f"{file.name}: {name}" for name in names if name.startswith(SCREENS)]
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_services_queries_and_models_know_no_screens(copy: Path) -> None:
    assert of_screens(ROOT) == []
    file = copy / "binhyen" / "cases" / "services" / "working.py"
    before = file.read_text()
    file.write_text(f"{before}\nfrom django import http\n")
    assert of_screens(copy) == ["working.py: django.http"]
    file.write_text(before)


def test_the_copy_without_a_plant_is_clean(copy: Path) -> None:
    kept, said = check(copy)
    assert kept, said


@pytest.mark.parametrize(
    ("planted", "plant"),
    [(p, p) for p in PLANTS],
    indirect=["planted"],
    ids=[f"{p.contract}: {p.file}" for p in PLANTS],
)
def test_a_violation_is_caught(planted: Path, plant: Plant) -> None:
    kept, said = check(planted, plant.contract)
    module = plant.file.removesuffix(".py").replace("/", ".")
    assert not kept, f"{plant.contract} does not detect «{plant.line}» in {plant.file}"
    assert module in said, said


def test_every_contract_has_a_plant() -> None:
    assert {c["id"] for c in CONTRACTS} == {p.contract for p in PLANTS}


def test_every_channel_kind_is_under_the_contract_of_the_door() -> None:
    """The registry loads adapters by name, so no import chain leads from the gateway to them: the contracts list their
    paths.
    """
    from binhyen.settings import CHANNEL_KINDS

    for path in CHANNEL_KINDS:
        assert re.fullmatch(r"binhyen\.channels\.kinds\.\w+\.adapter\.\w+", path), path


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [
        ("bare-door", "newcomer/adapter.py", "import binhyen.channels.models"),
        ("kinds", "newcomer/events.py", "import binhyen.channels.kinds.web.adapter"),
        ("no-kinds-below", "../services/held.py", "import binhyen.channels.kinds.newcomer.adapter"),
    ],
)
def test_a_new_kind_of_channel_is_under_the_contracts_without_being_named(
    copy: Path, contract: str, file: str, line: str
) -> None:
    kinds = copy / "binhyen" / "channels" / "kinds"
    touched, folder = (kinds / file).resolve(), kinds / "newcomer"
    before = touched.read_text() if touched.exists() else ""
    folder.mkdir()
    for name in ("__init__", "adapter", "events"):
        (folder / f"{name}.py").touch()
    try:
        assert check(copy, contract)[0], "control"
        touched.write_text(f"{before}\n{line}\n")
        assert not check(copy, contract)[0]
    finally:
        shutil.rmtree(folder)
        if before:
            touched.write_text(before)


@pytest.mark.parametrize("step", ["steps", "pure-rules"])
def test_every_feature_is_under_the_contract(step: str) -> None:
    """A new feature that is missing from the lists would be under no contract."""
    contract = next(c for c in CONTRACTS if c["id"] == step)
    named = {*contract.get("containers", ()), *contract.get("source_modules", ())}
    for folder in sorted((ROOT / "binhyen").iterdir()):
        feature = f"binhyen.{folder.name}"
        if step == "steps" and (folder / "models.py").exists() and folder.name != "kit":
            assert feature in named
        if step == "pure-rules" and ((folder / "rules.py").exists() or (folder / "rules").is_dir()):
            assert f"{feature}.rules" in named
