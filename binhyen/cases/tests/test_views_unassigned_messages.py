"""Unassigned messages, group pages and the keys page for every role."""

import datetime as dt
import unicodedata
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from binhyen.areas.queries import get_gazetteer
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.tests.scene import HTMX, create_message, open_case, reload_case, sign_in_browser
from binhyen.channels.kinds.web.adapter import Web
from binhyen.channels.models import Channel, Group, Membership, Message
from binhyen.kit.ids import format_code
from binhyen.language.entities import extract_entities
from binhyen.vault.pseudonyms import format_conversation_scope, format_group_scope, format_pseudonym

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def list_messages(officer: Any, query: str = "") -> str:
    response = sign_in_browser(officer).get(f"/tin-nhan{query}")
    assert response.status_code == 200
    return response.content.decode()


def create_group(unit: Any, now: dt.datetime) -> Group:
    return Group.objects.create(
        channel=Channel.objects.get(kind=Web.kind),
        area_id=unit.area_id,
        unit=unit,
        level=Group.Level.COMMUNE,
        name="Bình yên Lộc Hà",
        state=Group.State.OPEN,
        external_id="g1",
        opened_at=now,
        link="https://zalo.me/g/x",
    )


def test_access_by_role(officer: Make, unit: Make) -> None:
    message = create_message(unit("18568"), text="Chào cả nhà, hôm nay trời đẹp")
    other_case = open_case(unit("18568"), text="Đã thành vụ việc")
    for person in (officer(), officer("CHIEF"), officer("PROVINCE_DUTY", "42")):
        page = list_messages(person)
        assert message.text in page
        assert page.count('<li class="message-row') == 1, "what is in a case is no row"
        assert f'<option value="{format_code(other_case.code)}">' in page, "suggested in the code field"
        assert format_pseudonym(message.reporter, format_conversation_scope(message.conversation_id)) in page
        assert "Tự xóa sau" in page
    assert message.text not in list_messages(officer("OFFICER", "18073"))
    assert message.text not in list_messages(officer("VILLAGE_TEAM"))
    assert sign_in_browser(officer("OPERATOR", "42")).get("/tin-nhan").status_code == 403
    assert sign_in_browser(None).get("/tin-nhan").status_code == 302
    assert reload_case(other_case)


def test_search_with_and_without_marks(officer: Make, unit: Make) -> None:
    message = create_message(unit("18568"), text="Cho hỏi giờ mở cửa")
    decomposed = unicodedata.normalize("NFD", "giờ mở")
    for words, is_match in (("giờ mở", True), ("gio mo", True), (decomposed, True), ("xe", False)):
        assert (message.text in list_messages(officer(), f"?q={words}")) is is_match
    assert "Tìm tin nhắn" in list_messages(officer()) and "Tìm vụ việc" not in list_messages(officer()), (
        "the search text of the box"
    )
    assert message.text in list_messages(officer(), "?o=rieng")
    assert message.text not in list_messages(officer(), "?o=nhom")
    assert message.text in list_messages(officer(), "?o=vo-ly&sau=rac")


def test_promote_opens_a_case_once(officer: Make, unit: Make) -> None:
    message, client = create_message(unit("18568")), sign_in_browser(officer())
    response = client.post(f"/tin-nhan/{message.public_id}/mo-vu-viec")
    case = Case.objects.get()
    assert response.status_code == 303
    assert response["Location"] == f"/vu-viec/{format_code(case.code)}"
    assert (case.category, case.urgency, case.unit) == ("violence", 1, unit("18568"))
    again = client.post(f"/tin-nhan/{message.public_id}/mo-vu-viec")
    assert again.status_code == 422
    assert "đã nằm trong một vụ việc" in again.content.decode()
    assert Case.objects.count() == 1


def test_promote_keeps_the_reported_place(officer: Make, unit: Make) -> None:
    text = "Loa phường ở thôn Tây Đình xã Lộc Hà sáng nay phát tin gì vậy"
    message, duty = create_message(unit("42"), text=text), sign_in_browser(officer("PROVINCE_DUTY", "42"))
    message.reading = {"entities": [asdict(e) for e in extract_entities(text, get_gazetteer())]}
    message.save()
    assert duty.post(f"/tin-nhan/{message.public_id}/mo-vu-viec", {"category": "environment_noise"}).status_code == 303
    case = Case.objects.get()
    assert case.title.startswith("Môi trường, tiếng ồn · ") and "Tây Đình" in case.place
    assert case.commune_id == unit("18568").area_id and case.area_id
    page = duty.get(f"/vu-viec/{case.code}").content.decode()
    assert "Xã Lộc Hà" in page and "Chưa rõ địa điểm" not in page


def test_promote_as_something_else(officer: Make, unit: Make) -> None:
    message, client = create_message(unit("18568")), sign_in_browser(officer())
    for bad in ({"category": "vô lý"}, {"urgency": "9"}, {"urgency": "-1"}):
        assert client.post(f"/tin-nhan/{message.public_id}/mo-vu-viec", bad).status_code == 422
    fields = {"category": "theft", "urgency": "2", "title": "Mất xe"}
    assert client.post(f"/tin-nhan/{message.public_id}/mo-vu-viec", fields).status_code == 303
    case = Case.objects.get()
    assert (case.category, case.urgency, case.title) == ("theft", 2, "Mất xe")


def test_attach_to_a_case(officer: Make, unit: Make) -> None:
    case, message = open_case(unit("18568")), create_message(unit("18568"))
    client, address = sign_in_browser(officer()), f"/tin-nhan/{message.public_id}/gan"
    for code in ("", "ZZZZ-ZZZZ", "x" * 9000, open_case(unit("18073")).code):
        refused = client.post(address, {"case": code})
        assert refused.status_code == 422
        assert "Không tìm thấy vụ việc có mã này." in refused.content.decode()
    assert client.post(address, {"case": format_code(case.code).lower()}).status_code == 303
    assert CaseMessage.objects.filter(case=case, message=message).exists()
    assert client.post(address, {"case": case.code}).status_code == 422


def test_many_messages_go_to_a_picked_case_or_aside(officer: Make, unit: Make) -> None:
    home = unit("18568")
    case = open_case(home, text="Xe tải chở đất chạy ầm ầm qua cầu Hộ Độ mỗi đêm", category="traffic")
    alike = create_message(home, text="xe tai cho dat lai chay qua cau Ho Do dem qua")
    other, third = create_message(home, text="Chào cả nhà"), create_message(home, text="Trời mưa to quá")
    client = sign_in_browser(officer())
    page = client.get("/tin-nhan").content.decode()
    row = page.partition(f'id="m-{alike.public_id}"')[2].partition("</li>")[0]
    assert f'name="case" value="{format_code(case.code)}"' in row, "suggested, one tap"
    assert page.count(f'name="case" value="{format_code(case.code)}"') == 1, "not for small talk"
    for bad in ({}, {"message": "x"}, {"message": str(other.public_id), "do": "gan", "case": "ZZZZZZZZ"}):
        assert client.post("/tin-nhan/chon", bad).status_code == 422
    chosen = {"message": [str(alike.public_id), str(other.public_id)]}
    assert client.post("/tin-nhan/chon", chosen | {"do": "gan", "case": format_code(case.code)}).status_code == 303
    assert CaseMessage.objects.filter(case=case).count() == 3
    aside = {"message": [str(third.public_id)], "do": "bo-qua"}
    stranger = sign_in_browser(officer("OFFICER", "18073"))
    assert stranger.post("/tin-nhan/chon", aside).status_code == 303 and third.text in list_messages(officer())
    assert sign_in_browser(officer("PROVINCE_STAFF", "42")).post("/tin-nhan/chon", aside).status_code == 422
    expiry = third.expires_at
    assert client.post("/tin-nhan/chon", aside).status_code == 303
    third.refresh_from_db()
    assert third.text not in list_messages(officer()) and third.text in list_messages(officer(), "?o=bo-qua")
    assert third.expires_at == expiry, "kept as long as before"
    assert [entry.verb for entry in AuditEntry.objects.filter(object=f"message:{third.public_id}")] == [
        "message.dismissed"
    ]
    assert client.post("/tin-nhan/chon", aside | {"do": "dua-lai"}).status_code == 303
    assert third.text in list_messages(officer())


def test_forbidden_roles_for_sorting(officer: Make, unit: Make) -> None:
    message = create_message(unit("18568"))
    for what in ("mo-vu-viec", "gan"):
        address = f"/tin-nhan/{message.public_id}/{what}"
        assert sign_in_browser(officer("OFFICER", "18073")).post(address, {"case": "X"}).status_code == 404
        assert sign_in_browser(officer("VILLAGE_TEAM")).post(address, {"case": "X"}).status_code == 404
        assert sign_in_browser(officer("OPERATOR", "42")).post(address, {"case": "X"}).status_code == 403
        assert sign_in_browser(officer("PROVINCE_STAFF", "42")).post(address, {"case": "X"}).status_code == 422
        assert sign_in_browser(None).post(address).status_code == 303
        assert sign_in_browser(None).post(address, **HTMX)["HX-Redirect"] == "/dang-nhap"
        assert sign_in_browser(officer()).get(address).status_code == 405
        assert sign_in_browser(officer()).post("/tin-nhan/khong-phai-uuid/" + what).status_code == 404
    assert not Case.objects.exists()


def test_a_group_and_its_cases(officer: Make, unit: Make, now: dt.datetime) -> None:
    group = create_group(unit("18568"), now)
    case = open_case(unit("18568"))
    Message.objects.update(group=group)
    member = Message.objects.get().reporter
    Membership.objects.create(group=group, reporter=member, joined_at=now)
    address = f"/nhom/{group.public_id}"
    page = sign_in_browser(officer()).get(address).content.decode()
    for words in (
        group.name,
        format_code(case.code),
        format_pseudonym(member, format_group_scope(group.pk)),
        "Lộc Hà",
        "Nội quy",
    ):
        assert words in page, words
    assert sign_in_browser(officer("PROVINCE_STAFF", "42")).get(address).status_code == 200
    assert sign_in_browser(officer("OFFICER", "18073")).get(address).status_code == 404
    assert sign_in_browser(officer("VILLAGE_TEAM")).get(address).status_code == 403
    assert sign_in_browser(officer("OPERATOR", "42")).get(address).status_code == 403
    assert sign_in_browser(None).get(address).status_code == 302


def test_the_page_of_keys(officer: Make) -> None:
    page = sign_in_browser(officer()).get("/tro-giup/phim-tat").content.decode()
    for key in ("j", "k", "a", "t", "r", "/", "u", "?"):
        assert f"<kbd>{key}</kbd>" in page
