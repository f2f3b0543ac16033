"""Messages after a case was opened are shown where its officers look: the alarm gives the reason, a «no» is marked."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from binhyen.cases.choices import Outcome
from binhyen.cases.event_data import TIP
from binhyen.cases.models import Case
from binhyen.cases.services import closing, linking, officer_actions
from binhyen.cases.tests.scene import browser, fresh, url
from binhyen.channels.models import Message
from binhyen.intake.tests.telling import Person, group_of, person, say
from binhyen.intake.tests.web import NOISE, link, tell

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
DANGER = "nó đang cầm dao chém chồng em, cứu với"
UNHELPED, NOT_SETTLED = "1 việc đã xong mà người báo nói chưa ổn.", "Người báo nói chưa ổn."
PROPOSED = "Lời mới nghe như"


def card(client: Any) -> str:
    page: str = client.get("/ban-truc").content.decode()
    return page.partition('<ul class="alarm-list">')[2].partition("</ul>")[0]


def title(client: Any) -> str:
    found = re.search(r"data-row-link>([^<]+)</a>", card(client))
    assert found
    return found[1]


def noisy(now: dt.datetime) -> tuple[Person, Case]:
    who = person()
    say((who, NOISE), at=now)
    return who, who.case()


def test_the_alarm_shows_the_words_that_started_it(officer: Make, now: dt.datetime) -> None:
    who, case = noisy(now)
    desk = browser(officer())
    assert card(desk) == "", "control: noise raises no alarm"
    say((who, DANGER), at=now + dt.timedelta(minutes=1))
    say((who, "Nhà em ở cạnh quán nước"), at=now + dt.timedelta(minutes=2))
    assert f"«{DANGER}»" in card(desk) and NOISE not in card(desk)
    assert title(desk) == "Bạo lực, đánh nhau" and "tiếng ồn" not in card(desk)
    assert f"«{DANGER}»" in card(browser(officer())) and card(browser(officer("OFFICER", "18073"))) == ""
    (message,) = case.case_messages.filter(message__text=DANGER)
    message.detached_at = now
    message.save()
    assert DANGER not in card(desk), "removed text is not readable here"


def test_the_card_is_called_by_what_rings(officer: Make, now: dt.datetime) -> None:
    who, _ = noisy(now)
    say((who, DANGER), at=now + dt.timedelta(minutes=1))
    desk = browser(officer())
    Message.objects.filter(text=DANGER).update(category="other")
    assert title(desk) == "Tin khẩn", "the classifier does not know the outcome"
    Message.objects.filter(text=DANGER).update(category="environment_noise")
    assert title(desk).startswith("Môi trường, tiếng ồn") and "Lộc Hà" in title(desk), (
        "of the case itself, with its place"
    )


def test_an_alarm_that_came_with_a_merge_shows_the_merged_words(officer: Make, now: dt.datetime) -> None:
    who, other = person(), person()
    say((who, "Có người trộm xe ở thôn Nam Sơn xã Lộc Hà"), at=now)
    say((other, "Có nhóm cầm dao chém nhau ở chợ xã Lộc Hà, cứu với"), at=now)
    chief = officer("CHIEF")
    linking.merge(code=other.case().code, into=who.case().code, officer=chief, version=None, now=now)
    assert "cầm dao chém nhau" in card(browser(chief))


def test_a_tip_of_a_group_is_not_quoted_on_the_card(officer: Make, unit: Make, now: dt.datetime) -> None:
    who, group = person(), group_of(unit("18568"), now)
    say((who, "Cháy nhà ở thôn Nam Sơn, có người mắc kẹt trong nhà, cứu với"), at=now, group=group)
    desk = browser(officer())
    assert "mắc kẹt" in card(desk), "control: a fire that the whole group sees"
    Case.objects.update(sensitive=True, snippet=TIP)
    Message.objects.update(sensitive=True)
    assert TIP in card(desk) and "mắc kẹt" not in card(desk)


def test_the_case_proposes_what_the_new_words_sound_like_and_one_tap_takes_it(officer: Make, now: dt.datetime) -> None:
    who, case = noisy(now)
    desk = browser(officer())
    assert PROPOSED not in desk.get(url(case)).content.decode()
    say((who, DANGER), at=now + dt.timedelta(minutes=1))
    page = desk.get(url(case)).content.decode()
    form = page.partition(PROPOSED)[2].partition("</form>")[0]
    assert "Bạo lực" in form
    sent = dict(re.findall(r'name="(version|category)" value="([^"]+)"', form))
    assert desk.post(url(case, "phan-loai"), sent).status_code == 303
    assert (fresh(case).category, fresh(case).urgency, fresh(case).kind) == ("violence", 3, "tip")
    assert PROPOSED not in desk.get(url(case)).content.decode()


def test_what_an_officer_has_said_since_is_not_questioned(officer: Make, now: dt.datetime) -> None:
    who, case = noisy(now)
    say((who, DANGER), at=now + dt.timedelta(minutes=1))
    mine = officer()
    officer_actions.reclassify(code=case.code, officer=mine, category="public_order", urgency=3, version=None,
                       now=now + dt.timedelta(minutes=2))  # fmt: skip
    assert PROPOSED not in browser(mine).get(url(case)).content.decode()


# «Không».


def ended(case: Case, who: Any, now: dt.datetime) -> None:
    closing.close(code=case.code, officer=who, outcome=Outcome.ANSWERED, result="Đã nhắc nhở.", version=None, now=now)


def unhappy(client: Any) -> tuple[str, str]:
    """Return the number on the tab, and the rows behind it."""
    page = client.get("/ban-truc?xem=chua-on").content.decode()
    found = re.search(r'Chưa ổn<span class="count[^"]*">(\d+)', page)
    assert found
    return found[1], page.partition('<tbody role="rowgroup">')[2]


def test_a_no_in_the_chat_stands_on_the_desk_until_somebody_notes(officer: Make, now: dt.datetime) -> None:
    who, case = noisy(now)
    mine = officer()
    desk = browser(mine)
    ended(case, mine, now)
    assert unhappy(desk) == ("0", "")
    say((who, "KHÔNG"), at=now + dt.timedelta(minutes=5))
    count, rows = unhappy(desk)
    assert count == "1" and case.code in rows.replace("-", "") and 'tag-warn">Chưa ổn' in rows
    assert 'tag-warn">Chưa ổn' in desk.get("/ban-truc?xem=xong").content.decode()
    other = browser(officer("OFFICER", "18073"))
    assert unhappy(other) == ("0", ""), "counts include only visible cases"
    # The tab is beyond the edge of a phone screen, and the case is in no list of open cases.
    assert (
        UNHELPED in desk.get("/ban-truc").content.decode() and UNHELPED not in other.get("/ban-truc").content.decode()
    )
    assert UNHELPED not in desk.get("/ban-truc?xem=chua-on").content.decode(), "it is listed there"
    assert NOT_SETTLED in desk.get(url(case)).content.decode()
    assert desk.post(url(case, "ghi-chu"), {"text": "Đã gọi lại, hẹn tối nay qua"}).status_code == 303
    assert unhappy(desk) == ("0", "") and UNHELPED not in desk.get("/ban-truc").content.decode()
    assert NOT_SETTLED not in desk.get(url(case)).content.decode()


def test_a_no_on_the_page_goes_when_it_is_opened_anew_and_counts_for_one_end(
    client: Any, officer: Make, now: dt.datetime
) -> None:
    secret = link(tell(client, NOISE))
    case, mine = Case.objects.get(), officer()
    desk = browser(mine)
    ended(case, mine, now)
    assert client.post(f"/theo-doi/{secret}/danh-gia", {"helped": "no"}).status_code == 303
    assert unhappy(desk)[0] == "1"
    closing.reopen(code=case.code, officer=mine, reason="Chưa ổn, làm lại", version=None, now=now)
    assert unhappy(desk)[0] == "0"
    ended(fresh(case), mine, now + dt.timedelta(hours=1))
    assert unhappy(desk)[0] == "0"


def test_a_no_of_who_told_the_merged_case_marks_the_one_that_was_closed(
    client: Any, officer: Make, now: dt.datetime
) -> None:
    tell(client, "Nhà tôi bị trộm chó đêm qua ở xã Lộc Hà")
    second = link(tell(client, NOISE))
    kept, gone = Case.objects.order_by("pk")
    mine = officer()
    linking.merge(code=gone.code, into=kept.code, officer=mine, version=None, now=now)
    ended(fresh(kept), mine, now)
    assert client.post(f"/theo-doi/{second}/danh-gia", {"helped": "no"}).status_code == 303
    count, rows = unhappy(browser(mine))
    assert count == "1" and kept.code in rows.replace("-", "")
    assert client.post(f"/theo-doi/{second}/danh-gia", {"helped": "yes"}).status_code == 303
    assert unhappy(browser(mine))[0] == "0", "the last answer counts"
