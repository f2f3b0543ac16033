"""Shared fixtures of the security tests: Chromium, and the custody process with opened keys."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from binhyen import navigation
from binhyen.people.models import Officer
from binhyen.stats.national import KEY_LIST
from binhyen.vault.key_session import key_sessions
from binhyen.vault.tests.custody import SCREENS
from tests.security.browser import CHROMIUM, FLAGS
from tests.security.custody import CustodyScene


@pytest.fixture(scope="module")
def browser(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, sync_api.sync_playwright() as play:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread
        running = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()
        connection.close()  # this connection was opened beside Playwright's loop; no other code can reach it


@pytest.fixture
def menu_numbers_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the numbers of the menu once an officer, not once a page, in tests that ask thousands of refused pages.

    Each probe is rolled back, so the numbers stay the same; binhyen/cases/tests/test_views_frame.py tests them.
    """
    for name in ("_count_items", "_list_ringing_codes"):
        monkeypatch.setattr(navigation, name, call_once_per_officer(getattr(navigation, name)))


def call_once_per_officer(function: Callable[..., Any]) -> Callable[..., Any]:
    results: dict[int, Any] = {}

    def get_result(officer: Officer, *arguments: Any) -> Any:
        if officer.pk not in results:
            results[officer.pk] = function(officer, *arguments)
        return results[officer.pk]

    return get_result


@pytest.fixture
def room(
    officer: Callable[..., Any], unit: Callable[[str], Any], now: Any, settings: Any, tmp_path: Path
) -> Iterator[CustodyScene]:
    """Provide the scene of the custody process under its own addresses."""
    settings.FILES_ROOT = tmp_path
    custody_scene = CustodyScene(officer, unit, now)
    with SCREENS:
        yield custody_scene
    key_sessions.lock_all()


@pytest.fixture(autouse=True)
def national_installation(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Serve the country's page too, of no province yet."""
    settings.LEDGERS_ROOT = tmp_path_factory.mktemp("ledgers")
    (settings.LEDGERS_ROOT / KEY_LIST).touch()
