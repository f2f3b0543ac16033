"""The screens of privacy, found things and weapons in a real browser without script: at phone and desk width nothing is
cut off, everything is reachable."""

from collections.abc import Iterator
from typing import Any

import pytest

from binhyen.ui.tests.deed_samples import build_deed_pages
from binhyen.ui.tests.found_samples import build_found_pages
from binhyen.ui.tests.missing_samples import build_missing_pages
from binhyen.ui.tests.privacy_samples import build_privacy_pages
from binhyen.ui.tests.stage import StageServer, open_stage
from binhyen.ui.tests.test_scripts_browser import CHROMIUM, DESK, FLAGS, PHONE, sync_api
from binhyen.ui.tests.weapon_samples import build_weapon_pages

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
_SMALL = """() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main select, main textarea')]
    .filter(e => e.offsetParent && !['radio', 'checkbox'].includes(e.type) && e.getBoundingClientRect().height < 32)
    .map(e => e.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def stage() -> Iterator[StageServer]:
    with open_stage() as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@pytest.mark.parametrize("width", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_is_cut_and_all_is_large_enough_without_script(
    browser: Any, stage: StageServer, width: dict[str, int]
) -> None:
    context = browser.new_context(viewport=width, java_script_enabled=False)
    page = context.new_page()
    builders = (build_privacy_pages, build_found_pages, build_missing_pages, build_weapon_pages, build_deed_pages)
    for screen in (screen for build in builders for screen in build()):
        page.goto(stage.url(screen))
        wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{screen}: {wide} pixels too wide"
        assert page.evaluate(_SMALL) == [], screen
    context.close()


def test_erasure_is_requested_with_the_keyboard_alone(browser: Any, stage: StageServer) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(stage.url("own-data"))
    page.focus("#vi-sao")
    page.keyboard.type("Toi doi y")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/u")
    path, body = stage.posted[-1]
    assert path == "/u" and b"step=erase" in body and b"sure=yes" in body and b"words=Toi+doi+y" in body
    context.close()
