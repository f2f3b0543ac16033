"""Read events of a complaint are on its own custody page, for authorised officers, and nowhere else. Audit entries
of a case from before it became a complaint stay."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.audit.services import Act, record
from binhyen.cases.models import Case
from binhyen.cases.services import officer_actions
from binhyen.conduct.services import seal_case
from binhyen.conduct.tests.scene import CHIEF, AtTheDesk, complain, handler, signed_in
from binhyen.intake import web_reports
from binhyen.kit.ids import token
from binhyen.people import access
from binhyen.people.models import Veto
from binhyen.people.services import actor_of
from binhyen.vault.key_session import keys
from binhyen.vault.tests.custody import SCREENS

pytestmark = pytest.mark.django_db


@pytest.fixture
def custody() -> Iterator[None]:
    with SCREENS:
        yield
    keys.lock_all()


def looks(page: str) -> str:
    return page[page.index("Ai đã xem") :].split("</details>", maxsplit=1)[0] if "Ai đã xem" in page else ""


def test_who_handles_it_sees_who_looked(officer: Callable[..., Any], now: dt.datetime, custody: None) -> None:
    chief = officer("CHIEF", "18568", name="Trần Văn Bình")
    office = AtTheDesk(handler(officer, "DIRECTOR", now, name="Võ Văn Sơn"))
    above = AtTheDesk(handler(officer, "INSPECTOR", now, name="Phan Thị Hòa"))
    duty = AtTheDesk(handler(officer, "PROVINCE_DUTY", now, name="Lê Thị Đào"))
    _, complaint = complain(CHIEF, now=now)
    Veto.objects.filter(pk=complaint.veto_id).update(alias="case:K7M29QXD")  # it was a case of the unit first
    record([Act(actor_of(chief), "case.read", "case:K7M29QXD", chief.unit_id)], now=now - dt.timedelta(days=1))
    record([Act(actor_of(duty.person), "case.read", "case:ANOTHER1", None)], now=now)
    office.read(complaint)
    office.read(complaint)
    shown = looks(above.read(complaint)[1])
    assert shown.index("Phan Thị Hòa") < shown.index("Võ Văn Sơn") < shown.index("Trần Văn Bình")
    assert "2 lần" in shown and "Lê Thị Đào" not in shown
    assert duty.read(complaint)[0] == 404


def test_and_nobody_else(officer: Callable[..., Any], now: dt.datetime, custody: None) -> None:
    """Not the inspectorate's audit log either, because a colleague there may be the accused."""
    office = AtTheDesk(handler(officer, "DIRECTOR", now, name="Võ Văn Sơn"))
    _, complaint = complain(CHIEF, now=now)
    office.read(complaint)
    assert AuditEntry.objects.filter(object=complaint.veto.matter, verb="sealed_read").count() == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        patch.setattr("django.conf.settings.UI_SHELL", "binhyen.navigation.shell")
        book = signed_in(officer("INSPECTOR", "42")).get("/nhat-ky")
    assert book.status_code == 200 and "Đọc tin kín" not in book.content.decode().split("<tbody")[-1]


HOUR = dt.timedelta(hours=1)


def lines(inspector: Any, code: str) -> list[tuple[str, dt.datetime]]:
    """Return the audit lines of a case that the inspectorate can read."""
    rows = AuditEntry.objects.filter(access.book(inspector), object=f"case:{code}").order_by("pk")
    return list(rows.values_list("verb", "at"))


def turned_out(
    officer: Callable[..., Any], inspector: Any, now: dt.datetime
) -> tuple[str, list[tuple[str, dt.datetime]]]:
    """Let an officer mark a handled case of the unit as a complaint; return its code and the earlier audit entries."""
    web_reports.send_report(
        sending=web_reports.Sending(key=token(), text="Quán karaoke ở xã Lộc Hà mở loa quá ồn"), now=now
    )
    case, who = Case.objects.get(), officer("OFFICER", "18568")
    record([Act(actor_of(who), "case.read", f"case:{case.code}", who.unit_id)], now=now + HOUR)
    before = lines(inspector, case.code)
    assert len(before) >= 2, "control: the audit log names it"
    at = now + 2 * HOUR
    officer_actions.reclassify(
        code=case.code, officer=who, category="officer_complaint", urgency=1, words="Về cán bộ xã", version=None, now=at
    )
    seal_case.lift_all(now=at + dt.timedelta(seconds=2))
    record([Act(actor_of(who), "case.read", f"case:{case.code}", who.unit_id)], now=at + HOUR)
    return case.code, before


def test_what_the_book_held_before_stays_and_nothing_new_comes(
    officer: Callable[..., Any], now: dt.datetime, custody: None
) -> None:
    """An accused inspector who exported the audit log yesterday finds no entry missing today."""
    inspector = officer("INSPECTOR", "42")
    code, before = turned_out(officer, inspector, now)
    assert lines(inspector, code) == before
    assert not AuditEntry.objects.filter(access.book(inspector), object__startswith="conduct:").exists()


@pytest.mark.parametrize("defect", ["gone", "later"])
def test_control_a_book_that_forgets_or_goes_on_shows_it(
    officer: Callable[..., Any], now: dt.datetime, custody: None, defect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = officer("INSPECTOR", "42")
    code, before = turned_out(officer, inspector, now)
    if defect == "gone":  # previous behaviour: all of it is hidden in that moment
        Veto.objects.update(since=None)
        assert lines(inspector, code) == []
    else:
        monkeypatch.setattr(access, "book", lambda o: access.Q())
        assert len(lines(inspector, code)) > len(before)
