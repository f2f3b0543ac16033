"""The status page: the reporter reads, writes and rates there; and its hidden data."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.test import Client

from binhyen.cases.choices import Outcome, State
from binhyen.cases.message_texts import QUICK_REPLIES
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.channels.models import Attachment, Message, Outgoing
from binhyen.intake.tests.web import (
    FIGHT,
    NOISE,
    make_fake_picture,
    make_picture,
    parse_form_key,
    parse_status_token,
    submit_report,
)
from binhyen.kit import clock
from binhyen.kit.ids import generate_token, hash_token
from binhyen.people.models import Officer
from binhyen.vault.services import disclosure
from binhyen.vault.tests import people as vaulted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(tmp_path, settings):
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def chief(officer):
    return officer("CHIEF", name="Trần Thị Kín Danh")


def read_status_page(client: Client, secret: str) -> str:
    answer = client.get(f"/theo-doi/{secret}")
    assert answer.status_code == 200
    return answer.content.decode()


def write_on_status_page(client: Client, secret: str, text: str = "", **fields):
    fields.setdefault("key", generate_token())
    return client.post(f"/theo-doi/{secret}", {"text": text, **fields})


def close_case(case: Case, officer: Officer, result: str, now: dt.datetime) -> None:
    closing.close_case(code=case.code, officer=officer, outcome=Outcome.ANSWERED, result=result, version=None, now=now)


def test_the_way_of_a_report_as_its_sender_reads_it(client, chief, now):
    secret = parse_status_token(submit_report(client))
    case = Case.objects.get()
    assert "Đã gửi tới công an" in read_status_page(client, secret)
    assert FIGHT in read_status_page(client, secret)
    officer_actions.acknowledge_alarm(code=case.code, officer=chief, now=now)
    assert "Công an đã nhận" in read_status_page(client, secret)
    officer_actions.ask_reporters(
        code=case.code, officer=chief, question="Có mấy người, ai bị thương?", version=None, now=now
    )
    page = read_status_page(client, secret)
    assert "Công an đang hỏi bạn" in page
    assert "Có mấy người, ai bị thương?" in page
    assert write_on_status_page(client, secret, "Khoảng sáu người, một người chảy máu").status_code == 303
    case.refresh_from_db()
    assert case.state == State.WORKING
    assert case.case_messages.count() == 2
    assert "Khoảng sáu người" in read_status_page(client, secret)
    officer_actions.answer_reporters(code=case.code, officer=chief, text="Tổ công tác đang đến.", version=None, now=now)
    assert "Tổ công tác đang đến." in read_status_page(client, secret)
    close_case(case, chief, "Đã giải tán, thu một con dao.", now)
    page = read_status_page(client, secret)
    assert "Kết quả: Đã giải tán, thu một con dao." in page
    assert "Có ích không?" in page


def test_an_officers_answer_is_shown_in_the_state_card_until_replaced(client, chief):
    def card() -> str:
        return read_status_page(client, secret).partition('<section class="state-now')[2].partition("</section>")[0]

    secret = parse_status_token(submit_report(client))
    case = Case.objects.get()
    assert "Công an vừa trả lời" not in card(), "a receipt is no answer"
    assert "Trả lời tự động" in read_status_page(client, secret)
    officer_actions.answer_reporters(
        code=case.code, officer=chief, text="Tổ công tác đang đến.", version=None, now=clock.now()
    )
    assert "Công an vừa trả lời" in card() and ">Tổ công tác đang đến." in card(), "its number is already shown above"
    write_on_status_page(client, secret, "Dạ em thấy rồi, họ vừa tới")
    assert "Tổ công tác đang đến." not in card()
    officer_actions.answer_reporters(code=case.code, officer=chief, text="Cảm ơn chị.", version=None, now=clock.now())
    close_case(case, chief, "Đã giải tán.", clock.now())
    assert "Cảm ơn chị." not in card() and "Kết quả: Đã giải tán." in card()


def test_english_readers_get_program_texts_in_english(client, chief, now):
    secret = parse_status_token(submit_report(client))
    case = Case.objects.get()
    typed = "Tổ công tác đang đến, chờ ở cổng chợ."
    officer_actions.answer_reporters(
        code=case.code, officer=chief, text=f"{QUICK_REPLIES[1][1]}\n{typed}", version=None, now=now
    )
    close_case(case, chief, "Đã giải tán.", now)
    assert "Receipt code" not in read_status_page(client, secret)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = read_status_page(client, secret)
    assert "If life is in danger: call 113" in page and "đã nhận được tin" not in page
    assert "The commune police have arrived." in page and "đã tới nơi" not in page
    assert FIGHT in page and typed in page and "Outcome: Đã giải tán." in page
    sent = Outgoing.objects.get(case=case, purpose="ACK")
    assert sent.text.startswith("Nếu nguy hiểm đến tính mạng")  # the record holds the sent text


def test_a_bilingual_receipt_is_shown_once_on_an_english_page(client, now):
    secret = parse_status_token(submit_report(client, "Two men with knives are fighting near the market in Loc Ha"))
    assert "We have received your report, code" in read_status_page(client, secret)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = read_status_page(client, secret)
    assert "has received your report. Report number" in page and "We have received your report, code" not in page


def test_names_notes_and_the_inside_never_show(client, chief, now):
    secret = parse_status_token(submit_report(client))
    case = Case.objects.get()
    officer_actions.assign_to_self(code=case.code, officer=chief, version=None, now=now)
    officer_actions.add_note(code=case.code, officer=chief, text="Người báo hay nói quá, xác minh kỹ", now=now)
    officer_actions.answer_reporters(code=case.code, officer=chief, text="Chúng tôi đang xem.", version=None, now=now)
    page = read_status_page(client, secret)
    assert "Chúng tôi đang xem." in page
    assert "Kín Danh" not in page
    assert "nói quá" not in page
    assert str(chief.public_id) not in page


def test_the_reporter_of_a_merged_case_reads_the_main_cases_outcome(client, chief, now):
    first, second = (
        parse_status_token(submit_report(client, "Nhà tôi bị trộm chó đêm qua ở xã Lộc Hà")),
        parse_status_token(submit_report(client, NOISE)),
    )
    main_case, gone = Case.objects.order_by("pk")
    linking.merge_cases(code=gone.code, into=main_case.code, officer=chief, version=None, now=now)
    own_page, other_page = (read_status_page(client, candidate) for candidate in (second, first))
    waits = "Tin đã đến công an, đang chờ cán bộ nhận."
    assert (
        waits in own_page and waits in other_page and "Công an đang xử lý" not in own_page
    )  # no text of other reporters
    close_case(main_case, chief, "Đã giải tán đám đông.", now)
    for secret in (first, second):
        assert "Đã giải tán đám đông." in read_status_page(client, secret)
    assert client.post(f"/theo-doi/{second}/danh-gia", {"helped": "yes"}).status_code == 303
    assert Report.objects.get(case=gone).was_helpful is True
    assert "Bạn đã cho biết: có ích" in read_status_page(client, second)
    assert "Có ích không?" in read_status_page(client, first)


def test_rating_waits_for_closing_and_counts_once(client, chief, now):
    secret = parse_status_token(submit_report(client))
    case, report = Case.objects.get(), Report.objects.get()
    path = f"/theo-doi/{secret}/danh-gia"
    client.post(path, {"helped": "no"})
    report.refresh_from_db()
    assert report.was_helpful is None
    close_case(case, chief, "Đã xong việc này.", now)
    for texts in ("no", "no", "maybe"):
        assert client.post(path, {"helped": texts}).status_code == 303
    report.refresh_from_db()
    assert report.was_helpful is False
    assert CaseEvent.objects.filter(case=case, verb="rated").count() == 1
    assert client.get(path).status_code == 405


def test_a_draft_key_is_per_report_and_leads_to_no_page(client):
    """Two reports from one phone, which may be handed to another person."""
    pages = {
        secret: read_status_page(client, secret)
        for secret in (parse_status_token(submit_report(client)), parse_status_token(submit_report(client, NOISE)))
    }
    numbers_by_page = {secret: re.search(r'data-draft="([^"]+)"', page)[1] for secret, page in pages.items()}
    assert len(set(numbers_by_page.values())) == 2
    for secret, name in numbers_by_page.items():
        assert re.fullmatch(r"tin-[0-9a-f]{16}", name) and name[4:] not in hash_token(secret)
        assert f'data-draft-done="{name}"' in client.get(f"/theo-doi/{secret}?da-gui=1").content.decode()


def test_strangers_and_broken_links_get_the_same_answer(client):
    secret = parse_status_token(submit_report(client))
    wrong = [generate_token(), secret[:-1], secret + "A", "x", "%00" * 10, secret.swapcase(), "ệ" * 43]
    pages = set()
    for other in wrong:
        for path in (f"/theo-doi/{other}", f"/da-gui/{other}"):
            answer = client.get(path)
            assert answer.status_code == 404, path
            pages.add(answer.content)
        assert client.post(f"/theo-doi/{other}", {"text": "a"}).status_code == 404
        assert client.post(f"/theo-doi/{other}/danh-gia", {"helped": "yes"}).status_code == 404
    assert len(pages) == 1
    assert client.get(f"/theo-doi/{secret}").status_code == 200


def test_own_photos_are_shown_and_those_of_others_are_not(client):
    own_link, other = (
        parse_status_token(submit_report(client, photos=[make_picture()])),
        parse_status_token(submit_report(client, NOISE, photos=[make_picture()])),
    )
    first, second = Attachment.objects.order_by("pk")
    path = f"/theo-doi/{own_link}/anh/{first.public_id}"
    assert path in read_status_page(client, own_link)
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"Exif" not in answer.content
    assert client.get(f"/theo-doi/{own_link}/anh/{second.public_id}").status_code == 404
    assert client.get(f"/theo-doi/{other}/anh/{second.public_id}").status_code == 200
    assert client.get(f"/theo-doi/{generate_token()}/anh/{first.public_id}").status_code == 404


def test_a_file_that_is_no_picture_is_never_served(client):
    secret = parse_status_token(submit_report(client, photos=[make_picture()]))
    Attachment.objects.update(state="KEPT")
    shown = Attachment.objects.get()
    assert client.get(f"/theo-doi/{secret}/anh/{shown.public_id}").status_code == 404


def test_a_follow_up_sent_twice_is_one_message(client):
    secret, key = parse_status_token(submit_report(client)), generate_token()
    assert write_on_status_page(client, secret, "Họ vẫn còn đánh nhau", key=key).status_code == 303
    assert write_on_status_page(client, secret, "Họ vẫn còn đánh nhau", key=key).status_code == 303
    assert Message.objects.count() == 2
    answer = write_on_status_page(client, secret, "Thêm hai người cầm dao", key=key)
    assert answer.status_code == 409
    assert parse_form_key(answer.content.decode()) != key
    assert write_on_status_page(client, secret, "Thêm hai người cầm dao").status_code == 303
    assert Message.objects.count() == 3
    assert Case.objects.count() == 1


def test_more_photos_and_a_bad_one(client):
    secret = parse_status_token(submit_report(client))
    assert write_on_status_page(client, secret, photos=[make_picture()]).status_code == 303
    answer = write_on_status_page(client, secret, "xem ảnh", photos=[make_fake_picture()])
    assert answer.status_code == 422
    assert "Ảnh thứ 1: Tệp này không phải ảnh xem được." in answer.content.decode()
    assert write_on_status_page(client, secret, " \u200b").status_code == 422
    assert write_on_status_page(client, secret, "ệ" * 5001).status_code == 422
    assert Message.objects.count() == 2


def test_another_matter_written_here_becomes_a_case_named_on_the_page(client):
    secret = parse_status_token(submit_report(client))
    write_on_status_page(
        client, secret, "Ngoài ra nhà hàng xóm nhà tôi mở karaoke loa kẹo kéo ầm ĩ suốt đêm không ai ngủ được"
    )
    if Case.objects.count() == 2:  # by decision of the classifier; either way nothing is lost
        second = Case.objects.latest("pk")
        assert f"{second.code[:4]}-{second.code[4:]}" in read_status_page(client, secret)
    assert CaseMessage.objects.count() == 2


def test_a_message_long_after_closing_is_not_lost(client, chief, now):
    secret = parse_status_token(submit_report(client))
    case = Case.objects.get()
    close_case(case, chief, "Đã xong việc này.", now - dt.timedelta(days=30))
    write_on_status_page(client, secret, "Họ lại đến đánh nhau nữa rồi")
    assert CaseMessage.objects.filter(message__text__startswith="Họ lại đến").exists()


LAMP = "Đèn đường ở ngõ 5 TDP Phú Mậu hỏng ba hôm nay, tối om, xe máy đâm nhau rồi"


@pytest.mark.parametrize("why", ["Tối qua đèn vẫn tắt, chưa thấy ai tới sửa", "chưa sửa gì cả, tối om"])
def test_the_reason_of_dissatisfaction_belongs_to_that_case(client, chief, now, why):
    """Before, a text that the classifier half took for a tip became a case of the province, which
    asked for the place."""
    secret = parse_status_token(submit_report(client, LAMP))
    case = Case.objects.get()
    closing.close_case(
        code=case.code, officer=chief, outcome=Outcome.ANSWERED, result="Đã thay bóng.", version=None, now=now
    )
    assert client.post(f"/theo-doi/{secret}/danh-gia", {"helped": "no"}).status_code == 303
    assert write_on_status_page(client, secret, why).status_code == 303
    assert [link.case_id for link in CaseMessage.objects.order_by("pk")] == [case.pk, case.pk]
    assert Case.objects.count() == 1 and why in sign_in_browser(chief).get(build_case_url(case)).content.decode()


@pytest.mark.parametrize(
    "tip", ["Bên nhà em có ổ bán ma túy, thằng Hoành bán, đừng nói em báo", "thằng Hùng nó phá đèn, nó dọa em"]
)
def test_a_tip_written_there_stays_separate(client, chief, now, tip):
    secret = parse_status_token(submit_report(client, LAMP))
    case = Case.objects.get()
    closing.close_case(
        code=case.code, officer=chief, outcome=Outcome.ANSWERED, result="Đã thay bóng.", version=None, now=now
    )
    assert write_on_status_page(client, secret, tip).status_code == 303
    assert CaseMessage.objects.filter(case=case).count() == 1 and Case.objects.count() == 2


def test_the_saved_link_leads_back_and_a_code_alone_opens_nothing(client):
    secret = parse_status_token(submit_report(client))
    case = Case.objects.get()
    forms = ("{}", "http://testserver/theo-doi/{}", " https://x.vn/theo-doi/{}/ \n", "/da-gui/{}?a=1")
    for typed in (form.format(secret) for form in forms):
        answer = client.post("/tra-cuu", {"code": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/theo-doi/{secret}")
    for typed in (case.code, f"{case.code[:4]}-{case.code[4:]}"):
        answer = client.post("/tra-cuu", {"code": typed})
        assert answer.status_code == 422
        assert "Đây là số tin, chỉ để nói với cán bộ" in answer.content.decode()
        assert "/theo-doi/" not in answer.content.decode()
    assert client.post("/tra-cuu", {"code": "https://example.org/con-meo"}).status_code == 422
    for digits in ("1234 5678 9012 3456 7890", "12345678901234567890"):
        answer = client.post("/tra-cuu", {"code": digits})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/bao-kin#xem"), "its own page, and no digit"
    assert client.get("/tra-cuu").status_code == 200
    assert client.post("/tra-cuu", {}).status_code == 200
    assert client.get("/").status_code == 200


def test_the_page_takes_a_constant_number_of_statements(client, django_assert_max_num_queries):
    secret = parse_status_token(submit_report(client, photos=[make_picture()]))
    for number in range(5):
        write_on_status_page(client, secret, f"Thêm tin số {number}", photos=[make_picture()])
    with django_assert_max_num_queries(6):
        read_status_page(client, secret)


def test_the_reporter_reads_that_their_identity_was_disclosed(client, officer, now):
    """Requested, approved by two, opened: the receipt's page shows when and why, never by whom."""
    people = vaulted.create_custodians(officer, now)
    vaulted.create_key(asker := officer(), now)
    secret = parse_status_token(submit_report(client, name="Trần Thị An"))
    report = Report.objects.get()
    asked = disclosure.request_disclosure(
        officer=asker,
        reporter_id=report.reporter_id,
        subject=f"case:{report.case.code}",
        why="PROTECT",
        reason="Người báo bị dọa, cần bảo vệ.",
        hours=24,
        now=now,
    )
    custodian, holder, pair = people[0]
    disclosure.approve_request(opening_id=str(asked.public_id), officer=custodian, holder=holder, pair=pair, now=now)
    assert "đã được mở" not in read_status_page(client, secret), "one of two approvals opens nothing"
    custodian, holder, pair = people[1]
    disclosure.approve_request(opening_id=str(asked.public_id), officer=custodian, holder=holder, pair=pair, now=now)
    shown = read_status_page(client, secret)
    assert "Danh tính của bạn đã được mở" in shown and "bảo vệ người báo tin" in shown
    assert not any(custodian in shown for custodian in (asker.name, people[0][0].name, people[1][0].name, "bị dọa"))
