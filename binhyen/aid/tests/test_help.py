"""Help from the need to «Đã giúp»: entry, verification, pledge, delivery, thanks, ledger; who may see and do what."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.aid import queries, services
from binhyen.aid.models import AidDelivery, Need, Pledge
from binhyen.aid.rules import CONFIRMED_SPAN, PLEDGE_SPAN, DonorKind
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.channels.models import Outgoing
from binhyen.consents.models import Consent
from binhyen.kit import clock
from binhyen.kit.ids import generate_token
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.access import get_rls_scope
from binhyen.people.services import RuleViolation
from binhyen.stats import services as stats
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Contribution, Count
from binhyen.vault.models import Identity
from tests import rls

pytestmark = pytest.mark.django_db
FORM = {
    "kind": "FOOD",
    "summary": "Một cụ già sống một mình, mái nhà dột",
    "needed": "20",
    "unit_name": "suất quà",
    "household": "Bà Trần Thị Mận",
    "household_place": "Thôn Yên Bình",
    "reason": "Cụ ốm nặng, con ở xa",
}
PRIVATE = ("Trần Thị Mận", "Yên Bình", "ốm nặng")
SCHOOL = {"donor_kind": "SCHOOL", "units": "12", "donor_name": "Trường THCS Bình Lộc", "agrees_naming": "yes"}
PERSON = {"donor_kind": "PERSON", "units": "3"}
DELIVERY = {"units": "12", "receiver": "Trần Thị Mận", "minutes": "BB 07/2026", "number": "1", "names": "yes"}
CLOSING = {"result": "Gia đình đã nhận đủ phần quà. Cảm ơn người báo."}


@pytest.fixture
def owner(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


def register_need(person: Any, **more: str) -> Need:
    """Enter a need through the page."""
    answer = sign_in_browser(person).post("/hoan-canh/ghi", {**FORM, **more})
    assert answer.status_code == 303, answer.content.decode()
    return Need.objects.latest("pk")


def post_action(person: Any, need: Need, action: str, **fields: Any) -> Any:
    return sign_in_browser(person).post(f"/hoan-canh/{need.public_id}/{action}", fields)


def register_verified_need(person: Any, **more: str) -> Need:
    need = register_need(person, **more)
    assert post_action(person, need, "xac-minh", check_note="Đến nhà sáng nay, hỏi trưởng thôn").status_code == 303
    return Need.objects.get(pk=need.pk)


def post_pledge(need: Need, key: str = "", **fields: str) -> Any:
    """Post a pledge on the public page."""
    return Client().post(f"/giup-do/{need.code}", {"key": key or generate_token(), **(fields or PERSON)})


def post_delivery(person: Any, need: Need, **fields: Any) -> Any:
    return post_action(
        person, need, "trao", **{"day": clock.to_vietnam_day(clock.now()).isoformat(), **DELIVERY, **fields}
    )


def test_from_the_need_to_the_ledger(owner: Any) -> None:
    case = open_case(owner.unit, text="Nhà cụ dột nát, mong giúp", category="welfare", urgency=0)
    page = sign_in_browser(owner).get(f"/vu-viec/{case.code}").content.decode()
    assert f"/hoan-canh/ghi?vu-viec={case.code}" in page
    need = register_need(owner, **{"vu-viec": case.code})
    assert need.case_id == case.pk and FORM["summary"] not in Client().get("/giup-do").content.decode()
    assert Client().get(f"/giup-do/{need.code}").status_code == 404, "not before it is verified"
    assert post_action(owner, need, "xac-minh", check_note="ok").status_code == 422
    assert post_action(owner, need, "xac-minh", check_note="Đến nhà sáng nay, hỏi trưởng thôn").status_code == 303
    public = Client().get("/giup-do", {"q": "cu gia", "xa": "18568"}).content.decode()
    public += Client().get(f"/giup-do/{need.code}").content.decode()
    assert FORM["summary"] in public and not any(words in public for words in PRIVATE)
    answer = post_pledge(need, **SCHOOL)
    assert answer.status_code == 303, answer.content.decode()
    assert "Trường THCS Bình Lộc" not in Client().get(f"/giup-do/{need.code}").content.decode(), "nothing given yet"
    given = Pledge.objects.get()
    assert given.consent is not None and given.consent.purpose == "PRAISE"
    assert post_delivery(owner, need, pledge=str(given.public_id)).status_code == 303
    public = Client().get(f"/giup-do/{need.code}").content.decode()
    assert "Trường THCS Bình Lộc" in public and "8 suất quà" in public
    handover = AidDelivery.objects.get()
    papers = [f"/hoan-canh/{need.public_id}/{name}/{handover.public_id}" for name in ("bien-ban", "thu-cam-on")]
    paper = sign_in_browser(owner).get(papers[0]).content.decode()
    assert "BB 07/2026" in paper and "Trần Thị Mận" in paper
    letter = sign_in_browser(owner).get(papers[1]).content.decode()
    assert "Trường THCS Bình Lộc" in letter and not any(words in letter for words in PRIVATE)
    refused = post_action(owner, need, "ket-thuc", **CLOSING)
    assert refused.status_code == 422 and "Còn thiếu 8 suất quà" in refused.content.decode()
    assert post_action(owner, need, "ket-thuc", **CLOSING, rest="yes").status_code == 303
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("CLOSED", "HELPED")
    assert any("BB 07/2026" in row.text for row in case.evidence.all())
    assert Outgoing.objects.filter(case=case, purpose="RESULT").exists(), "the reporter is notified of the result"
    public = Client().get(f"/giup-do/{need.code}").content.decode()
    assert "đã được giúp" in public and "Gửi lời hứa" not in public
    stats.update_counts()
    assert Count.objects.get(metric=Metric.HELPED).value == 1
    assert Contribution.objects.get(metric=Metric.HELPED).case_id == case.pk
    ledger = sign_in_browser(owner).get(f"/ket-qua/{Metric.HELPED.lower()}")
    assert ledger.status_code == 200 and case.title in ledger.content.decode()
    stats.rebuild_counts()
    assert Count.objects.get(metric=Metric.HELPED).value == 1
    assert AuditEntry.objects.filter(verb="aid.helped").exists()


def test_over_pledging_and_bad_numbers_are_refused_with_what_is_left(owner: Any) -> None:
    need = register_verified_need(owner)
    assert post_pledge(need, donor_kind="PERSON", units="15").status_code == 303
    refused = post_pledge(need, donor_kind="PERSON", units="6")
    assert refused.status_code == 422 and "Chỉ còn cần 5 suất quà" in refused.content.decode()
    for units in ("-3", "0", "1,5", "99999999", ""):
        refused = post_pledge(need, donor_kind="PERSON", units=units)
        assert refused.status_code == 422 and "từ 1 trở lên" in refused.content.decode(), units
    assert post_pledge(need, donor_kind="PERSON", units="5").status_code == 303
    assert "đã có người hứa đủ" in Client().get("/giup-do").content.decode()
    assert Pledge.objects.count() == 2


def test_a_form_sent_twice_is_one_pledge(owner: Any) -> None:
    need, key = register_verified_need(owner), generate_token()
    assert (
        post_pledge(need, key, **PERSON)["Location"]
        == post_pledge(need, key, **PERSON)["Location"]
        == f"/loi-hua/{key}"
    )
    assert Pledge.objects.count() == 1


def test_an_expired_pledge_gives_its_units_back_and_a_confirmed_one_holds_longer(owner: Any) -> None:
    need, now = register_verified_need(owner, needed="10"), clock.now()
    form = services.PledgeForm(DonorKind.PERSON, 10)
    link = generate_token()
    first = services.submit_pledge(need_code=need.code, link=link, form=form, now=now)
    with pytest.raises(RuleViolation):
        services.submit_pledge(need_code=need.code, link=generate_token(), form=form, now=now)
    services.answer_pledge(pledge=first, answer="Mang đến trụ sở sáng thứ hai", confirms=True, officer=owner, now=now)
    assert "Mang đến trụ sở sáng thứ hai" in Client().get(f"/loi-hua/{link}").content.decode()
    later = now + PLEDGE_SPAN + dt.timedelta(minutes=1)
    assert queries.get_balance(need, now=later).units_left == 0
    later = now + CONFIRMED_SPAN + dt.timedelta(minutes=1)
    assert queries.get_balance(need, now=later).units_left == 10
    services.submit_pledge(need_code=need.code, link=generate_token(), form=form, now=later)
    with pytest.raises(RuleViolation, match="Chỉ còn 0"):
        services.answer_pledge(pledge=first, answer="Vẫn nhận nhé", confirms=True, officer=owner, now=later)


def test_name_and_phone_are_stored_only_with_consent_and_only_sealed(owner: Any) -> None:
    need = register_verified_need(owner)
    for fields in (
        {"phone": "0912345678"},
        {"donor_name": "Công ty Hồng Lam"},
        {"donor_name": "Gọi 0912345678", "agrees_naming": "yes"},
    ):
        assert post_pledge(need, **PERSON, **fields).status_code == 422, fields
    assert not Pledge.objects.exists() and not Identity.objects.exists()
    assert post_pledge(need, **PERSON, phone="0912345678", contact_name="Lan", agrees_contact="yes").status_code == 303
    row = Pledge.objects.get()
    assert row.reporter_id and Identity.objects.filter(reporter=row.reporter_id).count() == 2
    assert Consent.objects.filter(reporter=row.reporter_id, purpose="CONTACT").exists()
    desk = sign_in_browser(owner).get(f"/hoan-canh/{need.public_id}").content.decode()
    assert "0912345678" not in desk and "Xin mở số điện thoại" in desk
    asked = post_action(owner, need, "xin-lien-he", pledge=str(row.public_id), reason="ngắn", hours="24")
    assert asked.status_code == 422


def test_a_donor_withdraws_name_and_pledge_behind_the_link(owner: Any) -> None:
    need, key = register_verified_need(owner), generate_token()
    post_pledge(need, key, **SCHOOL, phone="0912345678", agrees_contact="yes")
    assert Client().post(f"/loi-hua/{key}", {"action": "ten"}).status_code == 303
    row = Pledge.objects.select_related("consent").get()
    assert (row.donor_name, row.state) == ("", "RESERVED") and row.consent is not None and row.consent.withdrawn_at
    assert Client().post(f"/loi-hua/{key}", {"action": "huy"}).status_code == 303
    assert queries.get_balance(need, now=clock.now()).units_left == 20
    assert Client().post(f"/loi-hua/{key}", {"action": "huy"}).status_code == 422
    assert Client().get(f"/loi-hua/{generate_token()}").status_code == 404
    with rls.acting_as("worker"):
        assert services.delete_expired_aid(clock.now(), 10) == 1
    assert not Identity.objects.exists()


def test_a_withdrawn_consent_takes_the_name_off_the_page_at_once(owner: Any) -> None:
    need = register_verified_need(owner)
    post_pledge(need, **SCHOOL)
    post_delivery(owner, need, pledge=str(Pledge.objects.get().public_id))
    assert "Trường THCS Bình Lộc" in Client().get(f"/giup-do/{need.code}").content.decode()
    Consent.objects.filter(purpose="PRAISE").update(withdrawn_at=clock.now())
    letter = f"/hoan-canh/{need.public_id}/thu-cam-on/{AidDelivery.objects.get().public_id}"
    page = Client().get(f"/giup-do/{need.code}").content.decode()
    assert "Trường THCS Bình Lộc" not in page and "Những người giúp không nêu tên" in page
    assert sign_in_browser(owner).get(letter).status_code == 404


def test_a_delivery_needs_proof_and_is_recorded_once(owner: Any) -> None:
    need = register_verified_need(owner)
    for fields in ({"receiver": ""}, {"minutes": ""}, {"units": "21"}, {"units": "-3"}, {"day": "2999-01-01"}):
        assert post_delivery(owner, need, **fields).status_code == 422, fields
    assert post_delivery(owner, need).status_code == 303
    assert post_delivery(owner, need).status_code == 422, "the same form again"
    assert post_delivery(owner, need, number="2", units="9").status_code == 422, "eight are left"
    assert (Need.objects.get(pk=need.pk).delivered, AidDelivery.objects.count()) == (12, 1)
    with rls.acting_as("pages"), pytest.raises(Exception, match="permission denied"):
        AidDelivery.objects.filter(need=need).update(units=1)


def test_a_donor_who_brings_less_keeps_the_rest_reserved(owner: Any) -> None:
    need = register_verified_need(owner)
    post_pledge(need, **SCHOOL)
    row = Pledge.objects.get()
    assert post_delivery(owner, need, pledge=str(row.public_id), units="5").status_code == 303
    balance = queries.get_balance(need := Need.objects.get(pk=need.pk), now=clock.now())
    assert (balance.delivered, balance.reserved, balance.units_left) == (5, 7, 8)
    assert post_action(owner, need, "huy", pledge=str(row.public_id)).status_code == 303
    assert queries.get_balance(Need.objects.get(pk=need.pk), now=clock.now()).units_left == 15


def test_double_aid_is_shown_and_has_to_be_seen(owner: Any, officer: Callable[..., Any]) -> None:
    register_verified_need(owner)
    second = register_need(owner, household="tran thi man", household_place="", summary="Cần gạo cho một cụ già yếu")
    page = sign_in_browser(owner).get(f"/hoan-canh/{second.public_id}").content.decode()
    assert "Hộ này có thể đã được giúp" in page and FORM["summary"] in page
    check = {"check_note": "Đến nhà sáng nay, hỏi trưởng thôn"}
    assert post_action(owner, second, "xac-minh", **check).status_code == 422
    assert post_action(owner, second, "xac-minh", **check, double="yes").status_code == 303
    stranger = officer("OFFICER", "18073")
    other = register_need(stranger)
    assert queries.find_double_aid(stranger, other, now=clock.now()) == queries.DoubleAid(), "another commune"


def test_the_village_team_enters_and_another_person_verifies(owner: Any, officer: Callable[..., Any]) -> None:
    team = officer("VILLAGE_TEAM", "18568")
    with rls.acting_as("pages"), rls_scope(get_rls_scope(team)):
        need = services.register_need(
            form=services.NeedForm(
                kind="FOOD",  # type: ignore[arg-type]
                summary=FORM["summary"],
                unit_name="suất quà",
                needed=5,
                household=FORM["household"],
            ),
            case_code="",
            officer=team,
            now=clock.now(),
        )
    assert need.by_team and need.case.unit_id == owner.unit_id
    page = sign_in_browser(team).get(f"/hoan-canh/{need.public_id}")
    assert page.status_code == 200 and "Chờ người thứ hai" in page.content.decode()
    assert post_action(team, need, "xac-minh", check_note="Đến nhà sáng nay").status_code == 403
    type(team).objects.filter(pk=team.pk).update(role="OFFICER")  # promoted since: still the same person
    promoted = type(team).objects.get(pk=team.pk)
    assert post_action(promoted, need, "xac-minh", check_note="Đến nhà sáng nay").status_code == 422
    assert post_action(owner, need, "xac-minh", check_note="Đến nhà sáng nay").status_code == 303


def test_the_public_words_name_nobody(owner: Any) -> None:
    for field in (
        {"summary": "Bà Trần Thị Mận ở một mình"},
        {"summary": "Một cụ già ở Yên Bình sống một mình", "household_place": "Yên Bình"},
        {"summary": "Một cụ già, gọi 0912345678"},
        {"unit_name": "5 suất"},
        {"needed": "-3"},
        {"household": ""},
        {"kind": "X"},
    ):
        assert sign_in_browser(owner).post("/hoan-canh/ghi", {**FORM, **field}).status_code == 422, field
    assert not Need.objects.exists() and not Case.objects.exists()


def test_a_case_is_entered_once_and_only_as_welfare(owner: Any) -> None:
    case = open_case(owner.unit, category="welfare", urgency=0)
    need = register_need(owner, **{"vu-viec": case.code})
    page = sign_in_browser(owner).get(f"/hoan-canh/ghi?vu-viec={case.code}")
    assert page.status_code == 303 and page["Location"].endswith(str(need.public_id))
    fight = open_case(owner.unit)
    assert sign_in_browser(owner).post("/hoan-canh/ghi", {**FORM, "vu-viec": fight.code}).status_code == 422
    form = {"outcome": "HELPED", "answer": "Đã giúp gia đình", "evidence": "BB", "version": case.version}
    assert sign_in_browser(owner).post(f"/vu-viec/{case.code}/ket-thuc", form).status_code == 422


def test_a_pledge_at_the_counter_and_a_need_that_is_taken_off(owner: Any) -> None:
    need = register_need(owner)
    fields = {"donor_kind": "ORGANISATION", "units": "4", "donor_name": "Hội Phụ nữ"}
    assert post_action(owner, need, "loi-hua", **fields, agrees_naming="yes").status_code == 422, (
        "not before it is verified"
    )
    post_action(owner, need, "xac-minh", check_note="Đến nhà sáng nay, hỏi trưởng thôn")
    assert post_action(owner, need, "loi-hua", **fields).status_code == 422, "a name without consent"
    assert post_action(owner, need, "loi-hua", **fields, agrees_naming="yes").status_code == 303
    assert Pledge.objects.get().expires_at > clock.now() + PLEDGE_SPAN
    assert post_action(owner, need, "dang").status_code == 303
    assert Client().get(f"/giup-do/{need.code}").status_code == 404
    with pytest.raises(RuleViolation):
        services.submit_pledge(
            need_code=need.code,
            link=generate_token(),
            form=services.PledgeForm(DonorKind.PERSON, 1),
            now=clock.now(),
        )


ACCESS = (
    ("OFFICER", "18568", 200, 1),  # a colleague
    ("PROVINCE_DUTY", "42", 200, 1),
    ("OFFICER", "18073", 404, 0),  # another commune
    ("VILLAGE_TEAM", "18568", 404, 0),  # not their task
    ("PROVINCE_STAFF", "42", 403, 1),
    ("OPERATOR", "42", 403, 0),
)


def test_the_household_is_for_the_desk_of_the_case(owner: Any, officer: Callable[..., Any]) -> None:
    need = register_verified_need(owner)
    post_pledge(need, **PERSON)
    for role, commune, status, rows in ACCESS:
        person = officer(role, commune)
        page = sign_in_browser(person).get(f"/hoan-canh/{need.public_id}")
        assert page.status_code == status, (role, commune)
        assert ("Trần Thị Mận" in page.content.decode()) is (status == 200), (role, commune)
        assert (FORM["summary"] in sign_in_browser(person).get("/hoan-canh").content.decode()) is (status == 200)
        with rls.acting_as("pages"), rls_scope(get_rls_scope(person)):
            assert (Need.objects.count(), Pledge.objects.count()) == (rows, rows), (role, commune)


def test_contacts_end_after_the_pledge_and_needs_with_the_content_of_their_case(owner: Any) -> None:
    need, now = register_verified_need(owner), clock.now()
    post_pledge(need, **PERSON, phone="0912345678", agrees_contact="yes", note="chiều mai")
    with rls.acting_as("worker"):
        assert services.delete_expired_aid(now, 10) == 0
        assert services.delete_expired_aid(now + PLEDGE_SPAN + dt.timedelta(days=31), 10) == 1
    row = Pledge.objects.get()
    assert (row.reporter_id, row.note, row.has_contact) == (None, "", False) and not Identity.objects.exists()
    Case.objects.filter(pk=need.case_id).update(erased_at=now)
    with rls.acting_as("worker"):
        assert services.delete_expired_aid(now, 10) == 1
    assert not Need.objects.exists() and not Pledge.objects.exists()
