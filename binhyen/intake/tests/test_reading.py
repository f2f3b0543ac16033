"""Intake without its model, and a new model loaded by a running process."""

import json
import shutil

import pytest

from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.intake import model_cache
from binhyen.intake.model_cache import Here
from binhyen.intake.tests.telling import people, say
from binhyen.intake.tests.web import FIGHT, link, tell
from binhyen.language import model_selection as choosing
from binhyen.language.classify import Classifier
from binhyen.language.classify.classifier import SHIPPED
from binhyen.language.model_selection import FILE, MARK, PLAIN_NAME, SHIPPED_NAME
from binhyen.language.reader import Reader
from binhyen.language.training.evaluate_sets import rows_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh(monkeypatch, settings, tmp_path):
    """Simulate a fresh process with a model folder of its own."""
    settings.MODELS_ROOT = tmp_path / "models"
    monkeypatch.setattr(model_cache, "_here", Here())
    return tmp_path / "models"


def go_live(folder, name, content=None):
    (folder / name).mkdir(parents=True)
    if content is None:
        shutil.copy(SHIPPED, folder / name / FILE)
    else:
        (folder / name / FILE).write_bytes(content)
    (folder / name / MARK).write_text(json.dumps({"macro_f1": 0.9}))


def test_a_missing_model_file_does_not_stop_intake(client, fresh, monkeypatch):
    def gone(*_, **__):
        raise FileNotFoundError("model.npz")

    monkeypatch.setattr(Classifier, "load", gone)
    assert link(tell(client))
    case = Case.objects.get()
    assert (case.category, case.urgency) == ("violence", 3), "the phrase rules still recognise an emergency"
    assert model_cache.in_use().version == PLAIN_NAME
    assert link(tell(client, "Xin hỏi các anh chị chuyện này với ạ"))
    assert Case.objects.count() == 2


def test_a_broken_live_model_does_not_stop_intake(client, fresh):
    go_live(fresh, "20260101T000000Z", b"half a file")
    assert link(tell(client, FIGHT))
    assert Case.objects.get().category == "violence"
    assert model_cache.in_use().version == SHIPPED_NAME
    assert model_cache.in_use().passed_over == ("20260101T000000Z",)


def test_a_running_process_takes_up_a_new_model_and_gives_it_back(fresh, monkeypatch):
    time = [1000.0]
    monkeypatch.setattr(model_cache, "monotonic", lambda: time[0])
    before = model_cache.reader()
    assert model_cache.in_use().version == SHIPPED_NAME
    go_live(fresh, "20260101T000000Z")
    assert model_cache.reader() is before, "not checked for every message"
    time[0] += 60
    assert model_cache.reader() is not before
    assert model_cache.in_use().version == "20260101T000000Z"
    (fresh / "20260101T000000Z" / MARK).unlink()
    time[0] += 60
    assert model_cache.in_use().version == SHIPPED_NAME


def test_the_model_is_loaded_once_while_nothing_changes(fresh, monkeypatch):
    time, loads, real = [1000.0], [], choosing.choose
    monkeypatch.setattr(model_cache, "monotonic", lambda: time[0])
    monkeypatch.setattr(model_cache, "choose", lambda folder: loads.append(folder) or real(folder))
    for _ in range(5):
        assert model_cache.reader() is model_cache.reader()
        time[0] += 60
    assert len(loads) == 1


def test_intake_reads_as_the_command_reads():
    rows = [row["text"] for row in rows_of("dev", "entities")[:40]]
    told = say(*zip(people(len(rows)), rows, strict=True))
    command = Reader()
    for text, result in zip(rows, told, strict=True):
        said, kept = command.understand(text), Message.objects.get(pk=result.message.pk).reading
        assert (kept["category"], kept["urgency"], kept["sensitive"]) == (said.category, said.urgency, said.sensitive)
        numbers = {(e.type, str(e.norm)) for e in said.entities if e.type in ("PHONE", "PLATE", "BANK_ACCOUNT", "URL")}
        assert numbers <= {(e["type"], str(e["norm"])) for e in kept["entities"]}
