"""Read events of a complaint are on its own custody page, for authorised officers, and nowhere else. Audit entries
of a case from before it became a complaint stay."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.audit.services import AuditAction, record_actions
from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.conduct.services import seal_case
from binhyen.conduct.tests.scene import CHIEF, HandlerClient, create_handler, sign_in, submit_complaint
from binhyen.intake import web_reports
from binhyen.kit.ids import generate_token
from binhyen.people import access
from binhyen.people.models import ConflictRule
from binhyen.people.services import get_audit_actor
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS

pytestmark = pytest.mark.django_db


@pytest.fixture
def custody() -> Iterator[None]:
    with SCREENS:
        yield
    key_sessions.lock_all()


def read_look_list(page: str) -> str:
    return page[page.index("Ai đã xem") :].split("</details>", maxsplit=1)[0] if "Ai đã xem" in page else ""


def test_handlers_see_the_readers(officer: Callable[..., Any], now: dt.datetime, custody: None) -> None:
    chief = officer("CHIEF", "18568", name="Trần Văn Bình")
    office = HandlerClient(create_handler(officer, "DIRECTOR", now, name="Võ Văn Sơn"))
    above = HandlerClient(create_handler(officer, "INSPECTOR", now, name="Phan Thị Hòa"))
    duty = HandlerClient(create_handler(officer, "PROVINCE_DUTY", now, name="Lê Thị Đào"))
    _, complaint = submit_complaint(CHIEF, now=now)
    ConflictRule.objects.filter(pk=complaint.veto_id).update(alias="case:K7M29QXD")  # it was a case of the unit first
    record_actions(
        [AuditAction(get_audit_actor(chief), "case.read", "case:K7M29QXD", chief.unit_id)],
        now=now - dt.timedelta(days=1),
    )
    record_actions([AuditAction(get_audit_actor(duty.person), "case.read", "case:ANOTHER1", None)], now=now)
    office.read(complaint)
    office.read(complaint)
    shown = read_look_list(above.read(complaint)[1])
    assert shown.index("Phan Thị Hòa") < shown.index("Võ Văn Sơn") < shown.index("Trần Văn Bình")
    assert "2 lần" in shown and "Lê Thị Đào" not in shown
    assert duty.read(complaint)[0] == 404


def test_other_officers_do_not(officer: Callable[..., Any], now: dt.datetime, custody: None) -> None:
    """Not the inspectorate's audit log either, because a colleague there may be the accused."""
    office = HandlerClient(create_handler(officer, "DIRECTOR", now, name="Võ Văn Sơn"))
    _, complaint = submit_complaint(CHIEF, now=now)
    office.read(complaint)
    assert AuditEntry.objects.filter(object=complaint.veto.subject_ref, verb="sealed_read").count() == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        patch.setattr("django.conf.settings.UI_SHELL", "binhyen.navigation.build_officer_frame")
        book = sign_in(officer("INSPECTOR", "42")).get("/nhat-ky")
    assert book.status_code == 200 and "Đọc tin kín" not in book.content.decode().split("<tbody")[-1]


HOUR = dt.timedelta(hours=1)


def list_audit_lines(inspector: Any, code: str) -> list[tuple[str, dt.datetime]]:
    """Return the audit lines of a case that the inspectorate can read."""
    rows = AuditEntry.objects.filter(access.filter_audit_entries(inspector), object=f"case:{code}").order_by("pk")
    return list(rows.values_list("verb", "at"))


def turn_into_complaint(
    officer: Callable[..., Any], inspector: Any, now: dt.datetime
) -> tuple[str, list[tuple[str, dt.datetime]]]:
    """Let an officer mark a handled case of the unit as a complaint; return its code and the earlier audit entries."""
    web_reports.send_report(
        sending=web_reports.Submission(key=generate_token(), text="Quán karaoke ở xã Lộc Hà mở loa quá ồn"), now=now
    )
    case, user = Case.objects.get(), officer("OFFICER", "18568")
    record_actions([AuditAction(get_audit_actor(user), "case.read", f"case:{case.code}", user.unit_id)], now=now + HOUR)
    before = list_audit_lines(inspector, case.code)
    assert len(before) >= 2, "control: the audit log names it"
    moment = now + 2 * HOUR
    officer_actions.reclassify_case(
        code=case.code,
        officer=user,
        category="officer_complaint",
        urgency=1,
        words="Về cán bộ xã",
        version=None,
        now=moment,
    )
    seal_case.seal_all_cases(now=moment + dt.timedelta(seconds=2))
    record_actions(
        [AuditAction(get_audit_actor(user), "case.read", f"case:{case.code}", user.unit_id)], now=moment + HOUR
    )
    return case.code, before


def test_old_audit_entries_stay_and_no_new_ones_come(
    officer: Callable[..., Any], now: dt.datetime, custody: None
) -> None:
    """An accused inspector who exported the audit log yesterday finds no entry missing today."""
    inspector = officer("INSPECTOR", "42")
    code, before = turn_into_complaint(officer, inspector, now)
    assert list_audit_lines(inspector, code) == before
    assert not AuditEntry.objects.filter(access.filter_audit_entries(inspector), object__startswith="conduct:").exists()


@pytest.mark.parametrize("defect", ["gone", "later"])
def test_control_a_log_that_forgets_or_continues_reveals_it(
    officer: Callable[..., Any], now: dt.datetime, custody: None, defect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = officer("INSPECTOR", "42")
    code, before = turn_into_complaint(officer, inspector, now)
    if defect == "gone":  # previous behaviour: all of it is hidden in that moment
        ConflictRule.objects.update(since=None)
        assert list_audit_lines(inspector, code) == []
    else:
        monkeypatch.setattr(access, "filter_audit_entries", lambda o: access.Q())
        assert len(list_audit_lines(inspector, code)) > len(before)
