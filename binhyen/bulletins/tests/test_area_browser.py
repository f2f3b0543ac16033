"""The page of an area in a real browser: what was read stays readable without a network, and says so."""

import shutil
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connection
from django.test.testcases import LiveServerThread

from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.tests.scene import create_bulletin
from binhyen.kit import clock

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: apt-get install chromium"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync", "--disable-background-networking"]
PHONE = {"width": 390, "height": 844}


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marked so that pytest-django creates the test database even when this file runs alone."""
    assert connection.settings_dict["NAME"].startswith("test_")


@pytest.fixture
def server(real_db: None) -> Iterator[LiveServerThread]:
    """Serve the pages on a loopback port, with real commits."""
    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, connections_override={})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None
    yield thread
    thread.terminate()


def withdraw(bulletin_id: int) -> None:
    Bulletin.objects.filter(pk=bulletin_id).update(state="WITHDRAWN", ended_at=clock.now(), reason="Nước đã rút.")
    connection.close()


def test_what_was_read_stays_readable_offline(server: LiveServerThread, officer: Callable[..., Any]) -> None:
    now = clock.now()
    row = create_bulletin(officer("OFFICER"), now=now, title="Nước lũ lên nhanh")
    Bulletin.objects.filter(pk=row.pk).update(
        state="RELEASED", released_at=now, expires_at=now.replace(year=now.year + 1)
    )
    address = f"http://127.0.0.1:{server.port}/xa-phuong/18568"
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport=PHONE, locale="vi-VN")
        page = context.new_page()
        page.goto(address)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()  # now through the worker, which stores it
        assert page.is_hidden("[data-offline-note]")
        context.set_offline(True)
        page.reload()
        assert "Nước lũ lên nhanh" in page.inner_text("main")
        assert page.is_visible("[data-offline-note]")
        withdrawal = Thread(target=withdraw, args=(row.pk,))  # Playwright's own thread may not query
        withdrawal.start()
        withdrawal.join()
        context.set_offline(False)  # the page reloads itself when the line is back
        sync_api.expect(page.locator("main")).not_to_contain_text("Nước lũ lên nhanh", timeout=60_000)
        assert page.is_hidden("[data-offline-note]")
        browser.close()
