"""Several alarms at a desk in a real browser: keyboard focus moves from one to the next, a phone shows the strip in
lines."""

from typing import Any

from binhyen.ui.tests.samples import ALARMS, ROWS
from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import PHONE, browser, pytestmark, stage, tab, wait_until

__all__ = ["browser", "pytestmark", "stage", "tab"]


def test_after_stopping_an_alarm_the_focus_moves_to_the_next(stage: StageServer, tab: Any) -> None:
    """The row of that case is in the list below: the focus must not go there."""
    first, second, third = (
        {**ALARMS[0], "id": f"LH-{n}", "acknowledge_url": f"/vu-viec/LH-{n}/da-nhan"} for n in "123"
    )
    stage.desk |= {"alarms": [first, second, third], "rows": [{**ROWS[0], "id": "LH-2"}, *ROWS[1:]]}
    tab.goto(stage.url("desk"))
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    here = "document.activeElement.closest('[data-row],[data-alarm]')"
    assert tab.evaluate(f"{here}.dataset.alarm") == "LH-2"
    stage.desk |= {"alarms": [first, third]}
    tab.keyboard.press("a")
    wait_until(tab, f"{here}?.dataset.alarm === 'LH-3'")
    stage.desk |= {"alarms": [first]}
    tab.keyboard.press("a")
    wait_until(tab, f"{here}?.dataset.alarm === 'LH-1'")
    stage.desk |= {"alarms": []}
    tab.keyboard.press("a")
    tab.locator("[data-alarm]").wait_for(state="detached")
    assert [path for path, _ in stage.posted] == [f"/vu-viec/LH-{n}/da-nhan" for n in "231"]


def test_on_a_phone_the_strip_is_read_in_lines_not_in_words(stage: StageServer, browser: Any) -> None:
    stage.set_counts("LH-7K3M")
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(stage.url("groups"))
    strip = page.locator("[data-strip]")
    strip.locator("[data-sound]").wait_for()
    words = strip.get_by_role("alert").bounding_box()
    assert words["width"] > 250 and words["height"] < 60
    page.goto(stage.url("desk"))
    alarm = page.locator("[data-alarm]", has_text="đã giao cho Lê Quang Huy, chưa xác nhận").first
    call = alarm.get_by_role("link", name="Lê Quang Huy · 0912 345 678")
    assert call.get_attribute("href") == "tel:0912345678" and call.bounding_box()["height"] >= 24
    assert page.locator(".alarms h2").inner_text().count("chưa ai nhận") == 1
    assert "1 vụ khẩn cấp đã giao, chưa xác nhận" in page.locator(".alarms h2").inner_text()
    context.close()
