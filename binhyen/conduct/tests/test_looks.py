"""Who looked at a complaint stands on its own page in custody, for those who may see it; nobody else reads these traces."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from binhyen.audit.models import AuditEntry
from binhyen.audit.services import Act, record
from binhyen.conduct.tests.scene import CHIEF, AtTheDesk, complain, handler, signed_in
from binhyen.people.models import Veto
from binhyen.people.services import actor_of
from binhyen.vault.tests.custody import SCREENS
from binhyen.vault.unlocked import keys

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
    """Not the inspectorate's book, for a colleague of it may be the one concerned."""
    office = AtTheDesk(handler(officer, "DIRECTOR", now, name="Võ Văn Sơn"))
    _, complaint = complain(CHIEF, now=now)
    office.read(complaint)
    assert AuditEntry.objects.filter(object=complaint.veto.matter, verb="sealed_read").count() == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ROOT_URLCONF", "binhyen.urls")
        patch.setattr("django.conf.settings.UI_SHELL", "binhyen.shell.shell")
        book = signed_in(officer("INSPECTOR", "42")).get("/nhat-ky")
    assert book.status_code == 200 and "Đọc tin kín" not in book.content.decode().split("<tbody")[-1]
