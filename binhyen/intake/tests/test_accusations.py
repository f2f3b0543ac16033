"""A post that accuses without a name is sealed like one with a name; one about police is escalated. Incidents at a
shop, public news, thanks and fraud warnings stay open."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.intake import accusations
from binhyen.intake.accusations import has_accusation, has_person_reference
from binhyen.intake.complaint_detection import detect as upward
from binhyen.intake.decision import (
    LOW_CONFIDENCE,
    Accusation,
    Action,
    AutoReply,
    Destination,
    ItemDecision,
    MessageFacts,
    Origin,
    decide_item,
    is_sensitive,
    must_seal,
)
from binhyen.intake.tests.accusing_posts import HARMLESS, OPEN, OTHERS, POLICE
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.intake.tests.posts_of_groups import TIPS
from binhyen.kit.text import fold_text
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, Reading

COMPLAINT = "officer_complaint"
WEAK = "Công an xã ém vụ chặt rừng"  # the classifier alone gives it a probability of one in three
WRITINGS = [str, fold_text]
_reader = Reader()


def process_post(text: str) -> tuple[MessageFacts, ItemDecision]:
    """Process a group post like intake."""
    reading = upward.detect_complaint(_reader.understand(text), text)
    facts = MessageFacts(
        words=len(text.split()),
        folded_text="",
        origin=Origin.GROUP,
        category=reading.category,
        confidence=reading.confidence,
        urgency=reading.urgency,
        sensitive=reading.sensitive,
        place_destination=None,
        group_destination=Destination(1, 1),
        province_destination=Destination(2, None),
        refers_to_person=has_person_reference(text, reading.entities),
        accusation=Accusation.ACTS if has_accusation(text) else Accusation.NONE,
    )
    return facts, decide_item(facts)


def is_sealed(text: str) -> bool:
    """Check whether it is sealed, at once or, where life is in danger, some hours later."""
    facts, decision = process_post(text)
    late = facts.urgency >= DANGER and is_sensitive(facts)
    return decision.do is Action.OPEN and (must_seal(facts) or late)


def is_redirected(text: str) -> bool:
    return process_post(text)[1].reply is AutoReply.INVITE


@pytest.mark.parametrize("writing", WRITINGS)
def test_all_but_one_about_police_are_escalated_and_sealed(writing: Callable[[str], str]) -> None:
    posts = list(map(writing, POLICE))
    up = [text for text in posts if process_post(text)[0].category == COMPLAINT and is_sealed(text)]
    assert len(set(posts)) == 30 and len(up) >= 29, set(posts) - set(up)
    assert all(process_post(text)[1].destination == Destination(2, 1) for text in up), (
        "to the province, never to the group's unit"
    )


@pytest.mark.parametrize("writing", WRITINGS)
def test_an_identifiable_person_counts_as_named(writing: Callable[[str], str]) -> None:
    away = [text for text in map(writing, OTHERS) if is_redirected(text)]
    assert len(away) >= 11 and all(map(is_sealed, away)), [text for text in away if not is_sealed(text)]


def test_of_those_led_away_most_lie_sealed() -> None:
    """Of the thirty written long before by another author."""
    away = list(filter(is_redirected, TIPS))
    assert len(away) >= 25 and sum(map(is_sealed, away)) >= 20, [text for text in away if not is_sealed(text)]


def test_control_by_names_alone_it_is_eighteen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accusations, "_IDENTIFIABLE_OFFENDER", re.compile(r"(?!)"))
    with pytest.raises(AssertionError):
        test_of_those_led_away_most_lie_sealed()
    with pytest.raises(AssertionError):
        test_an_identifiable_person_counts_as_named(str)


@pytest.mark.parametrize("writing", WRITINGS)
def test_harmless_posts_stay_open(writing: Callable[[str], str]) -> None:
    assert len(set(HARMLESS)) == 40
    assert sum(map(is_sealed, map(writing, HARMLESS))) <= 5, [text for text in HARMLESS if is_sealed(text)]
    warned = [text for text in HARMLESS if re.search("công an giả|giả công an|giả danh|xưng công an", text)]
    assert {process_post(writing(text))[0].category for text in warned} == {"scam"} and len(warned) == 4


@pytest.mark.parametrize("writing", WRITINGS)
def test_incidents_and_public_news_are_read_by_the_unit(writing: Callable[[str], str]) -> None:
    sealed_texts = [text for text in map(writing, OPEN) if is_sealed(text)]
    assert all(_reader.understand(text).sensitive for text in sealed_texts), (
        "the classifier's label, not the accusation"
    )
    assert len([text for text in sealed_texts if process_post(text)[0].urgency < DANGER]) <= 1


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_weak_complaint_is_asked_about_like_any_other_post(writing: Callable[[str], str]) -> None:
    weak = _reader.understand(writing(WEAK))
    assert weak.category == COMPLAINT and weak.confidence < LOW_CONFIDENCE
    assert is_sealed(writing(WEAK))
    talk = Reading(COMPLAINT, 0.3, ((COMPLAINT, 0.3),), 1, True, (), ())
    assert upward.detect_complaint(talk, "chiều nay họp thôn") is talk, "where police is not mentioned"


@pytest.mark.django_db
def test_in_a_group_no_text_of_it_remains(unit: Callable[[str], Any], now: Any) -> None:
    group = create_group(unit("18568"), now)
    run_pipeline((create_person(), WEAK), group=group)
    message = Message.objects.get()
    assert (message.text, message.search_text, message.category, message.unit_id) == ("", "", "", None)
    veto = Complaint.objects.get().veto
    assert veto.desk == "PROVINCE" and f"unit:{group.unit_id}" in veto.conflict_keys, "no name: hidden from the unit"


@pytest.mark.django_db
def test_control_without_the_rule_it_is_on_the_group_page(
    unit: Callable[[str], Any], now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upward, "LOW_CONFIDENCE", 0.0)
    monkeypatch.setattr(upward, "MIN_UNSUPPORTED_CONFIDENCE", 0.0)
    run_pipeline((create_person(), WEAK), group=create_group(unit("18568"), now))
    assert Message.objects.get().text == WEAK and not Complaint.objects.exists()
