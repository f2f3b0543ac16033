"""A report becomes a complaint about police after its author made a data request: the officers' view of the request
stays unchanged, and their answer reveals nothing of the complaint."""

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Outgoing
from binhyen.intake.tests.telling import person as chat_person
from binhyen.intake.tests.telling import say
from binhyen.intake.tests.web import NOISE, link, tell
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.rls_scope import PROGRAM, entered
from binhyen.privacy import queries
from binhyen.privacy.models import Request
from binhyen.privacy.services import channel_erasure, deadline_alerts
from binhyen.privacy.tests.scene import DAY, night
from binhyen.privacy.tests.test_requests import DESK, answer, carry, data
from binhyen.vault.models import Contact
from tests import rls

pytestmark = pytest.mark.django_db
OTHER = "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def told(client):
    return link(tell(client, NOISE, phone="0912345678", name="Bốn"))


@pytest.fixture
def staff(officer):
    return officer("PROVINCE_STAFF", "42")


def turned_out(officer, code="") -> None:
    """Mark the report as a complaint about police, as an officer."""
    case = Case.objects.get(code=code) if code else Case.objects.get()
    officer_actions.reclassify(
        code=case.code, officer=officer("OFFICER"), category="officer_complaint", urgency=1,
        words="Người báo phản ánh cán bộ xã", version=None, now=clock.now(),
    )  # fmt: skip


def seen(staff) -> list[str]:
    """Return the request list of the province's officers as the login of the pages reads it."""
    return [str(row.public_id) for row in queries.visible_requests(staff) if _shown(staff, row)]


def _shown(staff, row) -> bool:
    page = browser(staff).get(DESK).content.decode()
    return str(row.public_id) in page


def test_what_stood_in_a_list_stays_there(client, told, officer, staff):
    data(client, told, step="correct", words="Tôi muốn sửa số nhà")
    row = Request.objects.get()
    assert seen(staff) == [str(row.public_id)]
    before = browser(staff).get(f"{DESK}/{row.public_id}").content.decode()
    turned_out(officer)
    assert seen(staff) == [str(row.public_id)] and "Tôi muốn sửa số nhà" in before
    after = browser(staff).get(f"{DESK}/{row.public_id}")
    assert after.status_code == 200 and "Tôi muốn sửa số nhà" in after.content.decode()
    with rls.acting_as("pages"), entered("province"):
        assert Request.objects.count() == 1, "and the database shows it"
    deadline_alerts.raise_alarms(now=row.due_at)
    assert queries.alarmed(officer("PROVINCE_DUTY", "42")).get() == row, "and its clock rings where it would have"


@pytest.mark.parametrize("wall", ["query", "database"])
def test_control_a_look_at_what_they_told_since_takes_it_away(client, told, officer, staff, monkeypatch, wall):
    """Regression: each check alone made the request vanish at the moment of the complaint."""
    data(client, told, step="correct", words="Tôi muốn sửa số nhà")
    turned_out(officer)
    row = Request.objects.get()
    if wall == "query":
        plain = queries.visible_requests
        hidden = {r.pk for r in Request.objects.all() if queries.told_about_police(r.reporter_id)}
        monkeypatch.setattr(queries, "visible_requests", lambda o: plain(o).exclude(pk__in=hidden))
    else:
        Request.objects.update(apart=True)
    with pytest.raises(AssertionError):
        assert seen(staff) == [str(row.public_id)]


def test_what_is_asked_after_it_goes_elsewhere_from_the_start(client, told, officer, staff):
    data(client, told, step="correct", words="Tôi muốn sửa số nhà")
    first = Request.objects.get()
    turned_out(officer)
    data(client, told, step="correct", words="Trong đơn tôi phản ánh anh Bình")
    second = Request.objects.exclude(pk=first.pk).get()
    first.refresh_from_db()
    assert second.apart and not first.apart and first.words == "Tôi muốn sửa số nhà"
    assert seen(staff) == [str(first.public_id)]
    assert {r.pk for r in queries.visible_requests(officer("CUSTODIAN", "42"))} == {first.pk, second.pk}
    with rls.acting_as("pages"), entered("province"):
        assert Request.objects.get() == first


def test_the_staffs_answer_says_nothing_of_the_complaint(client, told, officer, staff):
    """Officers may approve: no retention duty is visible to them. Data that the law requires is retained, and the
    person reads that on their page."""
    data(client, told, step="erase", sure="yes")
    row = Request.objects.get()
    turned_out(officer)
    page = browser(staff).get(f"{DESK}/{row.public_id}").content.decode()
    assert "Có vụ việc phải lưu theo luật" not in page
    answer(staff, row, "yes")
    assert carry() == [True]
    row = Request.objects.get()
    assert (row.state, row.apart, row.reporter_id) == ("DONE", False, None)
    assert Case.objects.get().forgotten_at is None
    listed = browser(staff).get(DESK).content.decode()
    assert "Người đã xóa dữ liệu" in listed and seen(staff) == [str(row.public_id)]
    assert "phản ánh" not in browser(staff).get(f"{DESK}/{row.public_id}").content.decode().lower()
    mine = client.get(f"/theo-doi/{told}/du-lieu").content.decode()
    assert "Đã xóa tin" in mine and mine.count("Hồ sơ phải giữ theo luật khiếu nại") >= 1


def test_control_the_duty_to_keep_a_complaint_would_show_in_the_answer(client, told, officer, staff, monkeypatch):
    data(client, told, step="erase", sure="yes")
    row = Request.objects.get()
    turned_out(officer)
    plain = queries.duties
    monkeypatch.setattr(queries, "duties", lambda reporter, *, police=True, until=None, now: plain(reporter, now=now))
    assert "Có vụ việc phải lưu theo luật" in browser(staff).get(f"{DESK}/{row.public_id}").content.decode()


def test_the_other_case_of_the_chat_is_erased_and_the_complaint_is_not(officer, staff):
    who = chat_person()
    say((who, OTHER))
    other = Case.objects.get()
    say((who, "xóa dữ liệu"))
    row = Request.objects.get()
    say((who, "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"))
    police = Case.objects.get(kind="conduct")
    Contact.objects.create(reporter_id=who.reporter, channel_id=who.channel, key="k", sealed=b"x")
    assert not row.apart and seen(staff) == [str(row.public_id)]
    answer(staff, row, "yes")
    assert carry() == [True]
    other.refresh_from_db()
    police.refresh_from_db()
    assert other.forgotten_at is not None and police.forgotten_at is None
    told = {letter.purpose: letter.text for letter in Outgoing.objects.filter(key__startswith="data:", case=None)}
    assert "Đã xóa tin" in told["ANSWER"] and "phản ánh" not in told["ANSWER"].lower()
    assert "phải giữ theo luật" in told["APART"], "which no list shows"
    night(clock.now() + DAY * 2, "identity")
    row.refresh_from_db()
    assert row.reporter_id is None and Contact.objects.filter(reporter=who.reporter).exists(), (
        "otherwise it could not be answered"
    )


def test_a_copy_for_the_staff_to_hand_out_counts_no_complaint(officer, staff):
    who = chat_person()
    say((who, OTHER))
    say((who, "xem dữ liệu"))
    row = Request.objects.get()
    say((who, "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"))
    police = Case.objects.get(kind="conduct")
    answer(staff, row, "yes")
    assert carry() == [True]
    row.refresh_from_db()
    assert "2 lời nhắn" in row.answer and "1 vụ việc" in row.answer and show_code(police.code) not in row.answer
    apart = Outgoing.objects.get(purpose="APART", key__startswith="data:")
    assert show_code(police.code) in apart.text and "2 vụ việc" in apart.text


def test_who_withdraws_in_the_channel_after_it_is_the_custodians_matter(officer, staff):
    who = chat_person()
    say((who, OTHER))
    say((who, "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"))
    with entered(PROGRAM):
        channel_erasure.leave(reporter_id=who.reporter, now=clock.now())
    row = Request.objects.get()
    assert row.apart and seen(staff) == []


def test_the_answer_to_who_told_about_police_stands_in_no_list(officer):
    who = chat_person()
    say((who, NOISE))
    turned_out(officer)
    say((who, "sửa dữ liệu"))
    row = Request.objects.get()
    answer(officer("CUSTODIAN", "42"), row, "no", "Việc này do nơi khác trả lời")
    letter = Outgoing.objects.latest("pk")
    assert letter.purpose == "APART" and row.code in letter.text.replace("-", "")
