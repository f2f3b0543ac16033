"""Indicators from a report to the public answer: collected, counted, reviewed by two officers, disputed, expired."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils.html import escape

from binhyen.audit.models import AuditEntry
from binhyen.cases.choices import Verb
from binhyen.cases.models import Case, CaseMessage, Report
from binhyen.cases.services.unit_of_work import INTAKE_ACTOR, save_change
from binhyen.cases.tests.scene import open_case, sign_in_browser
from binhyen.channels.models import Channel, Conversation, Message, PublishedText
from binhyen.kit import clock
from binhyen.kit.ids import format_code, generate_code, generate_token, generate_uuid7
from binhyen.people.services import RuleViolation
from binhyen.scams import jobs, queries, services
from binhyen.scams.models import Dispute, Indicator, IndicatorReport
from binhyen.scams.rules.indicators import MAX_CHECK_CHARS, list_checked_candidates
from binhyen.scams.rules.review import Decision, IndicatorState, Verdict
from binhyen.vault.models import Reporter

pytestmark = pytest.mark.django_db
CHECK = "/kiem-tra-lua-dao"
PHONE, SITE = "0987654321", "nhan-qua.top"
REASON = "Ba người bị hại nhận ra"


def report_fraud(where: Any, number: str = PHONE, **more: Any) -> Case:
    """Open a fraud case that names a phone and a site; the entities as the reader stores them."""
    text = f"Số {number} gọi giả danh công an, bảo vào {SITE}/otp"
    case = open_case(where, text=text, category="scam", **more)
    message = CaseMessage.objects.get(case=case).message
    start = text.index(number)
    message.reading = {
        "entities": [
            {"type": "PHONE", "text": number, "start": start, "end": start + len(number), "norm": number},
            {"type": "URL", "text": f"{SITE}/otp", "start": 0, "end": 2, "norm": f"{SITE}/otp"},
        ]
    }
    message.save(update_fields=["reading"])
    collect_from_chat(case)
    return case


def collect_from_chat(case: Case) -> None:
    """Let the case's reporter write in a chat, as a person with an account, and collect its indicators."""
    channel, _created = Channel.objects.get_or_create(kind="zalo_oa", defaults={"name": "Zalo"})
    Conversation.objects.filter(report__case=case).update(channel=channel)
    jobs.collect_from_cases(case_ids=[case.pk])


def get_phone() -> Indicator:
    return Indicator.objects.get(kind="PHONE", value="+84987654321")


def ask(text: str, client: Client | None = None) -> str:
    answer = (client or Client()).post(CHECK, {"text": text})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_fraud_case_defers_its_job_and_others_do_not(unit: Any) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    case = open_case(unit("18568"), category="scam")
    open_case(unit("18568"), category="violence")
    waiting = ProcrastinateJob.objects.filter(task_name="scams.collect").values_list("args", flat=True)
    assert list(waiting) == [{"case_ids": [case.pk]}]


def test_reports_are_counted_by_person_and_commune(unit: Any) -> None:
    first = report_fraud(unit("18568"))
    report_fraud(unit("18073"))
    jobs.collect_from_cases(case_ids=[first.pk])
    indicator = get_phone()
    assert (indicator.reporters, indicator.cases, indicator.communes) == (2, 2, 2)
    assert Indicator.objects.get(kind="LINK").value == f"{SITE}/"


def test_a_second_person_of_the_same_case_counts(unit: Any) -> None:
    case = report_fraud(unit("18568"))
    other = open_case(unit("18073"), category="violence")
    case.reports.create(reporter=other.reports.get().reporter, at=clock.now())
    services.collect_indicators(case_id=case.pk)
    assert (get_phone().reporters, get_phone().cases) == (2, 1)


def copy_case(case: Case, count: int, reporters: list[int]) -> None:
    """Copy a case and its report, each of another of the reporters."""
    fields = {field.attname: getattr(case, field.attname) for field in Case._meta.concrete_fields}
    rows = [
        Case(**fields | {"id": None, "code": generate_code(), "public_id": generate_uuid7()})
        for _number in range(count)
    ]
    cases = Case.objects.bulk_create(rows)
    report = case.reports.get()
    Report.objects.bulk_create(
        Report(case=copy, reporter_id=reporter, conversation_id=report.conversation_id, at=report.at)
        for copy, reporter in zip(cases, reporters, strict=True)
    )
    IndicatorReport.objects.bulk_create(
        IndicatorReport(indicator_id=indicator, case=copy, at=copy.opened_at)
        for indicator in case.indicator_reports.values_list("indicator", flat=True)
        for copy in cases
    )
    with connection.cursor() as cursor:  # a plan made for empty tables reads them once for each row: minutes
        cursor.execute(f"ANALYZE {IndicatorReport._meta.db_table}, {Report._meta.db_table}, {Case._meta.db_table}")
    services.update_indicator_counts(list(case.indicator_reports.values_list("indicator", flat=True)))


def test_a_competitor_who_reports_a_shop_500_times_is_one_person(unit: Any, officer: Any) -> None:
    first = report_fraud(unit("18568"))
    copy_case(first, 499, [first.reports.get().reporter_id] * 499)
    assert (get_phone().cases, get_phone().reporters, get_phone().state) == (500, 1, IndicatorState.REPORTED)
    from_page = Reporter.objects.bulk_create(Reporter(pseudonym=f"W{n:07}", created_at=clock.now()) for n in range(500))
    page = report_fraud(unit("18073"), number="0912000111")
    web = Channel.objects.get(kind="web")
    Conversation.objects.filter(report__case=page).update(channel=web)
    copy_case(page, 500, [reporter.pk for reporter in from_page])
    shop = Indicator.objects.get(value="+84912000111")
    assert (shop.cases, shop.reporters) == (501, 1), "each form of the page makes a new reporter"
    for number in (PHONE, "0912000111"):
        answer = ask(number)
        assert "Không có nghĩa là an toàn" in answer and "Số người đã báo" not in answer
    assert Client().get("/canh-bao-lua-dao.json").json()["items"] == []
    desk = sign_in_browser(officer("CHIEF")).get(f"/lua-dao/{get_phone().public_id}").content.decode()
    assert "<dd>500</dd>" in desk and "<dd>1</dd>" in desk and "Mới có người báo" in desk


def test_a_report_of_the_page_has_number_and_sum_and_the_checked_text_comes_along(unit: Any) -> None:
    url, words = "/bao-tin?viec=lua-dao", "Nó xưng công an, bắt chuyển tiền vào tài khoản an toàn"
    checked = ask(words)
    assert f'action="{url}"' in checked and f'name="text" value="{words}"' in checked
    page = Client().post(url, {"text": words, "switch": "1"}).content.decode()
    assert f"{words}</textarea>" in page and 'name="loss"' in page and not Case.objects.exists()
    form = {"topic": "scam", "text": words, "sample": "0912 000 999, stk 19034567891234", "place": "xã Lộc Hà"}
    refused = Client().post(url, form | {"key": generate_token(), "loss": "x" * 61})
    assert refused.status_code == 422 and form["sample"] in refused.content.decode()
    for loss in ("20 triệu", "0"):
        assert Client().post(url, form | {"key": generate_token(), "loss": loss}).status_code == 303
    texts = [message.text for message in Message.objects.order_by("pk")]
    assert "Đã chuyển cho kẻ gian: 20.000.000 đồng." in texts[0] and "Chưa chuyển tiền cho kẻ gian." in texts[1]
    case = Case.objects.earliest("pk")
    assert case.category == "scam"
    jobs.collect_from_cases(case_ids=[case.pk])
    indicators = dict(Indicator.objects.exclude(kind="SCRIPT").values_list("kind", "value"))
    assert indicators == {"PHONE": "+84912000999", "ACCOUNT": "19034567891234"}


def test_a_false_report_takes_its_indicators_back(unit: Any) -> None:
    case = report_fraud(unit("18568"))
    Case.objects.filter(pk=case.pk).update(outcome="UNFOUNDED")
    jobs.recheck_cases()
    assert not Indicator.objects.exists()


def test_another_category_takes_the_indicators_back(unit: Any) -> None:
    case = report_fraud(unit("18568"))
    case.category = "violence"
    data = {"from": {"category": "scam"}, "to": {"category": "violence"}}
    save_change(case, Verb.RECLASSIFIED, actor=INTAKE_ACTOR, now=clock.now(), changed=["category"], data=data)
    jobs.collect_from_cases(case_ids=[case.pk])
    assert not IndicatorReport.objects.exists()


def test_the_public_answer_by_number_of_reporters_and_review(unit: Any, officer: Any) -> None:
    unknown = "Không có nghĩa là an toàn"
    assert unknown in ask(PHONE)
    report_fraud(unit("18568"))
    assert unknown in ask(PHONE), "one person's report accuses nobody"
    report_fraud(unit("18073"))
    page = ask(f"Alo, số {PHONE} này là ai")
    assert "công an chưa xác nhận" in page and "Số người đã báo: 2" in page
    assert "công an chưa xác nhận" in ask(f"https://www.{SITE}/khac?a=1")
    assert "công an chưa xác nhận" in ask(f"m.{SITE}")
    chief, colleague = officer("CHIEF"), officer("OFFICER")
    verify_as_two(colleague, chief)
    assert "công an đã xác nhận" in ask(PHONE)
    decide(chief, Decision.REJECT)
    assert unknown in ask(PHONE)


def decide(person: Any, decision: Decision) -> Indicator | None:
    public_id = str(get_phone().public_id)
    return services.decide_indicator(
        public_id=public_id, decision=decision, reason=REASON, officer=person, now=clock.now()
    )


def verify_as_two(first: Any, second: Any) -> None:
    decide(first, Decision.PROPOSE)
    decide(second, Decision.CONFIRM)


def test_two_officers_verify(unit: Any, officer: Any) -> None:
    report_fraud(unit("18568"))
    chief = officer("CHIEF")
    decide(chief, Decision.PROPOSE)
    with pytest.raises(RuleViolation):
        decide(chief, Decision.CONFIRM)
    with pytest.raises(RuleViolation):
        decide(officer("OFFICER"), Decision.CONFIRM)
    decide(officer("CHIEF"), Decision.CONFIRM)
    assert get_phone().state == IndicatorState.VERIFIED
    verbs = AuditEntry.objects.filter(object=f"scam:{get_phone().public_id}").values_list("verb", flat=True)
    assert sorted(verbs) == ["scam.confirm", "scam.propose"]


def test_owner_colleague_stranger_and_province(unit: Any, officer: Any) -> None:
    case = report_fraud(unit("18568"))
    url = f"/lua-dao/{get_phone().public_id}"
    for person, sees in (
        (officer("OFFICER"), True),
        (officer("CHIEF"), True),
        (officer("OFFICER", "18073"), False),
        (officer("PROVINCE_DUTY", "42"), True),
        (officer("PROVINCE_STAFF", "42"), True),
    ):
        browser = sign_in_browser(person)
        assert (PHONE in browser.get("/lua-dao").content.decode()) == sees, person.role
        answer = browser.get(url)
        assert answer.status_code == (200 if sees else 404), person.role
        assert not sees or f"/vu-viec/{case.code}" in answer.content.decode()
        assert browser.post(f"{url}/de-nghi", {"reason": ""}).status_code == (422 if sees else 404)
    assert sign_in_browser(officer("VILLAGE_TEAM")).get("/lua-dao").status_code == 403
    assert Client().get(url).status_code in (302, 303)


def test_officers_decide_on_the_page(unit: Any, officer: Any) -> None:
    report_fraud(unit("18568"))
    url = f"/lua-dao/{get_phone().public_id}"
    assert sign_in_browser(officer("OFFICER")).post(f"{url}/de-nghi", {"reason": REASON}).status_code == 303
    chief = sign_in_browser(officer("CHIEF"))
    assert "Xác nhận lừa đảo" in chief.get(url).content.decode()
    assert chief.post(f"{url}/xac-nhan", {"reason": REASON}).status_code == 303
    assert get_phone().state == IndicatorState.VERIFIED
    assert chief.post(f"{url}/xac-nhan", {"reason": REASON}).status_code == 422
    assert chief.post(f"{url}/khong-co", {"reason": REASON}).status_code == 404


def test_a_dispute_is_answered(unit: Any, officer: Any) -> None:
    report_fraud(unit("18568"))
    report_fraud(unit("18073"))
    ref = {"text": PHONE, "ref": "PHONE:+84987654321"}
    assert Client().post(CHECK, {**ref, "statement": "ngắn"}).status_code == 422
    answer = Client().post(CHECK, {**ref, "statement": "Đây là số cửa hàng của tôi, bị đối thủ báo"})
    assert answer.status_code == 200 and "Đã nhận phản đối" in answer.content.decode()
    assert "Đang có người phản đối" in ask(PHONE)
    duty = officer("PROVINCE_DUTY", "42")
    page = sign_in_browser(duty).get(f"/lua-dao/{get_phone().public_id}").content.decode()
    assert "bị đối thủ báo" in page and "Giữ nguyên" in page
    decide(duty, Decision.REJECT)
    assert Dispute.objects.get().state == "ACCEPTED"
    assert "Không có nghĩa là an toàn" in ask(PHONE)


def test_what_is_not_public_cannot_be_disputed(unit: Any) -> None:
    report_fraud(unit("18568"))
    form = {"text": PHONE, "ref": "PHONE:+84987654321", "statement": "Đây là số cửa hàng của tôi"}
    assert Client().post(CHECK, form).status_code == 422
    assert not Dispute.objects.exists()


def test_a_long_text_is_refused_and_comes_back(unit: Any) -> None:
    answer = Client().post(CHECK, {"text": "x" * (MAX_CHECK_CHARS + 1)})
    assert answer.status_code == 422 and "4.000" in answer.content.decode()
    text = '<script>alert("1")</script> không số nào'
    page = ask(text)
    assert escape(text) in page and "không có nghĩa là an toàn" in page


def test_a_link_that_leads_back_to_itself_is_one_site_and_never_opened(unit: Any) -> None:
    """The guard of the tests fails at any connection: nothing is opened, so nothing can run in a circle."""
    loop = "https://vong-lap.top/r?u=https://vong-lap.top/r?u=https%3A%2F%2Fvong-lap.top%2Fr"
    assert {item.value for item in list_checked_candidates(loop)} == {"vong-lap.top/"}
    assert "Không có nghĩa là an toàn" in ask(loop)
    forwarded = "xem https://l.facebook.com/l.php?u=https%3A%2F%2Fnhan-qua.top%2Fx nhé"
    assert {item.value for item in list_checked_candidates(forwarded)} == {"nhan-qua.top/"}, "not the platform"
    for commune in ("18568", "18073"):
        case = open_case(unit(commune), text=f"Họ gửi {loop} bảo tôi nhập mã", category="scam")
        message = CaseMessage.objects.get(case=case).message
        message.reading = {"entities": [{"type": "URL", "text": loop, "start": 7, "end": 7 + len(loop), "norm": loop}]}
        message.save(update_fields=["reading"])
        collect_from_chat(case)
    assert Indicator.objects.get(kind="LINK").value == "vong-lap.top/"
    assert "công an chưa xác nhận" in ask("vong-lap.top") and "công an chưa xác nhận" in ask(loop)


def test_ten_megabytes_of_text_get_a_short_answer(unit: Any) -> None:
    answer = Client().post(CHECK, {"text": "x" * 10_000_000})
    assert answer.status_code == 413 and "4.000" in answer.content.decode()
    assert len(answer.content) < 100_000, "the text is not repeated"


def test_a_check_stores_nothing_and_takes_few_statements(unit: Any, django_assert_max_num_queries: Any) -> None:
    report_fraud(unit("18568"))
    report_fraud(unit("18073"))
    with django_assert_max_num_queries(4) as captured:
        ask(f"{PHONE} {SITE}")
    assert not [
        query for query in captured.captured_queries if not query["sql"].startswith(("SELECT", "BEGIN", "COMMIT"))
    ]


def test_the_police_site_in_a_report_is_no_indicator_and_never_safe(unit: Any) -> None:
    (result,) = queries.check_candidates(list_checked_candidates("https://bocongan.gov.vn/tin"))
    assert result.verdict == Verdict.OFFICIAL
    assert "kẻ gian có thể giả" in ask("bocongan.gov.vn")


def test_a_telephone_of_the_police_in_reports_is_no_indicator_and_warns_of_nobody(unit: Any, officer: Any) -> None:
    chief = officer("CHIEF", "18568")
    PublishedText.objects.create(unit=chief.unit, value="02393846113", officer=chief, at=clock.now())
    for commune in ("18568", "18073"):  # the number that a forger shows to the people called
        report_fraud(unit(commune), number="02393846113")
    assert not Indicator.objects.filter(value__contains="2393846113").exists()
    results = queries.check_candidates(list_checked_candidates("0239.384.6113"))
    assert {row.candidate.kind: row.verdict for row in results}["PHONE"] == Verdict.OFFICIAL


def test_the_letter_to_a_bank(unit: Any, officer: Any) -> None:
    case = report_fraud(unit("18568"))
    account = Indicator.objects.create(kind="ACCOUNT", value="0123456789", first_at=case.opened_at, last_at=clock.now())
    IndicatorReport.objects.create(indicator=account, case=case, at=case.opened_at)
    url = f"/lua-dao/{account.public_id}"
    browser = sign_in_browser(officer("OFFICER"))
    assert f"{url}/cong-van" in browser.get(url).content.decode()
    page = browser.get(f"{url}/cong-van").content.decode()
    assert "0123456789" in page and "Độc lập - Tự do - Hạnh phúc" in page and format_code(case.code) in page
    assert browser.get(f"/lua-dao/{get_phone().public_id}/cong-van").status_code == 404, "only of an account"
    assert sign_in_browser(officer("OFFICER", "18073")).get(f"{url}/cong-van").status_code == 404


def test_expiry(unit: Any, officer: Any) -> None:
    now = clock.now()
    report_fraud(unit("18568"), now=now - dt.timedelta(days=394))
    assert services.delete_expired_indicators(now, 100) == 0
    assert services.delete_expired_indicators(now + dt.timedelta(days=2), 100) == 3
    assert not Indicator.objects.exists()
