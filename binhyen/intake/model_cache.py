"""Model cache of this process: the installation's gazetteer and its newest live model, hot-reloaded."""

from collections.abc import Collection
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection

from binhyen.areas import queries as areas
from binhyen.intake.complaint_detection.detect import up
from binhyen.kit import logs
from binhyen.language import preload
from binhyen.language.model_selection import Chosen, choose, live_versions
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, Reading
from binhyen.people import officer_names as officers

LOOK_AGAIN = 20.0  # seconds: a model that went live is in use everywhere within a minute
log = logs.get("reading")


class Here:
    """Caches a reader; polls the model folder and reloads only if the newest model changed."""

    def __init__(self) -> None:
        self._chosen: Chosen | None = None
        self._reader: Reader | None = None
        self._seen: tuple[Path, str] | None = None
        self._root: object = None  # the setting at the last check
        self._next = 0.0

    def reader(self) -> Reader:
        gazetteer, chosen = areas.gazetteer(), self.chosen()
        if self._reader is None or self._reader.gazetteer is not gazetteer or self._reader.model is not chosen.model:
            self._reader = Reader(gazetteer, chosen.model)
        return self._reader

    def chosen(self) -> Chosen:
        """Return the model in use. After a skipped version every check tries it again."""
        chosen, root = self._chosen, settings.MODELS_ROOT
        if chosen is not None and monotonic() < self._next and root is self._root:
            return chosen
        folder, self._root = Path(root), root
        self._next = monotonic() + LOOK_AGAIN
        newest = next((v.name for v in live_versions(folder)), "")
        if chosen is None or chosen.passed_over or (folder, newest) != self._seen:
            found = choose(folder)
            if found.passed_over:
                log.error("model_skipped", versions=found.passed_over, reads=found.version)
            if chosen is not None and found.version == chosen.version:  # the same version: do not build a new reader
                found = Chosen(chosen.model, found.version, found.passed_over)
            self._chosen = chosen = found
        self._seen = (folder, newest)
        return chosen


_here = Here()


def load() -> None:
    """Load gazetteer, model and word lists before this process takes messages, so that the first does not wait.

    If the database does not answer or has no areas yet, the first message loads them.
    """
    try:
        preload.load(reader())
    except (DatabaseError, areas.NotLoaded) as problem:
        log.warning("reader_not_loaded", problem=type(problem).__name__)
    finally:
        connection.close()


def reader() -> Reader:
    """Return the reader with this installation's gazetteer and model; rebuilt when either changes."""
    return _here.reader()


def read_upward(words: str, *, unit_ids: Collection[int] = ()) -> Reading:
    """Classify a text, in doubt as a complaint about police.

    It may name an officer of the province, or of these units, as its possible reader.
    """
    names = officers.of_units({areas.directory().province_unit_id, *unit_ids})
    return up(reader().understand(words), words, [name for each in names.values() for name in each])


def is_danger(text: str) -> bool:
    """Return whether the text reports danger to life or a crime in progress."""
    return reader().understand(text).urgency >= DANGER


def in_use() -> Chosen:
    return _here.chosen()
