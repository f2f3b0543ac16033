"""A desk without live events shows it: no overlay and no title promises an alarm that cannot sound."""

from dataclasses import replace
from typing import Any

from binhyen.ui.tests.samples import OFFICER
from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import HEARD, browser, pytestmark, stage, tab, wait_until

__all__ = ["browser", "pytestmark", "stage", "tab"]


def test_a_desk_with_an_expired_session_promises_no_alarm(stage: StageServer, tab: Any) -> None:
    """After twelve hours and a dropped stream the overlay still promised that the alarm would ring."""
    stage.desk |= {"alarms": [], "shell": replace(OFFICER, idle_seconds=3000)}
    tab.clock.install()
    tab.add_init_script(f"window.lets = true;{HEARD}")
    tab.goto(stage.url("desk"))
    tab.get_by_text("Trực tiếp", exact=True).wait_for()
    stage.ended = True
    stage.drop_stream()
    tab.locator("main [data-deaf]").wait_for()
    tab.evaluate("document.dispatchEvent(new Event('screen-locked'))")
    cover = tab.locator("[data-lock]")
    assert "KHÔNG còn nghe báo động" in cover.inner_text() and "vẫn kêu" not in cover.inner_text()
    tab.clock.run_for(1_000)
    assert "KHÔNG CÒN NGHE BÁO ĐỘNG" in tab.title() and tab.evaluate("tones") > 0
    stage.ended = False
    tab.clock.run_for(16_000)
    wait_until(tab, "document.querySelector('[data-lock] [data-deaf]').hidden")
    assert "vẫn kêu" in cover.inner_text() and "BÁO ĐỘNG" not in tab.title()


def test_half_an_hour_before_its_end_the_session_warns(stage: StageServer, tab: Any) -> None:
    stage.desk |= {"alarms": [], "shell": replace(OFFICER, idle_seconds=3000, ends_in=1900)}
    tab.clock.install()
    tab.add_init_script(f"window.lets = true;{HEARD}")
    tab.goto(stage.url("desk"))
    assert tab.locator("main [data-ending]").is_hidden() and tab.evaluate("tones") == 0
    tab.clock.run_for(121_000)
    note = tab.locator("main [data-ending]")
    assert note.is_visible() and note.locator("time").inner_text().count(":") == 1 and tab.evaluate("tones") == 3


def test_a_session_that_was_ended_elsewhere_leaves_nothing_on_the_screen(stage: StageServer, tab: Any) -> None:
    """Transferred, locked, a stolen phone: the cases of the desk stayed visible on the device."""
    stage.desk |= {"alarms": [], "shell": replace(OFFICER, idle_seconds=3000)}
    tab.goto(stage.url("desk"))
    tab.get_by_text("Trực tiếp", exact=True).wait_for()
    assert tab.locator("[data-lock]").is_hidden()
    stage.drop_stream()  # the end of another session, or a proxy's: the browser reconnects and is accepted
    tab.wait_for_timeout(600)
    assert tab.locator("[data-lock]").is_hidden(), "control: only the end of its own session covers it"
    stage.ended = True
    stage.drop_stream()
    tab.locator("[data-lock]").wait_for()
    assert "Phiên đã hết" in tab.locator("[data-lock]").inner_text()
    assert tab.evaluate("document.body.classList.contains('is-locked')")
