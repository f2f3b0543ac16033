"""A weapon from the citizen's page to its destruction: report, appointment, receipt, custody, ledger; and access."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case, Report
from binhyen.cases.rules import should_alarm
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.channels.models import Outgoing
from binhyen.kit import clock
from binhyen.kit.ids import generate_token, hash_token
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.access import get_rls_scope
from binhyen.stats import services as stats
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Count
from binhyen.weapons.models import Weapon, WeaponAppointment, WeaponCustody, WeaponReceipt, WeaponRecord
from tests import rls

pytestmark = pytest.mark.django_db
GIVER, STORE = "Trần Thị Mận", "kho số 1, tủ sắt"
GUN = {
    "kind": "HUNTING_GUN",
    "description": "Súng kíp tự chế",
    "serial": "AK 1O2-345",
    "quantity": "1",
    "measure": "PIECE",
    "origin": "HANDED_IN",
}
MINE = {
    "kind": "ORDNANCE",
    "description": "Lựu đạn gỉ",
    "quantity": "2",
    "measure": "PIECE",
    "origin": "HANDED_IN",
    "guard_place": "vườn nhà văn hóa",
    "engineers": "Ban CHQS, 8 giờ",
}


@pytest.fixture
def owner(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


def build_visit(**more: str) -> dict[str, str]:
    """Return the citizen's form."""
    day = clock.to_vietnam_day(clock.now()) + dt.timedelta(days=2)
    fields = {"kind": "HUNTING_GUN", "description": "súng kíp cũ", "place": "xã Lộc Hà", "mode": "BRING"}
    return {"key": generate_token(), "part": "MORNING", "day": day.isoformat(), **fields, **more}


def test_minutes_of_each_step_are_files(owner: Any) -> None:
    record = register_weapon(owner)
    browser, url = sign_in_browser(owner), f"/vu-khi/{record.public_id}"
    weapon = record.weapons.get()
    browser.post(f"{url}/bien-nhan-moi", {"giver_name": GIVER, "place": STORE, "seal": "NP 01"})
    browser.post(f"{url}/ky", {"giver_signed": "yes", "officer_signed": "yes", "paper": "BB 3"})
    destroyed = {
        "weapon": weapon.public_id,
        "number": "2",
        "step": "DESTROYED",
        "receiver": "Hội đồng",
        "paper": "BB 9",
    }
    assert browser.post(f"{url}/buoc", destroyed).status_code == 303
    assert browser.get(f"{url}/bien-nhan", {"tep": "docx"}).content[:2] == b"PK"
    step = {"vat": weapon.public_id, "buoc": "2", "tep": "pdf"}
    assert browser.get(f"{url}/bien-nhan", step).content[:5] == b"%PDF-"
    assert "buoc=2&amp;tep=pdf" in browser.get(url).content.decode()


def register_weapon(owner: Any, form: dict[str, str] = GUN, **more: str) -> WeaponRecord:
    answer = sign_in_browser(owner).post("/vu-khi/ghi", {**form, **more})
    assert answer.status_code == 303, answer.content.decode()
    return WeaponRecord.objects.latest("pk")


def post_action(owner: Any, record: WeaponRecord, action: str, **fields: Any) -> Any:
    return sign_in_browser(owner).post(f"/vu-khi/{record.public_id}/{action}", fields)


def sign(owner: Any, record: WeaponRecord, **fields: str) -> int:
    """Draw up the receipt and sign it; return the status of the signature."""
    assert post_action(owner, record, "bien-nhan-moi", giver_name=GIVER, place=STORE, seal="NP 01").status_code == 303
    status: int = post_action(
        owner, record, "ky", **({"giver_signed": "yes", "officer_signed": "yes"} | fields)
    ).status_code
    return status


def record_step(owner: Any, weapon: Weapon, step: str, number: int, **fields: str) -> int:
    status: int = post_action(
        owner, weapon.record, "buoc", weapon=weapon.public_id, step=step, number=number, **fields
    ).status_code
    return status


def test_from_the_page_to_the_destruction_and_into_the_ledger(owner: Any) -> None:
    form = build_visit()
    answer = Client().post("/giao-nop-vu-khi", form)
    assert answer.status_code == 303, answer.content.decode()
    token = answer["Location"].rpartition("/")[2]
    assert "không chạm, không di chuyển" in Client().get(answer["Location"]).content.decode()
    case = Report.objects.get(link_hash=hash_token(token)).case
    assert case.category == "weapon_handover" and case.unit_id == owner.unit_id
    assert Client().post("/giao-nop-vu-khi", form)["Location"] == answer["Location"]  # sent twice
    appointment = WeaponAppointment.objects.get()
    desk = sign_in_browser(owner)
    assert "Người dân mang đến" in desk.get("/vu-khi").content.decode()
    agreed = desk.post(f"/vu-khi/hen/{appointment.public_id}", {"day": form["day"], "part": "AFTERNOON"})
    assert agreed.status_code == 303 and WeaponAppointment.objects.get().answered_at is not None
    assert "Công an hẹn bạn buổi chiều" in Outgoing.objects.get(case=case, purpose="ANSWER").text
    assert f"/vu-khi/ghi?vu-viec={case.code}" in desk.get(f"/vu-viec/{case.code}").content.decode()
    record = register_weapon(owner, **{"vu-viec": case.code})
    assert record.case_id == case.pk
    assert sign(owner, record) == 303
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("CLOSED", "HANDED_IN") and case.evidence.exists()
    assert Outgoing.objects.filter(case=case, purpose="RESULT").exists()
    weapon = record.weapons.get()
    assert record_step(owner, weapon, "STORED", 2, place="kho tỉnh") == 303
    assert record_step(owner, weapon, "STORED", 2, place="kho tỉnh") == 422  # entered twice
    assert record_step(owner, weapon, "DESTROYED", 3, receiver="Hội đồng tiêu hủy", paper="BB 7/2026") == 303
    assert record_step(owner, weapon, "STORED", 4, place="kho tỉnh") == 422
    assert [row.step for row in weapon.custody.order_by("number")] == ["RECEIVED", "STORED", "DESTROYED"]
    stats.update_counts()
    assert Count.objects.get(metric=Metric.WEAPONS).value == 1
    assert case.title in desk.get("/ket-qua/weapons").content.decode()
    stats.rebuild_counts()
    assert Count.objects.get(metric=Metric.WEAPONS).value == 1
    assert AuditEntry.objects.filter(verb="weapon.signed").exists()
    assert GIVER in desk.get(f"/vu-khi/{record.public_id}/bien-nhan").content.decode()


WRONG = (("kind", "x"), ("place", ""), ("day", "2020-01-01"), ("day", ""), ("phone", "12"), ("mode", ""))


def test_a_wrong_form_of_a_citizen_comes_back_with_its_text() -> None:
    for field, value in WRONG:
        answer = Client().post("/giao-nop-vu-khi", build_visit() | {field: value})
        assert answer.status_code == 422 and "súng kíp cũ" in answer.content.decode(), field
    assert not Case.objects.exists()


def test_an_explosive_reported_on_the_page_rings_the_desk_and_is_collected(owner: Any) -> None:
    assert Client().post("/giao-nop-vu-khi", build_visit(kind="ORDNANCE")).status_code == 303
    case, appointment = Case.objects.get(), WeaponAppointment.objects.get()
    assert (case.category, appointment.mode) == ("weapon_handover", "COLLECT") and should_alarm(case.urgency)


def test_explosives_wait_for_engineers_and_go_to_the_army(owner: Any) -> None:
    refused = sign_in_browser(owner).post("/vu-khi/ghi", MINE | {"engineers": ""})
    assert refused.status_code == 422 and not WeaponRecord.objects.exists()
    record = register_weapon(owner, MINE)
    weapon = record.weapons.get()
    assert weapon.last_step == "GUARDED"
    assert sign(owner, record) == 422  # not received at the station
    assert Case.objects.get(pk=record.case_id).is_open
    assert record_step(owner, weapon, "PASSED_TO_ARMY", 2) == 422  # no minutes
    assert record_step(owner, weapon, "PASSED_TO_ARMY", 2, receiver="Ban CHQS tỉnh", paper="BB 3") == 303
    assert Case.objects.get(pk=record.case_id).outcome == "PASSED_TO_ARMY"


def test_a_signature_that_is_never_finished_counts_nothing(owner: Any) -> None:
    record = register_weapon(owner)
    assert post_action(owner, record, "ky", giver_signed="yes", officer_signed="yes").status_code == 422  # no receipt
    assert sign(owner, record, giver_signed="") == 422
    assert "Chưa ký nhận" in sign_in_browser(owner).get("/vu-khi").content.decode()
    stats.update_counts()
    assert Case.objects.get(pk=record.case_id).is_open and not Count.objects.filter(metric=Metric.WEAPONS).exists()


def test_an_unnamed_giver_and_a_seizure(owner: Any) -> None:
    record = register_weapon(owner)
    assert (
        post_action(owner, record, "bien-nhan-moi", place=STORE).status_code == 422
    )  # neither a name nor «không nêu tên»
    assert post_action(owner, record, "bien-nhan-moi", unnamed="yes", place=STORE).status_code == 303
    assert post_action(owner, record, "ky", officer_signed="yes").status_code == 422  # no witness
    assert post_action(owner, record, "ky", officer_signed="yes", witness="Lê Văn Bình").status_code == 303
    assert WeaponCustody.objects.get(weapon__record=record).giver == "Không nêu tên"
    seized = register_weapon(owner, GUN | {"origin": "SEIZED", "serial": ""})
    assert sign(owner, seized) == 422 and sign(owner, seized, paper="BB 9/2026") == 303
    assert Case.objects.get(pk=seized.case_id).outcome == "SEIZED"


def test_a_serial_number_is_entered_once_in_any_notation(owner: Any, officer: Callable[..., Any]) -> None:
    register_weapon(owner)
    elsewhere = sign_in_browser(officer("OFFICER", "18073"))
    twice = elsewhere.post("/vu-khi/ghi", GUN | {"serial": "ak10 2345"})
    assert twice.status_code == 422 and "Số hiệu này đã có trong sổ" in twice.content.decode()
    assert elsewhere.post("/vu-khi/ghi", GUN | {"serial": "ak10 2345", "confirmed": "yes"}).status_code == 303
    assert "Súng kíp tự chế" in sign_in_browser(owner).get("/vu-khi", {"q": "AK-102345"}).content.decode()


def test_more_weapons_until_the_receipt_is_signed_and_one_record_a_case(owner: Any) -> None:
    case = open_case(owner.unit, category="weapon_handover", urgency=0)
    record = register_weapon(owner, **{"vu-viec": case.code})
    again = sign_in_browser(owner).get(f"/vu-khi/ghi?vu-viec={case.code}")
    assert again.status_code == 303 and again["Location"].endswith(str(record.public_id))
    assert (
        post_action(owner, record, "them", **{**GUN, "kind": "AMMUNITION", "serial": "", "quantity": "30"}).status_code
        == 303
    )
    assert post_action(owner, record, "them", **{**GUN, "serial": "", "quantity": "0"}).status_code == 422
    assert sign(owner, record) == 303 and {weapon.last_step for weapon in record.weapons.all()} == {"RECEIVED"}
    assert post_action(owner, record, "them", **{**GUN, "serial": ""}).status_code == 422
    fight = open_case(owner.unit)
    refused = sign_in_browser(owner).post("/vu-khi/ghi", {**GUN, "serial": "", "vu-viec": fight.code})
    assert refused.status_code == 422


def test_outcomes_of_the_register_are_not_offered_in_the_form_of_a_case(owner: Any) -> None:
    case = open_case(owner.unit, category="weapon_handover", urgency=0)
    form = {"answer": "Đã kiểm tra, không có gì", "evidence": "BB", "version": case.version}
    desk = sign_in_browser(owner)
    assert desk.post(f"/vu-viec/{case.code}/ket-thuc", form | {"outcome": "HANDED_IN"}).status_code == 422
    assert desk.post(f"/vu-viec/{case.code}/ket-thuc", form | {"outcome": "NO_WEAPON"}).status_code == 303


ACCESS = (
    ("OFFICER", "18568", 200, False),  # a colleague
    ("CHIEF", "18568", 200, True),
    ("PROVINCE_DUTY", "42", 200, True),
    ("OFFICER", "18073", 404, False),  # another commune
    ("CHIEF", "18073", 404, False),
    ("PROVINCE_STAFF", "42", 403, False),
    ("VILLAGE_TEAM", "18568", 403, False),
)


def test_names_and_places_are_for_named_roles(owner: Any, officer: Callable[..., Any]) -> None:
    record = register_weapon(owner)
    sign(owner, record)
    assert sign_in_browser(owner).get(f"/vu-khi/{record.public_id}").content.decode().count(GIVER) > 0
    for role, commune, status, sees_names in ACCESS:
        check_access(record, officer(role, commune), status, sees_names=sees_names)


def check_access(record: WeaponRecord, person: Any, status: int, *, sees_names: bool) -> None:
    page = sign_in_browser(person).get(f"/vu-khi/{record.public_id}")
    text = page.content.decode()
    assert page.status_code == status and (GIVER in text, STORE in text) == (sees_names, sees_names)
    assert ("Súng kíp tự chế" in text) is (status == 200)
    printed = sign_in_browser(person).get(f"/vu-khi/{record.public_id}/bien-nhan").status_code
    assert printed == (200 if sees_names else 404 if status == 200 else status)
    if status == 200 and not sees_names:
        assert record_step(person, record.weapons.get(), "STORED", 2, place="kho tỉnh") == 422
    with rls.acting_as("pages"), rls_scope(get_rls_scope(person)):
        assert WeaponReceipt.objects.count() == WeaponCustody.objects.count() == int(sees_names)
        visible = status == 200 or person.role == "PROVINCE_STAFF"
        assert Weapon.objects.count() == WeaponRecord.objects.count() == int(visible)


def test_the_database_lets_no_page_change_a_step(owner: Any) -> None:
    record = register_weapon(owner)
    sign(owner, record)
    with rls.acting_as("pages"), pytest.raises(Exception, match="permission denied"):
        WeaponCustody.objects.filter(weapon__record=record).update(note="khác")


def test_a_campaign_counts_what_was_completed_in_its_days(owner: Any, officer: Callable[..., Any]) -> None:
    today = clock.to_vietnam_day(clock.now())
    form = {"name": "Đợt vận động cả tỉnh", "starts_on": today.isoformat(), "ends_on": today.isoformat()}
    assert sign_in_browser(owner).post("/vu-khi/dot-van-dong", form).status_code == 422  # not a chief
    duty = sign_in_browser(officer("PROVINCE_DUTY", "42"))
    assert duty.post("/vu-khi/dot-van-dong", form).status_code == 303
    assert duty.post("/vu-khi/dot-van-dong", form | {"ends_on": "x"}).status_code == 422
    record = register_weapon(owner, GUN | {"quantity": "3"})
    public = Client().get("/giao-nop-vu-khi").content.decode()
    assert "Đợt vận động cả tỉnh" in public and "Chưa có vật nào" in public
    sign(owner, record)
    line = "Súng săn, súng kíp, súng hơi: 3"
    public = Client().get("/giao-nop-vu-khi").content.decode()
    assert line in public and GIVER not in public and STORE not in public
    for person, is_seen in ((officer("PROVINCE_STAFF", "42"), True), (officer("OFFICER", "18073"), False)):
        assert (line in sign_in_browser(person).get("/vu-khi/dot-van-dong").content.decode()) is is_seen
