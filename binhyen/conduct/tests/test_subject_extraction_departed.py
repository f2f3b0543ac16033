"""Complaints can be late: locked and transferred officers are still recognised by name."""

import datetime as dt

import pytest

from binhyen.cases.models import Case
from binhyen.conduct.subject_extraction import extract_subjects
from binhyen.intake.complaint_detection import detect
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.people import queries
from binhyen.people.models import Officer
from binhyen.people.services import deactivate_officer, officers, transfer_officer

pytestmark = pytest.mark.django_db
# Nothing here mentions police except the name.
TOLD = (
    "Hồi tháng trước {name} cầm của nhà tôi 3 triệu rồi im luôn, ở xã Lộc Hà",
    "Hôm chủ nhật {name} đạp vợ tôi ngã ở chợ Lộc Hà",
    "{name} tát con trai tôi giữa chợ Lộc Hà hôm thứ bảy",
)
NAME = "Phan Trọng Khuê"


@pytest.fixture(autouse=True)
def by_the_name(monkeypatch):
    """Not by the guess of the classifier."""
    monkeypatch.setattr(detect, "MIN_PRIVATE_CHANCE", 1.0)


@pytest.fixture
def khue(officer):
    return officer(name=NAME)


def is_complaint(words: str) -> bool:
    reporter = create_person()
    run_pipeline((reporter, words.format(name=NAME)))
    return Case.objects.latest("pk").is_restricted


def check_is_escalated(khue: Officer) -> None:
    assert [is_complaint(words) for words in TOLD] == [True] * len(TOLD)


def lock_officer(khue: Officer, officer, now: dt.datetime) -> None:
    deactivate_officer(officer_id=khue.pk, actor="system:test", now=now)


def test_present_officers_are_recognised(khue):
    check_is_escalated(khue)


def test_without_the_names_the_text_does_not_mention_police(officer):
    assert not any(is_complaint(words) for words in TOLD), "so the name alone must be the reason"


def test_locked_officers_are_recognised(khue, officer, now):
    lock_officer(khue, officer, now)
    check_is_escalated(khue)


def test_transferred_officers_are_recognised_at_their_old_unit(khue, officer, unit, now):
    transfer_officer(officer_id=khue.pk, unit_id=unit("18676").pk, actor="system:test", now=now)
    assert Officer.objects.get(pk=khue.pk).unit_id != unit("18568").pk
    check_is_escalated(khue)


def test_control_present_officers_alone_miss_them(khue, officer, now, monkeypatch):
    lock_officer(khue, officer, now)
    monkeypatch.setattr(queries, "_named_officers", lambda: Officer.objects.filter(is_active=True))
    with pytest.raises(AssertionError):
        check_is_escalated(khue)


def test_officers_who_left_long_ago_are_not_matched_by_name(khue, officer, unit, now):
    """«Cán bộ đã rời» is a common phrase, and would hide officers called by given name."""
    lock_officer(khue, officer, now)
    assert officers.anonymize_officers(now + dt.timedelta(days=1), limit=5) == 1
    khue.refresh_from_db()
    binh = officer(name="Lê Văn Bính")
    assert khue.search_text == "can bo da roi" and khue.pk not in queries.list_all_names()
    assert "can bo da roi" not in queries.list_names_of_units([unit("18568").pk])[unit("18568").pk]
    named_officers = extract_subjects(
        "anh binh nhan tien, hoi thi can bo da roi khoi tru so", queries.list_all_names(), [binh.pk]
    )
    assert named_officers.officer_ids == {binh.pk}
    wrong = extract_subjects(
        "anh binh nhan tien, hoi thi can bo da roi khoi tru so", {khue.pk: khue.search_text}, [binh.pk]
    )
    assert wrong.officer_ids == {khue.pk}, "control"


def test_beside_a_whole_name_a_given_one_of_that_unit_counts_too():
    full_names = {1: "tran van binh", 2: "le thi hoa", 3: "do duc hoa"}
    words = "trung uy tran van binh va chi hoa cung phong doi tien, anh binh con chui"
    assert extract_subjects(words, full_names, [1, 2]).officer_ids == {1, 2}
    assert extract_subjects(words, full_names, []).officer_ids == {1}, "in another unit it may be anyone"
