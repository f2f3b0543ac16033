"""Which model reads: the newest live one of this installation, else the shipped one, else the phrases alone.

A folder of models holds one folder a version with `model.npz` and, once it may read, `live.json` (its figures).
A model that cannot be loaded, or that cannot read a sentence, is passed over: intake never stops because of a model.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from binhyen.language import lexicon
from binhyen.language.classify import Classified, Classifier
from binhyen.language.classify.decide import SHIPPED
from binhyen.language.classify.plain import PlainClassifier
from binhyen.language.reader import Model
from binhyen.language.reading import Entity
from binhyen.language.words import DATA

FILE, MARK = "model.npz", "live.json"
OF_SHIPPED = DATA / "figures.json"
SHIPPED_NAME, PLAIN_NAME = "shipped", "lexicon"
_TRIAL = "Có nhóm thanh niên cầm dao đánh nhau ở chợ, gọi 0912 345 678"


@dataclass(frozen=True, slots=True)
class Chosen:
    """`version`: folder name, «shipped» or «lexicon»; `passed_over`: versions that could not be used."""

    model: Model
    version: str
    passed_over: tuple[str, ...] = ()


class _Guarded:
    """A model whose failure at one message leaves that message to the phrases and a person, and reads on."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def classify(self, text: str, entities: Sequence[Entity]) -> Classified:
        try:
            return self._model.classify(text, entities)
        except Exception:
            return _plain().classify(text, entities)


def live_versions(folder: Path) -> list[Path]:
    """Folders of live models, the newest first (their names begin with the moment they were made)."""
    try:
        return sorted((mark.parent for mark in folder.glob(f"*/{MARK}")), key=lambda p: p.name, reverse=True)
    except OSError:
        return []


def figures(version: Path) -> dict[str, Any]:
    """What was measured when the model went live; empty where that cannot be read."""
    return _noted(version / MARK)


def shipped_figures() -> dict[str, Any]:
    """What the shipped model scored on the evaluation rows when it was learnt."""
    return _noted(OF_SHIPPED)


def _noted(note: Path) -> dict[str, Any]:
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def choose(folder: Path | None = None, shipped: Path = SHIPPED) -> Chosen:
    """The best model that reads. Never raises."""
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
    """The model, if it loads and reads. A broken file raises whatever its bytes happen to provoke."""
    try:
        model = Classifier.load(path)
        model.classify(_TRIAL, ())
    except Exception:
        return None
    return model


def _plain() -> Model:
    try:
        return PlainClassifier(lexicon.shipped())
    except Exception:  # a lexicon that an editor broke
        return PlainClassifier(None)
