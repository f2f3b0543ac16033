"""Test that `migrate` builds the changed model alone, and all models for code inside a migration."""

import pytest
from django.apps import apps
from django.core.management import get_commands, load_command_class
from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from binhyen.kit.management.commands.migrate import Command, build_changed_models_alone


def add_column(monkeypatch: pytest.MonkeyPatch) -> tuple[ProjectState, list[str]]:
    """Add a column to the units in the state of all models; return it with the names of the models built for it."""
    state = ProjectState.from_apps(apps)
    assert state.apps  # all models are built once before the first operation
    built: list[str] = []
    render = ModelState.render

    def count(self: ModelState, state_apps: object) -> object:
        built.append(self.name)
        return render(self, state_apps)

    with monkeypatch.context() as patch:
        patch.setattr(ModelState, "render", count)
        state.add_field("areas", "unit", "colour", models.TextField(default=""), preserve_default=True)
    return state, built


def test_the_command_replaces_that_of_django() -> None:
    assert isinstance(load_command_class(get_commands()["migrate"], "migrate"), Command)


def test_a_new_column_builds_its_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with build_changed_models_alone():
        state, built = add_column(monkeypatch)
    assert built == ["Unit"]
    assert state.apps.get_model("areas", "unit")._meta.get_field("colour")


def test_code_in_a_migration_gets_all_models_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with build_changed_models_alone():
        state, _ = add_column(monkeypatch)
        state.clear_delayed_apps_cache()  # as RunPython does
    officer = state.apps.get_model("people", "officer")
    assert officer._meta.get_field("unit").related_model._meta.get_field("colour")


def test_control_django_builds_related_models_too(monkeypatch: pytest.MonkeyPatch) -> None:
    _, built = add_column(monkeypatch)
    assert len(built) > 20
