"""Selection of the model: the newest live one of this installation, else the shipped one, else the lexicon alone.

A folder of models holds one folder per version with `model.npz` and, once it may be used, `live.json` (its metrics). A
model that cannot be loaded, or that cannot read a sentence, is skipped: intake never stops because of a model.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binhyen.language import lexicon
from binhyen.language.classify import Classified, Classifier
from binhyen.language.classify.classifier import SHIPPED
from binhyen.language.classify.lexicon_classifier import PlainClassifier
from binhyen.language.reader import Model
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import DATA

FILE, MARK = "model.npz", "live.json"
OF_SHIPPED = DATA / "figures.json"
SHIPPED_NAME, PLAIN_NAME = "shipped", "lexicon"
_TRIAL = "Có nhóm thanh niên cầm dao đánh nhau ở chợ, gọi 0912 345 678"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The selected model.

    `version`: folder name, «shipped» or «lexicon»; `skipped_versions`: versions that could not be used.
    """

    model: Model
    version: str
    passed_over: tuple[str, ...] = ()


class _Guarded:
    """Fallback wrapper: if the model fails at one message, the lexicon reads that message (for a person to check)."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def classify(self, text: str, entities: Sequence[Entity]) -> Classified:
        try:
            return self._model.classify(text, entities)
        except Exception:
            return _plain().classify(text, entities)


def live_versions(folder: Path) -> list[Path]:
    """Return the folders of live models, newest first (their names begin with their creation time)."""
    try:
        return sorted((mark.parent for mark in folder.glob(f"*/{MARK}")), key=lambda p: p.name, reverse=True)
    except OSError:
        return []


def figures(version: Path) -> dict[str, Any]:
    """Return the metrics measured when the model went live; empty if they cannot be read."""
    return _noted(version / MARK)


def shipped_figures() -> dict[str, Any]:
    """Return the scores of the shipped model on the evaluation rows at training time."""
    return _noted(OF_SHIPPED)


def _noted(note: Path) -> dict[str, Any]:
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def choose(folder: Path | None = None, shipped: Path = SHIPPED) -> Chosen:
    """Return the best model that works. Never raises."""
    passed_over: list[str] = []
    for name, path in _candidates(folder, shipped):
        model = _try(path)
        if model is not None:
            return Chosen(_Guarded(model), name, tuple(passed_over))
        passed_over.append(name)
    return Chosen(_plain(), PLAIN_NAME, tuple(passed_over))


def _candidates(folder: Path | None, shipped: Path) -> Iterable[tuple[str, Path]]:
    for version in live_versions(folder) if folder else ():
        yield version.name, version / FILE
    yield SHIPPED_NAME, shipped


def _try(path: Path) -> Model | None:
    """Return the model if it loads and reads. A corrupt file can raise any exception, so all are caught."""
    try:
        model = Classifier.load(path)
        model.classify(_TRIAL, ())
    except Exception:
        return None
    return model


def _plain() -> Model:
    try:
        return PlainClassifier(lexicon.shipped())
    except Exception:  # a lexicon corrupted by an edit
        return PlainClassifier(None)
