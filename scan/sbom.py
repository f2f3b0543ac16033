"""Dependencies: lock files, installed packages, and the software bill of materials (SBOM)."""

import hashlib
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import canonicalize_name
from packaging.version import Version

from scan.result import StepResult, build_result
from scan.sast import ROOT, run_tool

LOCKS = ("base", "dev", "scan")
SBOM = ROOT / "var" / "sbom.json"
# Packages of a fresh environment, and the program itself.
_ALWAYS_INSTALLED = frozenset({"pip", "setuptools", "wheel", "binhyen"})
_LINE = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w, -]+\])?==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<marker>[^\\]+?))?\s*\\?$")
_HASH = re.compile(r"^\s+--hash=sha256:(?P<hash>[0-9a-f]{64})\s*\\?$")


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One locked package. `here`: this machine needs it (by its marker)."""

    name: str
    version: str
    hashes: frozenset[str]
    here: bool = True


def parse_lock(text: str) -> tuple[list[LockedPackage], list[str]]:
    """Parse a lock file: its packages, and lines that are neither a pinned package nor its hash."""
    parts: list[LockedPackage] = []
    invalid_lines = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if pinned := _LINE.match(line):
            marker = pinned["marker"]
            is_needed = Marker(marker).evaluate() if marker else True
            parts.append(LockedPackage(canonicalize_name(pinned["name"]), pinned["version"], frozenset(), is_needed))
        elif parts and (hashed := _HASH.match(line)):
            previous = parts[-1]
            parts[-1] = LockedPackage(
                previous.name, previous.version, previous.hashes | {hashed["hash"]}, previous.here
            )
        else:
            invalid_lines.append(line.strip())
    return parts, invalid_lines


def load_lock(name: str) -> list[LockedPackage]:
    return parse_lock((ROOT / "requirements" / f"{name}.txt").read_text())[0]


def find_lock_problems(name: str, text: str) -> list[str]:
    """List problems of a lock file: unpinned, unhashed, or with an address."""
    parts, invalid_lines = parse_lock(text)
    problems = [f"{name}: «{line[:80]}» is no pinned package" for line in invalid_lines]
    problems += [f"{name}: {package.name} {package.version} has no hash" for package in parts if not package.hashes]
    return problems + ([] if parts else [f"{name}: nothing is locked"])


def list_installed(environment: Path) -> dict[str, str]:
    """Return name → version of every package in an environment."""
    folders = [str(path) for path in environment.glob("lib/python3.*/site-packages")]
    return {
        canonicalize_name(distribution.metadata["Name"]): distribution.version
        for distribution in distributions(path=folders)
    }


def find_drift(
    present: dict[str, str], required: Iterable[LockedPackage], allowed: Iterable[LockedPackage] = ()
) -> list[str]:
    """List differences between an environment and the locks: missing, another version, or not locked."""
    required = [package for package in required if package.here]
    locked = {package.name: package.version for package in (*allowed, *required)}
    problems = [
        f"{package.name} {package.version} is locked but not installed"
        for package in required
        if package.name not in present
    ]
    for name, version in sorted(present.items()):
        if name not in locked and name not in _ALWAYS_INSTALLED:
            problems.append(f"{name} {version} is installed but in no lock")
        elif name in locked and Version(locked[name]) != Version(version):
            problems.append(f"{name} {version} is installed, {locked[name]} is locked")
    return problems


def check_locks() -> StepResult:
    """Check that every package is pinned with hashes and installed as locked."""
    problems = []
    for name in LOCKS:
        problems += find_lock_problems(name, (ROOT / "requirements" / f"{name}.txt").read_text())
    present = list_installed(ROOT / ".venv")
    problems += find_drift(present, load_lock("base"), load_lock("dev"))
    problems += [f"scan: {line}" for line in find_drift(list_installed(Path(sys.prefix)), load_lock("scan"))]
    total = sum(len(load_lock(name)) for name in LOCKS)
    return build_result("locks", f"{total} packages pinned with hashes, {len(present)} installed as locked", problems)


def find_sbom_problems(sbom: dict[str, object], parts: Iterable[LockedPackage]) -> list[str]:
    """List locked packages that the SBOM does not contain with version and every hash."""
    hashes_by_package: dict[tuple[str, str], set[str]] = {}
    for component in sbom.get("components", ()):  # type: ignore[attr-defined]
        hashes = {
            hash_entry["content"]
            for reference in component.get("externalReferences", ())
            for hash_entry in reference.get("hashes", ())
            if hash_entry["alg"] == "SHA-256"
        }
        hashes_by_package[canonicalize_name(component["name"]), component.get("version", "")] = hashes
    problems = []
    for part in parts:
        if (part.name, part.version) not in hashes_by_package:
            problems.append(f"{part.name} {part.version} is not in the list of parts")
        elif not part.hashes <= hashes_by_package[part.name, part.version]:
            problems.append(f"{part.name} {part.version}: hashes are missing from the list of parts")
    return problems


def check_sbom() -> StepResult:
    """Write var/sbom.json (CycloneDX) from the production lock; check that a second run gives the same."""
    arguments = ("requirements", "--of", "JSON", "--output-reproducible", "-o", "-", "requirements/base.txt")
    outputs = [run_tool("cyclonedx-py", *arguments) for _ in range(2)]
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(outputs[0])
    parts = load_lock("base")
    problems = find_sbom_problems(json.loads(outputs[0]), parts)
    if outputs[0] != outputs[1]:
        problems.append("made twice, the list of parts differs")
    digest = hashlib.sha256(outputs[0].encode()).hexdigest()
    return build_result("parts (SBOM)", f"{len(parts)} packages in var/sbom.json, sha256 {digest}", problems)
