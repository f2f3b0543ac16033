"""A complaint about police in several messages, the first of which opened an ordinary case: read
together and accepted."""

import datetime as dt
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.incident_features import Phase
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.queries import reporter_cases
from binhyen.cases.services import officer_actions
from binhyen.channels.models import Message
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import intake
from binhyen.intake import interpret, message_context
from binhyen.intake.tests.chat_reports import create_group, create_people, create_person, run_pipeline
from binhyen.intake.tests.test_message_context_complaints import read_unit_pages, run_worker
from binhyen.intake.tests.web import parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import format_code, generate_token
from binhyen.kit.rls_scope import PROGRAM_SCOPE, rls_scope
from tests import rls

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
WHO_DID_IT = ("có người đòi em 2 triệu mới trả xe ở xã Lộc Hà", "là anh công an xã")
BY_BOTH = ("mấy anh công an xã Lộc Hà hay ăn ở quán em", "nợ 8 triệu")
ASKED = ("hôm qua ở trụ sở công an xã Lộc Hà", "họ bắt em quỳ một tiếng")
TALKS = (WHO_DID_IT, BY_BOTH, ASKED)
HARMLESS = (
    ("có người đòi em 2 triệu mới trả xe ở xã Lộc Hà", "là thằng Quý con ông Bảy", "nhờ công an xuống giúp"),
    ("hôm qua ở trụ sở công an xã Lộc Hà", "em có để quên cái mũ"),
    ("tôi nhặt được súng tự chế ở xã Lộc Hà", "tôi nộp cho công an", "có được giấy nhận không"),
    ("có người gọi xưng công an nói em liên quan vụ án", "họ đòi 30 triệu để khỏi bị bắt"),
    ("Sòng bạc sau nhà văn hóa xã Lộc Hà", "chúng có người canh gác, thấy công an là báo"),
)


def report_on_page(client: Client, texts: tuple[str, ...]) -> str:
    """Read the status page of the report with the login of the pages."""
    with rls.acting_as("pages"):
        page_url = f"/theo-doi/{parse_status_token(submit_report(client, texts[0]))}"
        for text in texts[1:]:
            assert client.post(page_url, {"text": text, "key": generate_token()}).status_code == 303
    return page_url


def report_in_chat(texts: tuple[str, ...], now: dt.datetime, minutes: int = 1, **more: Any) -> None:
    reporter = create_person()
    for n, text in enumerate(texts):
        with rls.acting_as("worker"), rls_scope(PROGRAM_SCOPE):
            run_pipeline((reporter, text), moment=now + n * minutes * MINUTE, **more)


def check_hidden_from_unit(texts: tuple[str, ...], officer: Any) -> None:
    """Check that the unit's chief cannot see it, before and after the worker ran."""
    code = format_code(Case.objects.latest("pk").code)
    page_text = unescape(read_unit_pages(officer("CHIEF")))
    assert not any(words in page_text for words in texts) and code not in page_text
    run_worker()
    assert Complaint.objects.get().case == Case.objects.get() and not Message.objects.exclude(text="").exists()


@pytest.mark.parametrize("texts", TALKS)
def test_on_a_status_page_the_case_leaves_the_unit(texts: Any, client: Client, officer: Any) -> None:
    page_url = report_on_page(client, texts)
    check_hidden_from_unit(texts, officer)
    with rls.acting_as("pages"):
        page = unescape(client.get(page_url).content.decode())
    assert all(words in page for words in texts), "its reporter can still read it"


@pytest.mark.parametrize("texts", TALKS)
def test_in_a_chat_the_case_leaves_the_unit(texts: Any, officer: Any, now: dt.datetime) -> None:
    report_in_chat(texts, now)
    check_hidden_from_unit(texts, officer)


def test_hours_later_too_while_it_is_untouched(officer: Any, now: dt.datetime) -> None:
    report_in_chat(BY_BOTH, now, minutes=300)
    check_hidden_from_unit(BY_BOTH, officer)


@pytest.mark.parametrize("texts", TALKS)
def test_control_without_it_the_case_stays(
    texts: Any, client: Client, officer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_context, "find_precursor_case", lambda *given: None)
    report_on_page(client, texts)
    with pytest.raises(AssertionError):
        check_hidden_from_unit(texts, officer)


def test_control_by_itself_the_second_is_none(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_context, "detect_with_earlier_text", lambda read, *given: read)
    report_in_chat(BY_BOTH, now)
    assert not Case.objects.filter(is_restricted=True).exists()


@pytest.mark.parametrize("texts", HARMLESS)
def test_messages_without_a_complaint_stay(texts: Any, client: Client, now: dt.datetime) -> None:
    report_in_chat(texts, now)
    report_on_page(client, texts)
    assert not Case.objects.filter(is_restricted=True).exists()


def test_a_case_that_an_officer_works_on_stays_as_it_is(officer: Any, now: dt.datetime) -> None:
    """Otherwise it would be missed. The complaint has a copy of the text, and is hidden from that unit."""
    chief, reporter = officer("CHIEF"), create_person()
    run_pipeline((reporter, BY_BOTH[0]), moment=now)
    officer_actions.acknowledge_alarm(code=reporter.case().code, officer=chief, version=None, now=now)
    before = read_unit_pages(chief)
    run_pipeline((reporter, BY_BOTH[1]), moment=now + MINUTE)
    private_case, case = Case.objects.order_by("pk")
    assert (
        read_unit_pages(chief).count(private_case.snippet) == before.count(private_case.snippet) > 0
        and case.is_restricted
    )
    assert list(CaseMessage.objects.filter(case=private_case).values_list("message__text", flat=True)) == [BY_BOTH[0]]
    assert f"unit:{chief.unit_id}" in Complaint.objects.get().veto.conflict_keys


def check_shared_case_stays(now: dt.datetime) -> None:
    seen_by_all = "Xe tải biển 38C-123.45 đậu lấn đường trước trường xã Lộc Hà, đòi tiền mới chịu dời"
    first, second = create_people(2)
    run_pipeline((first, seen_by_all), (second, seen_by_all), moment=now)
    assert Report.objects.filter(case=Case.objects.get()).count() == 2
    run_pipeline((first, "người đòi là anh công an xã"), moment=now + MINUTE)
    private_case, complaint = Case.objects.order_by("pk")
    assert not private_case.is_restricted and complaint.is_restricted


def test_a_case_with_other_reporters_stays(now: dt.datetime) -> None:
    check_shared_case_stays(now)


def test_control_a_shared_case_would_be_taken_from_the_others(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = message_context._is_untouched_private
    monkeypatch.setattr(
        message_context, "_is_untouched_private", lambda open_case: free(replace(open_case, phase=Phase.UNTOUCHED))
    )
    with pytest.raises(ValueError, match="not enough"):
        check_shared_case_stays(now)


STRANGER = (
    "có người lạ tới phòng trọ em ở xã Lộc Hà hai lần",
    "nói kiểm tra tạm trú, lần nào cũng chạm người em",
    "người đó là anh công an xã",
)


@pytest.mark.parametrize("on_page", [True, False])
def test_a_name_given_after_the_complaint_moves_the_case_too(
    on_page: bool, client: Client, officer: Any, now: dt.datetime
) -> None:
    if on_page:
        report_on_page(client, STRANGER)
    else:
        report_in_chat(STRANGER, now)
    assert Case.objects.count() == 2 and not Case.objects.filter(is_restricted=False).exists()
    run_worker()
    assert not Message.objects.exclude(text="").exists()
    page_text = unescape(read_unit_pages(officer("CHIEF")))
    assert not any(words in page_text for words in STRANGER)


def test_control_where_that_is_not_asked_the_case_stays(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpret, "identifies_officer_only", lambda text: False)
    report_in_chat(STRANGER, now)
    assert Case.objects.filter(is_restricted=False).count() == 1


def check_follow_up_moves(client: Client) -> None:
    texts = ("nhà em ở xã Lộc Hà bị mất con bò đêm thứ 7", "chú Toản công an đòi tiền xăng mới đi", "chú đòi 500 nghìn")
    report_on_page(client, texts)
    private_case, complaint = Case.objects.order_by("pk")
    assert not private_case.is_restricted and complaint.is_restricted
    assert list(CaseMessage.objects.filter(case=private_case).values_list("message__text", flat=True)) == [texts[0]]
    assert CaseMessage.objects.filter(case=complaint).count() == 2


def test_follow_ups_of_a_complaint_on_the_page_go_to_it(client: Client) -> None:
    check_follow_up_moves(client)


def test_control_follow_ups_would_stay_on_the_units_case(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reporter_cases.list_cases_of_reports
    monkeypatch.setattr(
        reporter_cases,
        "list_cases_of_reports",
        lambda *a, **k: {r: report_text[-1:] for r, report_text in whole(*a, **k).items()},
    )
    with pytest.raises(AssertionError):
        check_follow_up_moves(client)


def test_danger_on_the_page_of_such_a_case_alarms_at_the_unit(client: Client) -> None:
    report_on_page(
        client,
        (
            "nhà em ở xã Lộc Hà bị mất con bò",
            "chú Toản công an đòi tiền xăng mới đi",
            "cháy nhà rồi cứu với, lửa lan sang nhà bên",
        ),
    )
    assert Case.objects.earliest("pk").urgency == 3


def test_in_a_group_it_is_escalated_and_the_post_stays(officer: Any, now: dt.datetime) -> None:
    """The whole group has read the post."""
    group = create_group(officer("CHIEF").unit, clock.now())
    report_in_chat(BY_BOTH, now, group=group)
    private_case, case = Case.objects.order_by("pk")
    assert case.is_restricted and not private_case.is_restricted


def test_control_in_a_group_by_itself_it_is_talk(
    officer: Any, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_context, "detect_with_earlier_text", lambda read, *given: read)
    report_in_chat(BY_BOTH, now, group=create_group(officer("CHIEF").unit, clock.now()))
    assert not Case.objects.filter(is_restricted=True).exists()


def read_complaint_texts(texts: tuple[str, ...], now: dt.datetime) -> str:
    """Return the part that the complaint desk can read."""
    with pytest.MonkeyPatch.context() as patch:
        stored: list[str] = []
        patch.setattr(intake, "store_text", lambda complaint, words, *, now: stored.append(words))
        report_in_chat(texts, now)
    return "\n".join(stored)


BEER = ("Quán bia đối diện trường xã Lộc Hà mở nhạc tới khuya", "chủ là vợ anh công an phó")


def test_a_complaint_includes_its_earlier_messages(now: dt.datetime) -> None:
    assert all(words in read_complaint_texts(BEER, now) for words in BEER)


def test_it_is_routed_by_its_own_text(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    routed: list[str] = []
    route = intake.read_subjects
    monkeypatch.setattr(intake, "read_subjects", lambda words, units: routed.append(words) or route(words, units))
    report_in_chat(BEER, now)
    assert routed and not any(BEER[0] in words for words in routed)


def test_control_without_it_half_is_escalated(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_context, "find_earlier_text", lambda *given: "")
    assert BEER[0] not in read_complaint_texts(BEER, now)
