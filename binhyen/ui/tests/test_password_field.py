"""The password field can be shown at sign-in; it is hidden again before submitting, and no page returns it."""

from typing import Any

import pytest
from django.test import Client

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import DESK, PHONE, browser, stage, tab, wait_until
from binhyen.ui.tests.test_scripts_browser import pytestmark as in_a_browser

__all__ = ["browser", "stage", "tab"]


def _get_input_type(page: Any) -> str:
    return str(page.evaluate("document.querySelector('#id_password').type"))


class TestShown:
    pytestmark = in_a_browser

    def test_it_is_shown_to_who_asks_and_said_to_who_listens(self, tab: Any, stage: StageServer) -> None:
        tab.goto(stage.url("sign-in"))
        tab.fill("#id_password", "gió lào")
        button = tab.get_by_role("button", name="Hiện mật khẩu")
        assert button.inner_text() == "Hiện" and button.get_attribute("aria-controls") == "id_password"
        button.focus()
        tab.keyboard.press("Enter")
        assert _get_input_type(tab) == "text" and tab.url == stage.url("sign-in"), "shown, and nothing was sent"
        assert tab.locator(".password-line [role=status]").inner_text() == "Mật khẩu đang hiện trên màn hình."
        tab.get_by_role("button", name="Ẩn mật khẩu").click()
        assert _get_input_type(tab) == "password" and tab.input_value("#id_password") == "gió lào"
        assert tab.locator(".password-line [role=status]").inner_text() == "Mật khẩu đã ẩn."

    def test_a_finger_meets_it_and_nothing_is_wider_than_the_phone(self, browser: Any, stage: StageServer) -> None:
        for size in (PHONE, {"width": 320, "height": 640}, DESK):
            context = browser.new_context(viewport=size)
            page = context.new_page()
            page.goto(stage.url("sign-in"))
            box = page.get_by_role("button", name="Hiện mật khẩu").bounding_box()
            assert box["height"] >= 44 and box["width"] >= 44
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            context.close()

    def test_it_is_hidden_before_it_goes(self, tab: Any, stage: StageServer) -> None:
        tab.goto(stage.url("sign-in"))
        tab.fill("#id_username", "hang.loc-ha")
        tab.fill("#id_password", "gió lào")
        tab.get_by_role("button", name="Hiện mật khẩu").click()
        tab.evaluate(
            "document.forms[0].addEventListener('submit', (e) => { e.preventDefault(); document.title = document.querySelector('#id_password').type; })"
        )
        tab.get_by_role("button", name="Đăng nhập").click()
        wait_until(tab, "document.title === 'password'")

    def test_without_script_there_is_no_button(self, browser: Any, stage: StageServer) -> None:
        context = browser.new_context(viewport=PHONE, java_script_enabled=False)
        page = context.new_page()
        page.goto(stage.url("sign-in"))
        assert page.locator(".password-line").count() == 0 and page.locator("#id_password").is_visible()
        context.close()


@pytest.mark.django_db
def test_typed_passwords_are_never_returned() -> None:
    client = Client()
    page = client.post("/dang-nhap", {"username": "hang.loc-ha", "password": "gió lào thổi"}).content.decode()
    assert "hang.loc-ha" in page and "gió lào" not in page
