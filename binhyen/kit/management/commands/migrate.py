"""Django's `migrate`, which builds only the changed model after each operation (decision 0033)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.migrate import Command as DjangoCommand
from django.db.migrations.state import ProjectState

Model = tuple[str, str]


@contextmanager
def build_changed_models_alone() -> Iterator[None]:
    """Build only the changed model again after an operation, not all models that are related to it.

    Every model here is related to nearly every other one, so Django builds about a hundred classes for each added
    column. The schema is written from the changed model; a `RunPython` operation gets all models built anew, because
    the state is marked as delayed, which is Django's own mark for that.
    """
    original = ProjectState._find_reload_model  # type: ignore[attr-defined]

    def find_changed_model(self: Any, app_label: str, model_name: str, delay: bool = False) -> set[Model]:
        self.is_delayed = True
        return {(app_label, model_name)}

    ProjectState._find_reload_model = find_changed_model  # type: ignore[attr-defined]
    try:
        yield
    finally:
        ProjectState._find_reload_model = original  # type: ignore[attr-defined]


class Command(DjangoCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        with build_changed_models_alone():
            super().handle(*args, **options)
