"""Text removed from a case is removed from its search index; the remaining text is still found."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import ladder
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import linking, restricted_cases, search_index, splitting
from binhyen.cases.services.closing import reopen
from binhyen.cases.services.erasure import strip_teller
from binhyen.cases.services.unit_of_work import back_to_work
from binhyen.cases.tests.scene import open_case, told
from binhyen.channels.models import Message
from binhyen.kit import clock

pytestmark = pytest.mark.django_db
SECRET = "Anh Thắng lấy phong bì của quán Hoàng Kim"


@pytest.fixture
def me(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


def attached(me: Any, case: Case, message: Message) -> None:
    linking.attach(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())


def bears(case: Case) -> bool:
    case.refresh_from_db()
    kept = f"{case.snippet} {case.folded} {case.marked}".lower()
    return any(word in kept for word in ("phong", "hoàng", "hoang"))


def test_a_message_taken_off_is_found_where_it_lies_now(me: Any) -> None:
    first, second = open_case(me.unit, text="Mất trâu ở bãi"), open_case(me.unit, text="Cãi nhau ngoài chợ")
    message = told(me.unit, text=SECRET)
    attached(me, first, message)
    attached(me, second, message)
    assert bears(first) and bears(second), "control: search finds it while it is there"
    linking.detach(code=first.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())
    assert not bears(first) and bears(second)
    assert first.snippet == "Mất trâu ở bãi" and "trau" in first.folded and "trâu" in first.marked


def test_control_a_list_that_only_begins_anew_keeps_them(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def snippet_only(case: Case) -> list[str]:
        return ["snippet"]

    monkeypatch.setattr(linking, "retell", snippet_only)
    case, message = open_case(me.unit, text="Mất trâu ở bãi"), told(me.unit, text=SECRET)
    attached(me, case, message)
    linking.detach(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())
    assert bears(case)


def test_what_is_split_off_and_who_goes_leave_none(me: Any) -> None:
    case, message = open_case(me.unit, text="Mất trâu ở bãi"), told(me.unit, text=SECRET)
    attached(me, case, message)
    own = splitting.split(
        code=case.code, message_id=str(message.public_id), officer=me, version=None, ladder=ladder(), now=clock.now()
    )
    assert not bears(case) and bears(own)
    again = open_case(me.unit, text="Cãi nhau ngoài chợ")
    attached(me, again, message)
    linking.detach(code=again.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())
    Case.objects.filter(pk=again.pk).update(folded="phong bi")  # the state before such text was removed
    strip_teller(own.pk, message.reporter_id, until=clock.now(), now=clock.now())
    assert not bears(own) and not bears(again)


def test_a_tip_of_a_group_gives_a_case_no_words(me: Any) -> None:
    case, message = open_case(me.unit, text="Mất trâu ở bãi"), told(me.unit, text=SECRET)
    Message.objects.filter(pk=message.pk).update(sensitive=True)
    CaseMessage.objects.create(case=case, message=message, attached_at=clock.now(), attached_by="x")
    message.refresh_from_db()
    message.group_id = 1
    assert search_index.hushed(message)
    search_index.retell(case)
    assert "phong" in case.folded, "control: search finds it when it was sent in private"


def test_a_case_opened_from_an_extract_keeps_it(me: Any) -> None:
    sealed = open_case(me.unit, text="Tin kín")
    code = restricted_cases.open_from_extract(
        extract="Xe lạ chở gỗ lậu qua cầu", category="other", urgency=1, commune_id=None, officer=me, ladder=ladder(),
        source_id=sealed.pk, now=clock.now(),
    )  # fmt: skip
    case = Case.objects.get(code=code)
    search_index.tell_anew([case.pk])
    case.refresh_from_db()
    assert case.snippet == "Xe lạ chở gỗ lậu qua cầu" and "go lau" in case.folded and "gỗ" in case.marked


@pytest.mark.parametrize("how", ["an officer", "the person", "a step"])
def test_what_is_worked_on_again_has_no_outcome(me: Any, how: str) -> None:
    case = open_case(me.unit)
    Case.objects.filter(pk=case.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    case.refresh_from_db()
    if how == "an officer":
        reopen(code=case.code, officer=me, reason="Còn thiếu", version=None, now=clock.now())
    elif how == "the person":
        restricted_cases.heard(case_id=case.pk, now=clock.now())
    else:
        assert set(back_to_work(case, now=clock.now())) >= {"state", "closed_at", "outcome", "due_at"}
        return
    case.refresh_from_db()
    assert (case.state, case.outcome, case.closed_at) == ("WORKING", "", None)
