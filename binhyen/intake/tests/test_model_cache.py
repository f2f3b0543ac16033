"""Intake without its model, and a new model loaded by a running process."""

import json
import shutil

import pytest

from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.intake import model_cache
from binhyen.intake.model_cache import ModelCache
from binhyen.intake.tests.chat_reports import create_people, run_pipeline
from binhyen.intake.tests.web import FIGHT, parse_status_token, submit_report
from binhyen.language import model_selection as choosing
from binhyen.language.classify.classifier import SHIPPED, Classifier
from binhyen.language.model_selection import LEXICON_NAME, LIVE_FILE, MODEL_FILE, SHIPPED_NAME
from binhyen.language.reader import Reader
from binhyen.language.training.evaluate_sets import read_rows_of_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh(monkeypatch, settings, tmp_path):
    """Simulate a fresh process with a model folder of its own."""
    settings.MODELS_ROOT = tmp_path / "models"
    monkeypatch.setattr(model_cache, "_model_cache", ModelCache())
    return tmp_path / "models"


def activate_model(folder, name, content=None):
    (folder / name).mkdir(parents=True)
    if content is None:
        shutil.copy(SHIPPED, folder / name / MODEL_FILE)
    else:
        (folder / name / MODEL_FILE).write_bytes(content)
    (folder / name / LIVE_FILE).write_text(json.dumps({"macro_f1": 0.9}))


def test_a_missing_model_file_does_not_stop_intake(client, fresh, monkeypatch):
    def raise_error(*_, **__):
        raise FileNotFoundError("model.npz")

    monkeypatch.setattr(Classifier, "load", raise_error)
    assert parse_status_token(submit_report(client))
    case = Case.objects.get()
    assert (case.category, case.urgency) == ("violence", 3), "the phrase rules still recognise an emergency"
    assert model_cache.get_model_in_use().version == LEXICON_NAME
    assert parse_status_token(submit_report(client, "Xin hỏi các anh chị chuyện này với ạ"))
    assert Case.objects.count() == 2


def test_a_broken_live_model_does_not_stop_intake(client, fresh):
    activate_model(fresh, "20260101T000000Z", b"half a file")
    assert parse_status_token(submit_report(client, FIGHT))
    assert Case.objects.get().category == "violence"
    assert model_cache.get_model_in_use().version == SHIPPED_NAME
    assert model_cache.get_model_in_use().passed_over == ("20260101T000000Z",)


def test_a_running_process_loads_a_new_model_and_reverts_it(fresh, monkeypatch):
    time = [1000.0]
    monkeypatch.setattr(model_cache, "monotonic", lambda: time[0])
    before = model_cache.get_text_reader()
    assert model_cache.get_model_in_use().version == SHIPPED_NAME
    activate_model(fresh, "20260101T000000Z")
    assert model_cache.get_text_reader() is before, "not checked for every message"
    time[0] += 60
    assert model_cache.get_text_reader() is not before
    assert model_cache.get_model_in_use().version == "20260101T000000Z"
    (fresh / "20260101T000000Z" / LIVE_FILE).unlink()
    time[0] += 60
    assert model_cache.get_model_in_use().version == SHIPPED_NAME


def test_the_model_is_loaded_once_while_nothing_changes(fresh, monkeypatch):
    time, loads, real = [1000.0], [], choosing.select_model
    monkeypatch.setattr(model_cache, "monotonic", lambda: time[0])
    monkeypatch.setattr(model_cache, "select_model", lambda folder: loads.append(folder) or real(folder))
    for _ in range(5):
        assert model_cache.get_text_reader() is model_cache.get_text_reader()
        time[0] += 60
    assert len(loads) == 1


def test_intake_reads_as_the_command_reads():
    rows = [row["text"] for row in read_rows_of_set("dev", "entities")[:40]]
    results = run_pipeline(*zip(create_people(len(rows)), rows, strict=True))
    command = Reader()
    for text, result in zip(rows, results, strict=True):
        command_reading, stored_reading = command.understand(text), Message.objects.get(pk=result.message.pk).reading
        assert (stored_reading["category"], stored_reading["urgency"], stored_reading["sensitive"]) == (
            command_reading.category,
            command_reading.urgency,
            command_reading.sensitive,
        )
        numbers = {
            (e.type, str(e.norm))
            for e in command_reading.entities
            if e.type in ("PHONE", "PLATE", "BANK_ACCOUNT", "URL")
        }
        assert numbers <= {(e["type"], str(e["norm"])) for e in stored_reading["entities"]}
