"""What a handler of tips passes on is read upwards like whatever comes in: an extract about police lies at no unit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.config import ladder
from binhyen.cases.models import Case, Note
from binhyen.cases.services import apart
from binhyen.conduct.models import Complaint
from binhyen.intake import reading
from binhyen.kit import clock
from binhyen.tips import services
from binhyen.tips.models import Extract, Tip
from binhyen.tips.tests.page import receipt, tell
from binhyen.tips.tests.test_desk import Room, as_worker
from binhyen.vault.services import turning
from binhyen.vault.tests.people import key_of
from binhyen.vault.unlocked import keys

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(officer: Callable[..., Any]) -> Iterator[Room]:
    handler, now = officer("PROVINCE_DUTY", "42"), clock.now()
    key_of(handler, now)
    turning.renew("TIPS", actor="t", now=now)
    yield Room(handler)
    keys.lock_all()


BRIBED = "Trưởng công an xã Lộc Hà nhận tiền của nhà bán ma túy."


def test_an_extract_about_police_goes_to_those_who_receive_complaints(client: Client, room: Room) -> None:
    receipt(tell(client))
    address = f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/chuyen"
    assert room.ask("post", address, {"text": BRIBED}).status_code == 303
    assert "Trưởng" not in Extract.objects.get().text, "until the worker comes by it is sealed to it"
    [code] = as_worker(lambda: services.pass_on(now=clock.now()))
    complaint = Complaint.objects.get()
    assert complaint.case.code == code and complaint.veto.desk == "DIRECTOR"
    assert any(side.startswith("unit:") for side in complaint.veto.kept_from), "the tip's commune too"
    assert not Note.objects.exists() and not Case.objects.filter(folded__contains="nhan tien").exists()


def test_control_an_extract_that_is_read_alone_lies_on_the_desk_of_the_unit(
    client: Client, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "up", lambda read, text, officers=(): replace(read, category="other"))
    receipt(tell(client))
    room.ask("post", f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/chuyen", {"text": BRIBED})
    as_worker(lambda: services.pass_on(now=clock.now()))
    assert not Complaint.objects.exists() and Case.objects.filter(folded__contains="nhan tien").exists()


def test_nor_does_one_open_by_any_other_way(officer: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="has a keeper"):
        apart.open_from_extract(
            extract=BRIBED, category="officer_complaint", urgency=1, commune_id=None,
            officer=officer("PROVINCE_DUTY", "42"), ladder=ladder(), now=clock.now(),
        )  # fmt: skip
    assert not Note.objects.exists()
