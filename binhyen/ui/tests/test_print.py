"""Printed times are absolute: «vừa xong» would be read for years."""

from typing import Any

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import browser, pytestmark, stage

__all__ = ["browser", "pytestmark", "stage"]
SHOWN = """mark => ({
    own: parseFloat(getComputedStyle(mark).fontSize),
    after: getComputedStyle(mark, '::after').content,
    width: mark.getBoundingClientRect().width,
})"""


def test_a_printed_case_shows_absolute_times(browser: Any, stage: StageServer) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(stage.url("case"))
    marks = page.locator("#thread time[data-ago], .case-head time[data-ago]")
    assert marks.count() > 2
    on_screen = [mark.evaluate(SHOWN) for mark in marks.all()]
    assert all(entry["own"] > 8 and entry["after"] == "none" for entry in on_screen)
    page.emulate_media(media="print")
    printed = [mark for mark in marks.all() if mark.evaluate("mark => mark.parentElement.offsetParent !== null")]
    assert len(printed) > 2
    for mark in printed:
        on_paper, moment = mark.evaluate(SHOWN), mark.get_attribute("title")
        assert ":" in moment and moment in on_paper["after"], "the absolute time"
        assert on_paper["own"] == 0 and on_paper["width"] > 30, "and no relative time"
    heading, signatures = page.locator(".letter-head"), page.locator(".sign-row")
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in heading.inner_text() and signatures.is_visible()
    assert page.locator(".brand svg").is_visible(), "the logo"
    assert page.get_by_text("Hệ thống phân loại").filter(visible=True).count() == 0
    assert page.get_by_text("Có thể trùng khớp").filter(visible=True).count() == 0
    page.context.close()


def test_on_paper_each_message_is_in_its_frame(browser: Any, stage: StageServer) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(stage.url("case"))
    page.emulate_media(media="print")
    frames = "all => all.map(e => getComputedStyle(e)).map(s => [s.borderTopColor, s.backgroundColor])"
    frame_styles = page.locator("#thread .bubble:not(.private)").evaluate_all(frames)
    assert len(frame_styles) > 3 and {tuple(entry) for entry in frame_styles} == {
        ("rgb(153, 153, 153)", "rgba(0, 0, 0, 0)")
    }
    page.context.close()
