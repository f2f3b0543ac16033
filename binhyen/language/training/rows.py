"""Training messages: one JSON object a line, in data/training/<category>.jsonl.

Fields: id, text (may hold slots like {xa}), category, urgency 0-3, sensitive (null: not labelled), template (family of
near-equal texts; a family never crosses a split), register, split (train, dev, test). Pure but for reading the files.
"""

import json
import random
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from binhyen.language.classify.mask_places import mask_places
from binhyen.language.entities import extract_named_entities
from binhyen.language.places import Gazetteer
from binhyen.language.reading import CATEGORIES
from binhyen.language.tokenizer import DATA
from binhyen.language.training.slot_fillers import FILLERS

FOLDER = DATA / "training"
BLIND = ("blind", "blind2", "blind3", "blind4", "blind5", "blind6", "blind7", "blind8")
SPLITS = ("train", "dev", "test", *BLIND)
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One labelled message as stored."""

    id: str
    text: str
    category: str
    urgency: int
    sensitive: bool | None
    template: str
    register: str
    split: str


def read_rows(path: Path) -> Iterator[TrainingRow]:
    """Yield the rows of one file. Raises ValueError with the line number for a wrong label."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield validate_row(TrainingRow(**json.loads(line)))
            except (TypeError, ValueError) as error:
                raise ValueError(f"{path.name}:{number}: {error}") from error


def validate_row(row: TrainingRow) -> TrainingRow:
    """Return the row unchanged if its labels are valid, else raise ValueError."""
    if row.category not in CATEGORIES or row.urgency not in range(4) or row.split not in SPLITS or not row.text:
        raise ValueError(f"row {row.id} has an unknown label")
    return row


def load_shipped_rows() -> tuple[TrainingRow, ...]:
    """Return every row of the repository, in a fixed order."""
    return tuple(row for name in CATEGORIES for row in read_rows(FOLDER / f"{name}.jsonl"))


def load_blind_rows() -> tuple[TrainingRow, ...]:
    """Return rows by other authors, one file per split: used for measuring only, never for training or tuning."""
    return tuple(row for name in BLIND for row in read_rows(FOLDER / f"{name}.jsonl"))


def filter_split(rows: Iterable[TrainingRow], *splits: str) -> tuple[TrainingRow, ...]:
    return tuple(row for row in rows if row.split in splits)


def fill_row(row: TrainingRow, copy: int = 0) -> TrainingRow:
    """Return the row with its slots filled; the same id and copy always give the same text."""
    return replace(row, text=fill_slots(row.text, f"{row.id}/{copy}"))


def model_input(row: TrainingRow) -> str:
    """Return the text of a row as the model receives it: filled, and without its places."""
    text = fill_row(row).text
    return mask_places(text, extract_named_entities(text, _gazetteer()).entities())


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer:
    return Gazetteer.load_default()


def fill_slots(text: str, name: str) -> str:
    """Return the text with its slots filled; the same name gives the same result."""
    # nosemgrep: dice-for-secrets  variety of training rows, repeatable
    rng = random.Random(zlib.crc32(name.encode()))  # noqa: S311 - variety, not secrecy
    return _SLOT.sub(lambda match: FILLERS[match[1]](rng), text)
