"""Model cache of this process: the installation's gazetteer and its newest live model, hot-reloaded."""

from collections.abc import Collection
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connection

from binhyen.areas import queries as areas
from binhyen.intake.alarm_budget import apply_alarm_bar, read_calibration
from binhyen.intake.complaint_detection.detect import detect_complaint
from binhyen.kit import logs
from binhyen.language import preload
from binhyen.language.classify.urgency import DANGER_TALK_BAR, PRIVATE_TALK_BAR
from binhyen.language.model_selection import ModelSelection, list_live_versions, select_model
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, Reading
from binhyen.people import queries as officers

CHECK_INTERVAL_SECONDS = 20.0  # seconds: a model that went live is in use everywhere within a minute
log = logs.get_logger("reading")


class ModelCache:
    """Caches a reader; polls the model folder and reloads only if the newest model changed."""

    def __init__(self) -> None:
        self._selection: ModelSelection | None = None
        self._reader: Reader | None = None
        self._last_seen: tuple[Path, str] | None = None
        self._root: object = None  # the setting at the last check
        self._next_check = 0.0
        self._alarm_bar = DANGER_TALK_BAR

    def get_alarm_bar(self) -> float:
        """Return the log-odds from which a learnt danger in a group raises an alarm; read again with the models."""
        self.chosen()
        return self._alarm_bar

    def get_reader(self) -> Reader:
        gazetteer, selection = areas.get_gazetteer(), self.chosen()
        if self._reader is None or self._reader.gazetteer is not gazetteer or self._reader.model is not selection.model:
            self._reader = Reader(gazetteer, selection.model)
        return self._reader

    def chosen(self) -> ModelSelection:
        """Return the model in use. After a skipped version every check tries it again."""
        selection, root = self._selection, settings.MODELS_ROOT
        if selection is not None and monotonic() < self._next_check and root is self._root:
            return selection
        folder, self._root = Path(root), root
        self._next_check = monotonic() + CHECK_INTERVAL_SECONDS
        calibration = read_calibration(folder)
        self._alarm_bar = max(calibration.bar, DANGER_TALK_BAR) if calibration else DANGER_TALK_BAR
        newest = next((version.name for version in list_live_versions(folder)), "")
        if selection is None or selection.passed_over or (folder, newest) != self._last_seen:
            new_selection = select_model(folder)
            if new_selection.passed_over:
                log.error("model_skipped", versions=new_selection.passed_over, reads=new_selection.version)
            if (
                selection is not None and new_selection.version == selection.version
            ):  # the same version: do not build a new reader
                new_selection = ModelSelection(selection.model, new_selection.version, new_selection.passed_over)
            self._selection = selection = new_selection
        self._last_seen = (folder, newest)
        return selection


_model_cache = ModelCache()


def load_models() -> None:
    """Load gazetteer, model and word lists before this process takes messages, so that the first does not wait.

    If the database does not answer or has no areas yet, the first message loads them.
    """
    try:
        preload.preload_language(get_text_reader())
    except (DatabaseError, areas.AreasNotLoadedError) as problem:
        log.warning("reader_not_loaded", problem=type(problem).__name__)
    finally:
        connection.close()


def get_text_reader() -> Reader:
    """Return the reader with this installation's gazetteer and model; rebuilt when either changes."""
    return _model_cache.get_reader()


def get_alarm_bar() -> float:
    return _model_cache.get_alarm_bar()


def classify_with_officers(text: str, *, unit_ids: Collection[int] = ()) -> Reading:
    """Classify a text, in doubt as a complaint about police.

    It may name an officer of the province, or of these units, as its possible reader.
    """
    names = officers.list_names_of_units({areas.get_directory().province_unit_id, *unit_ids})
    return detect_complaint(
        get_text_reader().understand(text), text, [name for unit_names in names.values() for name in unit_names]
    )


def is_danger(text: str) -> bool:
    """Return whether the text reports danger to life or a crime in progress."""
    return apply_alarm_bar(get_text_reader().understand(text), PRIVATE_TALK_BAR).urgency >= DANGER


def get_model_in_use() -> ModelSelection:
    return _model_cache.chosen()
