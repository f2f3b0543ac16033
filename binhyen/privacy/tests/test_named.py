"""A data request lists the cases that it covers: to the requester only."""

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser
from binhyen.intake.tests.telling import person, say
from binhyen.intake.tests.web import link, tell
from binhyen.kit.ids import show_code
from binhyen.privacy.models import Request
from binhyen.privacy.tests.test_requests import DESK, MINE, answer, carry, data, page

pytestmark = pytest.mark.django_db


def test_it_names_the_cases_it_covers_to_the_person_alone(officer):
    client = Client()
    told = link(tell(client, MINE))
    other = link(tell(client, "Mất xe máy Wave ở thị trấn Nghèn tối qua"))
    mine, theirs = (show_code(code) for code in Case.objects.order_by("pk").values_list("code", flat=True))
    html = page(client, told)
    assert html.count(f'<span class="code nowrap">{mine}</span>') == 2 and theirs not in html
    assert theirs in page(client, other) and mine not in page(client, other)
    data(client, told, step="erase", sure="yes")
    row = Request.objects.get()
    desk = browser(officer("PROVINCE_STAFF", "42")).get(f"{DESK}/{row.public_id}").content.decode()
    assert mine not in desk, "the desk answers a pseudonym"


def test_in_chat_too(officer):
    who = person()
    say((who, "Hàng xóm đốt rác khói mù mịt cả ngày ở xã Lộc Hà"))
    code = show_code(Case.objects.get().code)
    say((who, "xem dữ liệu"))
    assert f"gồm tin: {code}." in who.heard("ACK")[-1]
    answer(officer("PROVINCE_STAFF", "42"), Request.objects.get(), "yes")
    assert carry() == [True]
    heard = who.heard("ANSWER")[-1]
    assert f"1 vụ việc ({code})" in heard and "Chưa ai mở xem bạn là ai." in heard
