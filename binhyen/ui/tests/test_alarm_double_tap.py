"""After an alarm is stopped the next one moves under the finger: a second tap does not stop it unread."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders

from binhyen.ui.tests.samples import ALARMS
from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import PHONE, browser, pytestmark, stage, wait_until

__all__ = ["browser", "pytestmark", "stage"]
FIRST, SECOND = (
    {**ALARMS[0], "id": f"LH-{n}", "title": f"Vụ {n}", "acknowledge_url": f"/vu-viec/LH-{n}/da-nhan"} for n in "12"
)
SCRIPT = Path(finders.find("ui/js/keys.js") or "").read_text()
GUARDS = {"const STILL = 700;": "const STILL = -1e9;", "if (event.repeat ": "if (false "}


def open_desk(browser: Any, stage: StageServer, *, script: str = SCRIPT) -> Any:
    """Open the desk on a phone with two alarms; the server answers the first tap with the second alarm alone."""
    page = browser.new_context(viewport=PHONE).new_page()
    page.route("**/keys.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    stage.desk |= {"alarms": [FIRST, SECOND]}
    page.goto(stage.url("desk"))
    stage.desk |= {"alarms": [SECOND]}
    return page


def list_stopped(stage: StageServer) -> list[str]:
    return [path.split("/")[2] for path, _ in stage.posted]


def tap_twice(page: Any) -> None:
    box = page.locator("[data-acknowledge]").first.bounding_box()
    where = box["x"] + 30, box["y"] + box["height"] / 2
    page.mouse.click(*where)
    page.locator("[data-alarm='LH-1']").wait_for(state="detached")
    page.mouse.click(*where)


def hold_key(page: Any) -> None:
    page.keyboard.press("j")
    page.keyboard.down("a")
    wait_until(page, "document.activeElement.closest('[data-alarm]')?.dataset.alarm === 'LH-2'")
    page.keyboard.down("a")  # the same key, still pressed


@pytest.mark.parametrize("how", [tap_twice, hold_key])
def test_the_next_alarm_continues(browser: Any, stage: StageServer, how: Any) -> None:
    page = open_desk(browser, stage)
    how(page)
    assert page.evaluate("fetch('/so-viec').then(r => r.status)") == 200  # all earlier requests have arrived
    assert list_stopped(stage) == ["LH-1"]
    page.keyboard.up("a")
    wait_until(page, f"performance.now() > {page.evaluate('performance.now()')} + 800")
    stage.desk |= {"alarms": []}
    page.locator("[data-acknowledge]").first.click()  # read meanwhile, and intended
    page.locator("[data-alarm]").wait_for(state="detached")
    assert list_stopped(stage) == ["LH-1", "LH-2"]
    page.context.close()


@pytest.mark.parametrize("how", [tap_twice, hold_key])
def test_control_without_the_guards_it_falls_silent_unread(browser: Any, stage: StageServer, how: Any) -> None:
    bare = SCRIPT
    for guard, off in GUARDS.items():
        assert guard in bare
        bare = bare.replace(guard, off)
    page = open_desk(browser, stage, script=bare)
    with page.expect_response("**/LH-2/da-nhan") as second:
        how(page)
    assert list_stopped(stage) == ["LH-1", "LH-2"]
    second.value.finished()  # it may be a separate page; Chromium never finishes closing one that is still loading
    page.wait_for_load_state()
    page.context.close()
