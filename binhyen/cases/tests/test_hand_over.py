"""Transferring a case: to a named colleague, to another unit and, until somebody there has worked on it, back again."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case
from binhyen.cases.queries.transferred import handed
from binhyen.cases.services import officer_actions
from binhyen.cases.services.location import Spot, place
from binhyen.cases.tests.scene import browser, fresh, open_case, url
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.kit.models import LiveEvent
from binhyen.people.models import DutyShift

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


@pytest.fixture
def case(unit: Make) -> Case:
    return open_case(unit("18568"))


def give(client: Any, case: Case, to: str, reason: str = "Anh ở gần đó") -> Any:
    return client.post(url(case, "giao"), {"version": fresh(case).version, "to": to, "reason": reason})


def choices(person: Any, case: Case) -> str:
    page: str = browser(person).get(url(case)).content.decode()
    return page.partition('id="giao"')[2].partition("</select>")[0]


def test_an_officer_gives_to_a_colleague_by_name(case: Case, officer: Make, unit: Make, now: dt.datetime) -> None:
    giver, mate, duty = officer(), officer(name="An Đồng Nghiệp"), officer(name="Yên Đang Trực")
    hour = dt.timedelta(hours=1)
    DutyShift.objects.create(unit=unit("18568"), officer=duty, starts_at=now - hour, ends_at=now + hour)
    shown = choices(giver, case)
    assert "An Đồng Nghiệp (Cán bộ công an xã)" in shown and "Yên Đang Trực (Cán bộ công an xã, đang trực)" in shown
    assert shown.index("Yên Đang Trực") < shown.index("An Đồng Nghiệp"), "officers on duty come first"
    assert str(giver.public_id) not in shown, "officers cannot assign to themselves"
    assert 'optgroup label="Công an xã Lộc Hà"' in shown
    client = browser(giver)
    assert give(client, case, f"can-bo:{mate.public_id}").status_code == 303
    page = client.get(url(case)).content.decode()
    assert "Đã giao cho An Đồng Nghiệp." in page and fresh(case).assignee == mate
    assert "Nhận việc về mình" in page, "the return transfer"


def test_what_a_third_person_has_only_a_chief_gives(case: Case, officer: Make) -> None:
    first, second, third, chief = officer(), officer(), officer(name="Người Ba"), officer("CHIEF")
    officer_actions.take(code=case.code, officer=first, version=None, now=clock.now())
    assert "Người Ba" not in choices(second, case) and "Người Ba" in choices(first, case)
    refused = give(browser(second), case, f"can-bo:{third.public_id}")
    assert refused.status_code == 422 and fresh(case).assignee == first
    with pytest.raises(Exception, match="Người khác đang giữ"):
        officer_actions.assign(code=case.code, officer=second, to=third, version=None, now=clock.now())
    assert give(browser(chief), case, f"can-bo:{third.public_id}").status_code == 303
    stranger = officer("OFFICER", "18073", name="Người Lạ")
    assert "Người Lạ" not in choices(chief, case)
    assert give(browser(chief), case, f"can-bo:{stranger.public_id}").status_code == 422


class Gone:
    """A case that an officer of Lộc Hà transferred to Thành Sen."""

    def __init__(self, case: Case, officer: Make, unit: Make) -> None:
        self.case, self.giver, self.there = case, officer(), unit("18073")
        self.client = browser(self.giver)
        self.taker = officer("OFFICER", "18073", name="Người Nhận")
        to = f"don-vi:{self.there.code}"
        assert give(self.client, case, to, "Xảy ra ở phường").status_code == 303

    def back(self, person: Any = None) -> Any:
        return (browser(person) if person else self.client).post(url(self.case, "lay-lai"))

    def panel(self, person: Any = None) -> str:
        page: str = (browser(person) if person else self.client).get("/ban-truc").content.decode()
        return page.partition('id="vua-chuyen"')[2].partition("</section>")[0].replace("\u2060", "")


@pytest.fixture
def gone(case: Case, officer: Make, unit: Make) -> Gone:
    return Gone(case, officer, unit)


def test_the_giver_reads_where_it_went_and_takes_it_back(gone: Gone, unit: Make) -> None:
    assert "Đã chuyển đến Công an phường Thành Sen." in gone.client.get("/ban-truc").content.decode()
    assert show_code(gone.case.code) in gone.panel() and "Công an phường Thành Sen" in gone.panel()
    assert gone.client.get(url(gone.case)).status_code == 404, "control: they may no longer see it"
    LiveEvent.objects.all().delete()
    assert gone.back().status_code == 303
    row = fresh(gone.case)
    assert (row.unit, row.assignee) == (unit("18568"), gone.giver)
    page = gone.client.get(url(gone.case)).content.decode()
    assert "Đã lấy lại." in page
    assert "Lấy lại" in page.partition("Nhật ký")[2]
    assert "Công an phường Thành Sen → Công an xã Lộc Hà" in page
    assert browser(gone.taker).get(url(gone.case)).status_code == 404
    assert gone.panel() == ""
    [entry] = AuditEntry.objects.filter(verb="case.taken_back")
    assert (entry.object, entry.detail) == (f"case:{gone.case.code}", {"from": gone.there.pk, "to": row.unit_id})
    heard = {t for e in LiveEvent.objects.filter(data__verb="taken_back") for t in e.topics}
    assert heard >= {f"unit:{gone.there.pk}", f"unit:{row.unit_id}"}, "both desks get a live event"


def test_the_giver_reads_what_it_was_about_and_nothing_that_came_later(gone: Gone) -> None:
    Case.objects.filter(pk=gone.case.pk).update(title="Bạo lực, đánh nhau", place="", commune=None, area=None)
    assert "Bạo lực, đánh nhau" in gone.panel()
    spot = Spot(gone.there.pk, gone.there.area_id, gone.there.area_id, "ngõ 12 Hà Huy Tập")
    place(case_id=gone.case.pk, spot=spot, ladder=ladder(), now=clock.now())
    assert "ngõ 12" in fresh(gone.case).title, "control"
    assert "Bạo lực, đánh nhau" in gone.panel() and "ngõ 12" not in gone.panel()


def test_whoever_took_it_up_keeps_it(gone: Gone) -> None:
    officer_actions.acknowledge(code=gone.case.code, officer=gone.taker, now=clock.now())
    officer_actions.note(code=gone.case.code, officer=gone.taker, text="Tôi đi xem", now=clock.now())
    assert gone.panel() == ""
    late = gone.back()
    assert late.status_code == 303 and late["Location"] == "/ban-truc"
    assert "không lấy lại được nữa" in gone.client.get("/ban-truc").content.decode()
    assert fresh(gone.case).unit == gone.there


def test_nobody_else_takes_it_back(gone: Gone, officer: Make) -> None:
    for person in (officer(), officer("CHIEF"), officer("OFFICER", "18754")):
        assert gone.back(person).status_code == 404 and gone.panel(person) == ""
    for person in (gone.taker, officer("PROVINCE_DUTY", "42")):
        refused = gone.back(person)
        assert refused.status_code == 422 and "không phải người chuyển" in refused.content.decode()
    assert gone.back(officer("VILLAGE_TEAM")).status_code == 404
    assert fresh(gone.case).unit == gone.there


def test_not_after_a_transfer_nor_after_a_week_nor_when_it_is_over(gone: Gone, unit: Make, now: dt.datetime) -> None:
    assert [each.code for each in handed(gone.giver, now=now)] == [gone.case.code]
    assert handed(gone.giver, now=now + dt.timedelta(days=7, minutes=1)) == []
    gone.giver.unit = unit("18754")
    assert handed(gone.giver, now=now) == []
    gone.giver.unit = unit("18568")
    Case.objects.filter(pk=gone.case.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=now)
    assert handed(gone.giver, now=now) == []


def test_handed_on_again_it_is_the_second_givers(gone: Gone, officer: Make, unit: Make) -> None:
    far = unit("18754")
    officer_actions.hand_on(
        code=gone.case.code, officer=gone.taker, unit=far, reason="ở xã ấy", version=None, now=clock.now()
    )
    assert handed(gone.giver, now=clock.now()) == []
    assert gone.back(gone.taker).status_code == 303
    assert fresh(gone.case).unit == gone.there


def test_staff_take_back_what_they_gave_without_having_it(case: Case, officer: Make, unit: Make) -> None:
    staff = officer("PROVINCE_STAFF", "42")
    client = browser(staff)
    give(client, case, f"don-vi:{unit('18073').code}", "Xảy ra ở phường")
    assert client.post(url(case, "lay-lai")).status_code == 303
    assert (fresh(case).unit, fresh(case).assignee) == (unit("18568"), None)
