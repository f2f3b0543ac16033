"""The shipped library of procedures, as data."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from binhyen.procedures.rules.states import ProcedureContent, Variant

_FILE = Path(__file__).parents[1] / "data" / "library.toml"


@lru_cache(maxsize=1)
def load_library() -> tuple[int, Mapping[str, ProcedureContent]]:
    """Return the revision of the library, and key → text of each procedure."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return document["revision"], {row["key"]: _build_content(row, document) for row in document["procedure"]}


def _build_content(row: Mapping[str, Any], document: Mapping[str, Any]) -> ProcedureContent:
    source = document["sources"].get(row.get("source", ""), {})
    defaults = document["defaults"]
    valid_from: dt.date = row.get("valid_from", source.get("from"))
    return ProcedureContent(
        topic=row["topic"],
        title=row["title"],
        questions=row["questions"].strip(),
        steps=row["steps"].strip(),
        papers=row["papers"].strip(),
        fee=row["fee"],
        duration=row["duration"],
        place=row.get("place", defaults["place"]),
        hours=row.get("hours", defaults["hours"]),
        ask=row.get("ask", ""),
        variants=tuple(Variant(item["label"], tuple(item["words"]), item["text"]) for item in row.get("variants", ())),
        source=row.get("source_text", source.get("text", "")),
        source_url=row.get("source_url", source.get("url", "")),
        source_on=row.get("source_on", source.get("on")),
        valid_from=valid_from,
        valid_to=None,
    )
