"""Complaints can be late: locked and transferred officers are still recognised by name."""

import datetime as dt

import pytest

from binhyen.cases.models import Case
from binhyen.conduct.subject_extraction import named
from binhyen.intake.complaint_detection import detect
from binhyen.intake.tests.telling import person, say
from binhyen.people import officer_names
from binhyen.people.models import Officer
from binhyen.people.services import anonymize, deactivate, transfer

pytestmark = pytest.mark.django_db
# Nothing here mentions police except the name.
TOLD = (
    "Hồi tháng trước lên xã Lộc Hà làm giấy tạm trú thì {name} cầm của nhà tôi 3 triệu rồi im luôn",
    "Chẳng hiểu ra sao, {name} lấy của nhà tôi 2 con gà rồi bảo phạt, ở xã Lộc Hà",
    "{name} tát con trai tôi giữa chợ Lộc Hà hôm thứ bảy",
)
NAME = "Phan Trọng Khuê"


@pytest.fixture(autouse=True)
def by_the_name(monkeypatch):
    """Not by the guess of the classifier."""
    monkeypatch.setattr(detect, "VAGUE", 1.0)


@pytest.fixture
def khue(officer):
    return officer(name=NAME)


def apart(words: str) -> bool:
    who = person()
    say((who, words.format(name=NAME)))
    return Case.objects.latest("pk").apart


def check_goes_up(khue: Officer) -> None:
    assert [apart(words) for words in TOLD] == [True] * len(TOLD)


def lock(khue: Officer, officer, now: dt.datetime) -> None:
    deactivate(officer_id=khue.pk, actor="system:test", now=now)


def test_who_serves_is_known(khue):
    check_goes_up(khue)


def test_without_them_the_words_say_nothing_of_police(officer):
    assert not any(apart(words) for words in TOLD), "so the name alone must be the reason"


def test_who_was_locked_is_known(khue, officer, now):
    lock(khue, officer, now)
    check_goes_up(khue)


def test_who_moved_on_is_known_where_they_were(khue, officer, unit, now):
    transfer(officer_id=khue.pk, unit_id=unit("18676").pk, actor="system:test", now=now)
    assert Officer.objects.get(pk=khue.pk).unit_id != unit("18568").pk
    check_goes_up(khue)


def test_control_who_serves_alone_loses_them(khue, officer, now, monkeypatch):
    lock(khue, officer, now)
    monkeypatch.setattr(officer_names, "_known", lambda: Officer.objects.filter(is_active=True))
    with pytest.raises(AssertionError):
        check_goes_up(khue)


def test_who_left_long_ago_has_no_name_to_be_found_by(khue, officer, unit, now):
    """«Cán bộ đã rời» is a common phrase, and would hide officers who are meant by given name."""
    lock(khue, officer, now)
    assert anonymize.forget(now + dt.timedelta(days=1), most=5) == 1
    khue.refresh_from_db()
    binh = officer(name="Lê Văn Bính")
    assert khue.folded == "can bo da roi" and khue.pk not in officer_names.everybody()
    assert "can bo da roi" not in officer_names.of_units([unit("18568").pk])[unit("18568").pk]
    said = named("anh binh nhan tien, hoi thi can bo da roi khoi tru so", officer_names.everybody(), [binh.pk])
    assert said.officer_ids == {binh.pk}
    wrong = named("anh binh nhan tien, hoi thi can bo da roi khoi tru so", {khue.pk: khue.folded}, [binh.pk])
    assert wrong.officer_ids == {khue.pk}, "control"


def test_beside_a_whole_name_a_given_one_of_that_unit_counts_too():
    known = {1: "tran van binh", 2: "le thi hoa", 3: "do duc hoa"}
    words = "trung uy tran van binh va chi hoa cung phong doi tien, anh binh con chui"
    assert named(words, known, [1, 2]).officer_ids == {1, 2}
    assert named(words, known, []).officer_ids == {1}, "in another unit it may be anyone"
