"""A complaint about police that becomes clear with the third message: the earlier messages are on
no desk of that unit."""

import datetime as dt
from typing import Any

import pytest

from binhyen.cases.models import Case, Report
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Message
from binhyen.conduct.jobs import lift
from binhyen.conduct.models import Complaint
from binhyen.intake import message_context
from binhyen.intake.tests.telling import Person, person, say
from binhyen.kit.ids import show_code
from binhyen.vault.models import SealedText
from tests import rls

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
# Written before the fix; no other test uses them.
TALKS = (
    ("hôm qua em lên xã Lộc Hà làm giấy khai sinh cho con", "chờ từ sáng tới trưa không ai làm",
     "xong anh công an tiếp dân bảo muốn nhanh thì đưa 500"),
    ("em hỏi thủ tục đăng ký xe máy ở xã Lộc Hà", "hồ sơ nộp hôm mùng 5",
     "anh công an ở đó kêu thiếu rồi gợi ý 1 triệu"),
    ("cho em hỏi làm căn cước cho ông nội ở xã Lộc Hà có phải đưa ông lên không ạ",
     "lần trước cán bộ công an quát ông em ngay giữa trụ sở, đuổi về"),
)  # fmt: skip
PAGES = ("/ban-truc", "/ban-truc?view=all", "/tin-nhan", "/tim?q=giay", "/tim?q=Loc+Ha", "/so-lieu", "/hop-thu-di")


def tell(who: Person, said: Any, at: dt.datetime) -> None:
    for n, text in enumerate(said):
        say((who, text), at=at + n * MINUTE)


def worker() -> None:
    with rls.acting_as("worker"):
        for pk in Case.objects.filter(apart=True).values_list("pk", flat=True):
            lift(pk)


def seen(officer: Any) -> str:
    desk = browser(officer)
    pages = [*PAGES, *(f"/vu-viec/{code}" for code in Case.objects.values_list("code", flat=True))]
    return "\n".join(desk.get(page).content.decode() for page in pages)


def check_all_of_it_goes_up(who: Person, said: Any, officer: Any, now: dt.datetime) -> None:
    tell(who, said, now)
    code = show_code(Case.objects.latest("pk").code)
    told = seen(officer("CHIEF"))
    assert not any(words in told for words in said) and code not in told
    worker()
    case, complaint = Case.objects.get(), Complaint.objects.get()
    assert complaint.case == case and case.apart and Report.objects.get().case == case
    assert not Message.objects.exclude(text="").exists() and complaint.lock_id, "plaintext in the register"
    assert SealedText.objects.filter(owner=complaint.owner, kind="TOLD").count() == len(said)


@pytest.mark.parametrize("said", TALKS)
def test_what_led_in_to_it_goes_up_with_it(said: Any, officer: Any, now: dt.datetime) -> None:
    who = person()
    check_all_of_it_goes_up(who, said, officer, now)
    first, *_, last = who.heard()
    code = show_code(Case.objects.get().code)
    assert code in first and code in last and first != last, "one number, and the next steps of a complaint"


def test_control_the_beginning_stays_with_the_unit(officer: Any, now: dt.datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr(message_context, "led_in", lambda *given: None)
    with pytest.raises(AssertionError):
        check_all_of_it_goes_up(person(), TALKS[0], officer, now)


@pytest.mark.parametrize(
    "said",
    [
        ("nhà em ở xã Lộc Hà bị mất con bò đêm thứ 7", "chú Toản công an còn bảo mất thì thôi, đòi tiền xăng mới đi"),
        ("quán karaoke Ánh Sao ở xã Lộc Hà ồn quá", "hóa ra công an xã bảo kê cho nó, lần nào xuống cũng báo trước"),
    ],
)
def test_a_matter_of_its_own_stays_where_it_is_seen_to(said: Any, now: dt.datetime) -> None:
    tell(person(), said, now)
    worker()
    own, complaint = Case.objects.order_by("pk")
    assert not own.apart and own.snippet == said[0] and complaint.apart


def test_what_an_officer_has_taken_on_or_was_told_long_before_stays(officer: Any, now: dt.datetime) -> None:
    chief = officer("CHIEF")
    first, *_, last = TALKS[0]
    for later, takes in ((MINUTE, True), (20 * MINUTE, False)):
        who = person()
        say((who, first), at=now)
        case = who.case()
        if takes:
            officer_actions.acknowledge(code=case.code, officer=chief, version=None, now=now)
        say((who, last), at=now + later)
        case.refresh_from_db()
        assert not case.apart and case.snippet == first and Complaint.objects.latest("pk").case != case


def test_what_they_say_after_it_goes_there_too(officer: Any, now: dt.datetime) -> None:
    who = person()
    tell(who, (*TALKS[0], "anh ấy tên Bính, đeo kính"), now)
    worker()
    assert Case.objects.count() == 1 and not Message.objects.exclude(text="").exists()


def test_of_the_provinces_leaders_nothing_is_kept_and_the_question_stays(officer: Any, now: dt.datetime) -> None:
    who = person()
    tell(who, (TALKS[1][0], "phó giám đốc công an tỉnh gợi ý đưa tiền mới cho qua"), now)
    assert not Complaint.objects.exists() and Case.objects.get().snippet == TALKS[1][0]
