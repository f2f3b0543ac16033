"""Evaluation of clustering, matching and entities on labelled sets.

`dev` is used for tuning, `blind` only for measuring.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from binhyen.language.cluster import Clusterer, IncidentReport
from binhyen.language.lostfound.match import FOUND, Matcher, Post
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reader import Reader

SETS: Final = ("dev", "blind")
BY_NORM: Final = frozenset(("PHONE", "BANK_ACCOUNT", "ID_NUMBER", "PLATE", "URL", "MONEY", "AGE"))
_DATA: Final = Path(__file__).resolve().parents[1] / "data"

Rows = Sequence[Mapping[str, Any]]


def read_rows_of_set(name: str, kind: str) -> list[dict[str, Any]]:
    """Return the rows of `kind` (cluster, match, entities) in the set `name`. Raises OSError if it is missing."""
    lines = (_DATA / name / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def group_by_set(rows: Rows) -> dict[int, list[Mapping[str, Any]]]:
    """Group rows by set: sets are separate streams, each clustered and matched by itself."""
    parts: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        parts[int(row.get("set", 1))].append(row)
    return dict(sorted(parts.items()))


def cluster_set(rows: Rows, reader: Reader) -> dict[str, str | None]:
    """Return row id → cluster as `binhyen cluster` does, with the reader's own categories."""
    reports = Clusterer(reader.understand, reader.gazetteer)
    for row in rows:
        moment = datetime.fromisoformat(row["posted_at"])
        reports.add(
            IncidentReport(row["id"], row["text"], moment, reader.gazetteer.find_commune_of_group(row["group"] or ""))
        )
    return {key: assignment.cluster for key, assignment in reports.assign_clusters().items()}


def count_pairs(rows: Rows, clusters: Mapping[str, str | None]) -> Counter[str]:
    """Count pairs of reports joined correctly (`hit`), wrongly (`extra`), or not joined (`missed`)."""
    count: Counter[str] = Counter()
    for index, row in enumerate(rows):
        for earlier_row in rows[:index]:
            is_same_incident = row["gold"] is not None and row["gold"] == earlier_row["gold"]
            is_joined = clusters[row["id"]] is not None and clusters[row["id"]] == clusters[earlier_row["id"]]
            if is_same_incident or is_joined:
                count["hit" if is_same_incident and is_joined else "missed" if is_same_incident else "extra"] += 1
    return count


def compute_f1(count: Mapping[str, int]) -> float:
    """Return F1 of hits, extras and misses; 1 if there was nothing to find and nothing was claimed."""
    hit, wrong = count.get("hit", 0), count.get("extra", 0) + count.get("missed", 0)
    return 2 * hit / (2 * hit + wrong) if hit or wrong else 1.0


def rank_partners(rows: Rows, gazetteer: Gazetteer) -> list[int]:
    """Return for each lost post with a partner the rank of the partner among all found posts, from 0."""
    matcher = Matcher(gazetteer)
    posts = [
        Post(
            row["id"],
            row["kind"],
            row["text"],
            datetime.fromisoformat(row["posted_at"]),
            _commune_or_group(row, gazetteer),
        )
        for row in rows
    ]
    for post in posts:
        matcher.add(post)
    gold = {row["id"]: row["gold"] for row in rows if row["gold"]}
    found_count = sum(post.kind == FOUND for post in posts)
    return [
        [row.id for row in matcher.find_candidates(post, limit=found_count)].index(gold[post.id])
        for post in posts
        if post.id in gold
    ]


def _commune_or_group(row: Mapping[str, Any], gazetteer: Gazetteer) -> str | None:
    name = row["group"]
    return (gazetteer.find_commune_of_group(name) or name) if name else None


def is_same_span(gold: Mapping[str, Any], kind: str, start: int, end: int, norm: object) -> bool:
    """Return True if a span matches the gold span: numbers by value, others by overlap of half of the longer span."""
    if gold["type"] != kind:
        return False
    if kind in BY_NORM:
        return str(gold["norm"]) == str(norm)
    first, last = int(gold["start"]), int(gold["end"])
    return 2 * (min(last, end) - max(first, start)) >= max(last - first, end - start)


def count_spans(rows: Iterable[Mapping[str, Any]], reader: Reader) -> dict[str, Counter[str]]:
    """Count hits, extras and misses of every entity type, and of «micro», all together."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        unmatched = list(row["entities"])
        for entity in reader.understand(row["text"]).entities:
            match = next(
                (
                    candidate
                    for candidate in unmatched
                    if is_same_span(candidate, entity.type, entity.start, entity.end, entity.norm)
                ),
                None,
            )
            counts[entity.type]["hit" if match is not None else "extra"] += 1
            if match is not None:
                unmatched.remove(match)
        for gold in unmatched:
            counts[gold["type"]]["missed"] += 1
    counts["micro"] = sum((counts[kind] for kind in tuple(counts)), Counter())
    return dict(counts)


def format_report(name: str) -> str:
    """Format all metrics of the set `name` as text for a terminal."""
    reader = Reader()
    lines = [f"{name}: clusters, F1 over pairs (hits, wrongly joined, missed)"]
    total: Counter[str] = Counter()
    for number, rows in group_by_set(read_rows_of_set(name, "cluster")).items():
        count = count_pairs(rows, cluster_set(rows, reader))
        total += count
        lines.append(f"  set {number}: {compute_f1(count):.3f} {_format_counts(count)}")
    lines += [f"  all: {compute_f1(total):.3f} {_format_counts(total)}", f"{name}: lost → found, recall at 1 and 5"]
    for number, rows in group_by_set(read_rows_of_set(name, "match")).items():
        ranks = rank_partners(rows, reader.gazetteer)
        at1, at5 = (sum(rank < limit for rank in ranks) / len(ranks) for limit in (1, 5))
        lines.append(f"  set {number}: {at1:.3f} {at5:.3f} of {len(ranks)}")
    lines.append(f"{name}: entities, F1 (hits, extra, missed)")
    for kind, count in sorted(count_spans(read_rows_of_set(name, "entities"), reader).items()):
        lines.append(f"  {kind:13} {compute_f1(count):.3f} {_format_counts(count)}")
    return "\n".join(lines)


def _format_counts(count: Counter[str]) -> str:
    return f"({count['hit']}, {count['extra']}, {count['missed']})"
