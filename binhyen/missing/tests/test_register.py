"""A missing person from the counter to the ledger: entry, release, sighting, match, outcome, recall; and who may see it."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from docx import Document
from PIL import Image

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case, Relation
from binhyen.cases.tests.scene import draw_picture, open_case, sign_in_browser
from binhyen.channels.models import Attachment
from binhyen.consents.models import Consent
from binhyen.kit import clock
from binhyen.kit.ids import format_code, generate_token
from binhyen.kit.rls_scope import rls_scope
from binhyen.kit.typed_dates import format_moment_field
from binhyen.missing import services
from binhyen.missing.models import CareRegistration, PersonRecord, Sighting
from binhyen.missing.rules.pfif import PfifPerson, format_pfif, parse_people
from binhyen.people.access import get_rls_scope
from binhyen.stats import services as stats
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Contribution, Count
from binhyen.stats.views import build_cases_url
from binhyen.vault.models import Identity
from tests import rls

pytestmark = pytest.mark.django_db
NAME, PHONE, HEALTH = "Nguyễn Thị Đào", "0912345678", "uống thuốc huyết áp"
NOW = dt.datetime(2026, 3, 4, 8, 0, tzinfo=dt.UTC)


def build_form(**more: Any) -> dict[str, Any]:
    return {
        "side": "MISSING",
        "kind": "DEMENTIA",
        "name": NAME,
        "age": "78",
        "sex": "FEMALE",
        "clothes": "áo hoa tím, quần đen",
        "place": "chợ Lộc Hà",
        "commune": "18568",
        "movement": "WALK",
        "health": HEALTH,
        "phone": PHONE,
        "seen_at": format_moment_field(clock.now() - dt.timedelta(hours=3)),
        **more,
    }


@pytest.fixture
def owner(officer: Callable[..., Any], settings: Any, tmp_path: Any) -> Any:
    settings.FILES_ROOT = tmp_path
    return officer("OFFICER", "18568")


def register_person(owner: Any, **more: Any) -> PersonRecord:
    """Enter a person at the counter through the page."""
    answer = sign_in_browser(owner).post("/nguoi-lac/ghi", build_form(**more))
    assert answer.status_code == 303, answer.content.decode()
    return PersonRecord.objects.latest("pk")


def post_action(owner: Any, record: PersonRecord, action: str, **fields: Any) -> Any:
    return sign_in_browser(owner).post(f"/nguoi-lac/{record.public_id}/{action}", fields)


def release_appeal(owner: Any, record: PersonRecord, **fields: Any) -> Any:
    today = clock.to_vietnam_day(clock.now())
    draft = {
        "ground": "EMERGENCY",
        "reason": "Người lú lẫn đi lạc, không tự về được",
        "until": (today + dt.timedelta(days=7)).isoformat(),
        "shows_photo": "yes",
        **fields,
    }
    return post_action(owner, record, "dang", **draft)


def show(url: str, client: Client | None = None) -> str:
    return (client or Client()).get(url).content.decode()


def report_sighting(record: PersonRecord, **fields: Any) -> Any:
    draft = {
        "key": generate_token(),
        "place": "ngã ba Thạch Châu",
        "seen_at": format_moment_field(clock.now()),
        **fields,
    }
    return Client().post(f"/tim-nguoi/{record.code}", draft)


def test_papers_name_what_is_published_and_no_more(owner: Any, officer: Callable[..., Any]) -> None:
    record = register_person(owner)
    browser, url = sign_in_browser(owner), f"/nguoi-lac/{record.public_id}"
    notice, minutes = {"giay": "thong-bao", "tep": "docx"}, {"giay": "ban-giao", "tep": "docx"}
    assert browser.get(url, notice).status_code == 404, "not published yet"
    assert browser.get(url, minutes | {"tep": "pdf"}).content[:5] == b"%PDF-"
    release_appeal(owner, record)
    assert "?giay=thong-bao&amp;tep=docx" in show(url, browser)
    for paper, title in ((notice, "THÔNG BÁO TÌM NGƯỜI"), (minutes, "BIÊN BẢN BÀN GIAO NGƯỜI")):
        answer = browser.get(url, paper)
        text = read_docx(answer.content)
        assert title in text and NAME in text and HEALTH not in text and PHONE not in text
        assert "no-store" in answer["Cache-Control"] and record.code[:4] in answer["Content-Disposition"]
        assert sign_in_browser(officer("OFFICER", "18073")).get(url, paper).status_code == 404
    assert post_action(owner, record, "go").status_code == 303
    assert browser.get(url, notice).status_code == 404, "recalled"


def read_docx(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_from_the_counter_to_the_ledger(owner: Any, officer: Callable[..., Any]) -> None:
    record = register_person(owner, photo=draw_picture())
    url, appeal = f"/nguoi-lac/{record.public_id}", f"/tim-nguoi/{record.code}"
    assert record.case.category == "missing_person" and record.case.unit_id == owner.unit_id
    assert Identity.objects.filter(reporter=record.contact, field="PHONE").exists() and record.case.reports.exists()
    assert Client().get(appeal).status_code == 404 and NAME not in show("/tim-nguoi")
    page = show(url, sign_in_browser(owner))
    assert "Tìm trong 8 km" in page and PHONE not in page and HEALTH in page
    assert release_appeal(owner, record).status_code == 303
    public = show(appeal)
    assert NAME in public and "áo hoa tím" in public and not {PHONE, HEALTH} & set(public.split())
    assert HEALTH not in public and PHONE not in public and NAME in show("/tim-nguoi?xa=18568")
    photo = Client().get(f"{appeal}/anh")
    assert photo.status_code == 200 and photo["Cache-Control"] == "no-store" and b"Exif" not in photo.content
    assert "Quét mã" in show(f"{url}/the", sign_in_browser(owner))
    assert post_action(owner, record, "soat").status_code == 422, (
        "another officer than the one who released it reviews it"
    )
    assert post_action(officer("CHIEF", "18568"), record, "soat").status_code == 303
    assert report_sighting(record, text="đi về phía biển", phone=PHONE, photo=draw_picture()).status_code == 303
    sighting = record.sightings.get()
    assert sighting.photo is not None and sighting.contact is not None
    page = show(url, sign_in_browser(owner))
    assert "ngã ba Thạch Châu" in page and PHONE not in page
    assert post_action(owner, record, "xet", sighting=sighting.public_id, verdict="LIKELY").status_code == 303
    assert post_action(owner, record, "da-tim", place="bãi Thạch Kim", party="tổ thôn").status_code == 303
    assert sign_in_browser(owner).get(f"{url}/anh/{sighting.public_id}").status_code == 200
    assert post_action(owner, record, "ket-thuc", outcome="FOUND_SAFE", note="").status_code == 422
    assert (
        post_action(owner, record, "ket-thuc", outcome="FOUND_SAFE", note="Ở Thạch Châu, con gái đón").status_code
        == 303
    )
    case = Case.objects.get(pk=record.case_id)
    assert (case.state, case.outcome) == ("CLOSED", "FOUND_SAFE") and case.evidence.count() == 2
    assert NAME not in show(appeal) and "xin xóa giúp" in show(appeal) and NAME not in show("/tim-nguoi")
    assert Client().get(f"{appeal}/anh").status_code == 404 and report_sighting(record).status_code == 200
    assert sign_in_browser(owner).get(f"{url}/the").status_code == 404
    stats.update_counts()
    assert Contribution.objects.get(metric=Metric.PEOPLE_FOUND).case_id == case.pk
    assert sign_in_browser(owner).get(build_cases_url(Metric.PEOPLE_FOUND)).status_code == 200
    stats.rebuild_counts()
    assert Count.objects.get(metric=Metric.PEOPLE_FOUND).value == 1
    verbs = set(AuditEntry.objects.filter(verb__startswith="missing.").values_list("verb", flat=True))
    assert {"missing.registered", "missing.released", "missing.reviewed", "missing.sighted", "missing.ended"} <= verbs


def test_a_childs_details_need_a_consent_in_force_or_an_emergency(owner: Any) -> None:
    record = register_person(owner, kind="CHILD", age="6", name="bé Tí")
    assert release_appeal(owner, record, ground="CONSENT", consent="K7M29QXD").status_code == 422
    assert release_appeal(owner, record, reason="").status_code == 422
    late = clock.to_vietnam_day(clock.now()) + dt.timedelta(days=31)
    assert release_appeal(owner, record, until=late.isoformat()).status_code == 422
    assert release_appeal(owner, record, until="2026-99-01").status_code == 422
    assert Client().get(f"/tim-nguoi/{record.code}").status_code == 404
    sign_in_browser(owner).post(
        f"/dong-y/{record.case.code}/ghi",
        {"purpose": "CHILD", "by": "REPRESENTATIVE", "age": "6", "proof": "giấy ký hôm nay", "until": late.isoformat()},
    )
    consent = Consent.objects.get(purpose="CHILD")
    assert release_appeal(owner, record, ground="CONSENT", consent=consent.code).status_code == 303
    assert "bé Tí" in show(f"/tim-nguoi/{record.code}")
    Consent.objects.update(withdrawn_at=clock.now())
    assert "bé Tí" not in show(f"/tim-nguoi/{record.code}"), "a withdrawn consent recalls it at once"


def test_the_appeal_ends_by_itself_after_its_last_day(owner: Any) -> None:
    record = register_person(owner)
    release_appeal(owner, record)
    PersonRecord.objects.update(public_until=clock.to_vietnam_day(clock.now()) - dt.timedelta(days=1))
    assert NAME not in show(f"/tim-nguoi/{record.code}")
    assert post_action(owner, record, "go").status_code == 303 and release_appeal(owner, record).status_code == 303
    assert NAME in show(f"/tim-nguoi/{record.code}")


def test_a_found_unknown_person_is_matched_and_both_desks_are_notified(owner: Any, officer: Callable[..., Any]) -> None:
    record, neighbour = register_person(owner), officer("OFFICER", "18073")
    stranger_form = {
        "side": "UNIDENTIFIED",
        "name": "mệ Đào",
        "age": "70-80",
        "clothes": "quần đen, áo hoa",
        "phone": "",
    }
    unknown = register_person(neighbour, **stranger_form, seen_at=format_moment_field(clock.now()), place="bến xe")
    with rls.acting_as("worker"):
        assert services.match_record(record_id=unknown.pk, now=clock.now()) == 1
        assert services.match_record(record_id=record.pk, now=clock.now()) == 0, "the pair is known"
    assert Case.objects.get(pk=record.case_id).events.filter(verb="matched").exists()
    page = show(f"/nguoi-lac/{record.public_id}", sign_in_browser(owner))
    assert "tên" in page and "gọi để hỏi" in page and "mệ Đào" not in page, "another unit's record is only its unit"
    duty = officer("PROVINCE_DUTY", "42")
    assert "mệ Đào" in show(f"/nguoi-lac/{record.public_id}", sign_in_browser(duty))
    assert post_action(owner, record, "khop", other=unknown.public_id).status_code == 422
    assert post_action(duty, record, "khop", other=unknown.public_id).status_code == 303
    assert Relation.objects.filter(kind="MATCH").count() == 2
    for person in (record, unknown):
        assert (
            post_action(duty, person, "ket-thuc", outcome="FOUND_SAFE", note="Con gái đón ở bến xe").status_code == 303
        )
    stats.update_counts()
    assert Contribution.objects.get(metric=Metric.PEOPLE_FOUND).case_id == record.case_id, "a pair is one person"


def test_two_relatives_report_the_same_person(owner: Any) -> None:
    record = register_person(owner)
    again = register_person(owner, name="mệ Đào", other_names="Nguyễn Đào", phone="0987654321")
    page = show(f"/nguoi-lac/{again.public_id}", sign_in_browser(owner))
    search = show("/nguoi-lac?ten=nguyen thi dao", sign_in_browser(owner))
    assert str(record.public_id) in search and "Không thấy tên" in show(
        "/nguoi-lac?ten=Lê Văn Tám", sign_in_browser(owner)
    )
    assert "Có thể đã có hồ sơ của người này" in page and str(record.public_id) in page


def test_a_person_found_before_the_appeal_is_never_published(owner: Any) -> None:
    record = register_person(owner)
    assert post_action(owner, record, "ket-thuc", outcome="WAS_ELSEWHERE", note="Đang ở nhà chị gái").status_code == 303
    assert (
        release_appeal(owner, record).status_code == 422
        and Client().get(f"/tim-nguoi/{record.code}").status_code == 404
    )
    stats.update_counts()
    assert not Contribution.objects.filter(metric=Metric.PEOPLE_FOUND).exists()


def test_a_case_is_entered_once_and_only_as_its_side(owner: Any) -> None:
    case = open_case(owner.unit, text="mẹ tôi đi lạc từ trưa", category="missing_person", urgency=2)
    assert "mẹ tôi đi lạc" in show(f"/nguoi-lac/ghi?vu-viec={case.code}", sign_in_browser(owner))
    wrong = sign_in_browser(owner).post("/nguoi-lac/ghi", build_form(**{"vu-viec": case.code, "side": "UNIDENTIFIED"}))
    assert wrong.status_code == 422
    record = register_person(owner, **{"vu-viec": case.code})
    assert record.case_id == case.pk and record.case.reports.count() == 2
    page = sign_in_browser(owner).get(f"/nguoi-lac/ghi?vu-viec={case.code}")
    assert page.status_code == 303 and page["Location"].endswith(str(record.public_id))
    fight = open_case(owner.unit)
    assert sign_in_browser(owner).post("/nguoi-lac/ghi", build_form(**{"vu-viec": fight.code})).status_code == 422


BAD_FIELDS = [
    {"clothes": "áo hoa, gọi 0912345678"},
    {"name": "", "clothes": "", "marks": ""},
    {"age": "nhiều"},
    {"kind": "CAT"},
    {"phone": "12"},
    {"seen_at": "2026-13-01T08:00"},
    {"seen_at": "2999-01-01T08:00"},
]


def test_bad_input_keeps_what_was_typed(owner: Any) -> None:
    for fields in BAD_FIELDS:
        answer = sign_in_browser(owner).post("/nguoi-lac/ghi", build_form(**fields))
        assert answer.status_code == 422 and HEALTH in answer.content.decode(), fields
    assert not PersonRecord.objects.exists() and not Case.objects.exists()


def test_a_sighting_is_checked_and_stored_once(owner: Any) -> None:
    record = register_person(owner)
    release_appeal(owner, record)
    old = format_moment_field(clock.now() - dt.timedelta(days=9))
    for fields in ({"place": ""}, {"seen_at": old}, {"phone": "12"}, {"photo": io.BytesIO(b"no picture")}):
        assert report_sighting(record, text="đi về phía biển", **fields).status_code == 422
    key = generate_token()
    for _ in range(2):
        assert report_sighting(record, key=key).status_code == 303
    sighting = Sighting.objects.get()
    assert Case.objects.get(pk=record.case_id).unread_reason == 1, "the desk sees «Lời mới»"
    wrong = report_sighting(record, seen_at="hôm qua")
    assert wrong.status_code == 422 and "ví dụ: 01/12/2026 19:00" in wrong.content.decode()
    seen_at = clock.now().astimezone(clock.VIETNAM).replace(second=0, microsecond=0)
    assert report_sighting(record, seen_at=f"{seen_at:%d/%m/%Y %Hh%M}").status_code == 303, "typed without a date field"
    assert Sighting.objects.exclude(pk=sighting.pk).get().seen_at == seen_at


ACCESS = [
    ("OFFICER", "18568", 200),
    ("CHIEF", "18568", 200),
    ("PROVINCE_DUTY", "42", 200),
    ("OFFICER", "18073", 404),
    ("PROVINCE_STAFF", "42", 403),
    ("OPERATOR", "42", 403),
]


def test_who_may_see_a_record(owner: Any, officer: Callable[..., Any]) -> None:
    record = register_person(owner)
    for role, where, status in ACCESS:
        client = sign_in_browser(officer(role, where))
        assert client.get(f"/nguoi-lac/{record.public_id}").status_code == status, (role, where)
        assert client.post(f"/nguoi-lac/{record.public_id}/soat").status_code == (422 if status == 200 else status)
        assert client.get("/nguoi-lac").status_code == (403 if status == 403 else 200)
        assert (NAME in show("/nguoi-lac", client)) is (status == 200)


def test_the_record_goes_with_the_content_of_its_case(owner: Any) -> None:
    record = register_person(owner)
    release_appeal(owner, record)
    report_sighting(record, phone=PHONE, photo=draw_picture())
    with rls.acting_as("worker"):
        assert services.delete_erased_records(clock.now(), 10) == 0
    Case.objects.filter(pk=record.case_id).update(erased_at=clock.now())
    with rls.acting_as("worker"):
        assert services.delete_erased_records(clock.now(), 10) == 1
    assert not PersonRecord.objects.exists() and not Sighting.objects.exists()
    assert not Attachment.objects.exists() and not Identity.objects.exists()


def test_other_registers_get_appeals_and_tombstones(owner: Any) -> None:
    record = register_person(owner, photo=draw_picture())
    assert NAME not in show("/tim-nguoi.pfif")
    release_appeal(owner, record)
    current = parse_people(Client().get("/tim-nguoi.pfif").content)
    assert current[0]["full_name"] == NAME and current[0]["age"] == "78" and "photo_url" in current[0]
    feed = show("/tim-nguoi.pfif")
    assert HEALTH not in feed and PHONE not in feed
    post_action(owner, record, "ket-thuc", outcome="FOUND_DEAD", note="Bệnh viện huyện xác nhận")
    feed = show("/tim-nguoi.pfif")
    assert str(record.public_id) in feed and NAME not in feed and "photo_url" not in feed
    assert parse_people(feed.encode()) == []


def test_a_pfif_file_fills_the_entry_form(owner: Any) -> None:
    person = PfifPerson("example.org/1", NOW, NOW, NOW, full_name="Trần Quý", sex="MALE", age="8", description="gầy")
    client = sign_in_browser(owner)
    good = client.post("/nguoi-lac/ghi", {"pfif": io.BytesIO(format_pfif([person]).encode())})
    assert (
        good.status_code == 200 and 'value="Trần Quý"' in good.content.decode() and 'value="8"' in good.content.decode()
    )
    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><pfif xmlns="http://zesty.ca/pfif/1.4"><person><full_name>&b;</full_name></person></pfif>'
    for data in (bomb, b"<pfif>", b"\xff\xfe", b"<a/>"):
        assert client.post("/nguoi-lac/ghi", {"pfif": io.BytesIO(data)}).status_code == 422
    assert not PersonRecord.objects.exists()


def test_the_story_runs_with_the_rights_of_the_pages(owner: Any) -> None:
    client, now = sign_in_browser(owner), clock.now()
    draft = {"ground": "EMERGENCY", "reason": "Người lú lẫn đi lạc", "until": clock.to_vietnam_day(now).isoformat()}
    with rls.acting_as("pages"):
        answer = client.post("/nguoi-lac/ghi", build_form(photo=draw_picture()))
        assert answer.status_code == 303, answer.content.decode()
        url = answer["Location"]
        assert client.post(f"{url}/dang", {**draft, "shows_photo": "yes"}).status_code == 303
    record = PersonRecord.objects.get()
    with rls.acting_as("pages"):
        assert (
            NAME in show(f"/tim-nguoi/{record.code}")
            and Client().get(f"/tim-nguoi/{record.code}/anh").status_code == 200
        )
        assert report_sighting(record, photo=draw_picture(), phone=PHONE).status_code == 303
        page = show(url, client)
        assert "ngã ba Thạch Châu" in page and client.get(f"{url}/anh").status_code == 200
    sighting = record.sightings.get()
    with rls.acting_as("pages"):
        assert client.get(f"{url}/anh/{sighting.public_id}").status_code == 200
        assert client.post(f"{url}/da-tim", {"place": "bãi Thạch Kim", "party": "tổ thôn"}).status_code == 303
        assert client.post(f"{url}/ket-thuc", {"outcome": "FOUND_SAFE", "note": "Con gái đón"}).status_code == 303
        assert NAME not in show(f"/tim-nguoi/{record.code}")


def test_rows_are_visible_as_their_case_is(owner: Any, officer: Callable[..., Any]) -> None:
    record = register_person(owner)
    release_appeal(owner, record)
    report_sighting(record)
    stranger = officer("OFFICER", "18073")
    with rls.acting_as("pages"):
        for scope, count in ((get_rls_scope(owner), 1), (get_rls_scope(stranger), 0), ("", 0)):
            with rls_scope(scope):
                assert PersonRecord.objects.count() == Sighting.objects.count() == count


def test_a_bracelet_leads_to_the_police_and_tells_nobody_who_wears_it(owner: Any, officer: Any) -> None:
    browser = sign_in_browser(owner)
    form = {"name": NAME, "kind": "DEMENTIA", "sex": "FEMALE", "birth_year": "1948", "habits": "hay đi chợ Nghèn"}
    form |= {"phone": PHONE, "guardian_paper": "Giấy 01"}
    refused = browser.post("/nguoi-lac/dang-ky-truoc", {**form, "guardian_paper": ""})
    assert refused.status_code == 422 and NAME in refused.content.decode(), "what was typed stays"
    assert browser.post("/nguoi-lac/dang-ky-truoc", form).status_code == 303
    row = CareRegistration.objects.get()
    url = f"/nguoi-lac/dang-ky-truoc/{row.public_id}"
    assert f"/vong-tay/{format_code(row.code)}" in browser.get(url).content.decode()
    browser.post(f"{url}/doi-anh", {"photo": io.BytesIO(b"%PDF-1.7 no picture")})
    assert "không phải ảnh" in browser.get(url).content.decode() and not Attachment.objects.exists()
    for _again in range(2):  # the second replaces the first
        with rls.acting_as("pages"):
            assert browser.post(f"{url}/doi-anh", {"photo": draw_picture()}).status_code == 303
            assert Image.open(io.BytesIO(browser.get(f"{url}/anh").content)).getexif().get(0x8825) is None
    photo = Attachment.objects.get()
    stranger = sign_in_browser(officer("OFFICER", "18073"))
    assert {stranger.get(address).status_code for address in (url, f"{url}/anh", f"/tep/{photo.public_id}")} == {404}
    assert sign_in_browser(officer("PROVINCE_DUTY", "42")).get(url).status_code == 200
    finder, address = Client(), f"/vong-tay/{row.code}"
    page = finder.get(address).content.decode()
    assert "đang đi lạc" in page and not any(word in page for word in (NAME, "Nghèn", "1948", PHONE))
    assert finder.post(address, {"place": ""}).status_code == 422
    assert finder.post(address, {"place": "cổng chợ Nghèn", "phone": "0912000333"}).status_code == 303
    row.refresh_from_db()
    case = row.last_case
    assert case is not None and case.unit_id == owner.unit_id and case.alarm.acknowledged_at is None
    assert f'href="{url}"' in browser.get(f"/nguoi-lac/ghi?vu-viec={case.code}").content.decode(), "who it is"
    started = browser.post(f"{url}/tim")
    assert started.status_code == 303
    record = PersonRecord.objects.get()
    assert (record.name, record.side) == (NAME, "MISSING")
    assert record.contact_id == row.contact_id and "Nghèn" in record.health
    assert record.photo_id not in (None, photo.pk), "a copy of the picture"
    browser.post(f"{url}/rut")
    assert finder.get(address).status_code == 404, "an ended bracelet leads nowhere"


def test_the_photo_card_is_a_picture_and_a_page(owner: Any) -> None:
    browser = sign_in_browser(owner)
    browser.post("/nguoi-lac/ghi", build_form(photo=draw_picture()))
    record = PersonRecord.objects.get()
    url = f"/nguoi-lac/{record.public_id}"
    assert browser.get(f"{url}/the", {"tep": "png"}).status_code == 404, "not released"
    until = clock.to_vietnam_day(clock.now()).isoformat()
    reason = "Người lú lẫn đi lạc, không tự về được"
    browser.post(f"{url}/dang", {"ground": "EMERGENCY", "reason": reason, "until": until, "shows_photo": "yes"})
    picture = browser.get(f"{url}/the", {"tep": "png"})
    assert picture["Cache-Control"] == "no-store" and Image.open(io.BytesIO(picture.content)).width == 1080
    assert browser.get(f"{url}/the", {"tep": "pdf"}).content[:5] == b"%PDF-"
