"""`binhyen understand | match | cluster`: JSON lines in, JSON lines out; no database, no server, no network."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import IO, Any

from binhyen.kit.process_setup import gc_frozen_startup
from binhyen.language.cluster import Clusterer, IncidentReport
from binhyen.language.lostfound.match import FOUND, LOST, Matcher, Post
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reader import Reader

_VIETNAM = timezone(timedelta(hours=7))
_MAX_RANKED = 20  # found posts listed for one lost post


class RowError(ValueError):
    """An input row that cannot be read; the message is for the operator, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class InputRow:
    """One input line: its object, or its error."""

    id: Any
    data: dict[str, Any]
    error: str | None = None


def main(argv: Sequence[str], source: IO[bytes] | None = None, target: IO[bytes] | None = None) -> int:
    """Run one command on standard input. Return 0, or 1 if a row could not be read; 2 is argparse's."""
    parser = argparse.ArgumentParser(prog="binhyen", description="Đọc tin nhắn: mỗi dòng một JSON vào, một JSON ra")
    parser.add_argument("command", choices=sorted(_COMMANDS))
    arguments = parser.parse_args(list(argv))
    rows = _read_rows(source or sys.stdin.buffer)
    out = target or sys.stdout.buffer
    failed = False
    for answer in _COMMANDS[arguments.command](rows):
        failed = failed or "error" in answer
        out.write(_serialize(answer))
        if arguments.command == "understand":
            out.flush()
    out.flush()
    return 1 if failed else 0


def understand_rows(rows: Iterator[InputRow]) -> Iterator[dict[str, Any]]:
    """Answer each row as it arrives."""
    with gc_frozen_startup():
        reader = Reader()
    for row in rows:
        try:
            reading = reader.understand(_get_string(row, "text"))
        except RowError as problem:
            yield {"id": row.id, "error": str(problem)}
            continue
        yield {
            "id": row.id,
            "category": reading.category,
            "confidence": round(reading.confidence, 4),
            "top": [[label, round(score, 4)] for label, score in reading.top],
            "urgency": reading.urgency,
            "sensitive": reading.sensitive,
            "entities": [
                {
                    "type": entity.type,
                    "text": entity.text,
                    "start": entity.start,
                    "end": entity.end,
                    "norm": entity.norm,
                }
                for entity in reading.entities
            ],
            "reasons": list(reading.reasons),
        }


def match_rows(rows: Iterator[InputRow]) -> Iterator[dict[str, Any]]:
    """Read all posts, then answer each lost post (and each bad row) in the order of the input."""
    gazetteer = Gazetteer.load_default()
    matcher = Matcher(gazetteer)
    pending: list[tuple[InputRow, Post | str]] = []
    ids: dict[str, Any] = {}
    for row in rows:
        try:
            post = _parse_post(row, gazetteer)
            if post.id in ids:
                raise RowError("id lặp lại")
        except RowError as problem:
            pending.append((row, str(problem)))
            continue
        ids[post.id] = row.id
        matcher.add(post)
        if post.kind == LOST:
            pending.append((row, post))
    for row, item in pending:
        if isinstance(item, str):
            yield {"id": row.id, "error": item}
            continue
        ranked = matcher.find_candidates(item, limit=_MAX_RANKED)
        yield {
            "id": row.id,
            "ranked": [ids[candidate.id] for candidate in ranked],
            "scores": [candidate.score for candidate in ranked],
            "reasons": [list(candidate.reasons) for candidate in ranked],
        }


def cluster_rows(rows: Iterator[InputRow]) -> Iterator[dict[str, Any]]:
    """Read all reports in chronological order, then answer each: only the end shows which reports stay alone."""
    reader = Reader()
    clusterer = Clusterer(reader.understand, reader.gazetteer)
    order: list[tuple[InputRow, str | None]] = []
    for number, row in enumerate(rows):
        try:
            report = IncidentReport(
                str(number), _get_string(row, "text"), _parse_posted_at(row), _get_group(row, reader.gazetteer)
            )
        except RowError as problem:
            order.append((row, str(problem)))
            continue
        clusterer.add(report)
        order.append((row, None))
    clusters = clusterer.assign_clusters()
    for number, (row, problem_text) in enumerate(order):
        if problem_text:
            yield {"id": row.id, "error": problem_text}
            continue
        assignment = clusters[str(number)]
        answer = {"id": row.id, "cluster": assignment.cluster}
        yield answer | {"joined": assignment.is_joined} if assignment.cluster else answer


_COMMANDS = {"understand": understand_rows, "match": match_rows, "cluster": cluster_rows}


def _read_rows(source: IO[bytes]) -> Iterator[InputRow]:
    for line in source:
        if not line.strip():
            continue
        try:
            data = json.loads(line.decode("utf-8-sig"))
        except UnicodeDecodeError:
            yield InputRow(None, {}, "dòng không phải UTF-8")
        except (ValueError, RecursionError):
            yield InputRow(None, {}, "dòng không phải JSON")
        else:
            if not isinstance(data, dict):
                yield InputRow(None, {}, "dòng không phải một đối tượng JSON")
            elif not isinstance(data.get("id"), str | int):
                yield InputRow(None, data, "thiếu id")
            else:
                yield InputRow(data["id"], data)


def _get_string(row: InputRow, name: str) -> str:
    if row.error:
        raise RowError(row.error)
    value = row.data.get(name)
    if not isinstance(value, str):
        raise RowError(f"thiếu {name}, hoặc {name} không phải là chữ")
    return value


def _parse_posted_at(row: InputRow) -> datetime:
    """Return `posted_at` in UTC. Times without an offset are Vietnamese; numbers are seconds since 1970."""
    value = row.data.get("posted_at")
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        moment = datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=_VIETNAM)).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as problem:
        raise RowError("posted_at không phải là thời điểm ISO 8601") from problem


def _get_group(row: InputRow, gazetteer: Gazetteer) -> str | None:
    """Return the commune code of the group if its name contains one, else the name as given."""
    value = row.data.get("group")
    if not isinstance(value, str | int) or not str(value).strip():
        return None
    name = str(value).strip()
    if name in gazetteer.communes:
        return name
    return gazetteer.find_commune_of_group(name) or name


def _parse_post(row: InputRow, gazetteer: Gazetteer) -> Post:
    text = _get_string(row, "text")
    kind = row.data.get("kind")
    if kind not in (LOST, FOUND):
        raise RowError("kind phải là lost hoặc found")
    return Post(f"{kind}:{row.id}", kind, text, _parse_posted_at(row), _get_group(row, gazetteer))


def _serialize(answer: dict[str, Any]) -> bytes:
    try:
        return json.dumps(answer, ensure_ascii=False).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer).encode("ascii") + b"\n"
