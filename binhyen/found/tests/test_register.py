"""A found thing from the counter to its owner: entry, board, claim, decision, receipt, ledger; and who may see it."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.queries.lost_found import get_matched_codes
from binhyen.cases.services.lost_found import match_posts
from binhyen.cases.tests.scene import draw_picture, open_case, sign_in_browser
from binhyen.channels.models import Attachment, Outgoing
from binhyen.found import services
from binhyen.found.models import Claim, CustodyEntry, FoundItem, HiddenDetail
from binhyen.found.rules import MAX_FAILED_CLAIMS, MAX_TRIES, ClaimState
from binhyen.kit import clock
from binhyen.kit.hash_chain import find_broken_step
from binhyen.kit.ids import generate_token
from binhyen.people.services import RuleViolation
from binhyen.stats import services as stats
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Contribution, Count
from binhyen.stats.views import build_cases_url
from tests import rls

pytestmark = pytest.mark.django_db
SECRETS = {"hidden_NAME": "Trần Thị Mận", "hidden_AMOUNT": "1.250.000", "hidden_MARK": "móc khóa hình con gấu"}
RIGHT = {"NAME": "tran thi man", "AMOUNT": "1250k", "MARK": "móc khóa con gấu"}
WRONG = {"NAME": "Lê Văn Tám", "AMOUNT": "200k", "MARK": "không có"}
FORM = {
    "kind": "BAG",
    "description": "Ví da",
    "colour": "nâu",
    "place": "chợ Lộc Hà",
    "found_on": "2026-01-05",
    "holder": "POLICE",
    "value": "3.000.000",
    "public": "yes",
    **SECRETS,
}


@pytest.fixture
def owner(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


def register_thing(owner: Any, **more: str) -> FoundItem:
    """Enter a thing at the counter through the page."""
    answer = sign_in_browser(owner).post("/nhat-duoc/ghi", {**FORM, **more})
    assert answer.status_code == 303, answer.content.decode()
    return FoundItem.objects.latest("pk")


def open_claim(item: FoundItem, answers: dict[str, str], client: Client | None = None) -> Claim:
    """Open a claim on the public page."""
    key = generate_token()
    answer = (client or Client()).post(f"/do-nhat-duoc/{item.code}", {"key": key, **answers})
    assert answer.status_code == 303 and answer["Location"] == f"/nhan-do/{key}", answer.content.decode()
    return Claim.objects.latest("pk")


def post_action(owner: Any, item: FoundItem, action: str, **fields: Any) -> Any:
    return sign_in_browser(owner).post(f"/nhat-duoc/{item.public_id}/{action}", fields)


DRAWN = "10,10 20,20 30,10 40,30;60,10 70,20 80,40 90,60 100,10"


def test_papers_and_signatures_drawn_on_the_screen(owner: Any) -> None:
    item = register_thing(owner)
    browser = sign_in_browser(owner)
    url = f"/nhat-duoc/{item.public_id}/bien-nhan"
    for name in ("thong-bao", "bao-nguoi-nhat"):
        notice = browser.get(url, {"giay": name, "tep": "docx"})
        assert notice.content[:2] == b"PK" and notice["Cache-Control"] == "no-store"
    assert browser.get(url, {"tep": "pdf"}).status_code == 404, "no receipt yet"
    post_action(owner, item, "bien-nhan-moi", receiver_name="Trần Thị Mận", condition="nguyên vẹn")
    signed = {"receiver_signed": "yes", "officer_signed": "yes"}
    refused = post_action(owner, item, "trao-tra", **signed, receiver_strokes="<svg>", officer_strokes="")
    assert refused.status_code == 422 and "Chữ ký trên màn hình chưa rõ" in refused.content.decode()
    done = post_action(owner, item, "trao-tra", **signed, receiver_strokes=DRAWN, officer_strokes=DRAWN)
    assert done.status_code == 303
    assert "M10 10L20 20" in browser.get(url).content.decode()
    minutes = browser.get(url, {"tep": "pdf"})
    assert minutes.content[:5] == b"%PDF-" and "Trần" not in minutes["Content-Disposition"]
    assert browser.get(url, {"tep": "docx"}).content[:2] == b"PK"


def test_from_the_counter_to_the_owner_and_into_the_ledger(owner: Any) -> None:
    item = register_thing(owner)
    assert item.case.category == "found_item" and item.case.unit_id == owner.unit_id
    board = Client().get("/do-nhat-duoc", {"q": "em mất cái ví da màu nâu", "xa": "18568"}).content.decode()
    assert "Ví da" in board and not any(secret in board for secret in SECRETS.values())
    opened = open_claim(item, RIGHT)
    assert opened.state == ClaimState.PROVED
    desk = sign_in_browser(owner).get(f"/nhat-duoc/{item.public_id}").content.decode()
    assert SECRETS["hidden_NAME"] in desk and "3 trên 3 câu khớp" in desk
    assert (
        post_action(owner, item, "quyet-dinh", claim=opened.public_id, verdict="yes", reason="Khớp cả ba").status_code
        == 303
    )
    assert (
        post_action(owner, item, "bien-nhan-moi", receiver_name="Trần Thị Mận", condition="nguyên vẹn").status_code
        == 303
    )
    assert "Trần Thị Mận" in sign_in_browser(owner).get(f"/nhat-duoc/{item.public_id}/bien-nhan").content.decode()
    assert post_action(owner, item, "trao-tra", receiver_signed="yes").status_code == 422  # one signature is not two
    assert Case.objects.get(pk=item.case_id).is_open
    assert post_action(owner, item, "trao-tra", receiver_signed="yes", officer_signed="yes").status_code == 303
    case = Case.objects.get(pk=item.case_id)
    assert (case.state, case.outcome) == ("CLOSED", "RETURNED") and case.evidence.exists()
    assert [entry.step for entry in item.custody.order_by("number")] == ["RECEIVED", "HANDED_OVER"]
    assert "Ví da" not in Client().get("/do-nhat-duoc").content.decode()
    stats.update_counts()
    assert Count.objects.get(metric=Metric.ITEMS_RETURNED).value == 1
    assert Contribution.objects.get(metric=Metric.ITEMS_RETURNED).case_id == case.pk
    ledger = sign_in_browser(owner).get(build_cases_url(Metric.ITEMS_RETURNED))
    assert ledger.status_code == 200 and "Ví da" in ledger.content.decode()
    stats.rebuild_counts()
    assert Count.objects.get(metric=Metric.ITEMS_RETURNED).value == 1
    assert AuditEntry.objects.filter(verb="found.returned").exists()


def test_the_finder_of_the_case_is_told_at_once(owner: Any) -> None:
    case = open_case(owner.unit, text="Tôi nhặt được ví da nâu ở chợ", category="found_item", urgency=0)
    item = register_thing(owner, **{"vu-viec": case.code})
    assert item.case_id == case.pk
    post_action(owner, item, "bien-nhan-moi", receiver_name="Trần Thị Mận")
    post_action(owner, item, "trao-tra", paper="BN 12/2026")
    assert Outgoing.objects.filter(case=case, purpose="RESULT").exists()


def test_a_case_is_entered_once_and_only_as_found(owner: Any) -> None:
    case = open_case(owner.unit, category="found_item", urgency=0)
    item = register_thing(owner, **{"vu-viec": case.code})
    page = sign_in_browser(owner).get(f"/nhat-duoc/ghi?vu-viec={case.code}")
    assert page.status_code == 303 and page["Location"].endswith(str(item.public_id))
    fight = open_case(owner.unit)
    answer = sign_in_browser(owner).post("/nhat-duoc/ghi", {**FORM, "vu-viec": fight.code})
    assert answer.status_code == 422 and FoundItem.objects.count() == 1


def test_the_board_never_takes_what_only_the_owner_knows(owner: Any) -> None:
    for field in ({"description": "Ví của Trần Thị Mận"}, {"place": "số điện thoại 0912345678"}):
        answer = sign_in_browser(owner).post("/nhat-duoc/ghi", {**FORM, **field})
        assert answer.status_code == 422 and "Chuyển xuống phần chỉ chủ biết" in answer.content.decode()
    assert not FoundItem.objects.exists() and not Case.objects.exists()


def test_a_thing_without_a_place_is_entered(owner: Any) -> None:
    item = register_thing(owner, place="", found_on="5/1/2026", found_time="6h45")
    page = Client().get(f"/do-nhat-duoc/{item.code}").content.decode()
    assert "Ví da" in page and "06:45" not in page, "an owner may be asked for the time"
    assert "05/01/2026, 06:45" in sign_in_browser(owner).get(f"/nhat-duoc/{item.public_id}").content.decode()
    soon = (clock.now() + dt.timedelta(days=2)).date().isoformat()
    for wrong in ({"found_time": "25:99"}, {"found_on": soon, "found_time": ""}):
        answer = sign_in_browser(owner).post("/nhat-duoc/ghi", {**FORM, **wrong})
        assert answer.status_code == 422 and "Ví da" in answer.content.decode()


def test_guessing_ends_after_three_tries_and_the_same_answers_are_one_try(owner: Any) -> None:
    item, client = register_thing(owner), Client()
    opened, key = open_claim(item, WRONG, client), ""
    key = generate_token()
    client.post(f"/do-nhat-duoc/{item.code}", {"key": key, **WRONG})
    for number in range(MAX_TRIES + 2):
        client.post(f"/nhan-do/{key}", {**WRONG, "AMOUNT": f"{number}00k"})
        client.post(f"/nhan-do/{key}", {**WRONG, "AMOUNT": f"{number}00k"})
    second = Claim.objects.latest("pk")
    assert (second.state, second.tries) == (ClaimState.FAILED, MAX_TRIES)
    assert client.post(f"/nhan-do/{key}", RIGHT).status_code == 200  # the right answer comes too late
    assert Claim.objects.get(pk=second.pk).state == ClaimState.FAILED
    assert Claim.objects.get(pk=opened.pk).tries == 1


def test_one_network_cannot_guess_under_new_links(owner: Any) -> None:
    item, statuses = register_thing(owner), []
    for _number in range(8):
        answer = Client().post(
            f"/do-nhat-duoc/{item.code}", {"key": generate_token(), **WRONG}, headers={"X-Forwarded-For": "203.0.113.7"}
        )
        statuses.append(answer.status_code)
    assert statuses[:6] == [303] * 6 and statuses[6:] == [429] * 2


def test_after_many_failed_claims_the_thing_is_claimed_in_person(owner: Any) -> None:
    item, now = register_thing(owner), clock.now()
    for number in range(MAX_FAILED_CLAIMS):
        Claim.objects.create(item=item, link_hash=f"{number:064}", state=ClaimState.FAILED, tries=3, at=now)
    page = Client().get(f"/do-nhat-duoc/{item.code}").content.decode()
    assert "Của bạn? Đồ này nhận tại trụ sở" in page and 'name="AMOUNT"' not in page


def test_two_matching_claims_freeze_each_other_for_a_person(owner: Any) -> None:
    item = register_thing(owner)
    first, second = open_claim(item, RIGHT), open_claim(item, RIGHT)
    assert {c.state for c in Claim.objects.all()} == {ClaimState.FROZEN}
    assert post_action(owner, item, "bien-nhan-moi", receiver_name="Trần Thị Mận").status_code == 422
    post_action(owner, item, "quyet-dinh", claim=second.public_id, verdict="no", reason="Không có giấy tờ")
    assert Claim.objects.get(pk=first.pk).state == ClaimState.PROVED
    post_action(owner, item, "quyet-dinh", claim=first.public_id, verdict="yes", reason="Khớp giấy tờ")
    assert Claim.objects.get(pk=first.pk).state == ClaimState.ACCEPTED
    again = post_action(owner, item, "quyet-dinh", claim=second.public_id, verdict="yes", reason="Đổi ý")
    assert again.status_code == 422 and Claim.objects.get(pk=second.pk).state == ClaimState.REFUSED


def test_the_owner_of_another_phone_of_the_same_model_proves_nothing_and_freezes_nobody(owner: Any) -> None:
    marks = {"hidden_NUMBER": "356780120456", "hidden_MARK": "ốp lưng hình mèo", "hidden_NAME": "", "hidden_AMOUNT": ""}
    item = register_thing(owner, kind="PHONE", description="Điện thoại Samsung A12", colour="đen", **marks)
    right = open_claim(item, {"NUMBER": "3567 8012 0456", "MARK": "ốp hình con mèo"})
    other = open_claim(item, {"NUMBER": "356780129999", "MARK": "ốp hình con mèo"})
    assert (right.state, other.state) == (ClaimState.PROVED, ClaimState.OPEN)
    assert Claim.objects.get(pk=right.pk).state == ClaimState.PROVED
    desk = sign_in_browser(owner).get(f"/nhat-duoc/{item.public_id}").content.decode()
    assert "2 trên 2 câu khớp" in desk and "1 trên 2 câu khớp" in desk


def test_a_custody_step_sent_twice_is_written_once(owner: Any) -> None:
    item = register_thing(owner)
    fields = {"step": "MOVED", "giver": "Công an xã", "receiver": "Kho tang vật", "note": "NP 01", "number": "2"}
    assert post_action(owner, item, "ban-giao", **fields).status_code == 303
    assert post_action(owner, item, "ban-giao", **fields).status_code == 422
    entries = list(item.custody.order_by("number"))
    assert len(entries) == 2 and find_broken_step((entry.parts, entry.digest) for entry in entries) is None
    with rls.acting_as("pages"), pytest.raises(Exception, match="permission denied"):
        CustodyEntry.objects.filter(item=item).update(note="khác")


def test_nothing_goes_to_the_finder_before_the_period_ends(owner: Any) -> None:
    item = register_thing(owner)
    early = post_action(owner, item, "ket-thuc", outcome="TO_FINDER", reason="Không ai nhận")
    assert early.status_code == 422 and Case.objects.get(pk=item.case_id).is_open
    FoundItem.objects.filter(pk=item.pk).update(announced_on=dt.date(2025, 1, 1))
    assert post_action(owner, item, "ket-thuc", outcome="TO_FINDER", reason="Quyết định số 5").status_code == 303
    assert Case.objects.get(pk=item.case_id).outcome == "TO_FINDER"


def test_outcomes_of_the_register_are_not_offered_in_the_form_of_a_case(owner: Any) -> None:
    item = register_thing(owner)
    form = {"outcome": "TO_FINDER", "answer": "Giao người nhặt", "evidence": "QĐ", "version": item.case.version}
    assert sign_in_browser(owner).post(f"/vu-viec/{item.case.code}/ket-thuc", form).status_code == 422
    assert Case.objects.get(pk=item.case_id).is_open


def test_a_counter_entry_is_matched_with_a_lost_post_of_another_commune(owner: Any, unit: Callable[..., Any]) -> None:
    lost = open_case(unit("18073"), text="Em đánh rơi ví da nâu ở chợ Lộc Hà sáng nay", category="lost_item", urgency=0)
    item = register_thing(owner)
    match_posts(case_ids=[item.case_id], now=clock.now())
    assert get_matched_codes([item.case_id]).get(item.case_id) == {lost.code}
    assert get_matched_codes([lost.pk]).get(lost.pk) == {item.case.code}


def test_hidden_details_match_a_lost_post_and_are_shown_to_nobody_else(
    owner: Any, unit: Callable[..., Any], officer: Callable[..., Any]
) -> None:
    words = ("Tôi mất điện thoại, số IMEI 356789012345678", "Tôi mất điện thoại, số IMEI 356789099999999")
    lost, _other = (open_case(unit("18073"), text=text, category="lost_item", urgency=0) for text in words)
    more = {
        "kind": "PHONE",
        "description": "Điện thoại",
        "colour": "",
        "place": "",
        "hidden_NUMBER": "35 6789 O12345 678",
    }
    item = register_thing(owner, **more, hidden_NAME="", hidden_AMOUNT="", hidden_MARK="")
    match_posts(case_ids=[item.case_id], now=clock.now())
    assert get_matched_codes([item.case_id]).get(item.case_id) == {lost.code}
    page = sign_in_browser(officer("OFFICER", "18073")).get(f"/vu-viec/{lost.code}").content.decode()
    assert page.count("356789012345678") == words[0].count("356789012345678") * page.count(words[0])
    assert "35 6789" not in page


ACCESS = (
    ("OFFICER", "18568", 200),  # a colleague
    ("CHIEF", "18568", 200),
    ("PROVINCE_DUTY", "42", 200),
    ("OFFICER", "18073", 404),  # another commune
    ("PROVINCE_STAFF", "42", 403),
    ("VILLAGE_TEAM", "18568", 403),
    ("OPERATOR", "42", 403),
)


def test_hidden_details_are_for_the_desk_of_the_case(owner: Any, officer: Callable[..., Any]) -> None:
    item = register_thing(owner)
    for role, commune, status in ACCESS:
        client = sign_in_browser(officer(role, commune))
        page = client.get(f"/nhat-duoc/{item.public_id}")
        assert page.status_code == status, (role, commune)
        assert (SECRETS["hidden_NAME"] in page.content.decode()) is (status == 200), (role, commune)
        listed = client.get("/nhat-duoc")
        assert ("Ví da" in listed.content.decode()) is (status == 200), (role, commune)
    assert Client().get(f"/nhat-duoc/{item.public_id}").status_code == 302


def test_the_database_shows_no_hidden_detail_to_another_unit(owner: Any, officer: Callable[..., Any]) -> None:
    from binhyen.kit.rls_scope import rls_scope
    from binhyen.people.access import get_rls_scope

    register_thing(owner)
    stranger = officer("OFFICER", "18073")
    with rls.acting_as("pages"):
        for scope, count in ((get_rls_scope(owner), 3), (get_rls_scope(stranger), 0), ("", 0)):
            with rls_scope(scope):
                assert HiddenDetail.objects.count() == count


def test_an_excluded_officer_loses_the_thing_with_its_case(owner: Any) -> None:
    item = register_thing(owner)
    Case.objects.filter(pk=item.case_id).update(excluded_officers=[owner.pk])
    assert sign_in_browser(owner).get(f"/nhat-duoc/{item.public_id}").status_code == 404


def test_it_is_deleted_with_the_content_of_its_case(owner: Any) -> None:
    item, now = register_thing(owner), clock.now()
    open_claim(item, RIGHT)
    with rls.acting_as("worker"):
        assert services.delete_erased_items(now, 10) == 0
    Case.objects.filter(pk=item.case_id).update(erased_at=now)
    with rls.acting_as("worker"):
        assert services.delete_erased_items(now, 10) == 1
    assert not HiddenDetail.objects.exists() and not Claim.objects.exists()


def test_a_claim_on_a_thing_that_is_gone_is_refused(owner: Any) -> None:
    item = register_thing(owner)
    services.set_public(item=item, is_public=False, officer=owner, now=clock.now())
    with pytest.raises(RuleViolation):
        services.submit_claim(item_code=item.code, link=generate_token(), answers=RIGHT, now=clock.now())
    assert Client().get(f"/do-nhat-duoc/{item.code}").status_code == 404
    assert Client().get(f"/nhan-do/{generate_token()}").status_code == 404


def test_a_finder_reports_with_the_picture_first(unit: Callable[..., Any], settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path
    url = "/bao-tin?viec=nhat-duoc"
    assert f'href="{url}"' in Client().get("/do-nhat-duoc").content.decode()
    page, usual = (Client().get(address).content.decode() for address in (url, "/bao-tin"))
    assert page.index('name="photos"') < page.index('name="text"') and usual.index('name="photos"') > usual.index(
        'name="text"'
    )
    form = {"key": generate_token(), "topic": "found", "text": "ví nâu, gần cổng chợ", "place": "xã Lộc Hà"}
    broken = Client().post(url, {**form, "photos": io.BytesIO(b"no picture")})
    assert broken.status_code == 422 and "ví nâu, gần cổng chợ" in broken.content.decode()
    assert broken.content.decode().index('name="photos"') < broken.content.decode().index('name="text"')
    assert Client().post(url, {**form, "photos": draw_picture()}).status_code == 303
    case = Case.objects.get()
    assert (case.category, case.unit_id) == ("found_item", unit("18568").pk) and "Nhặt được: ví nâu" in case.snippet


def test_the_picture_of_the_hand_over_has_no_position_and_a_broken_one_loses_nothing(
    owner: Any, settings: Any, tmp_path: Any
) -> None:
    settings.FILES_ROOT = tmp_path
    item = register_thing(owner)
    post_action(owner, item, "bien-nhan-moi", receiver_name="Trần Thị Mận", condition="nguyên vẹn")
    broken = post_action(owner, item, "trao-tra", paper="BN 12/2026", photo=io.BytesIO(b"no picture"))
    assert broken.status_code == 422 and 'value="BN 12/2026"' in broken.content.decode()
    assert Case.objects.get(pk=item.case_id).is_open and not Attachment.objects.exists()
    assert post_action(owner, item, "trao-tra", paper="BN 12/2026", photo=draw_picture()).status_code == 303
    photo = Attachment.objects.get()
    sent = sign_in_browser(owner).get(f"/tep/{photo.public_id}")
    data = b"".join(sent.streaming_content) if sent.streaming else sent.content
    assert Image.open(io.BytesIO(draw_picture().read())).getexif().get(0x8825), "the picture as sent has a position"
    assert Image.open(io.BytesIO(data)).getexif().get(0x8825) is None
    assert Case.objects.get(pk=item.case_id).evidence.filter(attachment=photo).exists()


def test_a_receipt_never_signed_returns_nothing_and_custody_keeps_its_order(owner: Any) -> None:
    item = register_thing(owner, holder="FINDER")
    moved = {"step": "MOVED", "giver": "Công an xã", "receiver": "Kho tang vật", "number": "1"}
    assert post_action(owner, item, "ban-giao", **moved).status_code == 422, "nothing is received yet"
    received = {**moved, "step": "RECEIVED", "giver": "Người nhặt", "receiver": "Công an xã"}
    assert post_action(owner, item, "ban-giao", **received).status_code == 303
    assert post_action(owner, item, "ban-giao", **received | {"number": "2"}).status_code == 422, "received twice"
    assert post_action(owner, item, "trao-tra", receiver_signed="yes", officer_signed="yes").status_code == 422
    post_action(owner, item, "bien-nhan-moi", receiver_name="Trần Thị Mận")
    for signed in ({}, {"officer_signed": "yes"}, {"receiver_signed": "yes", "receiver_strokes": DRAWN}):
        assert post_action(owner, item, "trao-tra", **signed).status_code == 422
    page = sign_in_browser(owner).get(f"/nhat-duoc/{item.public_id}").content.decode()
    assert "Chưa ký xong" in page and Case.objects.get(pk=item.case_id).is_open
    assert [entry.step for entry in item.custody.order_by("number")] == ["RECEIVED"]
    stats.update_counts()
    assert not Count.objects.filter(metric=Metric.ITEMS_RETURNED).exists()
    assert post_action(owner, item, "bien-nhan-moi", receiver_name="Trần Thị Mận Em").status_code == 303, (
        "drawn up anew"
    )
