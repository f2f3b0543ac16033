"""A correction request from a chat names no case; the officer who answers finds the right one."""

import pytest
from django.test import Client

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser
from binhyen.intake.tests.telling import person, say
from binhyen.intake.tests.web import NOISE, link, tell
from binhyen.kit import clock
from binhyen.kit.ids import show_code
from binhyen.privacy.models import Request
from binhyen.privacy.tests.scene import DAY
from binhyen.privacy.tests.test_requests import DESK, data

pytestmark = pytest.mark.django_db
NOW = clock.now()
LOST = "Tôi đánh rơi ví da nâu ở chợ Lộc Hà sáng nay, có căn cước Trần Văn Bảy"
SCAM = "Có người gọi xưng điện lực đòi chuyển 2 triệu, tôi ở xã Cẩm Xuyên"
POLICE = "Anh công an trực ở trụ sở quát tháo, thái độ hách dịch, tôi phản ánh thái độ cán bộ"


def shown(officer) -> list[str]:
    """Return the case codes on the page of the request."""
    html = browser(officer).get(f"{DESK}/{Request.objects.get().public_id}").content.decode()
    return [case.code for case in Case.objects.order_by("pk") if show_code(case.code) in html]


def test_the_case_they_wrote_of_last_is_named_and_no_other(officer):
    who = person()
    say((who, LOST), at=NOW - 2 * DAY)
    say((who, SCAM), at=NOW - DAY)
    say((who, "sửa dữ liệu"), at=NOW)
    _lost, scam = Case.objects.order_by("pk")
    staff = officer("PROVINCE_STAFF", "42")
    assert shown(staff) == [scam.code]
    page = browser(staff).get(f"{DESK}/{Request.objects.get().public_id}").content.decode()
    assert f'href="/vu-viec/{scam.code}"' in page


def test_one_of_a_page_is_named_too_and_an_erasure_names_none(officer):
    told = link(tell(Client(), NOISE))
    data(Client(), told, step="correct", words="Không phải số 13 mà là số 15")
    assert shown(officer("PROVINCE_STAFF", "42")) == [Case.objects.get().code]
    Request.objects.update(kind="ERASE")
    assert shown(officer("PROVINCE_STAFF", "42")) == []


def test_who_sees_no_case_reads_no_code(officer):
    who = person()
    say((who, LOST), at=NOW - DAY)
    say((who, "sửa dữ liệu"), at=NOW)
    assert shown(officer("CUSTODIAN", "42")) == []


def test_of_who_told_about_police_nothing_is_named(officer):
    who = person()
    say((who, LOST), at=NOW - 2 * DAY)
    say((who, "sửa dữ liệu"), at=NOW - DAY)
    say((who, POLICE), at=NOW)
    lost = Case.objects.get(apart=False)
    assert shown(officer("PROVINCE_STAFF", "42")) == [lost.code], "the complaint is newer"
    Request.objects.update(apart=True)
    assert shown(officer("CUSTODIAN", "42")) == []
