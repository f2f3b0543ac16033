"""Suppressions in the source: «nosemgrep: rule-id  why» on the line of a finding or on the line before.

A suppression without a reason, for an unknown rule, or without a finding is itself a finding, so that they cannot
accumulate.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_EXPLAINED = re.compile(r"nosemgrep: (?P<rules>[a-z-]+(?:, ?[a-z-]+)*)(?P<why>[^#]*)")
_NOQA = re.compile(r"noqa: (?P<codes>[A-Z]+\d+(?:, ?[A-Z]+\d+)*)(?P<why>[^#]*)")
_SHORTEST = 10  # letters of a reason


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding. `last`: its last line."""

    rule: str
    path: str
    line: int
    last: int
    message: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.rule}  {self.message}".rstrip()


@dataclass(frozen=True, slots=True)
class Reason:
    rules: tuple[str, ...]
    path: str
    line: int
    why: str


def reasons(root: Path, paths: Iterable[str], *, noqa: bool = False) -> Iterator[Reason]:
    """Yield every suppression in the files. `noqa`: those of ruff's S rules, which are bandit's, as B numbers."""
    pattern, group = (_NOQA, "codes") if noqa else (_EXPLAINED, "rules")
    for path in paths:
        for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
            found = pattern.search(line)
            if not found:
                continue
            rules = tuple(part.strip() for part in found[group].split(","))
            if noqa:
                rules = tuple(f"B{rule[1:]}" for rule in rules if re.fullmatch(r"S\d{3}", rule))
            if rules:
                yield Reason(rules, path, number, found["why"].strip(" -—:.*/%}>\t"))


def unexplained(found: Iterable[Finding], given: Iterable[Reason], known: frozenset[str] | None = None) -> list[str]:
    """List problems: findings without a reason, and (with `known` rules) suppressions without a finding."""
    given = list(given)
    used: set[tuple[str, int, str]] = set()
    wrong = []
    for finding in sorted(set(found), key=lambda f: (f.path, f.line, f.rule)):
        own = [
            r for r in given
            if r.path == finding.path and finding.rule in r.rules and finding.line - 1 <= r.line <= finding.last
        ]  # fmt: skip
        used |= {(r.path, r.line, finding.rule) for r in own}
        if not own:
            wrong.append(str(finding))
        elif all(len(r.why) < _SHORTEST for r in own):
            wrong.append(f"{finding.path}:{own[0].line} {finding.rule} is silenced without a reason")
    for reason in given if known is not None else ():
        for rule in reason.rules:
            if rule not in (known or ()):
                wrong.append(f"{reason.path}:{reason.line} explains «{rule}», which is no rule")
            elif (reason.path, reason.line, rule) not in used:
                wrong.append(f"{reason.path}:{reason.line} explains {rule}, but nothing is found there: take it out")
    return wrong
