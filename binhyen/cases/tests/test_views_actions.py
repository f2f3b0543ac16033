"""Every action through its URL: with and without script, stale, refused, and by officers without the permission."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.choices import State
from binhyen.cases.models import Case, CaseMessage, Note, Relation
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import HTMX, build_case_url, create_message, open_case, reload_case, sign_in_browser
from binhyen.cases.views.actions import ACTIONS
from binhyen.channels.models import Outgoing
from binhyen.kit.ids import format_code

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
LETTER = "Công an xã đã tới nơi, cảm ơn bạn đã báo."


@pytest.fixture
def case(unit: Make) -> Case:
    return open_case(unit("18568"))


@pytest.fixture
def person(officer: Make) -> Any:
    return officer("CHIEF", name="Trưởng Công An")


@pytest.fixture
def client(person: Any) -> Client:
    return sign_in_browser(person)


def build_action_forms(case: Case, officer: Make, unit: Make) -> dict[str, dict[str, Any]]:
    """Return form fields for every action that succeed on an open case."""
    mate = officer(name="Đồng Nghiệp")
    loose = create_message(unit("18568"))
    other = open_case(unit("18568"))
    private_case = CaseMessage.objects.filter(case=case).select_related("message").get().message
    second = create_message(unit("18568"), is_held=True)
    CaseMessage.objects.create(case=case, message=second, attached_at=case.opened_at, attached_by="system:intake")
    return {
        "da-nhan": {},
        "nhan-viec": {},
        "trang-thai": {"state": "WORKING"},
        "tra-loi": {"text": LETTER},
        "giao": {"to": f"can-bo:{mate.public_id}", "reason": "Anh ở gần đó"},
        "hoi-lai": {"text": "Ở chỗ nào?"},
        "ghi-chu": {"text": "Đã gọi."},
        "phan-loai": {"category": "theft"},
        "sua-noi": {"place": "chợ Lộc Hà"},
        "ghim": {"point": "18.48357, 105.87920"},
        "danh-gia": {"grade": "USEFUL"},
        "chung-cu": {"text": "Biên bản"},
        "ket-thuc": {
            "outcome": "HANDLED_ON_SITE",
            "evidence": "Biên bản 1",
            "answer": "Đã xử lý xong.",
            "valuable": "VALUABLE",
        },
        "gop": {"into": format_code(other.code)},
        "gop-ve": {"into": other.code},
        "lien-ket": {"into": other.code.lower()},
        "gan-tin": {"tin": str(loose.public_id)},
        "go-tin": {"tin": str(private_case.public_id)},
        "tach-rieng": {"tin": str(second.public_id)},
    }


# These need their own scene: test_linking_lost_found.py, test_transfers.py, test_overdue.py,
# test_arrival_and_ratings.py.
ELSEWHERE = {"nhan-ben-kia", "lay-lai", "bo-noi", "da-biet-han", "gia-han", "cam-on", "xuat-phat", "den-noi"}
OPEN = sorted(set(ACTIONS) - {"mo-lai", "tach"} - ELSEWHERE)


@pytest.mark.parametrize("action", OPEN)
def test_without_script(case: Case, client: Client, officer: Make, unit: Make, action: str) -> None:
    fields = build_action_forms(case, officer, unit)[action]
    response = client.post(build_case_url(case, action), {"version": case.version, **fields})
    assert response.status_code == 303, response.content.decode()[:2000]
    after = client.get(response["Location"])
    assert after.status_code == 200
    done = "Đã giao cho Đồng Nghiệp." if action == "giao" else ACTIONS[action].done
    assert done in after.content.decode()
    assert reload_case(case).version > 1


@pytest.mark.parametrize("action", OPEN)
def test_with_htmx(case: Case, client: Client, officer: Make, unit: Make, action: str) -> None:
    fields = build_action_forms(case, officer, unit)[action]
    response = client.post(build_case_url(case, action), {"version": case.version, **fields}, **HTMX)
    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<div id="case"')
    assert reload_case(case).version > 1


FREE = {"da-nhan", "ghi-chu"}  # an alarm can always be stopped, and a note overwrites nothing


@pytest.mark.parametrize("action", sorted(set(OPEN) - FREE))
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_the_second_officer_reads_the_changes(
    case: Case, client: Client, officer: Make, unit: Make, action: str, headers: dict[str, str]
) -> None:
    fields = build_action_forms(case, officer, unit)[action]
    first = officer(name="Người Nhanh Hơn")
    officer_actions.set_case_state(code=case.code, officer=first, to=State.RECEIVED, version=1, now=case.opened_at)
    response = client.post(build_case_url(case, action), {"version": "1", **fields}, **headers)
    shown = response.content.decode()
    assert response.status_code == 409, shown[:1000]
    assert "Người Nhanh Hơn" in shown
    assert "Mới → Đã nhận" in shown
    assert 'name="version" value="2"' in shown
    assert reload_case(case).version == 2
    again = {"version": "2", **fields}
    for name, value in fields.items():
        if isinstance(value, str) and name not in ("tin",):
            assert f'name="{name}" value="{value}"' in shown
    assert client.post(build_case_url(case, action), again).status_code == 303


@pytest.mark.parametrize("action", sorted(FREE))
def test_actions_not_blocked_by_a_newer_version(
    case: Case, client: Client, officer: Make, unit: Make, action: str
) -> None:
    officer_actions.add_note(code=case.code, officer=officer(), text="Trước", now=case.opened_at)
    assert client.post(build_case_url(case, action), {"version": "1", "text": "Sau"}).status_code == 303


@pytest.mark.parametrize("action", sorted(set(OPEN) - FREE))
def test_a_form_without_a_version_changes_nothing(
    case: Case, client: Client, officer: Make, unit: Make, action: str
) -> None:
    fields = build_action_forms(case, officer, unit)[action]
    for version in ("", "x", "-1", "1e3", "٣", "9" * 40):
        response = client.post(build_case_url(case, action), {**fields, "version": version})
        assert response.status_code == 422
        assert "Trang đã cũ" in response.content.decode()
    assert reload_case(case).version == 1


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_forbidden_roles(case: Case, officer: Make, unit: Make, action: str) -> None:
    fields = {"version": "1", **build_action_forms(case, officer, unit).get(action, {"reason": "Vì còn việc"})}
    for role, commune, status in (
        ("OFFICER", "18073", 404),
        ("VILLAGE_TEAM", "18568", 404),
        ("OPERATOR", "42", 403),
    ):
        assert (
            sign_in_browser(officer(role, commune)).post(build_case_url(case, action), fields).status_code == status
        ), role
    assert sign_in_browser(None).post(build_case_url(case, action), fields)["Location"] == "/dang-nhap"
    assert sign_in_browser(None).post(build_case_url(case, action), fields, **HTMX)["HX-Redirect"] == "/dang-nhap"
    assert reload_case(case).version == 1


_TOKEN = re.compile(r"[A-Za-z0-9]{64}")  # form tokens have another mask in each response


def test_a_get_request_changes_nothing_and_a_stranger_learns_nothing(case: Case, officer: Make) -> None:
    assignee, address = sign_in_browser(officer()), build_case_url(case, "nhan-viec")
    led = assignee.get(address)
    assert (led.status_code, led["Location"]) == (303, f"/vu-viec/{format_code(case.code)}")
    assert "Bạn bấm lại" in assignee.get(led["Location"]).content.decode() and reload_case(case).version == 1
    stranger = sign_in_browser(officer("OFFICER", "18073"))
    places = (build_case_url(case), address, "/vu-viec/ABCD-EFGH/nhan-viec", build_case_url(case, "khong-co"))
    answers = {
        (response.status_code, _TOKEN.sub("", response.content.decode())) for response in map(stranger.get, places)
    }
    assert len(answers) == 1 and {status for status, _ in answers} == {404}
    assert sign_in_browser(officer("OPERATOR", "42")).get(address).status_code == 403
    assert sign_in_browser(None).get(address)["Location"].startswith("/dang-nhap")
    assert assignee.put(address).status_code == 405


def test_staff_can_transfer_and_nothing_else(case: Case, officer: Make, unit: Make) -> None:
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    refused = staff.post(build_case_url(case, "tra-loi"), {"version": "1", "text": LETTER})
    assert refused.status_code == 422
    assert "không có quyền" in refused.content.decode()
    to = {
        "to": f"don-vi:{unit('18073').code}",
        "reason": "Nơi xảy ra thuộc phường này",
        "version": "1",
        "elsewhere": "yes",
    }
    assert staff.post(build_case_url(case, "giao"), to).status_code == 303
    assert reload_case(case).unit == unit("18073")


def test_after_a_transfer_the_user_returns_to_the_desk(case: Case, officer: Make, unit: Make) -> None:
    client = sign_in_browser(officer())
    to = {
        "to": f"don-vi:{unit('18073').code}",
        "reason": "Nơi xảy ra thuộc phường này",
        "version": "1",
        "elsewhere": "yes",
    }
    response = client.post(build_case_url(case, "giao"), to)
    assert response["Location"] == "/ban-truc"
    assert f"Đã chuyển đến {unit('18073').name}." in client.get("/ban-truc").content.decode()
    assert client.get(build_case_url(case)).status_code == 404


@pytest.mark.parametrize(
    ("action", "fields", "words"),
    [
        ("tra-loi", {"text": "   "}, "đang trống"),
        ("tra-loi", {}, "đang trống"),
        ("tra-loi", {"text": "á" * 100_000}, "quá dài (100000 ký tự)"),
        ("hoi-lai", {"text": ""}, "đang trống"),
        ("ghi-chu", {"text": "\u200b\u00ad"}, "đang trống"),
        ("ghi-chu", {"text": "x" * 5001}, "quá dài"),
        ("trang-thai", {"state": "VÔ LÝ"}, "Trạng thái không có"),
        ("trang-thai", {"state": "CLOSED"}, "Không thể chuyển"),
        ("giao", {"to": "don-vi:KHÔNG", "reason": "vì thế này"}, "Hãy chọn"),
        ("giao", {"to": "can-bo:khong", "reason": "vì thế này"}, "Hãy chọn"),
        ("giao", {"to": "", "reason": "vì thế này"}, "Hãy chọn"),
        ("ket-thuc", {"outcome": "", "answer": "Đã xong việc.", "evidence": "b"}, "Hãy chọn kết quả"),
        ("ket-thuc", {"outcome": "CASE_OPENED", "answer": "Đã khởi tố.", "evidence": "b"}, "không dùng được"),
        ("ket-thuc", {"outcome": "RESOLVED", "answer": "", "evidence": "b"}, "một câu"),
        ("ket-thuc", {"outcome": "RESOLVED", "answer": "Đã xong việc.", "evidence": " "}, "cần căn cứ"),
        ("ket-thuc", {"outcome": "UNFOUNDED", "answer": "Không có việc đó.", "valuable": "VALUABLE"}, "Tin không đúng"),
        ("phan-loai", {"category": "vô lý"}, "không hợp lệ"),
        ("phan-loai", {"category": "theft", "urgency": "7"}, "Mức không có"),
        ("phan-loai", {"category": "theft", "lane": "ĐƯỜNG"}, "Diện xử lý không có"),
        ("sua-noi", {"place": " "}, "Ghi nơi xảy ra"),
        ("sua-noi", {"place": "x" * 161}, "quá dài"),
        ("sua-noi", {"place": "phường Thành Sen"}, "do Công an phường Thành Sen phụ trách"),
        ("sua-noi", {"place": "huyện Thạch Hà"}, "Ghi thêm tên xã, phường"),
        ("ghim", {"point": "ngã ba"}, "Ghi vĩ độ trước"),
        ("ghim", {"spot.x": "²", "spot.y": "9", "point": ""}, "Ghi vĩ độ trước"),
        ("ghim", {"point": "21.02850, 105.85420"}, "nằm ngoài tỉnh"),
        ("ghim", {"point": "18.34280, 105.90060"}, "phụ trách"),
        ("danh-gia", {"grade": "TỐT"}, "không có"),
        ("gop", {"into": "ZZZZ-ZZZZ"}, "Không tìm thấy"),
        ("gop", {"into": "x" * 1000}, "quá dài"),
        ("gop-ve", {"into": "ZZZZ-ZZZZ"}, "Không tìm thấy"),
        ("lien-ket", {"into": ""}, "Không tìm thấy"),
        ("lien-ket", {"into": "ZZZZ-ZZZZ", "kind": "VÔ LÝ"}, "không có"),
        ("tach", {}, "không bị gộp"),
        ("mo-lai", {"reason": "vì còn việc"}, "Chỉ mở lại"),
        ("gan-tin", {"tin": "019f0000-0000-7000-8000-000000000000"}, "Không tìm thấy"),
        ("gan-tin", {"tin": "'; DROP"}, "Không tìm thấy"),
        ("go-tin", {"tin": ""}, "Không tìm thấy"),
        ("chung-cu", {"text": " "}, "đang trống"),
    ],
)
def test_bad_input_is_refused_beside_the_form(
    case: Case, client: Client, action: str, fields: dict[str, str], words: str
) -> None:
    response = client.post(build_case_url(case, action), {"version": "1", **fields})
    shown = response.content.decode()
    assert response.status_code == 422, shown[:500]
    assert words in shown
    above = re.search(r'<div class="summary-error[^>]+data-focus-first.*?href="#(loi-\w+)">', shown, re.DOTALL)
    assert above is not None, "shown at the top of the page"
    assert shown.count(f'id="{above[1]}"') == 1, "and leads to the form"
    assert reload_case(case).version == 1


def test_form_fields_win_over_query_parameters(case: Case, client: Client) -> None:
    sent = client.post(
        f"{build_case_url(case, 'ghi-chu')}?text=cua-ai-do&version=99", {"version": "1", "text": "Của tôi"}
    )
    assert sent.status_code == 303
    assert [note.text for note in case.notes.all()] == ["Của tôi"]


def test_a_refused_draft_is_returned(case: Case, client: Client) -> None:
    text = "Nội dung rất dài. " * 200
    response = client.post(build_case_url(case, "tra-loi"), {"version": "1", "text": text})
    assert response.status_code == 422
    assert text.strip() in response.content.decode()


@pytest.mark.parametrize(
    ("action", "fields", "expected_texts"),
    [
        (
            "ket-thuc",
            {"outcome": "RESOLVED", "answer": "x", "evidence": "Biên bản số 5", "valuable": "USEFUL"},
            (">Biên bản số 5</textarea>", ">x</textarea>", 'value="RESOLVED" selected', 'value="USEFUL" checked'),
        ),
        (
            "ket-thuc",
            {"outcome": "RESOLVED", "answer": "Đã nhắc nhở.", "valuable": "VALUABLE"},
            (">Đã nhắc nhở.</textarea>", 'value="RESOLVED" selected', 'value="VALUABLE" checked'),
        ),
        ("giao", {"to": "", "reason": "Thuộc phường bên"}, ('value="Thuộc phường bên"',)),
        ("ghi-chu", {"text": "g" * 5001}, ('id="note-text"', "g" * 5001 + "</textarea>")),
        ("chung-cu", {"text": "b" * 5001}, ("b" * 5001 + "</textarea>",)),
        ("gop", {"into": "ZZZZ-ZZZZ"}, ('value="ZZZZ-ZZZZ"',)),
    ],
)
def test_nothing_typed_is_lost(
    case: Case, client: Client, action: str, fields: dict[str, str], expected_texts: tuple[str, ...]
) -> None:
    response = client.post(build_case_url(case, action), {"version": "1", **fields})
    assert response.status_code == 422
    for words in expected_texts:
        assert words in response.content.decode(), words


def test_foreign_cases_are_not_named_by_a_refusal(case: Case, client: Client, unit: Make) -> None:
    foreign = open_case(unit("18073"), title="Vụ của xã khác")
    for action in ("gop", "gop-ve", "lien-ket"):
        refused = client.post(build_case_url(case, action), {"version": "1", "into": foreign.code})
        unknown = client.post(build_case_url(case, action), {"version": "1", "into": "ZZZZZZZZ"})
        assert refused.status_code == unknown.status_code == 422
        assert foreign.title not in refused.content.decode()
        assert "Không tìm thấy vụ việc có mã này." in refused.content.decode()


def test_text_is_stored_in_one_normal_form(case: Case, client: Client) -> None:
    text = unicodedata.normalize("NFD", "Đã gọi tổ bảo vệ\x00 ở thôn Nam Thượng\u200b")
    client.post(build_case_url(case, "ghi-chu"), {"text": text})
    assert Note.objects.get(case=case).text == "Đã gọi tổ bảo vệ ở thôn Nam Thượng"


def test_an_answer_is_sent_once_to_every_reporter(case: Case, client: Client) -> None:
    fields = {"version": "1", "text": LETTER}
    assert client.post(build_case_url(case, "tra-loi"), fields).status_code == 303
    assert client.post(build_case_url(case, "tra-loi"), fields).status_code == 409  # a second click on the button
    assert Outgoing.objects.filter(case=case, text__contains=LETTER).count() == 1


def test_merge_and_undo(case: Case, client: Client, unit: Make) -> None:
    other = open_case(unit("18568"))
    response = client.post(build_case_url(case, "gop"), {"version": "1", "into": other.code})
    assert response["Location"] == f"/vu-viec/{format_code(other.code)}"
    assert reload_case(case).merged_into == other
    version = reload_case(case).version
    assert client.post(build_case_url(case, "tach"), {"version": version - 1}).status_code == 409
    client.post(build_case_url(other, "ghi-chu"), {"text": "Đang đi xem"})
    page = client.get(build_case_url(other)).content.decode()
    sent = re.search(r"/tach\".*?name=\"version\" value=\"(\d+)\"", page)
    assert sent and int(sent[1]) == version != reload_case(other).version
    assert client.post(build_case_url(case, "tach"), {"version": sent[1]}).status_code == 303
    assert reload_case(case).state == State.NEW


def test_merge_here_merges_the_other_case(case: Case, client: Client, unit: Make) -> None:
    other = open_case(unit("18568"))
    assert client.post(build_case_url(case, "gop-ve"), {"version": "1", "into": other.code}).status_code == 303
    assert reload_case(other).merged_into == case


def test_related_cases_know_each_other(case: Case, client: Client, unit: Make) -> None:
    other = open_case(unit("18568"))
    client.post(build_case_url(case, "lien-ket"), {"version": "1", "into": other.code})
    assert Relation.objects.filter(case=case, related_case=other).exists()
    assert Relation.objects.filter(case=other, related_case=case).exists()
    again = {"version": str(reload_case(case).version), "into": other.code}
    undo = f'action="/vu-viec/{format_code(case.code)}/bo-noi?into={other.code}"'
    assert undo in client.get(build_case_url(case)).content.decode()
    assert client.post(build_case_url(case, "bo-noi"), again).status_code == 303
    assert not Relation.objects.exists() and reload_case(case).events.filter(verb="unrelated").exists()
    gone = client.post(build_case_url(case, "bo-noi"), {"version": str(reload_case(case).version), "into": other.code})
    assert gone.status_code == 422 and "không còn nối" in gone.content.decode()


def test_the_village_team_notes_on_its_task(case: Case, client: Client, officer: Make) -> None:
    team = officer("VILLAGE_TEAM")
    client.post(build_case_url(case, "giao"), {"version": "1", "to": f"can-bo:{team.public_id}", "reason": "Tổ ra xem"})
    team_browser = sign_in_browser(team)
    assert team_browser.post(build_case_url(case, "ghi-chu"), {"text": "Đã đến nơi."}).status_code == 303
    refused = team_browser.post(build_case_url(case, "tra-loi"), {"version": reload_case(case).version, "text": LETTER})
    assert refused.status_code == 422
    assert {n.text for n in Note.objects.filter(case=case)} >= {"Đã đến nơi."}


def test_forms_of_the_page_need_the_token(case: Case, person: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    assert client.post(build_case_url(case, "nhan-viec"), {"version": "1"}).status_code == 403
    assert reload_case(case).version == 1


@pytest.mark.parametrize("why", ["nobody told", "told in a group only"])
def test_without_recipients_no_message_is_offered(case: Case, client: Client, person: Any, why: str) -> None:
    if why == "nobody told":
        case.reports.all().delete()
    else:
        case.reports.update(conversation=None)
    shown = client.get(build_case_url(case)).content.decode()
    for action in ("tra-loi", "hoi-lai"):
        assert f'/{action}"' not in shown
        refused = client.post(build_case_url(case, action), {"version": case.version, "text": LETTER})
        assert refused.status_code == 422
        assert "Không có người báo nào nhận được câu trả lời" in refused.content.decode()
    assert "data-insert" not in shown, "no text templates either"
    assert '/ghi-chu"' in shown, "notes remain possible"
    assert (reload_case(case).version, Outgoing.objects.filter(case=case).count()) == (1, 0)
    fields = {"version": "1", "outcome": "HANDLED_ON_SITE", "evidence": "Biên bản 1", "answer": "Đã xử lý xong."}
    closed = client.post(build_case_url(case, "ket-thuc"), fields)
    assert closed.status_code == 303
    done = client.get(closed["Location"]).content.decode()
    assert reload_case(case).state == State.CLOSED
    assert "Không có người báo nào nhận được kết quả" in done and "Kết quả đang được gửi" not in done
