"""Numbers by mail: only to allowed addresses, within the rights at the time of sending, without small numbers."""

import datetime as dt
from collections.abc import Callable
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from binhyen.audit.models import AuditEntry
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.people.models import Officer
from binhyen.stats import mailings, services
from binhyen.stats.area_filter import ALL_AREAS
from binhyen.stats.models import Mailing, SavedQuestion
from binhyen.stats.periods import label_period
from binhyen.stats.reports.services import issue_report
from tests import rls

Make = Callable[..., Any]
MONDAY = dt.datetime(2026, 11, 30, 1, tzinfo=dt.UTC)  # 08:00 in Viet Nam
ADDRESS = "tham.muu@congan.example.vn"


@pytest.mark.parametrize(
    ("schedule", "on", "next_on", "first", "last"),
    [
        ("DAILY", (2026, 11, 30), (2026, 12, 1), (2026, 11, 29), (2026, 11, 29)),
        ("WEEKLY", (2026, 11, 30), (2026, 12, 7), (2026, 11, 23), (2026, 11, 29)),
        ("WEEKLY", (2026, 12, 2), (2026, 12, 7), (2026, 11, 23), (2026, 11, 29)),
        ("MONTHLY", (2026, 12, 1), (2027, 1, 1), (2026, 11, 1), (2026, 11, 30)),
        ("MONTHLY", (2028, 2, 29), (2028, 3, 1), (2028, 1, 1), (2028, 1, 31)),
    ],
)
def test_a_mail_is_about_the_finished_period_before_its_day(
    schedule: str, on: tuple[int, ...], next_on: tuple[int, ...], first: tuple[int, ...], last: tuple[int, ...]
) -> None:
    assert mailings.find_next_day(schedule, dt.date(*on)) == dt.date(*next_on)
    period = mailings.find_mailed_period(schedule, dt.date(*on))
    assert (period.first, period.last) == (dt.date(*first), dt.date(*last))


@pytest.mark.django_db
def test_mails_follow_the_rights_of_the_recipient(
    officer: Make, unit: Make, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SMTP_URL, settings.MAIL_DOMAINS = "smtp://127.0.0.1:25", ["congan.example.vn"]
    for _number in range(6):
        open_case(unit("18568"), now=MONDAY - dt.timedelta(hours=20), category="theft")
    open_case(unit("18073"), now=MONDAY - dt.timedelta(hours=20), category="fire")
    services.update_counts()
    staff, chief = officer("PROVINCE_STAFF", "42"), officer("CHIEF", "18568")
    saved = SavedQuestion.objects.create(
        officer=staff,
        unit=staff.unit,
        name="Vụ ông Bảy",
        query="so=reports&hang=linh-vuc&ky=thang-nay",
        is_shared=False,
        saved_at=MONDAY,
    )
    staff_page, chief_page = sign_in_browser(staff), sign_in_browser(chief)
    for fields, words in (
        ({"hop-thu": "ai@gmail.com", "lich": "DAILY"}, "Chỉ gửi đến hộp thư công vụ"),
        ({"hop-thu": "x", "lich": "DAILY"}, "Địa chỉ thư không đúng"),
        ({"hop-thu": ADDRESS, "lich": "HOURLY"}, "Hãy chọn lịch gửi"),
        ({"hop-thu": ADDRESS, "lich": "DAILY", "noi-dung": "abc"}, "Không có câu hỏi này"),
        ({"hop-thu": ADDRESS, "lich": "DAILY", "noi-dung": str(saved.public_id)}, "Không có câu hỏi này"),
    ):
        refused = chief_page.post("/gui-thu", fields)
        assert refused.status_code == 422 and words in refused.content.decode()
    assert not Mailing.objects.exists()
    for page, fields in (
        (chief_page, {"lich": "DAILY"}),
        (staff_page, {"lich": "DAILY"}),
        (staff_page, {"lich": "WEEKLY", "noi-dung": str(saved.public_id)}),
    ):
        assert page.post("/gui-thu", {"hop-thu": ADDRESS, **fields}).status_code == 303
    assert ADDRESS in chief_page.get("/gui-thu").content.decode()
    entry = AuditEntry.objects.filter(verb="mailing.stored").latest("pk")
    assert "@" not in str(entry.detail)
    Mailing.objects.update(next_on=MONDAY.date())
    assert mailings.send_due(now=MONDAY.replace(hour=0) - dt.timedelta(hours=2)) == (0, 0), "not before six"
    with rls.acting_as("worker"):
        assert mailings.send_due(now=MONDAY) == (3, 0)
    of_chief, of_staff, answer = mail.outbox
    assert "Tin báo, phản ánh đã nhận: 6" in of_chief.body and "Công an xã Lộc Hà" in of_chief.subject
    assert "Tin báo, phản ánh đã nhận: 7" in of_staff.body and "Toàn tỉnh" in of_staff.subject
    [(_name, table, _kind)] = answer.attachments
    assert "Trộm" in table and "6" in table and "<5" in table, "the one fire is not written"
    assert "ông Bảy" not in str(answer.message()), "the name of a question is free text"
    assert mailings.send_due(now=MONDAY) == (0, 0), "once a day"
    # The server is away: tried again, nothing lost. Then the chief became a village guard.
    tuesday = MONDAY + dt.timedelta(days=1)
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", _refuse)
        assert mailings.send_due(now=tuesday) == (0, 2)
    assert "chưa gửi được" in chief_page.get("/gui-thu").content.decode()
    Officer.objects.filter(pk=chief.pk).update(role="VILLAGE_TEAM")
    assert mailings.send_due(now=tuesday) == (1, 0) and mail.outbox[-1].subject.startswith("[Bình Yên] Toàn tỉnh")
    assert not Mailing.objects.filter(officer=chief).exists()
    # An issued report goes once, as it was signed.
    assert staff_page.post("/gui-thu", {"hop-thu": ADDRESS, "lich": "DAILY", "noi-dung": "bao-cao"}).status_code == 303
    of_reports = Mailing.objects.get(officer=staff, has_reports=True)
    assert "Báo cáo mới phát hành" in staff_page.get("/gui-thu").content.decode()
    Mailing.objects.filter(pk=of_reports.pk).update(created_at=MONDAY, next_on=tuesday.date())
    sent = len(mail.outbox)
    with rls.acting_as("worker"):
        assert mailings.send_due(now=tuesday) == (0, 0), "nothing was issued"
    issue_report(officer=staff, period=label_period(*[dt.date(2026, 11, 29)] * 2), ground=ALL_AREAS, now=tuesday)
    Mailing.objects.filter(pk=of_reports.pk).update(next_on=tuesday.date())
    with rls.acting_as("worker"):
        assert mailings.send_due(now=tuesday) == (1, 0)
    [report] = mail.outbox[sent:]
    assert [name for name, _data, _type in report.attachments] == ["bao-cao-2026-01-1.pdf", "bao-cao-2026-01-1.docx"]
    assert report.attachments[0][1][:5] == b"%PDF-" and "1 báo cáo mới" in report.subject
    Mailing.objects.filter(pk=of_reports.pk).delete()
    [first, second] = Mailing.objects.filter(officer=staff).order_by("pk")
    stranger = sign_in_browser(officer("CHIEF", "18073"))
    assert stranger.post(f"/gui-thu/{first.public_id}/bo").status_code == 404
    assert staff_page.post(f"/gui-thu/{first.public_id}/bo").status_code == 303
    assert list(Mailing.objects.values_list("pk", flat=True)) == [second.pk]


def _refuse(backend: EmailBackend, messages: Any) -> int:
    raise SMTPServerDisconnected("away")
