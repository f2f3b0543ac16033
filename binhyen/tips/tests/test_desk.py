"""The handlers' side through the screens of the custody process, with its database login, which cannot change cases."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connection
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Outcome
from binhyen.cases.models import Case, Note, Relation
from binhyen.cases.queries.case_page import list_possible_duplicates
from binhyen.cases.rules import NotAllowed
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.intake.tests import chat_reports
from binhyen.kit import clock
from binhyen.kit.clock import to_vietnam_day
from binhyen.kit.ids import format_code
from binhyen.stats import services as stats
from binhyen.stats.metrics import Metric
from binhyen.stats.models import Count
from binhyen.stats.periods import Period
from binhyen.stats.queries import recount_from_cases
from binhyen.tips import jobs, services
from binhyen.tips.desk import TipDesk
from binhyen.tips.models import Extract, Tip, TipFile
from binhyen.tips.tests.page import TEXT, enter_code, make_picture, read_page, read_receipt, submit_step, submit_tip
from binhyen.vault.key_session import key_sessions
from binhyen.vault.services import key_rotation
from binhyen.vault.tests.custody import SCREENS, CustodyClient
from binhyen.vault.tests.people import create_key
from tests import rls

pytestmark = pytest.mark.django_db
EXTRACT = "Kiểm tra việc mua bán ma túy quanh trường học, buổi tối."


class HandlerRoom:
    """The custody process with one handler with an unlocked key."""

    def __init__(self, handler: Any) -> None:
        self.handler = handler

    def ask(self, method: str, path: str, data: dict[str, str] | None = None, person: Any = None) -> Any:
        with SCREENS:
            return getattr(CustodyClient().enter(person or self.handler, unlock=True), method)(path, data)


@pytest.fixture
def room(officer: Callable[..., Any]) -> Iterator[HandlerRoom]:
    handler, now = officer("PROVINCE_DUTY", "42"), clock.now()
    create_key(handler, now)
    key_rotation.rotate_group_key("TIPS", actor="t", now=now)
    yield HandlerRoom(handler)
    key_sessions.lock_all()


def run_as_worker(work: Callable[[], Any]) -> Any:
    with rls.acting_as("worker"):
        return work()


def test_a_handler_reads_sees_the_picture_and_answers(client: Client, room: HandlerRoom) -> None:
    code = read_receipt(submit_tip(client, photos=make_picture()))
    tip, file = Tip.objects.get(), TipFile.objects.get()
    address = f"/giu-kin/tin/tip/{tip.public_id}"
    assert address in read_page(room.ask("get", "/giu-kin/tin"))
    page = read_page(room.ask("get", address))
    assert TEXT in page and f"{address}/anh/{file.public_id}" in page
    assert "Người báo đọc khi mở tin bằng mã nhận tin." in page
    shown = room.ask("get", f"{address}/anh/{file.public_id}")
    assert shown["Content-Type"] == "image/jpeg" and "sandbox" in shown["Content-Security-Policy"]
    assert shown.content[:2] == b"\xff\xd8" and b"GPS" not in shown.content
    entries = AuditEntry.objects.filter(verb="sealed_read", object=f"tip:{tip.public_id}")
    assert [e.detail for e in entries.order_by("id")] == [{"words": 1}, {"photos": 1}]
    assert room.ask("post", f"{address}/tra-loi", {"text": "Cảm ơn. Xe màu gì?"}).status_code == 303
    assert "Xe màu gì?" in read_page(enter_code(client, code))
    run_as_worker(lambda: jobs.record_answer(str(tip.public_id), room.handler.pk))
    assert tip.case.events.filter(verb="answered").count() == 1


def test_without_visibility_of_the_tip_no_picture_is_served(
    client: Client, room: HandlerRoom, officer: Callable[..., Any]
) -> None:
    read_receipt(submit_tip(client, photos=make_picture()))
    address = f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/anh/{TipFile.objects.get().public_id}"
    keyless = officer("PROVINCE_DUTY", "42")
    create_key(keyless, clock.now())
    assert room.ask("get", address, person=keyless).status_code == 404, "sees the tip, has no key of the desk"
    inspector = officer("INSPECTOR", "42")
    create_key(inspector, clock.now())
    assert room.ask("get", address, person=inspector).status_code == 404
    assert room.ask("get", address.replace("/tin/tip/", "/tin/nhom/")).status_code == 404
    assert not AuditEntry.objects.filter(verb="sealed_read").exists()
    assert room.ask("get", address).status_code == 200, "control: the handler sees it"


NAMING = "Đã xử lý. Chị Trần Thị Liên cũng báo việc này."


def test_a_result_is_read_with_the_receipt_unless_it_can_name_another(client: Client, room: HandlerRoom) -> None:
    code = read_receipt(submit_tip(client))
    case = Case.objects.get()

    def done() -> str:
        closing.close_case(
            code=case.code,
            officer=room.handler,
            outcome=Outcome.RESOLVED,
            result=NAMING,
            evidence="Biên bản số 1",
            version=None,
            now=clock.now(),
        )
        return read_page(enter_code(client, code))

    assert NAMING in done(), "it has no other reporter"
    closing.reopen_closed_case(
        code=case.code, officer=room.handler, reason="Còn việc phải làm", version=None, now=clock.now()
    )
    other = chat_reports.create_person()
    chat_reports.run_pipeline((other, "Nhà em cũng thấy xe lạ, em là Trần Thị Liên"))
    linking.link_cases(
        code=case.code,
        other=other.case().code,
        kind=Relation.Kind.RELATED,
        officer=room.handler,
        version=None,
        now=clock.now(),
    )
    page = done()
    assert "Công an đã xử lý xong." in page and "Liên" not in page


def test_a_sealed_tip_cannot_be_merged_so_its_receipt_shows_its_own_result(
    client: Client, room: HandlerRoom, unit: Callable[[str], Any]
) -> None:
    code = read_receipt(submit_tip(client))
    tip, other = Case.objects.get(), open_case(unit("18568"))
    for first_case, into in ((tip, other), (other, tip)):
        with pytest.raises(NotAllowed, match="tin mật"):
            linking.merge_cases(
                code=first_case.code, into=into.code, officer=room.handler, version=None, now=clock.now()
            )
    page = sign_in_browser(room.handler).get(f"/vu-viec/{format_code(tip.code)}").content.decode()
    assert "/gop" not in page and "/lien-ket" in page, "linking is offered, merging is not"
    closing.close_case(
        code=tip.code,
        officer=room.handler,
        outcome=Outcome.RESOLVED,
        result="Đã xử lý xong chỗ đó.",
        evidence="Biên bản số 1",
        version=None,
        now=clock.now(),
    )
    assert "Đã xử lý xong chỗ đó." in read_page(enter_code(client, code))


def test_control_without_the_check_another_reporter_names_her(
    client: Client, room: HandlerRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("binhyen.tips.queries.has_single_reporter", lambda case: True)
    with pytest.raises(AssertionError, match="Liên"):
        test_a_result_is_read_with_the_receipt_unless_it_can_name_another(client, room)


def test_an_extract_is_forwarded_down_and_the_tip_never(
    client: Client, room: HandlerRoom, unit: Callable[[str], Any]
) -> None:
    read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    with pytest.raises(NotAllowed):
        officer_actions.transfer(
            code=tip.case.code,
            officer=room.handler,
            unit=unit("18568"),
            reason="cần xã làm",
            version=None,
            now=clock.now(),
        )
    address = f"/giu-kin/tin/tip/{tip.public_id}/chuyen"
    assert room.ask("post", address, {"text": "quá ngắn"}).status_code == 409
    assert room.ask("post", address, {"text": EXTRACT}).status_code == 303
    assert Case.objects.count() == 1 and Extract.objects.count() == 1
    [code] = run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))
    passed = Case.objects.get(code=code)
    assert passed.unit.name == "Công an xã Lộc Hà" and passed.kind == "tip" and "Tư Lé" not in passed.snippet
    tied = [str(e.data) for e in tip.case.events.all()] + [str(e.data) for e in passed.events.all()]
    assert not any(passed.code in t or tip.case.code in t for t in tied), "neither leads to the other"
    assert not Extract.objects.exists() and run_as_worker(lambda: services.open_waiting_extracts(now=clock.now())) == []


def test_an_extract_that_waited_in_clear_is_passed_on(client: Client, room: HandlerRoom) -> None:
    read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    room.ask("post", f"/giu-kin/tin/tip/{tip.public_id}/chuyen", {"text": EXTRACT})
    Extract.objects.update(text=EXTRACT)
    assert len(run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))) == 1
    assert Note.objects.get().text == EXTRACT


def test_it_is_forwarded_once_marked_and_counts_as_one(
    client: Client, room: HandlerRoom, officer: Callable[..., Any]
) -> None:
    read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    address = f"/giu-kin/tin/tip/{tip.public_id}"
    run_as_worker(stats.update_counts)
    assert count_reports() == 1, "control: a tip counts before it becomes a case"
    assert "Đã chuyển thành vụ việc" not in read_page(room.ask("get", address))
    assert room.ask("post", f"{address}/chuyen", {"text": EXTRACT}).status_code == 303
    [first] = run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))
    run_as_worker(stats.update_counts)
    assert count_reports() == 1, "the tip counts as the case it became, not twice"
    for where in (address, "/giu-kin/tin"):
        assert "Đã chuyển thành vụ việc" in read_page(room.ask("get", where))
    twice = room.ask("post", f"{address}/chuyen", {"text": EXTRACT})
    assert twice.status_code == 409 and "Tin này đã chuyển thành vụ việc." in read_page(twice)
    assert EXTRACT in read_page(twice) and not Extract.objects.exists(), "the text is not lost, nothing was forwarded"
    other = room.ask("post", f"{address}/chuyen", {"text": "Việc khác: bán pháo lậu ở chợ", "again": "1"})
    assert other.status_code == 303
    assert len(run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))) == 1
    run_as_worker(stats.update_counts)
    assert count_reports() == 2, "another matter"
    duty = officer("PROVINCE_DUTY", "42")
    month = Period(to_vietnam_day(clock.now()), to_vietnam_day(clock.now()))
    assert recount_from_cases(duty, Metric.REPORTS, month) == 2 and Case.objects.get(code=first).kind == "tip"


def count_reports() -> int:
    return sum(Count.objects.filter(metric=Metric.REPORTS).values_list("value", flat=True))


def test_neither_page_shows_that_the_other_may_be_the_same(
    client: Client, room: HandlerRoom, officer: Callable[..., Any], unit: Callable[[str], Any]
) -> None:
    """Officers with access to both parts of the register but no key must not learn which case came from which tip."""
    read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    room.ask("post", f"/giu-kin/tin/tip/{tip.public_id}/chuyen", {"text": EXTRACT})
    [code] = run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))
    Case.objects.filter(pk=tip.case_id).update(search_text="38a12345")
    Case.objects.filter(code=code).update(search_text="38a12345")
    passed, sealed = Case.objects.get(code=code), Case.objects.get(pk=tip.case_id)
    assert (passed.category, passed.commune_id) == (sealed.category, sealed.commune_id), "control: alike in all else"
    for person in (officer("PROVINCE_STAFF", "42"), officer("PROVINCE_DUTY", "42")):
        assert list_possible_duplicates(person, sealed) == [] and list_possible_duplicates(person, passed) == []
    page = sign_in_browser(officer("PROVINCE_STAFF", "42")).get(f"/vu-viec/{sealed.code}").content.decode()
    assert "Có thể cùng vụ" not in page and format_code(code) not in page
    twin = open_case(unit("18568"), text="38a12345", category=passed.category, commune_id=passed.commune_id)
    assert [candidate.case for candidate in list_possible_duplicates(officer("PROVINCE_DUTY", "42"), passed)] == [
        twin
    ], "control: ordinary cases are"


def test_an_extract_of_a_tip_withdrawn_meanwhile_still_arrives(client: Client, room: HandlerRoom) -> None:
    opened = enter_code(client, read_receipt(submit_tip(client)))
    tip = Tip.objects.get()
    room.ask("post", f"/giu-kin/tin/tip/{tip.public_id}/chuyen", {"text": EXTRACT})
    submit_step(client, opened, "withdraw", sure="yes")
    assert room.ask("get", f"/giu-kin/tin/tip/{tip.public_id}").status_code == 404
    assert len(run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))) == 1


def test_the_worker_destroys_expired_tips(client: Client, room: HandlerRoom) -> None:
    from binhyen.tips.rules import RETENTION
    from binhyen.vault.models import WrappedKey

    read_receipt(submit_tip(client, photos=make_picture()))
    assert run_as_worker(lambda: services.destroy_expired_tips(now=clock.now() + RETENTION - RETENTION / 100)) == 0
    assert run_as_worker(lambda: services.destroy_expired_tips(now=clock.now() + RETENTION)) == 1
    assert not WrappedKey.objects.exists() and not TipFile.objects.exists()


def test_a_tip_whose_key_a_restore_destroyed_again_ends(client: Client, room: HandlerRoom) -> None:
    from binhyen.vault.models import WrappedKey

    opened = enter_code(client, read_receipt(submit_tip(client)))
    read_receipt(submit_tip(client, text="Tin khác ở xã Lộc Hà, có người buôn pháo lậu"))
    gone, remaining_tip = Tip.objects.order_by("pk")
    WrappedKey.objects.filter(lock=gone.lock_id).delete()
    assert run_as_worker(lambda: services.destroy_expired_tips(now=clock.now())) == 1
    gone.refresh_from_db()
    remaining_tip.refresh_from_db()
    assert gone.gone_at is not None and not bytes(gone.page_wrapped_key) and remaining_tip.gone_at is None
    assert gone.case.events.filter(verb="withdrawn").count() == 1, "so that an officer closes it"
    assert submit_step(client, opened, text="thêm").status_code == 403
    assert run_as_worker(lambda: services.destroy_expired_tips(now=clock.now())) == 0


def test_the_custody_process_sees_of_cases_only_where_tips_lie(client: Client, room: HandlerRoom) -> None:
    read_receipt(submit_tip(client))
    room.ask("post", f"/giu-kin/tin/tip/{Tip.objects.get().public_id}/chuyen", {"text": EXTRACT})
    run_as_worker(lambda: services.open_waiting_extracts(now=clock.now()))
    assert Case.objects.count() == 2
    with rls.acting_as("custody"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cases_case WHERE kind <> 'sealed_tip'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM cases_case")
        assert cursor.fetchone() == (1,)
    with pytest.raises(ProgrammingError), rls.acting_as("custody"), connection.cursor() as cursor:
        cursor.execute("SELECT text FROM cases_note")


def test_the_commune_and_strangers_do_not_see_the_tip(client: Client, officer: Callable[..., Any]) -> None:
    read_receipt(submit_tip(client))
    tip = Tip.objects.get()
    for role, commune in (("OFFICER", "18568"), ("CHIEF", "18568"), ("OPERATOR", "42"), ("INSPECTOR", "42")):
        person = officer(role, commune)
        assert not TipDesk().talks(person, now=clock.now()).rows
        assert TipDesk().talk(person, str(tip.public_id), now=clock.now()) is None
    for odd in ("", "x", "0" * 36, "../../etc"):
        assert TipDesk().talk(officer("PROVINCE_DUTY", "42"), odd, now=clock.now()) is None
