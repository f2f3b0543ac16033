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
from binhyen.language.classify.classifier import SHIPPED, Classifier, MessageClassification
from binhyen.language.classify.lexicon_classifier import LexiconClassifier
from binhyen.language.reader import Model
from binhyen.language.reading import Entity
from binhyen.language.tokenizer import DATA

MODEL_FILE, LIVE_FILE = "model.npz", "live.json"
SHIPPED_METRICS_FILE = DATA / "figures.json"
SHIPPED_NAME, LEXICON_NAME = "shipped", "lexicon"
_TRIAL_TEXT = "Có nhóm thanh niên cầm dao đánh nhau ở chợ, gọi 0912 345 678"


@dataclass(frozen=True, slots=True)
class ModelSelection:
    """The selected model.

    `version`: folder name, «shipped» or «lexicon»; `skipped_versions`: versions that could not be used.
    """

    model: Model
    version: str
    passed_over: tuple[str, ...] = ()


class _ModelWithFallback:
    """Fallback wrapper: if the model fails at one message, the lexicon reads that message (for a person to check)."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def classify(self, text: str, entities: Sequence[Entity]) -> MessageClassification:
        try:
            return self._model.classify(text, entities)
        except Exception:
            return _lexicon_model().classify(text, entities)


def list_live_versions(folder: Path) -> list[Path]:
    """Return the folders of live models, newest first (their names begin with their creation time)."""
    try:
        return sorted(
            (mark.parent for mark in folder.glob(f"*/{LIVE_FILE}")),
            key=lambda folder_path: folder_path.name,
            reverse=True,
        )
    except OSError:
        return []


def read_metrics(version: Path) -> dict[str, Any]:
    """Return the metrics measured when the model went live; empty if they cannot be read."""
    return _read_json(version / LIVE_FILE)


def read_shipped_metrics() -> dict[str, Any]:
    """Return the scores of the shipped model on the evaluation rows at training time."""
    return _read_json(SHIPPED_METRICS_FILE)


def _read_json(note: Path) -> dict[str, Any]:
    try:
        content = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def select_model(folder: Path | None = None, shipped: Path = SHIPPED) -> ModelSelection:
    """Return the best model that works. Never raises."""
    skipped: list[str] = []
    for name, path in _list_candidates(folder, shipped):
        model = _load_checked(path)
        if model is not None:
            return ModelSelection(_ModelWithFallback(model), name, tuple(skipped))
        skipped.append(name)
    return ModelSelection(_lexicon_model(), LEXICON_NAME, tuple(skipped))


def _list_candidates(folder: Path | None, shipped: Path) -> Iterable[tuple[str, Path]]:
    for version in list_live_versions(folder) if folder else ():
        yield version.name, version / MODEL_FILE
    yield SHIPPED_NAME, shipped


def _load_checked(path: Path) -> Model | None:
    """Return the model if it loads and reads. A corrupt file can raise any exception, so all are caught."""
    try:
        model = Classifier.load(path)
        model.classify(_TRIAL_TEXT, ())
    except Exception:
        return None
    return model


def _lexicon_model() -> Model:
    try:
        return LexiconClassifier(lexicon.shipped_lexicon())
    except Exception:  # a lexicon corrupted by an edit
        return LexiconClassifier(None)
