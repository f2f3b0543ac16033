"""The reader of this process: the installation's places and its newest live model, looked after while it runs."""

from collections.abc import Collection
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection

from binhyen.areas import queries as areas
from binhyen.intake.upward.decide import up
from binhyen.kit import logs
from binhyen.language import ready
from binhyen.language.choose import Chosen, choose, live_versions
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, Reading
from binhyen.people import names as officers

LOOK_AGAIN = 20.0  # seconds: a model that went live is in use everywhere within a minute
log = logs.get("reading")


class Here:
    """Keeps a reader; asks the folder of models now and then, and loads again only when its newest one changed."""

    def __init__(self) -> None:
        self._chosen: Chosen | None = None
        self._reader: Reader | None = None
        self._seen: tuple[Path, str] | None = None
        self._root: object = None  # the setting as it was at the last look
        self._next = 0.0

    def reader(self) -> Reader:
        gazetteer, chosen = areas.gazetteer(), self.chosen()
        if self._reader is None or self._reader.gazetteer is not gazetteer or self._reader.model is not chosen.model:
            self._reader = Reader(gazetteer, chosen.model)
        return self._reader

    def chosen(self) -> Chosen:
        """Which model reads. Where a version was passed over, every look is a new try."""
        chosen, root = self._chosen, settings.MODELS_ROOT
        if chosen is not None and monotonic() < self._next and root is self._root:
            return chosen
        folder, self._root = Path(root), root
        self._next = monotonic() + LOOK_AGAIN
        newest = next((v.name for v in live_versions(folder)), "")
        if chosen is None or chosen.passed_over or (folder, newest) != self._seen:
            found = choose(folder)
            if found.passed_over:
                log.error("model_passed_over", versions=found.passed_over, reads=found.version)
            if chosen is not None and found.version == chosen.version:  # the same again: no reader is made anew
                found = Chosen(chosen.model, found.version, found.passed_over)
            self._chosen = chosen = found
        self._seen = (folder, newest)
        return chosen


_here = Here()


def load() -> None:
    """Before this process takes messages: places, model and word lists in memory, so that the first does not wait.

    Where the database does not answer or holds no areas yet, the first message loads them.
    """
    try:
        ready.load(reader())
    except (DatabaseError, areas.NotLoaded) as problem:
        log.warning("reader_not_loaded", problem=type(problem).__name__)
    finally:
        connection.close()


def reader() -> Reader:
    """The reader with this installation's places and model; made anew when either changes."""
    return _here.reader()


def read_upward(words: str, *, unit_ids: Collection[int] = ()) -> Reading:
    """In doubt as a complaint about police: of the province's officers, or those of these units, one may be named who
    would read it.
    """
    names = officers.of_units({areas.directory().province_unit_id, *unit_ids})
    return up(reader().understand(words), words, [name for each in names.values() for name in each])


def is_danger(text: str) -> bool:
    """Is there danger to life in these words, or a crime under way?"""
    return reader().understand(text).urgency >= DANGER


def in_use() -> Chosen:
    return _here.chosen()
