"""Real comments of social networks as counter-examples: none of them is a report.

Their sentences are not part of the repository. `data/comments.npz` holds for each comment the hashes of those of its
features that written rows have too, so that training rebuilds the model without the texts. A quarter is held back and
only measures (`evaluate --real`).
"""

import csv
import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from binhyen.language.classify.classifier import mask_places
from binhyen.language.classify.model import Features, extract_text_features
from binhyen.language.entities import extract_named_entities
from binhyen.language.lexicon import shipped_lexicon
from binhyen.language.places.gazetteer import Gazetteer
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, would_open_case_in_group
from binhyen.language.tokenizer import DATA, tokenize
from binhyen.language.training.fit import BLOCKS, MIN_ROWS_PER_FEATURE, Numbers, Vocabulary
from binhyen.language.training.rows import filter_split, load_shipped_rows, model_input

SHIPPED_COMMENTS: Final = DATA / "comments.npz"
_TEXT_COLUMNS: Final = ("input_text", "content", "comment", "text")
_PART_SEPARATOR: Final = "</s>"  # parts a title from a comment below it
_HELD_BACK_SHARE: Final = 4  # one of so many titles
_MIN_COMMENTS: Final = 3  # a feature of fewer comments is left out
_MAX_FEATURES: Final = 1 << 16  # gaps are stored in two bytes
_LIMIT: Final = 4000  # longest comment read, in code points


@dataclass(frozen=True, slots=True)
class RealComments:
    """Different comments of one file, by whether they may be trained on."""

    trained: tuple[str, ...]
    held_back: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlarmRates:
    """Shares of `count` comments that were read as danger, as urgent at all, and that would open a case in a group."""

    count: int
    danger: float
    urgent: float
    opens_case: float

    def __str__(self) -> str:
        return (
            f"{self.count} comments · urgency 3 {self.danger:.4f} · urgency ≥ 2 {self.urgent:.4f}"
            f" · would open a case {self.opens_case:.4f}"
        )


def read_comments(path: Path) -> RealComments:
    """Read a CSV file with a column of text. Raises ValueError if it has none.

    A title and the comments below it are on the same side of the split.
    """
    parts: dict[bool, dict[str, None]] = {False: {}, True: {}}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        column = next((name for name in _TEXT_COLUMNS if name in (rows.fieldnames or ())), None)
        if column is None:
            raise ValueError(f"{path.name}: no column {', '.join(_TEXT_COLUMNS)}")
        for row in rows:
            texts = [part.strip() for part in row[column].split(_PART_SEPARATOR)]
            is_held_back = zlib.crc32((texts[0] or texts[-1]).encode()) % _HELD_BACK_SHARE == 0
            parts[is_held_back].update(dict.fromkeys(text[:_LIMIT] for text in texts if text))
    return RealComments(tuple(parts[False]), tuple(text for text in parts[True] if text not in parts[False]))


def measure_alarms(texts: Sequence[str], reader: Reader) -> AlarmRates:
    """Read every comment and count its effects. Raises ValueError without comments."""
    if not texts:
        raise ValueError("no comments to measure on")
    readings = [reader.understand(text) for text in texts]
    danger = [reading.urgency >= DANGER for reading in readings]
    urgent = [reading.urgency >= DANGER - 1 for reading in readings]
    opens = [would_open_case_in_group(reading) for reading in readings]
    return AlarmRates(len(texts), *(sum(marks) / len(texts) for marks in (danger, urgent, opens)))


def write_comment_features(
    paths: Iterable[Path], out: Path = SHIPPED_COMMENTS, known: frozenset[int] | None = None
) -> Path:
    """Write the hashed features of the comments that are not held back, as far as written rows have them too.

    `known`: hashes of features, instead of those of the written rows.
    """
    if known is None:
        known = _hash_known_features()
    texts = dict.fromkeys(text for path in paths for text in read_comments(path).trained)
    gazetteer = Gazetteer.load_default()
    hashed = [
        known.intersection(hash_feature(*name) for name in _iter_names(_extract_features(text, gazetteer)))
        for text in texts
    ]
    counts = Counter(number for row in hashed for number in row)
    frequent = sorted(number for number, count in counts.items() if count >= _MIN_COMMENTS)
    # the most frequent first, so that the gaps between the places of one comment are small numbers
    table = sorted(frequent, key=counts.__getitem__, reverse=True)[:_MAX_FEATURES]
    places = {number: place for place, number in enumerate(table)}
    rows = [sorted(places[number] for number in row if number in places) for row in hashed]
    gaps = np.array([place - earlier for row in rows for earlier, place in pairwise((0, *row))], np.uint16)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        np.savez_compressed(
            file,
            allow_pickle=False,
            hashes=np.array(table, np.uint32),
            sizes=np.array([len(row) for row in rows], np.uint16),
            low=(gaps & 0xFF).astype(np.uint8),
            high=(gaps >> 8).astype(np.uint8),
        )
    return out


def load_comment_features(vocabulary: Vocabulary, path: Path = SHIPPED_COMMENTS) -> list[tuple[Numbers, ...]]:
    """Return the feature ids of the shipped comments, block by block, of the features that `vocabulary` knows."""
    with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        hashes, sizes = file["hashes"], file["sizes"].astype(np.int64)
        gaps = file["low"].astype(np.int64) + (file["high"].astype(np.int64) << 8)
    wanted = frozenset(hashes.tolist())
    ids_by_hash = {
        number: (block_number, feature_id)
        for block_number, block in enumerate(BLOCKS)
        for name, feature_id in vocabulary.numbers[block_number].items()
        if (number := hash_feature(block, name)) in wanted
    }
    located = [ids_by_hash.get(number, (-1, -1)) for number in hashes.tolist()]
    blocks, ids = np.array(located, np.int32).T
    places = [np.cumsum(row_gaps) for row_gaps in np.split(gaps, np.cumsum(sizes)[:-1])]
    return [tuple(np.sort(ids[row][blocks[row] == number]) for number in range(len(BLOCKS))) for row in places]


def hash_feature(block: str, name: str) -> int:
    """Return 32 bits for a feature."""
    return int.from_bytes(hashlib.blake2b(f"{block}:{name}".encode(), digest_size=4).digest(), "big")


def _extract_features(text: str, gazetteer: Gazetteer) -> Features:
    masked = mask_places(text, extract_named_entities(text, gazetteer).entities())
    tokenized = tokenize(masked)
    return extract_text_features(tokenized, shipped_lexicon().find(tokenized))


def _iter_names(features: Features) -> Iterator[tuple[str, str]]:
    for block in BLOCKS:
        for name in getattr(features, block):
            yield block, name


def _hash_known_features() -> frozenset[int]:
    """Return the hashes of the features that enough written rows have."""
    gazetteer = Gazetteer.load_default()
    counts: Counter[tuple[str, str]] = Counter()
    for row in filter_split(load_shipped_rows(), "train", "dev"):
        counts.update(_iter_names(_extract_features(model_input(row), gazetteer)))
    return frozenset(hash_feature(*feature) for feature, count in counts.items() if count >= MIN_ROWS_PER_FEATURE)
