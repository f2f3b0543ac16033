"""A complaint about police that becomes clear with the third message: the earlier messages are on
no desk of that unit."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.models import Case, Report
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Message
from binhyen.conduct.jobs import run_case_sealing
from binhyen.conduct.models import Complaint
from binhyen.intake import message_context
from binhyen.intake.tests.chat_reports import ChatPerson, create_person, run_pipeline
from binhyen.kit.ids import format_code
from binhyen.vault.models import SealedText
from tests import rls

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
# Written before the fix; no other test uses them.
TALKS = (
    (
        "hôm qua em lên xã Lộc Hà làm giấy khai sinh cho con",
        "chờ từ sáng tới trưa không ai làm",
        "xong anh công an tiếp dân bảo muốn nhanh thì đưa 500",
    ),
    (
        "em hỏi thủ tục đăng ký xe máy ở xã Lộc Hà",
        "hồ sơ nộp hôm mùng 5",
        "anh công an ở đó kêu thiếu rồi gợi ý 1 triệu",
    ),
    (
        "cho em hỏi làm căn cước cho ông nội ở xã Lộc Hà có phải đưa ông lên không ạ",
        "lần trước cán bộ công an quát ông em ngay giữa trụ sở, đuổi về",
    ),
)
PAGES = ("/ban-truc", "/ban-truc?view=all", "/tin-nhan", "/tim?q=giay", "/tim?q=Loc+Ha", "/so-lieu", "/hop-thu-di")


def send_messages(reporter: ChatPerson, texts: Any, moment: dt.datetime) -> None:
    for n, text in enumerate(texts):
        run_pipeline((reporter, text), moment=moment + n * MINUTE)


def run_worker() -> None:
    with rls.acting_as("worker"):
        for pk in Case.objects.filter(is_restricted=True).values_list("pk", flat=True):
            run_case_sealing(pk)


def read_unit_pages(officer: Any) -> str:
    desk = sign_in_browser(officer)
    pages = [*PAGES, *(f"/vu-viec/{code}" for code in Case.objects.values_list("code", flat=True))]
    return "\n".join(desk.get(page).content.decode() for page in pages)


def check_all_is_escalated(reporter: ChatPerson, texts: Any, officer: Any, now: dt.datetime) -> None:
    send_messages(reporter, texts, now)
    code = format_code(Case.objects.latest("pk").code)
    page_text = read_unit_pages(officer("CHIEF"))
    assert not any(words in page_text for words in texts) and code not in page_text
    run_worker()
    case, complaint = Case.objects.get(), Complaint.objects.get()
    assert complaint.case == case and case.is_restricted and Report.objects.get().case == case
    assert not Message.objects.exclude(text="").exists() and complaint.lock_id, "plaintext in the register"
    assert SealedText.objects.filter(owner=complaint.owner, kind="TOLD").count() == len(texts)


@pytest.mark.parametrize("texts", TALKS)
def test_earlier_messages_are_escalated_with_it(texts: Any, officer: Any, now: dt.datetime) -> None:
    reporter = create_person()
    check_all_is_escalated(reporter, texts, officer, now)
    first, *_, last = reporter.list_received()
    code = format_code(Case.objects.get().code)
    assert code in first and code in last and first != last, "one number, and the next steps of a complaint"


def test_control_the_beginning_stays_with_the_unit(officer: Any, now: dt.datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(message_context, "find_precursor_case", lambda *given: None)
    with pytest.raises(AssertionError):
        check_all_is_escalated(create_person(), TALKS[0], officer, now)


@pytest.mark.parametrize(
    "texts",
    [
        ("nhà em ở xã Lộc Hà bị mất con bò đêm thứ 7", "chú Toản công an còn bảo mất thì thôi, đòi tiền xăng mới đi"),
        ("quán karaoke Ánh Sao ở xã Lộc Hà ồn quá", "hóa ra công an xã bảo kê cho nó, lần nào xuống cũng báo trước"),
    ],
)
def test_an_unrelated_case_stays_at_its_unit(texts: Any, now: dt.datetime) -> None:
    send_messages(create_person(), texts, now)
    run_worker()
    private_case, complaint = Case.objects.order_by("pk")
    assert not private_case.is_restricted and private_case.snippet == texts[0] and complaint.is_restricted


def test_messages_an_officer_took_on_or_older_ones_stay(officer: Any, now: dt.datetime) -> None:
    chief = officer("CHIEF")
    first, *_, last = TALKS[0]
    for later, takes in ((MINUTE, True), (20 * MINUTE, False)):
        reporter = create_person()
        run_pipeline((reporter, first), moment=now)
        case = reporter.case()
        if takes:
            officer_actions.acknowledge_alarm(code=case.code, officer=chief, version=None, now=now)
        run_pipeline((reporter, last), moment=now + later)
        case.refresh_from_db()
        assert not case.is_restricted and case.snippet == first and Complaint.objects.latest("pk").case != case


def test_later_messages_go_there_too(officer: Any, now: dt.datetime) -> None:
    reporter = create_person()
    send_messages(reporter, (*TALKS[0], "anh ấy tên Bính, đeo kính"), now)
    run_worker()
    assert Case.objects.count() == 1 and not Message.objects.exclude(text="").exists()


def test_complaints_about_provincial_leaders_are_not_stored_and_the_question_stays(
    officer: Any, now: dt.datetime
) -> None:
    reporter = create_person()
    send_messages(reporter, (TALKS[1][0], "phó giám đốc công an tỉnh gợi ý đưa tiền mới cho qua"), now)
    assert not Complaint.objects.exists() and Case.objects.get().snippet == TALKS[1][0]
