"""Transferring a case: to a named colleague, to another unit and, until somebody there has worked on it, back again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, Report
from binhyen.cases.queries.transferred import list_transferred
from binhyen.cases.services import officer_actions
from binhyen.cases.services.location import Location, set_location
from binhyen.cases.tests.scene import build_case_url, open_case, reload_case, sign_in_browser
from binhyen.kit import clock
from binhyen.kit.ids import format_code, generate_token, hash_token
from binhyen.kit.models import LiveEvent
from binhyen.people.models import DutyShift

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def case(unit: Make) -> Case:
    return open_case(unit("18568"))


def assign_case(client: Any, case: Case, to: str, reason: str = "Anh ở gần đó", *, elsewhere: str = "yes") -> Any:
    fields = {"version": reload_case(case).version, "to": to, "reason": reason, "elsewhere": elsewhere}
    return client.post(build_case_url(case, "giao"), fields)


def list_choices(person: Any, case: Case) -> str:
    page: str = sign_in_browser(person).get(build_case_url(case)).content.decode()
    return page.partition('id="giao"')[2].partition("</select>")[0]


def test_an_officer_assigns_to_a_colleague_by_name(case: Case, officer: Make, unit: Make, now: dt.datetime) -> None:
    giver, mate, duty = officer(), officer(name="An Đồng Nghiệp"), officer(name="Yên Đang Trực")
    hour = dt.timedelta(hours=1)
    DutyShift.objects.create(unit=unit("18568"), officer=duty, starts_at=now - hour, ends_at=now + hour)
    shown = list_choices(giver, case)
    assert "An Đồng Nghiệp (Cán bộ công an xã)" in shown and "Yên Đang Trực (Cán bộ công an xã, đang trực)" in shown
    assert shown.index("Yên Đang Trực") < shown.index("An Đồng Nghiệp"), "officers on duty come first"
    assert str(giver.public_id) not in shown, "officers cannot assign to themselves"
    assert 'optgroup label="Công an xã Lộc Hà"' in shown
    client = sign_in_browser(giver)
    assert assign_case(client, case, f"can-bo:{mate.public_id}").status_code == 303
    page = client.get(build_case_url(case)).content.decode()
    assert "Đã giao cho An Đồng Nghiệp." in page and reload_case(case).assignee == mate
    assert "Nhận việc về mình" in page, "the return transfer"


def test_only_a_chief_reassigns_a_colleagues_case(case: Case, officer: Make) -> None:
    first, second, third, chief = officer(), officer(), officer(name="Người Ba"), officer("CHIEF")
    officer_actions.assign_to_self(code=case.code, officer=first, version=None, now=clock.now())
    assert "Người Ba" not in list_choices(second, case) and "Người Ba" in list_choices(first, case)
    refused = assign_case(sign_in_browser(second), case, f"can-bo:{third.public_id}")
    assert refused.status_code == 422 and reload_case(case).assignee == first
    with pytest.raises(Exception, match="Người khác đang giữ"):
        officer_actions.assign_case(code=case.code, officer=second, to=third, version=None, now=clock.now())
    assert assign_case(sign_in_browser(chief), case, f"can-bo:{third.public_id}").status_code == 303
    stranger = officer("OFFICER", "18073", name="Người Lạ")
    assert "Người Lạ" not in list_choices(chief, case)
    assert assign_case(sign_in_browser(chief), case, f"can-bo:{stranger.public_id}").status_code == 422


class TransferredCase:
    """A case that an officer of Lộc Hà transferred to Thành Sen."""

    def __init__(self, case: Case, officer: Make, unit: Make) -> None:
        self.case, self.giver, self.there = case, officer(), unit("18073")
        self.client = sign_in_browser(self.giver)
        self.taker = officer("OFFICER", "18073", name="Người Nhận")
        to = f"don-vi:{self.there.code}"
        assert assign_case(self.client, case, to, "Xảy ra ở phường").status_code == 303

    def take_back(self, person: Any = None) -> Any:
        return (sign_in_browser(person) if person else self.client).post(build_case_url(self.case, "lay-lai"))

    def read_panel(self, person: Any = None) -> str:
        page: str = (sign_in_browser(person) if person else self.client).get("/ban-truc").content.decode()
        return page.partition('id="vua-chuyen"')[2].partition("</section>")[0].replace("\u2060", "")


@pytest.fixture
def gone(case: Case, officer: Make, unit: Make) -> TransferredCase:
    return TransferredCase(case, officer, unit)


def test_the_sender_reads_the_destination_and_takes_it_back(gone: TransferredCase, unit: Make) -> None:
    assert "Đã chuyển đến Công an phường Thành Sen." in gone.client.get("/ban-truc").content.decode()
    assert format_code(gone.case.code) in gone.read_panel() and "Công an phường Thành Sen" in gone.read_panel()
    assert gone.client.get(build_case_url(gone.case)).status_code == 404, "control: they may no longer see it"
    LiveEvent.objects.all().delete()
    assert gone.take_back().status_code == 303
    row = reload_case(gone.case)
    assert (row.unit, row.assignee) == (unit("18568"), gone.giver)
    page = gone.client.get(build_case_url(gone.case)).content.decode()
    assert "Đã lấy lại." in page
    assert "Lấy lại" in page.partition("Nhật ký")[2]
    assert "Công an phường Thành Sen → Công an xã Lộc Hà" in page
    assert sign_in_browser(gone.taker).get(build_case_url(gone.case)).status_code == 404
    assert gone.read_panel() == ""
    [entry] = AuditEntry.objects.filter(verb="case.taken_back")
    assert (entry.object, entry.detail) == (f"case:{gone.case.code}", {"from": gone.there.pk, "to": row.unit_id})
    topics_seen = {t for e in LiveEvent.objects.filter(data__verb="taken_back") for t in e.topics}
    assert topics_seen >= {f"unit:{gone.there.pk}", f"unit:{row.unit_id}"}, "both desks get a live event"


def test_received_by_a_unit_is_not_taken_by_a_person(case: Case, officer: Make, unit: Make) -> None:
    """A taken case that moves is new at the other unit, for its desk, for the API and for the reporter."""
    first, taker = officer(), officer("OFFICER", "18073")
    officer_actions.set_case_state(code=case.code, officer=first, to=State.WORKING, version=None, now=clock.now())
    assert reload_case(case).assignee == first, "who starts on a free case has it"
    link = Report.objects.get(case=case)
    token = generate_token()
    Report.objects.filter(pk=link.pk).update(link_hash=hash_token(token))
    assert assign_case(sign_in_browser(first), case, f"don-vi:{unit('18073').code}", "Ở phường").status_code == 303
    row = reload_case(case)
    assert (row.state, row.assignee, row.acknowledged_at) == (State.NEW, None, None)
    page = sign_in_browser(None).get(f"/theo-doi/{token}").content.decode()
    assert "đang chờ cán bộ nhận" in page and "Đơn vị đang giữ tin: Công an phường Thành Sen" in page
    assert "Tin của bạn đã chuyển đến Công an phường Thành Sen" in page, "the reporter hears that it moved"
    officer_actions.answer_reporters(code=case.code, officer=taker, text="Đã rõ", version=None, now=clock.now())
    desk = sign_in_browser(taker).get("/ban-truc").content.decode()
    assert "Đơn vị đã nhận" in desk and "Chưa ai xử lý" in desk
    assert "đang chờ cán bộ xử lý" in sign_in_browser(None).get(f"/theo-doi/{token}").content.decode()
    officer_actions.assign_to_self(code=case.code, officer=taker, version=None, now=clock.now())
    assert "Đơn vị đã nhận" not in sign_in_browser(taker).get("/ban-truc").content.decode()
    assert "Cán bộ đã nhận tin của bạn." in sign_in_browser(None).get(f"/theo-doi/{token}").content.decode()


def test_a_commune_without_the_place_is_asked_once(case: Case, officer: Make, unit: Make) -> None:
    client, there = sign_in_browser(officer()), f"don-vi:{unit('18073').code}"
    page = assign_case(client, case, there, "Người nhà ở phường", elsewhere="").content.decode()
    assert "Địa điểm của vụ này do Công an xã Lộc Hà phụ trách" in page and 'name="elsewhere"' in page
    assert f'value="{there}" selected' in page and "Người nhà ở phường" in page, "nothing is typed again"
    Case.objects.filter(pk=case.pk).update(commune=None)
    assert assign_case(client, case, there, elsewhere="").status_code == 303, "an unknown place asks nothing"


def test_the_sender_reads_the_old_content_and_nothing_later(gone: TransferredCase) -> None:
    Case.objects.filter(pk=gone.case.pk).update(title="Bạo lực, đánh nhau", place="", commune=None, area=None)
    assert "Bạo lực, đánh nhau" in gone.read_panel()
    spot = Location(gone.there.pk, gone.there.area_id, gone.there.area_id, "ngõ 12 Hà Huy Tập")
    set_location(case_id=gone.case.pk, spot=spot, ladder=get_alarm_delays(), now=clock.now())
    assert "ngõ 12" in reload_case(gone.case).title, "control"
    assert "Bạo lực, đánh nhau" in gone.read_panel() and "ngõ 12" not in gone.read_panel()


def test_an_accepted_transfer_cannot_be_taken_back(gone: TransferredCase) -> None:
    officer_actions.acknowledge_alarm(code=gone.case.code, officer=gone.taker, now=clock.now())
    officer_actions.add_note(code=gone.case.code, officer=gone.taker, text="Tôi đi xem", now=clock.now())
    assert gone.read_panel() == ""
    late = gone.take_back()
    assert late.status_code == 303 and late["Location"] == "/ban-truc"
    assert "không lấy lại được nữa" in gone.client.get("/ban-truc").content.decode()
    assert reload_case(gone.case).unit == gone.there


def test_only_the_sender_takes_it_back(gone: TransferredCase, officer: Make) -> None:
    for person in (officer(), officer("CHIEF"), officer("OFFICER", "18754")):
        assert gone.take_back(person).status_code == 404 and gone.read_panel(person) == ""
    for person in (gone.taker, officer("PROVINCE_DUTY", "42")):
        refused = gone.take_back(person)
        assert refused.status_code == 422 and "không phải người chuyển" in refused.content.decode()
    assert gone.take_back(officer("VILLAGE_TEAM")).status_code == 404
    assert reload_case(gone.case).unit == gone.there


def test_not_after_a_transfer_nor_after_a_week_nor_when_it_is_over(
    gone: TransferredCase, unit: Make, now: dt.datetime
) -> None:
    assert [option.code for option in list_transferred(gone.giver, now=now)] == [gone.case.code]
    assert list_transferred(gone.giver, now=now + dt.timedelta(days=7, minutes=1)) == []
    gone.giver.unit = unit("18754")
    assert list_transferred(gone.giver, now=now) == []
    gone.giver.unit = unit("18568")
    Case.objects.filter(pk=gone.case.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=now)
    assert list_transferred(gone.giver, now=now) == []


def test_transferred_again_it_belongs_to_the_second_sender(gone: TransferredCase, officer: Make, unit: Make) -> None:
    far = unit("18754")
    officer_actions.transfer(
        code=gone.case.code, officer=gone.taker, unit=far, reason="ở xã ấy", version=None, now=clock.now()
    )
    assert list_transferred(gone.giver, now=clock.now()) == []
    assert gone.take_back(gone.taker).status_code == 303
    assert reload_case(gone.case).unit == gone.there


def test_staff_take_back_transfers_of_unassigned_cases(case: Case, officer: Make, unit: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    client = sign_in_browser(staff)
    assign_case(client, case, f"don-vi:{unit('18073').code}", "Xảy ra ở phường")
    assert client.post(build_case_url(case, "lay-lai")).status_code == 303
    assert (reload_case(case).unit, reload_case(case).assignee) == (unit("18568"), None)
