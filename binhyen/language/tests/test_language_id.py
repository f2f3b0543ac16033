"""Messages in other languages are never silently filed as small talk: English by its phrases, others by an officer."""

import json

import pytest

from binhyen.language.classify import language_id
from binhyen.language.classify.classifier import NEEDS_PERSON_REASON, Classifier
from binhyen.language.reader import Reader
from binhyen.language.tokenizer import DATA


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize(
    ("text", "category", "urgency"),
    [
        ("Two men with knives are fighting in front of the market. One is bleeding. Please come!", "violence", 3),
        ("There is a fire in our hotel", "fire", 3),
        ("My son is missing, he is 6 years old. We last saw him near the beach", "missing_person", 3),
        ("someone stole my motorbike near the market", "theft", 1),
        ("I lost my passport in the taxi", "lost_item", 1),
        ("Where can I register my visa?", "admin_question", 1),
        ("A police officer asked me for money yesterday", "officer_complaint", 1),
        ("你好,有人打架,请帮忙", "other", 0),
        ("ມີຄົນຕີກັນ", "other", 0),
        ("Помогите, пожар в гостинице", "other", 0),
    ],
)
def test_a_foreign_message_is_read_as_far_as_possible_and_sent_to_an_officer(
    reader: Reader, text: str, category: str, urgency: int
) -> None:
    reading = reader.understand(text)
    assert (reading.category, reading.urgency) == (category, urgency)
    assert (
        reading.confidence < 0.5
        and reading.reasons[0] == language_id.FOREIGN_REASON
        and NEEDS_PERSON_REASON in reading.reasons
    )
    assert reading.sensitive == (category == "officer_complaint")


def test_control_the_model_alone_would_have_called_it_small_talk() -> None:
    reading = Classifier.load().classify("Two men with knives are fighting in front of the market", ())
    assert reading.category == "other" and reading.confidence > 0.9 and reading.urgency == 0


def test_our_own_rows_are_vietnamese() -> None:
    rows = [
        json.loads(line)["text"]
        for path in (DATA / "training").glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    strange = [text for text in rows if language_id.classify_foreign(text, ()) is not None]
    assert len(rows) > 4000 and len(strange) <= 10, strange


@pytest.mark.parametrize("text", ["", " ", "?", "ok", "\ud800", "a" * 100_000, "check inbox shop sale off nha ca nha"])
def test_nothing_else_is_foreign(text: str) -> None:
    assert language_id.classify_foreign(text, ()) is None
