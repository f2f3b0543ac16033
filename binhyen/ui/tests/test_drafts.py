"""A draft stays on the device until it is sent: with its own form, for a day at most."""

from typing import Any
from urllib.parse import unquote_plus

import pytest

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import browser, pytestmark, stage, tab, wait_until

__all__ = ["browser", "pytestmark", "stage", "tab"]
WORDS = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"


def test_going_back_after_sending_shows_no_text(stage: StageServer, tab: Any) -> None:
    """The next person with the phone presses «back»."""
    tab.goto(stage.url("report"))
    tab.locator("#id_text").fill(WORDS)
    tab.locator("#id_place").fill("gần nhà ông Bảy")
    tab.get_by_role("button", name="Gửi").click()
    tab.get_by_text("Đã nhận tin của bạn").wait_for()
    tab.go_back()
    assert (tab.locator("#id_text").input_value(), tab.locator("#id_place").input_value()) == ("", "")


def test_unsent_text_is_restored(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("report"))
    tab.locator("#id_text").fill(WORDS)
    tab.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    tab.get_by_role("button", name="Gửi").click()
    tab.get_by_text("Chưa có mạng. Tin đã lưu trên máy này.").wait_for()
    tab.goto(stage.url("report"))
    assert tab.locator("#id_text").input_value() == WORDS and stage.posted == []
    tab.get_by_role("button", name="Xóa, không gửi").click()
    tab.get_by_text("Chưa có mạng. Tin đã lưu trên máy này.").wait_for(state="hidden")
    tab.unroute("**/*")
    tab.reload()
    assert tab.locator("#id_text").input_value() == WORDS and stage.posted == [], "dropped, not sent"


def test_drafts_of_one_report_appear_on_no_other_page(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("status"))
    tab.locator("#viet-them").fill("Hắn vừa dọa, tôi đang ở nhà dì")
    wait_until(tab, "localStorage.length === 1")
    tab.goto(stage.url("status-put-away"))
    assert tab.locator("#viet-them").input_value() == ""
    tab.goto(stage.url("status"))
    assert tab.locator("#viet-them").input_value() == "Hắn vừa dọa, tôi đang ở nhà dì"


@pytest.mark.parametrize("hours", [23, 25])
def test_a_draft_lives_a_day_whatever_page_is_opened_next(stage: StageServer, tab: Any, hours: int) -> None:
    tab.goto(stage.url("report"))
    tab.locator("#id_text").fill(WORDS)
    wait_until(tab, "localStorage.length === 1")
    tab.evaluate(
        """hours => { const [key] = Object.keys(localStorage), kept = JSON.parse(localStorage[key]);
        localStorage[key] = JSON.stringify({ ...kept, at: kept.at - hours * 3600000 }); }""",
        hours,
    )
    tab.goto(stage.url("status"))
    assert tab.evaluate("localStorage.length") == (hours < 24)
    tab.goto(stage.url("report"))
    assert tab.locator("#id_text").input_value() == (WORDS if hours < 24 else "")


def test_a_bulletin_survives_a_lost_line_and_a_reload(stage: StageServer, tab: Any) -> None:
    tab.goto(stage.url("bulletin-draft"))
    form = tab.locator("form[data-draft]")
    form.locator("[name=title]").fill("Tạm dừng phà Hộ Độ vì bão")
    form.locator("[name=text]").fill("Phà nghỉ từ 14 giờ.\n- Đi cầu Hộ Độ.")
    wait_until(tab, "localStorage.length === 1")
    tab.context.set_offline(True)
    form.get_by_role("button", name="Lưu").click()
    tab.get_by_text("Chưa có mạng nên chưa gửi.").wait_for()
    assert stage.posted == []
    tab.context.set_offline(False)
    tab.reload()
    assert form.locator("[name=title]").input_value() == "Tạm dừng phà Hộ Độ vì bão"
    assert form.locator("[name=text]").input_value() == "Phà nghỉ từ 14 giờ.\n- Đi cầu Hộ Độ."
    with tab.expect_navigation():
        form.get_by_role("button", name="Lưu").click()
    assert "Hộ Độ" in unquote_plus(stage.posted[0][1].decode())
