"""Each chosen package has its line with a licence; each transitive package has an acceptable licence."""

import re
import tomllib
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "decisions" / "0002-dependencies.md").read_text()
ROW = re.compile(r"^\| (?P<name>[a-z][\w.-]*) \| (?P<licence>[^|]+) \| (?P<why>[^|]+) \|$", re.M)
# Permitted licences of installed packages. Copyleft only if it places no condition on a program that uses the package
# unchanged: LGPL for the database driver, MPL file by file. GPL and AGPL would extend to the whole program.
ALLOWED = re.compile(
    r"MIT|BSD|Apache|ISC|0BSD|PSF|Python Software Foundation|Python-2\.0|MPL|Mozilla|LGPL|OFL|Zlib|CC0|Unlicense|HPND|"
    r"public domain|CNRI",
    re.I,
)
FORBIDDEN = re.compile(
    r"(?<!L)\b(A?GPL|GNU (Affero )?General)|SSPL|BUSL|Commons Clause|Proprietary|non-?commercial", re.I
)
OURS = {"binhyen", "emulator"}
# Metadata less precise than the licence in the package; checked manually.
READ_BY_HAND = {"axe-playwright-python": "MIT", "qrcode": "BSD-3-Clause", "pytest-timeout": "MIT", "pyrage": "MIT"}


def get_licence(package: Distribution) -> str:
    """Return the licence in a package's metadata: the expression, else the classifiers, else the first line of the
    text.
    """
    metadata = package.metadata
    classified = "; ".join(
        c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or () if c.startswith("License")
    )
    return str(metadata["License-Expression"] or classified or (metadata["License"] or "").strip().partition("\n")[0])


def is_acceptable(words: str) -> bool:
    """Return whether it is acceptable: one side of «A OR B», both sides of «A AND B»."""
    return any(
        all(ALLOWED.search(part) and not FORBIDDEN.search(part) for part in re.split(r"\bAND\b|;", choice))
        for choice in re.split(r"\bOR\b|\bor\b(?= )", words)
    )


def list_packages() -> list[Distribution]:
    site = [str(p) for p in (ROOT / ".venv").glob("lib/python3.*/site-packages")]
    return [d for d in distributions(path=site) if d.metadata["Name"] not in OURS]


def is_chosen(name: str) -> list[str]:
    lines = (ROOT / "requirements" / f"{name}.in").read_text().splitlines()
    return [re.split(r"[\[><=,]", line)[0] for line in lines if line and not line.startswith(("#", "-"))]


@pytest.mark.parametrize("name", ["base", "dev", "scan"])
def test_every_chosen_package_is_explained_with_its_licence(name: str) -> None:
    rows = {m["name"]: m for m in ROW.finditer(TABLE)}
    for package in is_chosen(name):
        assert package in rows, f"docs/decisions/0002-dependencies.md does not mention {package}"
        assert len(rows[package]["why"]) >= 5 and is_acceptable(rows[package]["licence"]), package


def test_no_line_for_what_is_not_used_any_more() -> None:
    asked = {package for name in ("base", "dev", "scan") for package in is_chosen(name)}
    assert {m["name"] for m in ROW.finditer(TABLE)} - asked == set()


def test_every_installed_package_has_a_licence_that_we_can_live_with() -> None:
    licences = {d.metadata["Name"]: READ_BY_HAND.get(d.metadata["Name"], get_licence(d)) for d in list_packages()}
    assert len(licences) > 50
    assert {name: words for name, words in licences.items() if not is_acceptable(words)} == {}


@pytest.mark.parametrize(
    ("words", "good"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND 0BSD", True),
        ("GPL-2.0-only OR MIT", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0", False),
        ("MIT AND AGPL-3.0", False),
        ("", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("Other/Proprietary License", False),
    ],
)
def test_a_licence_that_binds_the_whole_program_is_noticed(words: str, good: bool) -> None:
    assert is_acceptable(words) is good


def test_the_build_asks_for_nothing_that_is_not_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert {re.split(r"[><=]", r)[0] for r in project["build-system"]["requires"]} <= set(is_chosen("base"))
    assert "dependencies" not in project["project"]
