"""A stand-alone link has a touch target of 24 px (WCAG 2.2, 2.5.8); one inside a sentence is as high as its line."""

from typing import Any

import pytest

from binhyen.ui.tests.stage import StageServer
from binhyen.ui.tests.test_scripts_browser import PHONE, browser, pytestmark, stage, tab

__all__ = ["browser", "pytestmark", "stage", "tab"]
LOW = """() => [...document.querySelectorAll('main a[href]')]
  .filter(e => e.checkVisibility({contentVisibilityAuto: true}) && !e.closest('.sr'))
  .filter(e => getComputedStyle(e).display !== 'inline' || !e.parentElement.matches('p, li, dd, span, small'))
  .filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("screen", ["case", "case-closed", "desk", "ledger", "outbox", "groups", "status", "own-data"])
def test_a_stand_alone_link_is_a_large_touch_target(stage: StageServer, tab: Any, screen: str) -> None:
    tab.set_viewport_size(PHONE)
    tab.goto(stage.url(screen))
    assert tab.evaluate(LOW) == []
