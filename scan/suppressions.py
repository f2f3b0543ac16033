"""Suppressions in the source: «nosemgrep: rule-id  why» on the line of a finding or on the line before.

A suppression without a reason, for an unknown rule, or without a finding is itself a finding, so that they cannot
accumulate.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_NOSEMGREP = re.compile(r"nosemgrep: (?P<rules>[a-z-]+(?:, ?[a-z-]+)*)(?P<why>[^#]*)")
_NOQA = re.compile(r"noqa: (?P<codes>[A-Z]+\d+(?:, ?[A-Z]+\d+)*)(?P<why>[^#]*)")
_MIN_REASON_LENGTH = 10  # letters of a reason


@dataclass(frozen=True, slots=True)
class ScanFinding:
    """A finding. `last`: its last line."""

    rule: str
    path: str
    line: int
    last: int
    message: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.rule}  {self.message}".rstrip()


@dataclass(frozen=True, slots=True)
class Suppression:
    rules: tuple[str, ...]
    path: str
    line: int
    why: str


def iter_suppressions(root: Path, paths: Iterable[str], *, noqa: bool = False) -> Iterator[Suppression]:
    """Yield every suppression in the files. `noqa`: those of ruff's S rules, which are bandit's, as B numbers."""
    pattern, group = (_NOQA, "codes") if noqa else (_NOSEMGREP, "rules")
    for path in paths:
        for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
            match = pattern.search(line)
            if not match:
                continue
            rules = tuple(part.strip() for part in match[group].split(","))
            if noqa:
                rules = tuple(f"B{rule[1:]}" for rule in rules if re.fullmatch(r"S\d{3}", rule))
            if rules:
                yield Suppression(rules, path, number, match["why"].strip(" -—:.*/%}>\t"))


def find_unsuppressed(
    findings: Iterable[ScanFinding], suppressions: Iterable[Suppression], rule_names: frozenset[str] | None = None
) -> list[str]:
    """List problems: findings without a reason, and (with `known` rules) suppressions without a finding."""
    suppressions = list(suppressions)
    used: set[tuple[str, int, str]] = set()
    problems = []
    for finding in sorted(set(findings), key=lambda sort_item: (sort_item.path, sort_item.line, sort_item.rule)):
        matching = [
            suppression
            for suppression in suppressions
            if suppression.path == finding.path
            and finding.rule in suppression.rules
            and finding.line - 1 <= suppression.line <= finding.last
        ]
        used |= {(suppression.path, suppression.line, finding.rule) for suppression in matching}
        if not matching:
            problems.append(str(finding))
        elif all(len(suppression.why) < _MIN_REASON_LENGTH for suppression in matching):
            problems.append(f"{finding.path}:{matching[0].line} {finding.rule} is silenced without a reason")
    for reason in suppressions if rule_names is not None else ():
        for rule in reason.rules:
            if rule not in (rule_names or ()):
                problems.append(f"{reason.path}:{reason.line} explains «{rule}», which is no rule")
            elif (reason.path, reason.line, rule) not in used:
                problems.append(f"{reason.path}:{reason.line} explains {rule}, but nothing is found there: take it out")
    return problems
