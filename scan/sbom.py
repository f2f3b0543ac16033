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

from scan.result import Verdict, judged
from scan.sast import ROOT, tool

LOCKS = ("base", "dev", "scan")
SBOM = ROOT / "var" / "sbom.json"
# Packages of a fresh environment, and the program itself.
_OWN = frozenset({"pip", "setuptools", "wheel", "binhyen"})
_LINE = re.compile(r"^(?P<name>[\w.-]+)(?:\[[\w, -]+\])?==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<marker>[^\\]+?))?\s*\\?$")
_HASH = re.compile(r"^\s+--hash=sha256:(?P<hash>[0-9a-f]{64})\s*\\?$")


@dataclass(frozen=True, slots=True)
class Part:
    """One locked package. `here`: this machine needs it (by its marker)."""

    name: str
    version: str
    hashes: frozenset[str]
    here: bool = True


def read_lock(text: str) -> tuple[list[Part], list[str]]:
    """Parse a lock file: its packages, and lines that are neither a pinned package nor its hash."""
    parts: list[Part] = []
    odd = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if pinned := _LINE.match(line):
            marker = pinned["marker"]
            here = Marker(marker).evaluate() if marker else True
            parts.append(Part(canonicalize_name(pinned["name"]), pinned["version"], frozenset(), here))
        elif parts and (hashed := _HASH.match(line)):
            last = parts[-1]
            parts[-1] = Part(last.name, last.version, last.hashes | {hashed["hash"]}, last.here)
        else:
            odd.append(line.strip())
    return parts, odd


def lock(name: str) -> list[Part]:
    return read_lock((ROOT / "requirements" / f"{name}.txt").read_text())[0]


def lock_faults(name: str, text: str) -> list[str]:
    """List problems of a lock file: unpinned, unhashed, or with an address."""
    parts, odd = read_lock(text)
    wrong = [f"{name}: «{line[:80]}» is no pinned package" for line in odd]
    wrong += [f"{name}: {p.name} {p.version} has no hash" for p in parts if not p.hashes]
    return wrong + ([] if parts else [f"{name}: nothing is locked"])


def installed(environment: Path) -> dict[str, str]:
    """Return name → version of every package in an environment."""
    folders = [str(p) for p in environment.glob("lib/python3.*/site-packages")]
    return {canonicalize_name(d.metadata["Name"]): d.version for d in distributions(path=folders)}


def drift(have: dict[str, str], must: Iterable[Part], may: Iterable[Part] = ()) -> list[str]:
    """List differences between an environment and the locks: missing, another version, or not locked."""
    must = [p for p in must if p.here]
    locked = {p.name: p.version for p in (*may, *must)}
    wrong = [f"{p.name} {p.version} is locked but not installed" for p in must if p.name not in have]
    for name, version in sorted(have.items()):
        if name not in locked and name not in _OWN:
            wrong.append(f"{name} {version} is installed but in no lock")
        elif name in locked and Version(locked[name]) != Version(version):
            wrong.append(f"{name} {version} is installed, {locked[name]} is locked")
    return wrong


def check_locks() -> Verdict:
    """Check that every package is pinned with hashes and installed as locked."""
    wrong = []
    for name in LOCKS:
        wrong += lock_faults(name, (ROOT / "requirements" / f"{name}.txt").read_text())
    have = installed(ROOT / ".venv")
    wrong += drift(have, lock("base"), lock("dev"))
    wrong += [f"scan: {line}" for line in drift(installed(Path(sys.prefix)), lock("scan"))]
    total = sum(len(lock(name)) for name in LOCKS)
    return judged("locks", f"{total} packages pinned with hashes, {len(have)} installed as locked", wrong)


def sbom_faults(sbom: dict[str, object], parts: Iterable[Part]) -> list[str]:
    """List locked packages that the SBOM does not contain with version and every hash."""
    known: dict[tuple[str, str], set[str]] = {}
    for component in sbom.get("components", ()):  # type: ignore[attr-defined]
        hashes = {
            h["content"] for r in component.get("externalReferences", ()) for h in r.get("hashes", ())
            if h["alg"] == "SHA-256"
        }  # fmt: skip
        known[canonicalize_name(component["name"]), component.get("version", "")] = hashes
    wrong = []
    for part in parts:
        if (part.name, part.version) not in known:
            wrong.append(f"{part.name} {part.version} is not in the list of parts")
        elif not part.hashes <= known[part.name, part.version]:
            wrong.append(f"{part.name} {part.version}: hashes are missing from the list of parts")
    return wrong


def check_sbom() -> Verdict:
    """Write var/sbom.json (CycloneDX) from the production lock; check that a second run gives the same."""
    how = ("requirements", "--of", "JSON", "--output-reproducible", "-o", "-", "requirements/base.txt")
    made = [tool("cyclonedx-py", *how) for _ in range(2)]
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(made[0])
    parts = lock("base")
    wrong = sbom_faults(json.loads(made[0]), parts)
    if made[0] != made[1]:
        wrong.append("made twice, the list of parts differs")
    mark = hashlib.sha256(made[0].encode()).hexdigest()
    return judged("parts (SBOM)", f"{len(parts)} packages in var/sbom.json, sha256 {mark}", wrong)
