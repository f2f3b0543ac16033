"""A good deed from the closed case to the school's answer, the roll and the withdrawal; and who may see it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.choices import Lane
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.consents.models import Consent
from binhyen.deeds import services
from binhyen.deeds.models import Deed
from binhyen.deeds.rules import DeedKind, find_case_problem, find_praise_problem, suggest_kind
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.access import get_rls_scope
from binhyen.stats import services as stats
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Count
from tests import rls

pytestmark = pytest.mark.django_db
NAME, SCHOOL = "Trần Thị Mận", "Trường THCS Lộc Hà"
TEXT = "Nhặt được của rơi, đã báo công an để trả lại người mất."


@pytest.fixture
def author(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


@pytest.fixture
def chief(officer: Callable[..., Any]) -> Any:
    return officer("CHIEF", "18568")


@pytest.fixture
def case(author: Any) -> Case:
    row = open_case(author.unit, text="Em nhặt được ví", category="found_item", urgency=0)
    Case.objects.filter(pk=row.pk).update(state="CLOSED", outcome="RETURNED", closed_at=clock.now())
    row.refresh_from_db()
    return row


def agree(author: Any, case: Case, **more: str) -> Consent:
    """Record the guardian's consent for a pupil of 13."""
    until = clock.to_vietnam_day(clock.now()) + dt.timedelta(days=300)
    form = {"purpose": "PRAISE", "by": "REPRESENTATIVE", "age": "13", "child_agreed": "yes", "proof": "giấy ký"}
    answer = sign_in_browser(author).post(f"/dong-y/{case.code}/ghi", form | {"until": until.isoformat()} | more)
    assert answer.status_code == 303
    return Consent.objects.latest("pk")


def build_draft(case: Case, consent: Consent, **more: str) -> dict[str, str]:
    fields = {"vu-viec": case.code, "consent": consent.code, "kind": "RETURNED", "person_name": NAME, "text": TEXT}
    return {**fields, "school": SCHOOL, "school_class": "7A", **more}


def draft(author: Any, case: Case) -> Deed:
    answer = sign_in_browser(author).post("/viec-tot/soan", build_draft(case, agree(author, case)))
    assert answer.status_code == 303, answer.content.decode()
    return Deed.objects.latest("pk")


def approve_deed(chief: Any, deed: Deed) -> int:
    answer = sign_in_browser(chief).post(f"/viec-tot/{deed.public_id}/duyet", {"verdict": "yes"})
    status: int = answer.status_code
    return status


def test_from_the_case_to_the_school_and_into_the_ledger(author: Any, chief: Any, case: Case) -> None:
    desk = sign_in_browser(author)
    assert f"/viec-tot/soan?vu-viec={case.code}" in desk.get(f"/vu-viec/{case.code}").content.decode()
    assert "Ghi đồng ý trước" in desk.get(f"/viec-tot/soan?vu-viec={case.code}").content.decode()
    assert 'name="vu-viec"' in desk.get("/viec-tot/soan").content.decode()
    deed = draft(author, case)
    assert NAME not in Client().get("/guong-tot").content.decode()
    assert desk.post(f"/viec-tot/{deed.public_id}/duyet", {"verdict": "yes"}).status_code == 422  # not a chief
    assert approve_deed(chief, deed) == 303 and approve_deed(chief, deed) == 422
    roll = Client().get("/guong-tot", {"q": "Lộc Hà", "xa": "18568"}).content.decode()
    assert NAME in roll and SCHOOL in roll
    assert NAME not in Client().get("/guong-tot", {"xa": "18073"}).content.decode()
    assert NAME in desk.get(f"/viec-tot/{deed.public_id}/thu-khen").content.decode()
    stats.update_counts()
    assert Count.objects.get(metric=Metric.COMMENDED).value == 1
    assert desk.get(f"/ket-qua/{Metric.COMMENDED.lower()}").status_code == 200
    stats.rebuild_counts()
    assert Count.objects.get(metric=Metric.COMMENDED).value == 1
    page = desk.post(f"/viec-tot/{deed.public_id}/gui-truong").content.decode()
    link = page.partition("/thu-truong/")[2][:43]
    school, today = Client(), clock.to_vietnam_day(clock.now())
    assert NAME in school.get(f"/thu-truong/{link}").content.decode()
    early = (today - dt.timedelta(days=3)).isoformat()
    assert school.post(f"/thu-truong/{link}", {"praised_on": early}).status_code == 422
    assert school.post(f"/thu-truong/{link}", {"praised_on": today.isoformat(), "note": "Chào cờ"}).status_code == 303
    assert Deed.objects.get().praised_on == today
    assert "trường đã khen" in desk.get("/viec-tot").content.decode()


def test_a_withdrawn_consent_takes_all_of_it_back(author: Any, chief: Any, case: Case) -> None:
    deed = draft(author, case)
    approve_deed(chief, deed)
    desk = sign_in_browser(author)
    link = desk.post(f"/viec-tot/{deed.public_id}/gui-truong").content.decode().partition("/thu-truong/")[2][:43]
    desk.post(f"/dong-y/{case.code}/rut", {"consent": Consent.objects.get().code})
    pages = [
        Client().get("/guong-tot"),
        Client().get(f"/thu-truong/{link}"),
        desk.get(f"/viec-tot/{deed.public_id}"),
        desk.get("/viec-tot"),
    ]
    assert all(NAME not in page.content.decode() and TEXT not in page.content.decode() for page in pages)
    assert desk.get(f"/viec-tot/{deed.public_id}/thu-khen").status_code == 404
    assert Client().post(f"/thu-truong/{link}", {"praised_on": "2026-01-05"}).status_code == 422
    with rls.acting_as("worker"):
        assert services.erase_ended_deeds(clock.now(), 10) == 1
    row = Deed.objects.get()
    assert (row.person_name, row.text, row.school, row.link_hash) == ("", "", "", None) and row.approved_on
    assert Client().get(f"/thu-truong/{link}").status_code == 404


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"person_name": ""}, "Ghi họ tên"),
    ({"text": "Tốt"}, "một câu"),
    ({"text": "Em Trần Thị Mận trả ví, gọi 0912345678 để hỏi thêm."}, "ai cũng đọc"),
    ({"consent": "KHONGCO2"}, "Chưa có đồng ý"),
    ({"kind": "x"}, "Chọn việc tốt"),
)


def test_a_wrong_draft_comes_back(author: Any, case: Case) -> None:
    form, desk = build_draft(case, agree(author, case)), sign_in_browser(author)
    for change, words in WRONG:
        answer = desk.post("/viec-tot/soan", form | change)
        assert answer.status_code == 422 and words in answer.content.decode(), change
    assert not Deed.objects.exists()


def test_a_pupil_needs_the_consent_of_a_guardian(author: Any, case: Case) -> None:
    adult_consent = agree(author, case, by="SELF", age="", child_agreed="", until="")
    form, desk = build_draft(case, adult_consent), sign_in_browser(author)
    assert desk.post("/viec-tot/soan", form).status_code == 422
    assert desk.post("/viec-tot/soan", form | {"is_adult": "yes"}).status_code == 303
    assert desk.post("/viec-tot/soan", form | {"is_adult": "yes"}).status_code == 422  # the consent is used


def test_reporters_of_crimes_and_open_cases_are_never_praised(author: Any) -> None:
    fight = open_case(author.unit)
    page = sign_in_browser(author).get(f"/viec-tot/soan?vu-viec={fight.code}").content.decode()
    assert "chưa xong" in page and 'name="person_name"' not in page
    assert find_case_problem(lane=Lane.CRIME_REPORT, is_open=False, is_confidential=False)
    assert find_case_problem(lane=Lane.REFLECTION, is_open=False, is_confidential=True)
    assert not find_case_problem(lane=Lane.REFLECTION, is_open=False, is_confidential=False)
    assert suggest_kind("weapon_handover", "HANDED_IN") is DeedKind.HANDED_IN
    assert suggest_kind("traffic", "RESOLVED") is DeedKind.REPORTED
    day = dt.date(2026, 3, 2)
    assert not find_praise_problem(day, approved_on=day, today=day)
    assert find_praise_problem(day, approved_on=day, today=day - dt.timedelta(days=1))


def test_a_refusal_frees_the_consent(author: Any, chief: Any, case: Case) -> None:
    deed = draft(author, case)
    refuse = {"verdict": "no", "reason": ""}
    assert sign_in_browser(chief).post(f"/viec-tot/{deed.public_id}/duyet", refuse).status_code == 422
    refuse["reason"] = "Chưa đúng việc"
    assert sign_in_browser(chief).post(f"/viec-tot/{deed.public_id}/duyet", refuse).status_code == 303
    consent = Consent.objects.get()
    assert sign_in_browser(author).post("/viec-tot/soan", build_draft(case, consent)).status_code == 303


ACCESS = (
    ("OFFICER", "18568", 200),
    ("CHIEF", "18568", 200),
    ("PROVINCE_STAFF", "42", 200),
    ("OFFICER", "18073", 404),
    ("VILLAGE_TEAM", "18568", 403),
    ("OPERATOR", "42", 403),
)


def test_a_draft_is_for_the_desks_of_its_case(author: Any, case: Case, officer: Callable[..., Any]) -> None:
    deed = draft(author, case)
    assert Client().get(f"/thu-truong/{generate_token()}").status_code == 404
    for role, commune, status in ACCESS:
        person = officer(role, commune)
        page = sign_in_browser(person).get(f"/viec-tot/{deed.public_id}")
        assert page.status_code == status and (NAME in page.content.decode()) is (status == 200), (role, commune)
        with rls.acting_as("pages"), rls_scope(get_rls_scope(person)):
            assert Deed.objects.count() == int(status == 200), (role, commune)
