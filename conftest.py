"""Fixtures for every test: Hà Tĩnh loaded once, three people (owner, colleague, stranger), and the real stack."""

import contextlib
import datetime as dt
import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from binhyen.kit import clock
from tests import collection_order, ports, rls
from tests.loopback import start_guard
from tests.truncate_db import EMPTY_TABLES_SQL

# No test fails because the machine is busy.
hypothesis_settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("busy")

LOWEST_PASSWORD_COST = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
REAL_PASSWORD_COST = {name: getattr(Argon2PasswordHasher, name) for name in LOWEST_PASSWORD_COST}

start_guard()  # tests, and programs that they start, must not reach another host
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, (str(Path(__file__).parent / "tests" / "guard"), os.environ.get("PYTHONPATH", "")))
)


@pytest.hookimpl(trylast=True)  # after the random order, which holds within each part
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start files that run for minutes first: with one file per process at a time, a late one is run alone."""
    items.sort(key=lambda item: collection_order.get_position(item.path, Path(__file__).parent))


def pytest_collection_finish() -> None:
    """Freeze collected objects so that garbage collection does not scan them again and again, and collect less often:
    tests create much and keep little.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Create the test database for any selection of tests: the areas of Hà Tĩnh, demo villages and the web channel."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        call_command("load_areas", "--demo", verbosity=0)
        call_command("set_up", verbosity=0)
        rls.create_policies()
        with connection.cursor() as cursor:
            # as in an installation: query plans must not depend on when autovacuum runs ANALYZE
            cursor.execute("ANALYZE")
    yield
    with django_db_blocker.unblock():
        connection.close()
        teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def cheap_password_hashing() -> Iterator[None]:
    """Hash passwords at the lowest cost: a sign-in takes a fifth of a second of processor time otherwise.

    Processes that tests start use the real cost; binhyen/people/tests/test_password_cost.py checks it.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in LOWEST_PASSWORD_COST.items():
            patch.setattr(Argon2PasswordHasher, name, value)
        yield


@pytest.fixture
def real_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Provide a database with real commits, for tests that involve other processes or threads."""
    with django_db_blocker.unblock():
        empty_database()
        yield
        empty_database()
        connection.close()


def empty_database() -> None:
    """Delete everything a test may have written."""
    assert str(connection.settings_dict["NAME"]).startswith("test_"), "this is not a test database"
    with connection.cursor() as cursor:
        cursor.execute(EMPTY_TABLES_SQL)
        cursor.execute("DELETE FROM channels_channel WHERE kind <> 'web'")
        cursor.execute("UPDATE channels_channel SET is_active = true, paused_until = NULL, paused_reason = ''")


@pytest.fixture(autouse=True)
def pages_use_their_own_login(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer each request with the database role of the pages; the test itself prepares and reads as the owner."""
    from django.test import Client

    plain = Client.request

    def request(self: Client, **more: Any) -> Any:
        with rls.acting_as(getattr(self, "process", "pages")):
            return plain(self, **more)

    monkeypatch.setattr(Client, "request", request)


@pytest.fixture(autouse=True)
def force_login_signs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `client.force_login` leave the sign-in record of both steps, as tests/signing.py does through the pages."""
    from django.test import Client

    from binhyen.people.services import open_sign_in

    plain = Client.force_login

    def force_login(self: Client, user: Any, backend: str | None = None) -> None:
        plain(self, user, backend)
        open_sign_in(officer=user, session_key=self.session.session_key or "", how="totp", now=clock.now())

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture(autouse=True)
def fresh_brakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reset rate limits so that no test waits because of another one."""
    from binhyen.kit import rate_limits

    monkeypatch.setattr(rate_limits, "buckets", rate_limits.TokenBuckets())


@pytest.fixture(autouse=True)
def no_key_of_another_test() -> None:
    """Forget cached keys: a key made by another test was rolled back, but a process caches keys for half a minute."""
    from binhyen.vault import group_keys

    group_keys.clear_key_cache()


@contextlib.contextmanager
def restore_destroyed_key_files() -> Iterator[None]:
    """Write back the key files that were destroyed inside: the rows are rolled back, and other tests need their keys.

    A retired key is destroyed after two minutes, so on a busy machine any test that replaces keys may do it.
    """
    from binhyen.kit import key_files

    destroyed: dict[Path, bytes] = {}
    destroy_key = key_files.destroy_key

    def record_and_destroy(process: str, name: str) -> None:
        path = key_files.get_key_folder(process) / f"{name}.key"
        if path.exists():
            destroyed[path] = path.read_bytes()
        destroy_key(process, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_files, "destroy_key", record_and_destroy)
        yield
    for path, key in destroyed.items():
        if path.parent.exists() and not path.exists():
            path.write_bytes(key)
            path.chmod(0o400)


@pytest.fixture(autouse=True)
def destroyed_key_files_return() -> Iterator[None]:
    with restore_destroyed_key_files():
        yield


@pytest.fixture(autouse=True)
def receipts_of_this_process(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give this process its own slots for receipt checks: the two slots belong to a machine, and parallel test
    processes count as other machines.
    """
    from binhyen.tips import receipts

    monkeypatch.setattr(receipts, "get_lock_folder", lambda: tmp_path_factory.getbasetemp() / "run")


@pytest.fixture(autouse=True)
def cheap_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive receipt keys at the lowest cost and answer at once; processes that tests start use the real cost.

    binhyen/tips/tests/test_receipts.py measures the real one.
    """
    from nacl.pwhash import argon2id

    from binhyen.tips import receipts

    monkeypatch.setattr(receipts, "PASSES", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(receipts, "MEMORY", argon2id.MEMLIMIT_MIN)
    monkeypatch.setattr(receipts, "TIME_STEP", 0.0)


@pytest.fixture(autouse=True)
def no_directory_check_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the five-second check of the areas out of statement counts: on a busy machine it falls into any request."""
    import time

    from django.test.utils import CaptureQueriesContext

    from binhyen.areas.queries import directory

    enter, leave = CaptureQueriesContext.__enter__, CaptureQueriesContext.__exit__

    def start_counting(self: Any) -> Any:
        with contextlib.suppress(directory.AreasNotLoadedError):
            directory.get_directory()
        directory._cache.checked_at = time.monotonic() + 3600
        return enter(self)

    def stop_counting(self: Any, *error: Any) -> None:
        leave(self, *error)
        directory.expire_token()

    monkeypatch.setattr(CaptureQueriesContext, "__enter__", start_counting)
    monkeypatch.setattr(CaptureQueriesContext, "__exit__", stop_counting)


@pytest.fixture
def now() -> dt.datetime:
    return clock.now()


@pytest.fixture
def unit() -> Callable[[str], Any]:
    """Return the police unit by today's commune code, «42» for the province."""
    from binhyen.areas.models import Unit

    def find_unit(code: str) -> Unit:
        if code == "42":
            return Unit.objects.get(level=Unit.Level.PROVINCE, valid_to=None)
        return Unit.objects.get(
            level=Unit.Level.COMMUNE, valid_to=None, area__versions__code=code, area__versions__valid_to=None
        )

    return find_unit


@pytest.fixture
def officer(unit: Callable[[str], Any]) -> Callable[..., Any]:
    """Return a factory of officers that have a demonstration's second step: `officer("OFFICER", "18568")`.

    18568 is xã Lộc Hà, 18073 phường Thành Sen.
    """
    from binhyen.people.demo import build_demo_factor
    from binhyen.people.models import Officer

    def make_officer(role: str = "OFFICER", commune: str = "18568", name: str = "") -> Officer:
        count = Officer.objects.count() + 1
        person = Officer(username=f"can-bo-{count}", name=name or f"Cán bộ {count}", unit=unit(commune), role=role)
        person.set_unusable_password()
        person.save()
        build_demo_factor(person, now=clock.now()).save()
        return person

    return make_officer


@pytest.fixture
def free_port() -> int:
    return ports.free_port()
