"""Messages after a case was opened are shown where its officers look: the alarm gives the reason, a «no» is marked."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.choices import Outcome
from binhyen.cases.event_data import GROUP_TIP_TEXT
from binhyen.cases.models import Case
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.tests.scene import build_case_url, reload_case, sign_in_browser
from binhyen.channels.models import Message
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
DANGER = "nó đang cầm dao chém chồng em, cứu với"
UNHELPED, NOT_SETTLED = "1 việc đã xong mà người báo chưa hài lòng.", "Người báo chưa hài lòng."
PROPOSED = "Tin mới có vẻ là"


def read_card(client: Any) -> str:
    page: str = client.get("/ban-truc").content.decode()
    return page.partition('<ul class="alarm-list">')[2].partition("</ul>")[0]


def read_title(client: Any) -> str:
    match = re.search(r"data-row-link>([^<]+)</a>", read_card(client))
    assert match
    return match[1]


def create_noise_case(now: dt.datetime) -> tuple[ChatPerson, Case]:
    reporter = create_person()
    run_pipeline((reporter, NOISE), moment=now)
    return reporter, reporter.case()


def test_the_alarm_shows_the_text_that_started_it(officer: Make, now: dt.datetime) -> None:
    reporter, case = create_noise_case(now)
    desk = sign_in_browser(officer())
    assert read_card(desk) == "", "control: noise raises no alarm"
    run_pipeline((reporter, DANGER), moment=now + dt.timedelta(minutes=1))
    run_pipeline((reporter, "Nhà em ở cạnh quán nước"), moment=now + dt.timedelta(minutes=2))
    assert f"«{DANGER}»" in read_card(desk) and NOISE not in read_card(desk)
    assert read_title(desk) == "Bạo lực, đánh nhau" and "tiếng ồn" not in read_card(desk)
    assert (
        f"«{DANGER}»" in read_card(sign_in_browser(officer()))
        and read_card(sign_in_browser(officer("OFFICER", "18073"))) == ""
    )
    (message,) = case.case_messages.filter(message__text=DANGER)
    message.detached_at = now
    message.save()
    assert DANGER not in read_card(desk), "removed text is not readable here"


def test_the_card_is_titled_by_the_alarm(officer: Make, now: dt.datetime) -> None:
    reporter, _ = create_noise_case(now)
    run_pipeline((reporter, DANGER), moment=now + dt.timedelta(minutes=1))
    desk = sign_in_browser(officer())
    Message.objects.filter(text=DANGER).update(category="other")
    assert read_title(desk) == "Tin khẩn", "the classifier does not know the outcome"
    Message.objects.filter(text=DANGER).update(category="environment_noise")
    assert read_title(desk).startswith("Môi trường, tiếng ồn") and "Lộc Hà" in read_title(desk), (
        "of the case itself, with its place"
    )


def test_an_alarm_inherited_by_a_merge_shows_the_merged_text(officer: Make, now: dt.datetime) -> None:
    reporter, other = create_person(), create_person()
    run_pipeline((reporter, "Có người trộm xe ở thôn Nam Sơn xã Lộc Hà"), moment=now)
    run_pipeline((other, "Có nhóm cầm dao chém nhau ở chợ xã Lộc Hà, cứu với"), moment=now)
    chief = officer("CHIEF")
    linking.merge_cases(code=other.case().code, into=reporter.case().code, officer=chief, version=None, now=now)
    assert "cầm dao chém nhau" in read_card(sign_in_browser(chief))


def test_a_tip_of_a_group_is_not_quoted_on_the_card(officer: Make, unit: Make, now: dt.datetime) -> None:
    reporter, group = create_person(), create_group(unit("18568"), now)
    run_pipeline((reporter, "Cháy nhà ở thôn Nam Sơn, có người mắc kẹt trong nhà, cứu với"), moment=now, group=group)
    desk = sign_in_browser(officer())
    assert "mắc kẹt" in read_card(desk), "control: a fire that the whole group sees"
    Case.objects.update(sensitive=True, snippet=GROUP_TIP_TEXT)
    Message.objects.update(sensitive=True)
    assert GROUP_TIP_TEXT in read_card(desk) and "mắc kẹt" not in read_card(desk)


def test_the_case_proposes_the_new_category_and_one_tap_accepts_it(officer: Make, now: dt.datetime) -> None:
    reporter, case = create_noise_case(now)
    desk = sign_in_browser(officer())
    assert PROPOSED not in desk.get(build_case_url(case)).content.decode()
    run_pipeline((reporter, DANGER), moment=now + dt.timedelta(minutes=1))
    page = desk.get(build_case_url(case)).content.decode()
    form = page.partition(PROPOSED)[2].partition("</form>")[0]
    assert "Bạo lực" in form
    sent = dict(re.findall(r'name="(version|category)" value="([^"]+)"', form))
    assert desk.post(build_case_url(case, "phan-loai"), sent).status_code == 303
    assert (reload_case(case).category, reload_case(case).urgency, reload_case(case).kind) == ("violence", 3, "tip")
    assert PROPOSED not in desk.get(build_case_url(case)).content.decode()


def test_a_later_correction_of_an_officer_is_not_questioned(officer: Make, now: dt.datetime) -> None:
    reporter, case = create_noise_case(now)
    run_pipeline((reporter, DANGER), moment=now + dt.timedelta(minutes=1))
    assignee = officer()
    officer_actions.reclassify_case(
        code=case.code,
        officer=assignee,
        category="public_order",
        urgency=3,
        version=None,
        now=now + dt.timedelta(minutes=2),
    )
    assert PROPOSED not in sign_in_browser(assignee).get(build_case_url(case)).content.decode()


# «Không».


def close_case(case: Case, user: Any, now: dt.datetime) -> None:
    closing.close_case(
        code=case.code, officer=user, outcome=Outcome.ANSWERED, result="Đã nhắc nhở.", version=None, now=now
    )


def read_unsatisfied(client: Any) -> tuple[str, str]:
    """Return the number on the tab, and the rows behind it."""
    page = client.get("/ban-truc?xem=chua-on").content.decode()
    match = re.search(r'Dân chưa hài lòng<span class="count[^"]*">(\d+)', page)
    assert match
    return match[1], page.partition('<tbody role="rowgroup">')[2]


def test_a_no_in_the_chat_is_shown_until_an_officer_notes_it(officer: Make, now: dt.datetime) -> None:
    reporter, case = create_noise_case(now)
    assignee = officer()
    desk = sign_in_browser(assignee)
    close_case(case, assignee, now)
    assert read_unsatisfied(desk) == ("0", "")
    run_pipeline((reporter, "KHÔNG"), moment=now + dt.timedelta(minutes=5))
    count, rows = read_unsatisfied(desk)
    assert count == "1" and case.code in rows.replace("-", "") and 'tag-warn">Dân chưa hài lòng' in rows
    assert 'tag-warn">Dân chưa hài lòng' in desk.get("/ban-truc?xem=xong").content.decode()
    other = sign_in_browser(officer("OFFICER", "18073"))
    assert read_unsatisfied(other) == ("0", ""), "counts include only visible cases"
    # The tab is beyond the edge of a phone screen, and the case is in no list of open cases.
    assert (
        UNHELPED in desk.get("/ban-truc").content.decode() and UNHELPED not in other.get("/ban-truc").content.decode()
    )
    assert UNHELPED not in desk.get("/ban-truc?xem=chua-on").content.decode(), "it is listed there"
    assert NOT_SETTLED in desk.get(build_case_url(case)).content.decode()
    assert desk.post(build_case_url(case, "ghi-chu"), {"text": "Đã gọi lại, hẹn tối nay qua"}).status_code == 303
    assert read_unsatisfied(desk) == ("0", "") and UNHELPED not in desk.get("/ban-truc").content.decode()
    assert NOT_SETTLED not in desk.get(build_case_url(case)).content.decode()


def test_a_no_on_the_page_ends_with_reopening_and_counts_for_one_closing(
    client: Any, officer: Make, now: dt.datetime
) -> None:
    secret = parse_status_token(submit_report(client, NOISE))
    case, assignee = Case.objects.get(), officer()
    desk = sign_in_browser(assignee)
    close_case(case, assignee, now)
    assert client.post(f"/theo-doi/{secret}/danh-gia", {"helped": "no"}).status_code == 303
    assert read_unsatisfied(desk)[0] == "1"
    closing.reopen_closed_case(code=case.code, officer=assignee, reason="Chưa ổn, làm lại", version=None, now=now)
    assert read_unsatisfied(desk)[0] == "0"
    close_case(reload_case(case), assignee, now + dt.timedelta(hours=1))
    assert read_unsatisfied(desk)[0] == "0"


def test_a_no_of_a_merged_reporter_marks_the_closed_case(client: Any, officer: Make, now: dt.datetime) -> None:
    submit_report(client, "Nhà tôi bị trộm chó đêm qua ở xã Lộc Hà")
    second = parse_status_token(submit_report(client, NOISE))
    main_case, gone = Case.objects.order_by("pk")
    assignee = officer()
    linking.merge_cases(code=gone.code, into=main_case.code, officer=assignee, version=None, now=now)
    close_case(reload_case(main_case), assignee, now)
    assert client.post(f"/theo-doi/{second}/danh-gia", {"helped": "no"}).status_code == 303
    count, rows = read_unsatisfied(sign_in_browser(assignee))
    assert count == "1" and main_case.code in rows.replace("-", "")
    assert client.post(f"/theo-doi/{second}/danh-gia", {"helped": "yes"}).status_code == 303
    assert read_unsatisfied(sign_in_browser(assignee))[0] == "0", "the last answer counts"
