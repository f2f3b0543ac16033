"""Layout stability on a phone: nothing moves under the first tap."""

from typing import Any

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import PHONE, browser, pytestmark, stage, wait_until

__all__ = ["browser", "pytestmark", "stage"]


def test_the_first_tap_moves_nothing_under_the_finger(browser: Any, stage: StageServer) -> None:
    phone = browser.new_context(viewport=PHONE, has_touch=True)
    page = phone.new_page()
    page.goto(stage.url("desk"))
    button = page.locator("[data-acknowledge]").first
    before, bell = button.bounding_box(), page.locator("[data-sound]").bounding_box()
    page.locator("h1").tap()
    wait_until(page, "document.querySelector('[data-sound]').getAttribute('aria-pressed') === 'true'")
    assert (button.bounding_box(), page.locator("[data-sound]").bounding_box()) == (before, bell)
    phone.close()
