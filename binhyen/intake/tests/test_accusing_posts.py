"""A post that accuses without a name is sealed like one with a name; one about police is escalated. Incidents at a
shop, public news, thanks and fraud warnings stay open."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.intake import accusations
from binhyen.intake.accusations import accuses, points_at
from binhyen.intake.complaint_detection import detect as upward
from binhyen.intake.decision import DOUBT, Decision, Do, Facts, Say, Seat, decide, is_sensitive, seals
from binhyen.intake.tests.accusing_posts import HARMLESS, OPEN, OTHERS, POLICE
from binhyen.intake.tests.posts_of_groups import TIPS
from binhyen.intake.tests.telling import group_of, person, say
from binhyen.kit.text import fold
from binhyen.language.reader import Reader
from binhyen.language.reading import DANGER, Reading

COMPLAINT = "officer_complaint"
WEAK = "Công an xã cấu kết với cò đất"  # the classifier alone gives it a probability of one in four
WRITINGS = [str, fold]
_reader = Reader()


def heard(text: str) -> tuple[Facts, Decision]:
    """Process a group post like intake."""
    reading = upward.up(_reader.understand(text), text)
    facts = Facts(
        words=len(text.split()), bare="", has_media=False, in_group=True, category=reading.category,
        confidence=reading.confidence, urgency=reading.urgency, sensitive=reading.sensitive, placed=None,
        home=Seat(1, 1), province=Seat(2, None), mine=None, names=points_at(text, reading.entities),
        accuses=accuses(text),
    )  # fmt: skip
    return facts, decide(facts)


def sealed(text: str) -> bool:
    """Check whether it is sealed, at once or, where life is in danger, some hours later."""
    facts, decision = heard(text)
    late = facts.urgency >= DANGER and is_sensitive(facts)
    return decision.do is Do.OPEN and (seals(facts) or late)


def led_away(text: str) -> bool:
    return heard(text)[1].say is Say.INVITE


@pytest.mark.parametrize("writing", WRITINGS)
def test_of_police_all_but_one_go_up_and_lie_sealed(writing: Callable[[str], str]) -> None:
    posts = list(map(writing, POLICE))
    up = [text for text in posts if heard(text)[0].category == COMPLAINT and sealed(text)]
    assert len(set(posts)) == 30 and len(up) >= 29, set(posts) - set(up)
    assert all(heard(text)[1].seat == Seat(2, 1) for text in up), "to the province, never to the group's unit"


@pytest.mark.parametrize("writing", WRITINGS)
def test_who_can_be_found_without_a_name_is_as_good_as_named(writing: Callable[[str], str]) -> None:
    away = [text for text in map(writing, OTHERS) if led_away(text)]
    assert len(away) >= 11 and all(map(sealed, away)), [text for text in away if not sealed(text)]


def test_of_those_led_away_most_lie_sealed() -> None:
    """Of the thirty written long before by another author."""
    away = list(filter(led_away, TIPS))
    assert len(away) >= 25 and sum(map(sealed, away)) >= 20, [text for text in away if not sealed(text)]


def test_control_by_names_alone_it_is_eighteen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accusations, "_SINGLED", re.compile(r"(?!)"))
    with pytest.raises(AssertionError):
        test_of_those_led_away_most_lie_sealed()
    with pytest.raises(AssertionError):
        test_who_can_be_found_without_a_name_is_as_good_as_named(str)


@pytest.mark.parametrize("writing", WRITINGS)
def test_what_is_harmless_stays_open(writing: Callable[[str], str]) -> None:
    assert len(set(HARMLESS)) == 40
    assert sum(map(sealed, map(writing, HARMLESS))) <= 5, [text for text in HARMLESS if sealed(text)]
    warned = [text for text in HARMLESS if re.search("công an giả|giả công an|giả danh|xưng công an", text)]
    assert {heard(writing(text))[0].category for text in warned} == {"scam"} and len(warned) == 4


@pytest.mark.parametrize("writing", WRITINGS)
def test_what_befell_somebody_and_what_all_hear_is_read_by_the_unit(writing: Callable[[str], str]) -> None:
    kept = [text for text in map(writing, OPEN) if sealed(text)]
    assert all(_reader.understand(text).sensitive for text in kept), "the classifier's label, not the accusation"
    assert len([text for text in kept if heard(text)[0].urgency < DANGER]) <= 1


@pytest.mark.parametrize("writing", WRITINGS)
def test_a_weak_complaint_is_asked_about_like_any_other_post(writing: Callable[[str], str]) -> None:
    weak = _reader.understand(writing(WEAK))
    assert weak.category == COMPLAINT and weak.confidence < DOUBT
    assert sealed(writing(WEAK))
    talk = Reading(COMPLAINT, 0.3, ((COMPLAINT, 0.3),), 1, True, (), ())
    assert upward.up(talk, "chiều nay họp thôn") is talk, "where police is not mentioned"


@pytest.mark.django_db
def test_in_a_group_no_word_of_it_stays(unit: Callable[[str], Any], now: Any) -> None:
    group = group_of(unit("18568"), now)
    say((person(), WEAK), group=group)
    message = Message.objects.get()
    assert (message.text, message.folded, message.category, message.unit_id) == ("", "", "", None)
    veto = Complaint.objects.get().veto
    assert veto.desk == "PROVINCE" and f"unit:{group.unit_id}" in veto.kept_from, "no name: hidden from the unit"


@pytest.mark.django_db
def test_control_believed_as_it_was_read_it_stands_in_the_groups_page(
    unit: Callable[[str], Any], now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upward, "DOUBT", 0.0)
    say((person(), WEAK), group=group_of(unit("18568"), now))
    assert Message.objects.get().text == WEAK and not Complaint.objects.exists()
