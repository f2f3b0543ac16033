"""The handlers' side through the screens of the custody process, with its database login, which cannot change cases."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case, Note, Relation
from binhyen.cases.queries.case_page import similar
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.tests.scene import browser, open_case
from binhyen.intake.tests import telling
from binhyen.kit import clock
from binhyen.kit.clock import vietnam_day
from binhyen.kit.ids import show_code
from binhyen.stats import services as stats
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Count
from binhyen.stats.periods import Period
from binhyen.stats.queries import recount
from binhyen.tips import jobs, services
from binhyen.tips.desk import TipDesk
from binhyen.tips.models import Extract, Tip, TipFile
from binhyen.tips.tests.page import TEXT, act, enter, page_of, picture, receipt, tell
from binhyen.vault.key_session import keys
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import key_of
from tests import rls

pytestmark = pytest.mark.django_db
EXTRACT = "Kiểm tra việc mua bán ma túy quanh trường học, buổi tối."


class Room:
    """The custody process with one handler who opened their key."""

    def __init__(self, handler: Any) -> None:
        self.handler = handler

    def ask(self, method: str, path: str, data: dict[str, str] | None = None, person: Any = None) -> Any:
        with SCREENS:
            return getattr(CustodyClient().enter(person or self.handler, unlock=True), method)(path, data)


@pytest.fixture
def room(officer: Callable[..., Any]) -> Iterator[Room]:
    handler, now = officer("PROVINCE_DUTY", "42"), clock.now()
    key_of(handler, now)
    key_rotation.renew("TIPS", actor="t", now=now)
    yield Room(handler)
    keys.lock_all()


def as_worker(work: Callable[[], Any]) -> Any:
    with rls.acting_as("worker"):
        return work()


def test_a_handler_reads_sees_the_picture_and_answers(client: Client, room: Room) -> None:
    code = receipt(tell(client, photos=picture()))
    tip, file = Tip.objects.get(), TipFile.objects.get()
    address = f"/giu-kin/tin/tip/{tip.public_id}"
    assert address in page_of(room.ask("get", "/giu-kin/tin"))
    page = page_of(room.ask("get", address))
    assert TEXT in page and f"{address}/anh/{file.public_id}" in page
    assert "Người báo đọc khi mở tin bằng mã nhận tin." in page
    shown = room.ask("get", f"{address}/anh/{file.public_id}")
    assert shown["Content-Type"] == "image/jpeg" and "sandbox" in shown["Content-Security-Policy"]
    assert shown.content[:2] == b"\xff\xd8" and b"GPS" not in shown.content
    entries = AuditEntry.objects.filter(verb="sealed_read", object=f"tip:{tip.public_id}")
    assert [e.detail for e in entries.order_by("id")] == [{"words": 1}, {"photos": 1}]
    assert room.ask("post", f"{address}/tra-loi", {"text": "Cảm ơn. Xe màu gì?"}).status_code == 303
    assert "Xe màu gì?" in page_of(enter(client, code))
    as_worker(lambda: jobs.answered(str(tip.public_id), room.handler.pk))
    assert tip.case.events.filter(verb="answered").count() == 1


def test_who_may_not_see_the_tip_gets_no_picture(client: Client, room: Room, officer: Callable[..., Any]) -> None:
    receipt(tell(client, photos=picture()))
    address = f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/anh/{TipFile.objects.get().public_id}"
    keyless = officer("PROVINCE_DUTY", "42")
    key_of(keyless, clock.now())
    assert room.ask("get", address, person=keyless).status_code == 404, "sees the tip, has no key of the desk"
    inspector = officer("INSPECTOR", "42")
    key_of(inspector, clock.now())
    assert room.ask("get", address, person=inspector).status_code == 404
    assert room.ask("get", address.replace("/tin/tip/", "/tin/nhom/")).status_code == 404
    assert not AuditEntry.objects.filter(verb="sealed_read").exists()
    assert room.ask("get", address).status_code == 200, "control: the handler sees it"


NAMING = "Đã xử lý. Chị Trần Thị Liên cũng báo việc này."


def test_a_result_is_read_with_the_receipt_unless_it_can_name_another(client: Client, room: Room) -> None:
    code = receipt(tell(client))
    case = Case.objects.get()

    def done() -> str:
        closing.close(code=case.code, officer=room.handler, outcome=Outcome.RESOLVED, result=NAMING,
                      evidence="Biên bản số 1", version=None, now=clock.now())  # fmt: skip
        return page_of(enter(client, code))

    assert NAMING in done(), "it has no other reporter"
    closing.reopen(code=case.code, officer=room.handler, reason="Còn việc phải làm", version=None, now=clock.now())
    other = telling.person()
    telling.say((other, "Nhà em cũng thấy xe lạ, em là Trần Thị Liên"))
    linking.relate(code=case.code, other=other.case().code, kind=Relation.Kind.RELATED, officer=room.handler,
                   version=None, now=clock.now())  # fmt: skip
    page = done()
    assert "Công an đã xử lý xong." in page and "Liên" not in page


def test_a_sealed_tip_is_merged_with_nothing_so_its_receipt_reads_its_own_result(
    client: Client, room: Room, unit: Callable[[str], Any]
) -> None:
    code = receipt(tell(client))
    tip, other = Case.objects.get(), open_case(unit("18568"))
    for one, into in ((tip, other), (other, tip)):
        with pytest.raises(NotAllowed, match="tin mật"):
            linking.merge(code=one.code, into=into.code, officer=room.handler, version=None, now=clock.now())
    page = browser(room.handler).get(f"/vu-viec/{show_code(tip.code)}").content.decode()
    assert "/gop" not in page and "/lien-ket" in page, "linking is offered, merging is not"
    closing.close(code=tip.code, officer=room.handler, outcome=Outcome.RESOLVED, result="Đã xử lý xong chỗ đó.",
                  evidence="Biên bản số 1", version=None, now=clock.now())  # fmt: skip
    assert "Đã xử lý xong chỗ đó." in page_of(enter(client, code))


def test_control_without_looking_who_else_told_it_names_her(
    client: Client, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.tips.queries.told_alone", lambda case: True)
    with pytest.raises(AssertionError, match="Liên"):
        test_a_result_is_read_with_the_receipt_unless_it_can_name_another(client, room)


def test_an_extract_goes_down_and_the_tip_never(client: Client, room: Room, unit: Callable[[str], Any]) -> None:
    receipt(tell(client))
    tip = Tip.objects.get()
    with pytest.raises(NotAllowed):
        officer_actions.hand_on(code=tip.case.code, officer=room.handler, unit=unit("18568"), reason="cần xã làm", version=None,
                        now=clock.now())  # fmt: skip
    address = f"/giu-kin/tin/tip/{tip.public_id}/chuyen"
    assert room.ask("post", address, {"text": "quá ngắn"}).status_code == 409
    assert room.ask("post", address, {"text": EXTRACT}).status_code == 303
    assert Case.objects.count() == 1 and Extract.objects.count() == 1
    [code] = as_worker(lambda: services.pass_on(now=clock.now()))
    passed = Case.objects.get(code=code)
    assert passed.unit.name == "Công an xã Lộc Hà" and passed.kind == "tip" and "Tư Lé" not in passed.snippet
    tied = [str(e.data) for e in tip.case.events.all()] + [str(e.data) for e in passed.events.all()]
    assert not any(passed.code in t or tip.case.code in t for t in tied), "neither leads to the other"
    assert not Extract.objects.exists() and as_worker(lambda: services.pass_on(now=clock.now())) == []


def test_an_extract_that_waited_in_clear_is_passed_on(client: Client, room: Room) -> None:
    receipt(tell(client))
    tip = Tip.objects.get()
    room.ask("post", f"/giu-kin/tin/tip/{tip.public_id}/chuyen", {"text": EXTRACT})
    Extract.objects.update(text=EXTRACT)
    assert len(as_worker(lambda: services.pass_on(now=clock.now()))) == 1
    assert Note.objects.get().text == EXTRACT


def test_it_goes_on_once_marked_and_counts_as_one(client: Client, room: Room, officer: Callable[..., Any]) -> None:
    receipt(tell(client))
    tip = Tip.objects.get()
    address = f"/giu-kin/tin/tip/{tip.public_id}"
    as_worker(stats.count)
    assert reports() == 1, "control: a tip counts before it becomes a case"
    assert "Đã chuyển thành vụ việc" not in page_of(room.ask("get", address))
    assert room.ask("post", f"{address}/chuyen", {"text": EXTRACT}).status_code == 303
    [first] = as_worker(lambda: services.pass_on(now=clock.now()))
    as_worker(stats.count)
    assert reports() == 1, "the tip counts as the case it became, not twice"
    for where in (address, "/giu-kin/tin"):
        assert "Đã chuyển thành vụ việc" in page_of(room.ask("get", where))
    twice = room.ask("post", f"{address}/chuyen", {"text": EXTRACT})
    assert twice.status_code == 409 and "Tin này đã chuyển thành vụ việc." in page_of(twice)
    assert EXTRACT in page_of(twice) and not Extract.objects.exists(), "the text is not lost, nothing was forwarded"
    other = room.ask("post", f"{address}/chuyen", {"text": "Việc khác: bán pháo lậu ở chợ", "again": "1"})
    assert other.status_code == 303
    assert len(as_worker(lambda: services.pass_on(now=clock.now()))) == 1
    as_worker(stats.count)
    assert reports() == 2, "another matter"
    duty = officer("PROVINCE_DUTY", "42")
    month = Period(vietnam_day(clock.now()), vietnam_day(clock.now()))
    assert recount(duty, Metric.REPORTS, month) == 2 and Case.objects.get(code=first).kind == "tip"


def reports() -> int:
    return sum(Count.objects.filter(metric=Metric.REPORTS).values_list("value", flat=True))


def test_neither_page_says_that_the_other_may_be_the_same(
    client: Client, room: Room, officer: Callable[..., Any], unit: Callable[[str], Any]
) -> None:
    """Officers with access to both parts of the register but no key must not learn which case came from which tip."""
    receipt(tell(client))
    tip = Tip.objects.get()
    room.ask("post", f"/giu-kin/tin/tip/{tip.public_id}/chuyen", {"text": EXTRACT})
    [code] = as_worker(lambda: services.pass_on(now=clock.now()))
    Case.objects.filter(pk=tip.case_id).update(folded="38a12345")
    Case.objects.filter(code=code).update(folded="38a12345")
    passed, sealed = Case.objects.get(code=code), Case.objects.get(pk=tip.case_id)
    assert (passed.category, passed.commune_id) == (sealed.category, sealed.commune_id), "control: alike in all else"
    for person in (officer("PROVINCE_STAFF", "42"), officer("PROVINCE_DUTY", "42")):
        assert similar(person, sealed) == [] and similar(person, passed) == []
    page = browser(officer("PROVINCE_STAFF", "42")).get(f"/vu-viec/{sealed.code}").content.decode()
    assert "Có thể cùng vụ" not in page and show_code(code) not in page
    twin = open_case(unit("18568"), text="38a12345", category=passed.category, commune_id=passed.commune_id)
    assert [each.case for each in similar(officer("PROVINCE_DUTY", "42"), passed)] == [twin], (
        "control: ordinary cases are"
    )


def test_an_extract_of_a_tip_taken_back_meanwhile_still_arrives(client: Client, room: Room) -> None:
    opened = enter(client, receipt(tell(client)))
    tip = Tip.objects.get()
    room.ask("post", f"/giu-kin/tin/tip/{tip.public_id}/chuyen", {"text": EXTRACT})
    act(client, opened, "withdraw", sure="yes")
    assert room.ask("get", f"/giu-kin/tin/tip/{tip.public_id}").status_code == 404
    assert len(as_worker(lambda: services.pass_on(now=clock.now()))) == 1


def test_the_worker_destroys_what_is_over(client: Client, room: Room) -> None:
    from binhyen.tips.rules import KEPT
    from binhyen.vault.models import LockCopy

    receipt(tell(client, photos=picture()))
    assert as_worker(lambda: services.clean(now=clock.now() + KEPT - KEPT / 100)) == 0
    assert as_worker(lambda: services.clean(now=clock.now() + KEPT)) == 1
    assert not LockCopy.objects.exists() and not TipFile.objects.exists()


def test_a_tip_whose_key_a_restore_destroyed_again_ends(client: Client, room: Room) -> None:
    from binhyen.vault.models import LockCopy

    opened = enter(client, receipt(tell(client)))
    receipt(tell(client, text="Tin khác ở xã Lộc Hà, có người buôn pháo lậu"))
    gone, stays = Tip.objects.order_by("pk")
    LockCopy.objects.filter(lock=gone.lock_id).delete()
    assert as_worker(lambda: services.clean(now=clock.now())) == 1
    gone.refresh_from_db()
    stays.refresh_from_db()
    assert gone.gone_at is not None and not bytes(gone.wrapped) and stays.gone_at is None
    assert gone.case.events.filter(verb="withdrawn").count() == 1, "so that an officer closes it"
    assert act(client, opened, text="thêm").status_code == 403
    assert as_worker(lambda: services.clean(now=clock.now())) == 0


def test_the_custody_process_sees_of_cases_only_where_tips_lie(client: Client, room: Room) -> None:
    receipt(tell(client))
    room.ask("post", f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/chuyen", {"text": EXTRACT})
    as_worker(lambda: services.pass_on(now=clock.now()))
    assert Case.objects.count() == 2
    with rls.acting_as("custody"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_case WHERE kind <> 'sealed_tip'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM cases_case")
        assert cursor.fetchone() == (1,)
    with pytest.raises(ProgrammingError), rls.acting_as("custody"), connection.cursor() as cursor:
        cursor.execute("SELECT text FROM cases_note")


def test_the_commune_and_strangers_do_not_see_the_tip(client: Client, officer: Callable[..., Any]) -> None:
    receipt(tell(client))
    tip = Tip.objects.get()
    for role, commune in (("OFFICER", "18568"), ("CHIEF", "18568"), ("OPERATOR", "42"), ("INSPECTOR", "42")):
        person = officer(role, commune)
        assert not TipDesk().talks(person, now=clock.now()).rows
        assert TipDesk().talk(person, str(tip.public_id), now=clock.now()) is None
    for odd in ("", "x", "0" * 36, "../../etc"):
        assert TipDesk().talk(officer("PROVINCE_DUTY", "42"), odd, now=clock.now()) is None
