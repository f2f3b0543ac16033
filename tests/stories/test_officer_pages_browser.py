"""Roster, call back, messages shown in English, help beside a page and first steps, walked in a real browser as the person would."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.test import Client
from django.test.testcases import LiveServerThread

from binhyen.cases.models import CallbackView, Report
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.intake.tests.web import NOISE, parse_status_token, submit_report
from binhyen.kit import clock
from binhyen.kit.ids import hash_token
from binhyen.people.models import DutyShift, Officer

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marked so that pytest-django creates the test database even when this file runs alone."""
    assert connection.settings_dict["NAME"].startswith("test_")


@pytest.fixture
def server(real_db: None) -> Iterator[LiveServerThread]:
    """Serve the pages on a loopback port, with real commits."""
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield thread
    thread.terminate()


def walk(server: LiveServerThread, officer: Officer | None, steps: Callable[[Any], None]) -> None:
    """Take the steps on a phone, signed in as the officer; a script error or a page wider than the screen fails."""
    cookies = sign_in_browser(officer).cookies
    address = f"http://127.0.0.1:{server.port}"
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport=PHONE, locale="vi-VN", base_url=address)
        if officer is not None:
            session = cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
        page, problems = context.new_page(), []
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        steps(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert problems == []
        browser.close()


def test_a_chief_adds_a_shift_and_sees_the_gap_beside_it(server: LiveServerThread, officer: Callable[..., Any]) -> None:
    chief, colleague = officer("CHIEF"), officer(name="Nguyễn Thị Hạnh")
    day = clock.to_vietnam_day(clock.now()) + dt.timedelta(days=7)

    def add_shift(page: Any) -> None:
        page.goto("/lich-truc")
        page.select_option("#officer", str(colleague.public_id))
        page.evaluate("([id, value]) => { document.getElementById(id).value = value }", ["day", day.isoformat()])
        page.evaluate("([id, value]) => { document.getElementById(id).value = value }", ["start", "07:00"])
        page.select_option("#hours", "12")
        page.get_by_role("button", name="Thêm ca", exact=True).click()
        shift = page.locator(".shift", has_text="Nguyễn Thị Hạnh")
        sync_api.expect(shift).to_contain_text("07:00–19:00")
        gap = page.locator(".gap", has_text="19:00").first
        sync_api.expect(gap).to_contain_text("chưa có ai trực")
        red = page.evaluate("getComputedStyle(document.querySelector('.gap')).color.match(/[0-9]+/g).map(Number)")
        assert red[0] > 2 * red[1], red

    walk(server, chief, add_shift)
    assert DutyShift.objects.get().officer == colleague


def test_an_officer_calls_back_and_the_number_is_shown_once(
    server: LiveServerThread, officer: Callable[..., Any], unit: Any
) -> None:
    unit("18568")
    token = parse_status_token(submit_report(Client(), NOISE, phone="0912 345 678", callback="1"))
    code = Report.objects.get(link_hash=hash_token(token)).case.code

    def call_back(page: Any) -> None:
        page.goto(f"/vu-viec/{code}")
        assert "0912345678" not in page.content()
        page.get_by_role("button", name="Xem số để gọi lại").click()
        assert page.get_by_role("link", name="Gọi", exact=True).get_attribute("href") == "tel:0912345678"
        page.reload()
        page.get_by_text("Số chỉ hiện một lần.").wait_for()
        assert "0912345678" not in page.content()

    walk(server, officer(), call_back)
    assert CallbackView.objects.count() == 1


def test_a_message_shown_translated_says_so(server: LiveServerThread, unit: Any) -> None:
    unit("18568")
    token = parse_status_token(submit_report(Client(), NOISE))

    def read_in_both_languages(page: Any) -> None:
        page.goto(f"/theo-doi/{token}")
        assert page.get_by_text("Bản dịch").count() == 0
        page.goto(f"/theo-doi/{token}?lang=en")
        page.get_by_text("Translated; the original is in Vietnamese").first.wait_for()
        sync_api.expect(page.locator(".bubble", has_text=NOISE[:20])).not_to_contain_text("Translated")

    walk(server, None, read_in_both_languages)


def test_help_beside_a_page_and_first_steps_lead_into_the_guide(
    server: LiveServerThread, officer: Callable[..., Any]
) -> None:
    def read_help(page: Any) -> None:
        page.goto("/huong-dan/bat-dau")
        assert page.locator("main section.panel h2").count() == 3
        page.goto("/lich-truc")
        page.locator("footer").get_by_role("link", name="Hướng dẫn").click()
        page.wait_for_url("**/huong-dan/*#*")
        task = page.locator(f"[id='{page.url.partition('#')[2]}']")
        sync_api.expect(task).to_be_in_viewport()
        sync_api.expect(task).to_contain_text("trực")

    walk(server, officer("CHIEF"), read_help)
