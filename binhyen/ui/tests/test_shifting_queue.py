"""A new case moves the rows: a click in progress opens no other case that has moved under the pointer."""

from typing import Any

import pytest

from binhyen.ui.tests.samples import ROWS
from binhyen.ui.tests.stage import Stage
from binhyen.ui.tests.test_browser import browser, pytestmark, stage, until
from binhyen.ui.tests.test_second_tap import SCRIPT

__all__ = ["browser", "pytestmark", "stage"]
GUARD = "event.timeStamp < settled"
MANY = [{**ROWS[0], "id": f"CU-{n}", "url": f"/vu-viec/CU-{n}", "title": f"Việc cũ {n}"} for n in range(5)]
FRESH = {**ROWS[0], "id": "MOI", "url": "/vu-viec/MOI", "title": "Việc mới đến"}
LEADS = "[data-row='{}'] a[data-row-link]"


def opened(browser: Any, stage: Stage, script: str = SCRIPT) -> Any:
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.route("**/keys.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    stage.desk |= {"alarms": [], "rows": MANY}
    page.goto(stage.url("desk"))
    return page


def middle(page: Any, code: str) -> tuple[float, float]:
    box = page.locator(LEADS.format(code)).bounding_box()
    return box["x"] + 20, box["y"] + box["height"] / 2


def clicked_as_one_comes(page: Any, stage: Stage) -> None:
    """Put the pointer on a row, insert a case, and click as if the finger had already been moving."""
    where = middle(page, "CU-2")
    page.mouse.move(*where)
    stage.desk |= {"rows": [FRESH, *MANY]}
    stage.send(name="queue", row=1, data='"type": "queue"')
    page.locator("[data-row='MOI']").wait_for()
    page.mouse.click(*where)


def test_what_came_under_the_pointer_is_not_opened(browser: Any, stage: Stage) -> None:
    page = opened(browser, stage)
    clicked_as_one_comes(page, stage)
    page.evaluate("new Promise(done => setTimeout(done, 100))")
    assert page.url.endswith("/desk")
    until(page, f"performance.now() > {page.evaluate('performance.now()')} + 800")
    page.mouse.click(*middle(page, "CU-1"))  # seen meanwhile, and intended
    page.wait_for_url("**/vu-viec/CU-1")
    page.context.close()


def test_what_lies_where_it_lay_is_opened_at_once(browser: Any, stage: Stage) -> None:
    page = opened(browser, stage)
    where = middle(page, "CU-2")
    page.mouse.move(*where)
    stage.desk |= {"rows": [*MANY, FRESH]}
    stage.send(name="queue", row=1, data='"type": "queue"')
    page.locator("[data-row='MOI']").wait_for()
    page.mouse.click(*where)
    page.wait_for_url("**/vu-viec/CU-2")
    page.context.close()


def test_control_without_the_guard_another_case_opens(browser: Any, stage: Stage) -> None:
    assert GUARD in SCRIPT
    page = opened(browser, stage, SCRIPT.replace(GUARD, "false"))
    with pytest.raises(AssertionError):
        clicked_as_one_comes(page, stage)
        page.wait_for_url("**/vu-viec/CU-*", timeout=3000)
        assert page.url.endswith("CU-2")
    page.context.close()
