"""Sign-in, sign-out and the roster, as a browser uses them."""

import datetime as dt
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from binhyen.audit.models import AuditEntry
from binhyen.kit import clock
from binhyen.kit.ids import hash_token
from binhyen.kit.sessions import hash_key
from binhyen.people import queries, services
from binhyen.people.models import DutyShift, LoginAttempts, Officer, SignIn
from tests.signing import get_unused_code

pytestmark = pytest.mark.django_db
PASSWORD = "mot-mat-khau-dai"
Make = Callable[..., Officer]


@pytest.fixture
def person(officer: Make) -> Officer:
    made = officer()
    made.set_password(PASSWORD)
    made.save()
    return made


def sign_in(client: Client, username: str, password: str, **more: str) -> Any:
    """Post the password, and the second step where it was right."""
    answer = client.post(reverse("sign_in"), {"username": username, "password": password} | more)
    if answer.status_code != 303:
        return answer
    return client.post(
        answer["Location"], {"code": get_unused_code(Officer.objects.get(username=username.strip().lower()))}
    )


def follow_redirect(client: Client, answer: Any) -> str:
    """Return the page that a 303 leads to."""
    assert answer.status_code == 303
    page: str = client.get(answer["Location"]).content.decode()
    return page


def test_in_and_out(client: Client, person: Officer, now: dt.datetime) -> None:
    assert client.get(reverse("sign_in")).status_code == 200
    answer = sign_in(client, f" {person.username.upper()} ", PASSWORD, next="/lich-truc")
    assert (answer.status_code, answer["Location"]) == (303, "/lich-truc")
    key = client.session.session_key
    assert Session.objects.filter(session_key=hash_key(key)).exists()
    row = SignIn.objects.get()
    assert (row.officer, row.key_hash, row.ended_at) == (person, hash_token(key), None)
    running = queries.find_active_sign_in(hash_token(key), clock.now())
    assert running is not None and running.officer == person
    assert queries.find_active_sign_in(hash_token(key), now + dt.timedelta(hours=13)) is None
    assert client.get(reverse("roster")).status_code == 200
    assert client.get(reverse("sign_out")).status_code == 405
    assert client.post(reverse("sign_out")).status_code == 303
    assert client.post(reverse("sign_out")).status_code == 303
    assert queries.find_active_sign_in(hash_token(key), clock.now()) is None
    assert not Session.objects.filter(session_key=hash_key(key)).exists()
    assert client.get(reverse("roster")).status_code == 302
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == ["sign_in", "sign_out"]


def test_the_session_key_changes_at_sign_in_even_for_the_same_person(client: Client, person: Officer) -> None:
    sign_in(client, person.username, PASSWORD)
    first = client.session.session_key
    sign_in(client, person.username, PASSWORD)
    assert client.session.session_key != first
    assert SignIn.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("target", ["https://evil.example/x", "//evil.example", "javascript:alert(1)", "", "\\\\evil"])
def test_next_leads_nowhere_else(client: Client, person: Officer, target: str) -> None:
    Officer.objects.filter(pk=person.pk).update(last_login=clock.now())  # the first sign-in shows the first steps
    assert sign_in(client, person.username, PASSWORD, next=target)["Location"] == "/ban-truc"


@pytest.mark.parametrize(
    ("target", "led"),
    [
        ("/ban-truc\r\nSet-Cookie: a=b", "/ban-truc%0D%0ASet-Cookie:%20a=b"),
        ("/a\0b", "/a%00b"),
        ("/tim?q=đêm", "/tim?q=%C4%91%C3%AAm"),
        ("/tim?q=%C4%91%C3%AAm&a=1#b", "/tim?q=%C4%91%C3%AAm&a=1#b"),
    ],
)
def test_next_is_safe_in_a_header(client: Client, person: Officer, target: str, led: str) -> None:
    assert sign_in(client, person.username, PASSWORD, next=target)["Location"] == led


def test_wrong_name_and_wrong_password_look_the_same(
    client: Client, person: Officer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = sign_in(client, person.username, "sai-mat-khau")
    unknown = sign_in(client, "khong-co-ai", "sai-mat-khau")
    assert wrong.status_code == unknown.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in wrong.content.decode()
    pages = [
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()).replace(name, "")
        for answer, name in ((wrong, person.username), (unknown, "khong-co-ai"))
    ]
    assert pages[0] == pages[1]
    assert not SignIn.objects.exists()
    entries = list(AuditEntry.objects.order_by("id").values_list("verb", "object", "detail"))
    assert entries == [
        ("sign_in_failed", f"officer:{person.public_id}", {"tries": 1}),
        ("sign_in_failed", "", {"tries": 1}),
    ]
    for secret in ("sai-mat-khau", "khong-co-ai"):
        assert secret not in caplog.text and secret not in str(entries)
        assert not LoginAttempts.objects.filter(key_hash__contains=secret).exists()


def test_an_inactive_officer_does_not_enter(client: Client, person: Officer) -> None:
    Officer.objects.filter(pk=person.pk).update(is_active=False)
    assert sign_in(client, person.username, PASSWORD).status_code == 422


def test_guessing_is_slowed_and_the_owners_device_is_not(client: Client, person: Officer) -> None:
    sign_in(client, person.username, PASSWORD)  # the owner's browser is recognised now
    client.post(reverse("sign_out"))
    elsewhere = Client()
    codes = [sign_in(elsewhere, person.username, f"doan-{n}").status_code for n in range(5)]
    assert codes == [422, 422, 422, 429, 429]
    slow = sign_in(elsewhere, person.username, PASSWORD)  # too early, though right
    assert slow.status_code == 429 and int(slow["Retry-After"]) >= 1
    assert sign_in(client, person.username, PASSWORD).status_code == 303
    LoginAttempts.objects.update(next_at=clock.now())
    # an attempt after the waiting time is accepted
    assert sign_in(elsewhere, person.username, PASSWORD).status_code == 303
    assert LoginAttempts.objects.get().failures == 3, (
        "the count of the pair is reset, the used budget of the name is not"
    )


def test_a_forged_device_is_no_device(client: Client, person: Officer) -> None:
    for value in ("x", "x:y:z", ""):
        client.cookies["binhyen_device"] = value
        assert sign_in(client, person.username, "sai").status_code in {422, 429}


@pytest.mark.parametrize("fields", [{}, {"username": "a"}, {"password": "b"}, {"username": "a" * 200, "password": "b"}])
def test_incomplete_forms(client: Client, fields: dict[str, str]) -> None:
    assert client.post(reverse("sign_in"), fields).status_code == 422


def test_a_nul_byte_is_no_crash(client: Client) -> None:
    assert sign_in(client, "a\x00b", "c\x00d").status_code == 422


def test_a_transfer_ends_every_session_at_once(
    client: Client, person: Officer, unit: Callable[[str], Any], now: dt.datetime, officer: Make
) -> None:
    other, other_client = officer(), Client()
    other.set_password(PASSWORD)
    other.save()
    second = Client()
    for browser, account in ((client, person), (second, person), (other_client, other)):
        sign_in(browser, account.username, PASSWORD)
    assert client.get(reverse("roster")).status_code == 200
    services.transfer_officer(officer_id=person.pk, unit_id=unit("18073").pk, actor="test", now=now)
    assert SignIn.objects.filter(officer=person, ended_at=None).count() == 0
    assert Session.objects.count() == 1
    assert [c.get(reverse("roster")).status_code for c in (client, second)] == [302, 302]
    assert other_client.get(reverse("roster")).status_code == 200  # the negative control


def test_a_new_password_ends_the_other_sessions(client: Client, person: Officer, now: dt.datetime) -> None:
    second = Client()
    for browser in (client, second):
        sign_in(browser, person.username, PASSWORD)
    services.change_password(
        officer_id=person.pk,
        old=PASSWORD,
        new="mat-khau-moi-day",
        keep_session=client.session.session_key or "",
        now=now,
    )
    assert SignIn.objects.filter(officer=person, ended_at=None).count() == 1
    assert second.get(reverse("roster")).status_code == 302


def test_demo_accounts_are_shown_in_a_demonstration_only(client: Client, settings: Any) -> None:
    settings.DEMO = True
    assert "loc-ha.canbo1" in client.get(reverse("sign_in")).content.decode()
    settings.DEMO = False
    assert "loc-ha.canbo1" not in client.get(reverse("sign_in")).content.decode()


def test_the_roster_page(client: Client, officer: Make) -> None:
    chief, colleague, stranger = officer("CHIEF"), officer(name="Nguyễn Thị Hạnh"), officer("CHIEF", "18073")
    client.force_login(chief)
    day = (clock.to_vietnam_day(clock.now()) + dt.timedelta(days=30)).isoformat()
    form = {"officer": str(colleague.public_id), "day": day, "start": "07:00", "hours": "12", "unit": "CAX-18568"}
    page = follow_redirect(client, client.post(reverse("roster_add"), form))
    assert "Đã thêm ca trực." in page and "Nguyễn Thị Hạnh" in page and "07:00" in page
    shift = DutyShift.objects.get()
    assert shift.starts_at.astimezone(clock.VIETNAM).hour == 7
    again = client.post(reverse("roster_add"), form)
    assert again.status_code == 422 and "đã có ca trực" in again.content.decode()
    assert (
        f'value="{form["officer"]}" selected' in again.content.decode() and f'value="{day}"' in again.content.decode()
    )
    for broken in ({"day": "x"}, {"start": "25:00"}, {"hours": "9" * 30}, {"officer": "x"}, {"hours": "-1"}):
        client.post(reverse("roster_add"), form | broken)
    assert DutyShift.objects.count() == 1
    gone = {"unit": "CAX-18568", "officer": str(colleague.public_id), "starts": shift.starts_at.isoformat()}
    client.force_login(stranger)
    assert client.post(reverse("roster_remove"), gone).status_code == 403
    assert client.get(reverse("roster"), {"don-vi": "CAX-18568"}).status_code == 403
    assert client.get(reverse("roster"), {"don-vi": "không có"}).status_code == 403
    client.force_login(colleague)
    assert client.post(reverse("roster_remove"), gone).status_code == 403
    assert "Thêm ca trực" not in client.get(reverse("roster")).content.decode()
    client.force_login(officer("PROVINCE_STAFF", "42"))
    assert "Thêm ca trực" in client.get(reverse("roster"), {"don-vi": "CAX-18568"}).content.decode()
    assert "Đã bỏ ca trực." in follow_redirect(client, client.post(reverse("roster_remove"), gone))
    assert not DutyShift.objects.exists()


def test_the_form_offers_the_next_day_without_a_shift(client: Client, officer: Make) -> None:
    chief, colleague = officer("CHIEF"), officer()
    today = clock.to_vietnam_day(clock.now())
    client.force_login(colleague)
    assert "Trưởng công an xã hoặc Phòng Tham mưu xếp ca." in client.get(reverse("roster")).content.decode()
    client.force_login(chief)
    offered = re.search(r'name="day" value="([^"]+)"', client.get(reverse("roster")).content.decode())
    assert offered
    first = dt.date.fromisoformat(offered[1])
    assert first - today in (dt.timedelta(), dt.timedelta(days=1)), "tomorrow in the evening"
    for number in range(3):
        day = (first + dt.timedelta(days=number)).isoformat()
        page = client.get(reverse("roster")).content.decode()
        assert f'name="day" value="{day}"' in page
        form = {"officer": str(colleague.public_id), "day": day, "start": "23:00", "hours": "4", "unit": "CAX-18568"}
        client.post(reverse("roster_add"), form)


def test_the_roster_explains_a_shift_and_offers_eligible_officers(client: Client, officer: Make) -> None:
    chief, team, now = officer("CHIEF"), officer("VILLAGE_TEAM", name="Tổ bảo vệ Phú Mậu"), clock.now()
    colleague = officer(name="Nguyễn Thị Hạnh")
    client.force_login(chief)
    page = client.get(reverse("roster")).content.decode()
    assert "Báo động đến mọi cán bộ của đơn vị, có ca hay không." in page and "Không có ca nào đang chạy." in page
    assert str(colleague.public_id) in page and str(team.public_id) not in page
    far = now + dt.timedelta(days=900)  # entered before such days were refused
    DutyShift.objects.create(unit=colleague.unit, officer=colleague, starts_at=far, ends_at=far + dt.timedelta(hours=8))
    DutyShift.objects.create(unit=colleague.unit, officer=colleague, starts_at=now, ends_at=now + dt.timedelta(hours=8))
    page = client.get(reverse("roster")).content.decode()
    assert page.count('action="/lich-truc/bo"') == 2, "both can be removed"
    assert "<b>Nguyễn Thị Hạnh</b>" in page


@pytest.mark.parametrize(("role", "status"), [("VILLAGE_TEAM", 403), ("OPERATOR", 403), ("OFFICER", 200)])
def test_access_to_the_roster(client: Client, officer: Make, role: str, status: int) -> None:
    client.force_login(officer(role, "42" if role == "OPERATOR" else "18568"))
    assert client.get(reverse("roster")).status_code == status


@pytest.mark.parametrize(
    "page",
    ["people/officer/", "people/dutyshift/", "areas/areaversion/", "areas/unit/", "areas/alias/", "areas/succession/"],
)
def test_the_admin_is_read_only_for_operators(client: Client, officer: Make, page: str) -> None:
    client.force_login(officer("CHIEF"))
    assert client.get(f"/quan-tri/{page}").status_code == 403
    client.force_login(officer("OPERATOR", "42"))
    assert client.get(f"/quan-tri/{page}").status_code == 200
    assert client.get(f"/quan-tri/{page}?q=loc").status_code == 200
    assert client.get(f"/quan-tri/{page}add/").status_code == 403
