"""Model selection when files are missing, broken or new: there is always a working model."""

import shutil
from pathlib import Path

import pytest

from binhyen.language import model_selection as choosing
from binhyen.language.classify.classifier import SHIPPED, Classifier
from binhyen.language.classify.lexicon_classifier import LexiconClassifier
from binhyen.language.lexicon import shipped_lexicon
from binhyen.language.model_selection import (
    LEXICON_NAME,
    LIVE_FILE,
    MODEL_FILE,
    SHIPPED_NAME,
    list_live_versions,
    read_metrics,
    select_model,
)

FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở chợ"


def write_model_version(folder: Path, name: str, *, live: bool = True, broken: bool = False) -> Path:
    made = folder / name
    made.mkdir(parents=True)
    if broken:
        (made / MODEL_FILE).write_bytes(SHIPPED.read_bytes()[:5000])
    else:
        shutil.copy(SHIPPED, made / MODEL_FILE)
    if live:
        (made / LIVE_FILE).write_text('{"macro_f1": 0.9}')
    return made


def test_the_shipped_model_where_nothing_was_learnt(tmp_path):
    for folder in (None, tmp_path, tmp_path / "not-there"):
        choice = select_model(folder)
        assert (choice.version, choice.passed_over) == (SHIPPED_NAME, ())
        assert choice.model.classify(FIGHT, ()) == Classifier.load().classify(FIGHT, ())


def test_the_newest_live_model_and_never_a_draft(tmp_path):
    for name, live in (("20260101T000000Z", True), ("20260201T000000Z", True), ("20260301T000000Z", False)):
        write_model_version(tmp_path, name, live=live)
    assert select_model(tmp_path).version == "20260201T000000Z"
    assert [v.name for v in list_live_versions(tmp_path)] == ["20260201T000000Z", "20260101T000000Z"]
    assert read_metrics(tmp_path / "20260201T000000Z") == {"macro_f1": 0.9}
    assert read_metrics(tmp_path / "20260301T000000Z") == {}


def test_a_broken_model_is_skipped(tmp_path):
    write_model_version(tmp_path, "20260101T000000Z")
    write_model_version(tmp_path, "20260201T000000Z", broken=True)
    (tmp_path / "20260301T000000Z").mkdir()
    (tmp_path / "20260301T000000Z" / LIVE_FILE).write_text("not json")
    choice = select_model(tmp_path)
    assert (choice.version, choice.passed_over) == ("20260101T000000Z", ("20260301T000000Z", "20260201T000000Z"))
    assert read_metrics(tmp_path / "20260301T000000Z") == {}


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 no archive", b"{}"])
def test_without_any_model_the_phrases_and_a_person(tmp_path, content):
    shipped = tmp_path / "model.npz"
    if content is not None:
        shipped.write_bytes(content)
    choice = select_model(tmp_path / "models", shipped)
    assert (choice.version, choice.passed_over) == (LEXICON_NAME, (SHIPPED_NAME,))
    fight = choice.model.classify(FIGHT, ())
    assert (fight.category, fight.urgency) == ("violence", 3)
    assert "cần cán bộ xem" in fight.reasons[-1]
    small_talk = choice.model.classify("mai trời nắng hay mưa vậy mọi người", ())
    assert (small_talk.category, small_talk.urgency) == ("other", 0)
    assert small_talk.confidence < fight.confidence < 0.6


def test_without_even_the_phrases(tmp_path, monkeypatch):
    def raise_error():
        raise ValueError("guards.tsv")

    monkeypatch.setattr(choosing.lexicon, "shipped_lexicon", raise_error)
    label = select_model(None, tmp_path / "gone.npz").model.classify(FIGHT, ())
    assert (label.category, label.urgency) == ("other", 0)
    assert "cần cán bộ xem" in label.reasons[-1]


def test_a_model_that_fails_at_one_message_continues(monkeypatch):
    choice, real = select_model(), Classifier.classify

    def classify(self, text, entities):
        if "hỏng" in text:
            raise IndexError(text)
        return real(self, text, entities)

    monkeypatch.setattr(Classifier, "classify", classify)
    assert choice.model.classify(FIGHT + " hỏng", ()).urgency == 3
    assert choice.model.classify(FIGHT, ()) == real(Classifier.load(), FIGHT, ())


@pytest.mark.parametrize("text", ["", "🚨", "\ud83d", "a" * 100_000, "<b>x</b>"])
def test_the_phrases_read_anything(text):
    for lexicon in (shipped_lexicon(), None):
        assert LexiconClassifier(lexicon).classify(text, ()).category == "other"


def test_an_officer_complaint_stays_secret_without_a_model():
    label = LexiconClassifier(shipped_lexicon()).classify("cán bộ công an xã vòi tiền, hách dịch với dân", ())
    assert (label.category, label.sensitive) == ("officer_complaint", True)
