"""Text removed from a case is removed from its search index; the remaining text is still found."""

from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import linking, restricted_cases, search_index, splitting
from binhyen.cases.services.closing import reopen_closed_case
from binhyen.cases.services.erasure import erase_reporter
from binhyen.cases.services.unit_of_work import reopen_case
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.channels.models import Message
from binhyen.kit import clock

pytestmark = pytest.mark.django_db
SECRET = "Anh Thắng lấy phong bì của quán Hoàng Kim"


@pytest.fixture
def me(officer: Callable[..., Any]) -> Any:
    return officer("OFFICER", "18568")


def attach_message(me: Any, case: Case, message: Message) -> None:
    linking.attach_message(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())


def is_in_search_text(case: Case) -> bool:
    case.refresh_from_db()
    searchable = f"{case.snippet} {case.search_text} {case.search_accented}".lower()
    return any(word in searchable for word in ("phong", "hoàng", "hoang"))


def test_a_detached_message_is_found_at_its_new_case(me: Any) -> None:
    first, second = open_case(me.unit, text="Mất trâu ở bãi"), open_case(me.unit, text="Cãi nhau ngoài chợ")
    message = create_message(me.unit, text=SECRET)
    attach_message(me, first, message)
    attach_message(me, second, message)
    assert is_in_search_text(first) and is_in_search_text(second), "control: search finds it while it is there"
    linking.detach_message(
        code=first.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now()
    )
    assert not is_in_search_text(first) and is_in_search_text(second)
    assert first.snippet == "Mất trâu ở bãi" and "trau" in first.search_text and "trâu" in first.search_accented


def test_control_resetting_only_the_list_keeps_them(me: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def snippet_only(case: Case) -> list[str]:
        return ["snippet"]

    monkeypatch.setattr(linking, "rebuild_search_words", snippet_only)
    case, message = open_case(me.unit, text="Mất trâu ở bãi"), create_message(me.unit, text=SECRET)
    attach_message(me, case, message)
    linking.detach_message(code=case.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now())
    assert is_in_search_text(case)


def test_split_off_and_erased_reporters_leave_no_search_words(me: Any) -> None:
    case, message = open_case(me.unit, text="Mất trâu ở bãi"), create_message(me.unit, text=SECRET)
    attach_message(me, case, message)
    private_case = splitting.split_case(
        code=case.code,
        message_id=str(message.public_id),
        officer=me,
        version=None,
        ladder=get_alarm_delays(),
        now=clock.now(),
    )
    assert not is_in_search_text(case) and is_in_search_text(private_case)
    again = open_case(me.unit, text="Cãi nhau ngoài chợ")
    attach_message(me, again, message)
    linking.detach_message(
        code=again.code, message_id=str(message.public_id), officer=me, version=None, now=clock.now()
    )
    Case.objects.filter(pk=again.pk).update(search_text="phong bi")  # the state before such text was removed
    erase_reporter(private_case.pk, message.reporter_id, until=clock.now(), now=clock.now())
    assert not is_in_search_text(private_case) and not is_in_search_text(again)


def test_a_group_tip_adds_no_search_words_to_a_case(me: Any) -> None:
    case, message = open_case(me.unit, text="Mất trâu ở bãi"), create_message(me.unit, text=SECRET)
    Message.objects.filter(pk=message.pk).update(sensitive=True)
    CaseMessage.objects.create(case=case, message=message, attached_at=clock.now(), attached_by="x")
    message.refresh_from_db()
    message.group_id = 1
    assert search_index.is_sealed_tip(message)
    search_index.rebuild_search_words(case)
    assert "phong" in case.search_text, "control: search finds it when it was sent in private"


def test_a_case_opened_from_an_extract_keeps_it(me: Any) -> None:
    sealed = open_case(me.unit, text="Tin kín")
    code = restricted_cases.open_from_extract(
        extract="Xe lạ chở gỗ lậu qua cầu",
        category="other",
        urgency=1,
        commune_id=None,
        officer=me,
        ladder=get_alarm_delays(),
        source_id=sealed.pk,
        now=clock.now(),
    )
    case = Case.objects.get(code=code)
    search_index.rebuild_cases([case.pk])
    case.refresh_from_db()
    assert case.snippet == "Xe lạ chở gỗ lậu qua cầu" and "go lau" in case.search_text and "gỗ" in case.search_accented


@pytest.mark.parametrize("how", ["an officer", "the person", "a step"])
def test_a_reopened_case_has_no_searchable_outcome(me: Any, how: str) -> None:
    case = open_case(me.unit)
    Case.objects.filter(pk=case.pk).update(state="CLOSED", outcome="RESOLVED", closed_at=clock.now())
    case.refresh_from_db()
    if how == "an officer":
        reopen_closed_case(code=case.code, officer=me, reason="Còn thiếu", version=None, now=clock.now())
    elif how == "the person":
        restricted_cases.record_follow_up(case_id=case.pk, now=clock.now())
    else:
        assert set(reopen_case(case, now=clock.now())) >= {"state", "closed_at", "outcome", "due_at"}
        return
    case.refresh_from_db()
    assert (case.state, case.outcome, case.closed_at) == ("WORKING", "", None)
