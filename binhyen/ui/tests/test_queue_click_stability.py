"""A new case moves the rows: a click in progress opens no other case that has moved under the pointer."""

from typing import Any

import pytest

from binhyen.ui.tests.samples import ROWS
from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_alarm_double_tap import SCRIPT
from binhyen.ui.tests.test_scripts_browser import browser, pytestmark, stage, wait_until

__all__ = ["browser", "pytestmark", "stage"]
GUARD = "event.timeStamp < settled"
MANY = [{**ROWS[0], "id": f"CU-{n}", "url": f"/vu-viec/CU-{n}", "title": f"Việc cũ {n}"} for n in range(5)]
FRESH = {**ROWS[0], "id": "MOI", "url": "/vu-viec/MOI", "title": "Việc mới đến"}
LEADS = "[data-row='{}'] a[data-row-link]"


def open_desk(browser: Any, stage: StageServer, script: str = SCRIPT) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.route("**/keys.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    stage.desk |= {"alarms": [], "rows": MANY}
    page.goto(stage.url("desk"))
    return page


def get_row_centre(page: Any, code: str) -> tuple[float, float]:
    box = page.locator(LEADS.format(code)).bounding_box()
    return box["x"] + 20, box["y"] + box["height"] / 2


def click_while_case_arrives(page: Any, stage: StageServer) -> None:
    """Put the pointer on a row, insert a case, and click as if the finger had already been moving."""
    where = get_row_centre(page, "CU-2")
    page.mouse.move(*where)
    stage.desk |= {"rows": [FRESH, *MANY]}
    stage.send(name="queue", row=1, data='"type": "queue"')
    page.locator("[data-row='MOI']").wait_for()
    page.mouse.click(*where)


def test_a_case_moved_under_the_pointer_is_not_opened(browser: Any, stage: StageServer) -> None:
    page = open_desk(browser, stage)
    click_while_case_arrives(page, stage)
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    assert page.url.endswith("/desk")
    wait_until(page, f"performance.now() > {page.evaluate('performance.now()')} + 800")
    page.mouse.click(*get_row_centre(page, "CU-1"))  # seen meanwhile, and intended
    page.wait_for_url("**/vu-viec/CU-1")
    page.context.close()


def test_a_row_that_did_not_move_is_opened_at_once(browser: Any, stage: StageServer) -> None:
    page = open_desk(browser, stage)
    where = get_row_centre(page, "CU-2")
    page.mouse.move(*where)
    stage.desk |= {"rows": [*MANY, FRESH]}
    stage.send(name="queue", row=1, data='"type": "queue"')
    page.locator("[data-row='MOI']").wait_for()
    page.mouse.click(*where)
    page.wait_for_url("**/vu-viec/CU-2")
    page.context.close()


def test_control_without_the_guard_another_case_opens(browser: Any, stage: StageServer) -> None:
    assert GUARD in SCRIPT
    page = open_desk(browser, stage, SCRIPT.replace(GUARD, "false"))
    with pytest.raises(AssertionError):
        click_while_case_arrives(page, stage)
        page.wait_for_url("**/vu-viec/CU-*", timeout=3000)
        assert page.url.endswith("CU-2")
    page.context.close()
