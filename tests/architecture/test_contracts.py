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
class PlantedImport:
    """A forbidden import: `line` at the end of `file`, which is created if missing."""

    contract: str
    file: str
    line: str


PLANTS = (
    PlantedImport("layers", "binhyen/audit/planted.py", "import binhyen.people.roles"),
    PlantedImport("layers", "binhyen/people/planted.py", "import binhyen.vault.services"),
    PlantedImport("layers", "binhyen/vault/planted.py", "import binhyen.channels.services"),
    PlantedImport("layers", "binhyen/channels/planted.py", "import binhyen.cases.services.create"),
    PlantedImport("layers", "binhyen/cases/planted.py", "import binhyen.intake.pipeline"),
    PlantedImport("layers", "binhyen/intake/planted.py", "import binhyen.stats.services"),
    PlantedImport("layers", "binhyen/stats/planted.py", "import binhyen.api.services"),
    PlantedImport("layers", "binhyen/stats/planted.py", "import binhyen.inspection.entry_labels"),
    PlantedImport("layers", "binhyen/api/planted.py", "import binhyen.urls"),
    PlantedImport("layers", "binhyen/kit/planted.py", "import binhyen.ui.formatting"),
    PlantedImport("steps", "binhyen/cases/queries/planted.py", "import binhyen.cases.services.unit_of_work"),
    PlantedImport("steps", "binhyen/channels/models.py", "import binhyen.channels.queries"),
    PlantedImport("steps", "binhyen/stats/services.py", "import binhyen.stats.views"),
    PlantedImport("steps", "binhyen/people/roles.py", "import binhyen.people.models"),
    PlantedImport("pure-rules", "binhyen/intake/decision.py", "import django.conf"),
    PlantedImport("pure-rules", "binhyen/cases/rules.py", "import binhyen.kit.clock"),
    PlantedImport("pure-rules", "binhyen/cases/kinds.py", "import binhyen.cases.models"),
    PlantedImport("pure-rules", "binhyen/language/reader.py", "import django.utils.text"),
    PlantedImport("pure-rules", "binhyen/channels/types.py", "import aiohttp"),
    PlantedImport("bare-gateway", "binhyen/kit/sse.py", "import django.conf"),
    PlantedImport("bare-gateway", "binhyen/channels/kinds/web/adapter.py", "import binhyen.channels.models"),
    PlantedImport("siblings", "binhyen/tips/planted.py", "import binhyen.conduct.routing"),
    PlantedImport("siblings", "binhyen/conduct/planted.py", "import binhyen.tips.rules"),
    PlantedImport("layers", "binhyen/intake/planted.py", "import binhyen.conduct.services"),
    PlantedImport("private-conduct", "binhyen/stats/planted.py", "import binhyen.conduct.models"),
    PlantedImport("pure-rules", "binhyen/conduct/routing.py", "import django.conf"),
    PlantedImport("pure-rules", "binhyen/people/conflicts.py", "import binhyen.people.models"),
    PlantedImport(
        "no-kinds-below", "binhyen/channels/services/quarantine.py", "import binhyen.channels.kinds.zalo_oa.adapter"
    ),
    PlantedImport("kinds", "binhyen/channels/kinds/zalo_oa/planted.py", "import binhyen.channels.kinds.web.adapter"),
    PlantedImport("stand-in", "emulator/planted.py", "import binhyen.kit.text"),
    PlantedImport("stand-in", "binhyen/planted.py", "import emulator.signing"),
    PlantedImport("kit-knows-nothing", "binhyen/ui/planted.py", "import binhyen.people.access"),
    PlantedImport("one-database-starter", "binhyen/demo/scenario.py", "import binhyen.embedded_postgres"),
    PlantedImport("private-vault", "binhyen/cases/services/officer_actions.py", "import binhyen.vault.models"),
    PlantedImport("private-audit", "binhyen/cases/services/officer_actions.py", "import binhyen.audit.models"),
    PlantedImport("private-stats", "binhyen/api/planted.py", "import binhyen.stats.models"),
    PlantedImport("private-api", "binhyen/navigation.py", "import binhyen.api.models"),
    PlantedImport("second-factors", "binhyen/api/planted.py", "import allauth.mfa.models"),
    PlantedImport("layers", "binhyen/privacy/planted.py", "import binhyen.intake.pipeline"),
    PlantedImport("layers", "binhyen/consents/planted.py", "import binhyen.channels.services"),
    PlantedImport("pure-rules", "binhyen/privacy/rules/retention.py", "import binhyen.kit.clock"),
    PlantedImport("private-privacy", "binhyen/intake/planted.py", "import binhyen.privacy.models"),
    PlantedImport("private-kit", "binhyen/cases/services/officer_actions.py", "import binhyen.kit.models"),
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
    plant: PlantedImport = request.param
    file = copy / plant.file
    before = file.read_text() if file.exists() else None
    file.write_text(f"{before or ''}\n{plant.line}\n")
    yield copy
    if before is None:
        file.unlink()
    else:
        file.write_text(before)


def check_contracts(folder: Path, *contracts: str) -> tuple[bool, str]:
    """Return whether the contracts (default: all) hold in the folder's packages, and the linter's output."""
    chosen = [part for contract in contracts for part in ("--contract", contract)]
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as c; c()",
            "--no-cache",
            "--no-logo",
            *chosen,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Analyzed" in done.stdout, done.stdout + done.stderr
    return done.returncode == 0, done.stdout


def test_every_contract_is_kept() -> None:
    is_valid, output = check_contracts(ROOT)
    assert is_valid, output


STEPS, SCREENS = ("services", "queries", "models"), ("django.http", "django.shortcuts", "django.template")


def find_screen_imports(folder: Path) -> list[str]:
    """Return services, queries and models that import request or page classes; the linter can only ban all of Django."""
    violations = []
    for file in sorted((folder / "binhyen").glob("*/**/*.py")):
        parts = file.relative_to(folder / "binhyen").with_suffix("").parts
        if parts[1] in STEPS and "tests" not in parts:
            imported = (node for node in ast.walk(ast.parse(file.read_text())))
            names = [n for node in imported for n in _list_imports(node)]
            violations += [f"{file.name}: {name}" for name in names if name.startswith(SCREENS)]
    return violations


def _list_imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_services_queries_and_models_know_no_screens(copy: Path) -> None:
    assert find_screen_imports(ROOT) == []
    file = copy / "binhyen" / "cases" / "services" / "officer_actions.py"
    before = file.read_text()
    file.write_text(f"{before}\nfrom django import http\n")
    assert find_screen_imports(copy) == ["officer_actions.py: django.http"]
    file.write_text(before)


def test_the_copy_without_a_plant_is_clean(copy: Path) -> None:
    is_valid, output = check_contracts(copy)
    assert is_valid, output


@pytest.mark.parametrize(
    ("planted", "plant"),
    [(p, p) for p in PLANTS],
    indirect=["planted"],
    ids=[f"{p.contract}: {p.file}" for p in PLANTS],
)
def test_a_violation_is_caught(planted: Path, plant: PlantedImport) -> None:
    is_valid, output = check_contracts(planted, plant.contract)
    module = plant.file.removesuffix(".py").replace("/", ".")
    assert not is_valid, f"{plant.contract} does not detect «{plant.line}» in {plant.file}"
    assert module in output, output


def test_every_contract_has_a_plant() -> None:
    assert {c["id"] for c in CONTRACTS} == {p.contract for p in PLANTS}


def test_every_channel_kind_is_under_the_contract_of_the_gateway() -> None:
    """The registry loads adapters by name, so no import chain leads from the gateway to them: the contracts list their
    paths.
    """
    from binhyen.settings import CHANNEL_KINDS

    for path in CHANNEL_KINDS:
        assert re.fullmatch(r"binhyen\.channels\.kinds\.\w+\.adapter\.\w+", path), path


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [
        ("bare-gateway", "newcomer/adapter.py", "import binhyen.channels.models"),
        ("kinds", "newcomer/events.py", "import binhyen.channels.kinds.web.adapter"),
        ("no-kinds-below", "../services/quarantine.py", "import binhyen.channels.kinds.newcomer.adapter"),
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
        assert check_contracts(copy, contract)[0], "control"
        touched.write_text(f"{before}\n{line}\n")
        assert not check_contracts(copy, contract)[0]
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
