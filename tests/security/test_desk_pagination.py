"""Desks of sealed conversations with more than one page: every entry is in a list and at its address, closed ones
separately.
"""

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from binhyen.cases.models import Case
from binhyen.channels.models import Message
from binhyen.conduct.desk import ConductDesk
from binhyen.conduct.models import Complaint, ComplaintAlarm
from binhyen.conduct.tests.scene import create_handler, submit_complaint
from binhyen.intake.tests.chat_reports import create_group, create_person, run_pipeline
from binhyen.kit import clock, keyset_pagination
from binhyen.kit.ids import generate_code, generate_uuid7
from binhyen.people.models import ConflictRule
from binhyen.tips.desk import TipDesk
from binhyen.tips.group_tip_desk import GroupTipDesk
from binhyen.tips.models import Tip
from binhyen.tips.tests.page import submit_tip
from binhyen.vault.key_session import key_sessions
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient

pytestmark = pytest.mark.django_db
OPEN, OVER, POSTS = 60, 310, 210
_NEW = {
    "code": generate_code,
    "public_id": generate_uuid7,
    "lookup": lambda: generate_code().encode() * 4,
    "external_id": generate_code,
}
_ADDRESS = re.compile(r'href="(/giu-kin/tin/[^"?]+)"')
_NEXT = re.compile(r'rel="next" href="([^"]+)"')
POST = "Thằng Hùng con ông Bảy ở TDP Phú Mậu bán ma túy cho thanh niên trong xóm"


def copy_row(row: Any, **changed: Any) -> Any:
    """Create one more row like this, with new unique values."""
    made = copy.copy(row)
    made.pk, made._state = None, copy.copy(row._state)
    made._state.adding = True
    fields = {f.name for f in type(row)._meta.get_fields()}
    for name, value in {**{n: new() for n, new in _NEW.items() if n in fields}, **changed}.items():
        setattr(made, name, value)
    return made


def copy_rows(row: Model, changes: list[dict[str, Any]]) -> None:
    type(row)._base_manager.bulk_create([copy_row(row, **changed) for changed in changes])


def copy_cases(case: Case, count: int, **changed: Any) -> list[Case]:
    return Case.objects.bulk_create([copy_row(case, **changed) for _ in range(count)])


@pytest.fixture
def duty(officer: Callable[..., Any]) -> Iterator[Any]:
    """Create a duty officer of the province whose key is open at custody."""
    made = create_handler(officer, "PROVINCE_DUTY", clock.now())
    key_rotation.rotate_group_key("TIPS", actor="system:test", now=clock.now())
    yield made
    key_sessions.lock_all()


def list_conversations(person_: Any, first: str) -> list[str]:
    """Return addresses of all conversations from a list's first page to its last."""
    addresses, url = [], first
    with SCREENS:
        client = CustodyClient().enter(person_, unlock=True)
        while url:
            page = client.get(url).content.decode()
            addresses += _ADDRESS.findall(page)
            following = _NEXT.search(page)
            url = following[1].replace("&amp;", "&") if following else ""
    return addresses


def create_many_tips() -> None:
    submit_tip(Client())
    tip = Tip.objects.get()
    for count, state in ((OPEN - 1, {}), (OVER, {"state": "CLOSED", "outcome": "ANSWERED", "urgency": 3})):
        over = {"closed_at": clock.now()} if state else {}
        copy_rows(tip, [{"case": case} for case in copy_cases(tip.case, count, **state, **over)])


def create_many_complaints() -> Complaint:
    """Create open complaints; the least urgent and oldest has the alarm."""
    _, complaint = submit_complaint(now=clock.now())
    veto = complaint.veto
    for count, state in ((OPEN - 1, {}), (OVER, {"state": "CLOSED", "outcome": "ANSWERED"})):
        over = {"closed_at": clock.now()} if state else {}
        cases = copy_cases(complaint.case, count, **state, **over)
        vetoes = ConflictRule.objects.bulk_create(
            [copy_row(veto, subject_ref=f"conduct:{case.public_id}", alias="") for case in cases]
        )
        copy_rows(complaint, [{"case": c, "veto": v, "urgency": 3} for c, v in zip(cases, vetoes, strict=True)])
    ComplaintAlarm.objects.create(complaint=complaint, cause="LATE", clock="x", desk="PROVINCE", raised_at=clock.now())
    return complaint


def test_every_open_tip_is_in_the_list_however_many_are_closed(duty: Any) -> None:
    create_many_tips()
    shown = list_conversations(duty, "/giu-kin/tin?ban=tip")
    assert len(shown) == len(set(shown)) == OPEN and f"/giu-kin/tin/tip/{Tip.objects.earliest('pk').public_id}" in shown
    assert len(set(list_conversations(duty, "/giu-kin/tin?ban=tip&xong=1"))) == OVER


def test_every_open_complaint_too_and_what_rings_stands_first(duty: Any) -> None:
    ringing = create_many_complaints()
    shown = list_conversations(duty, "/giu-kin/tin?ban=phan-anh")
    assert len(shown) == len(set(shown)) == OPEN and shown[0].endswith(str(ringing.public_id))
    assert len(set(list_conversations(duty, "/giu-kin/tin?ban=phan-anh&xong=1"))) == OVER


def test_every_sealed_post_is_in_the_list_and_at_its_address(duty: Any, unit: Callable[[str], Any]) -> None:
    run_pipeline((create_person(), POST), group=create_group(unit("18568"), clock.now()))
    first = Message.objects.get()
    Message.objects.filter(pk=first.pk).update(urgency=0)
    copy_rows(first, [{"urgency": 3} for _ in range(POSTS - 1)])
    shown = list_conversations(duty, "/giu-kin/tin?ban=nhom")
    assert len(shown) == len(set(shown)) == POSTS
    with SCREENS:
        client = CustodyClient().enter(duty, unlock=True)
        assert client.get(f"/giu-kin/tin/nhom/{first.public_id}").status_code == 200
        assert client.get(f"/giu-kin/tin/nhom/{generate_uuid7()}").status_code == 404


@pytest.mark.parametrize("desk", [TipDesk, ConductDesk, GroupTipDesk])
def test_control_a_list_that_is_cut_is_noticed(
    duty: Any, unit: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, desk: type
) -> None:
    def cut_list(list_name: str, rows: Any, by: Any, *, cursor: str, limit: int) -> keyset_pagination.Page[Any]:
        return keyset_pagination.Page(list(rows.order_by("-pk")[:limit]), "")

    monkeypatch.setattr(f"{desk.__module__}.paginate_descending", cut_list)
    with pytest.raises(AssertionError):
        if desk is GroupTipDesk:
            test_every_sealed_post_is_in_the_list_and_at_its_address(duty, unit)
        elif desk is TipDesk:
            test_every_open_tip_is_in_the_list_however_many_are_closed(duty)
        else:
            test_every_open_complaint_too_and_what_rings_stands_first(duty)
