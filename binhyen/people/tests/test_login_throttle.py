"""Password guessing against one name locks out no user, and guesses per name stay few from any number of networks."""

import datetime as dt
import heapq
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from binhyen.kit import rate_limits
from binhyen.kit.rate_limits import peer_from_forwarded, site_of
from binhyen.people.login_backoff import (
    NAME_BUDGET,
    PASSWORD_POLICY,
    STRICT,
    STRICT_SITE,
    AttemptState,
    is_spent,
    register_attempt,
    spend,
)
from binhyen.people.models import LoginAttempts, Officer
from binhyen.people.services import RetryLater, check_password, sessions
from binhyen.people.services.login_throttle import is_budget_spent, spend_budget

PASSWORD = "mot-mat-khau-dai"
DAY = dt.timedelta(days=1)
HOME, STRANGER = "203.0.113.9", "198.51.100.7"


@pytest.fixture(autouse=True)
def fresh_brakes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(rate_limits, "buckets", rate_limits.TokenBuckets())
    monkeypatch.setattr(rate_limits, "monotonic", lambda: 1000.0)
    yield


@pytest.fixture
def person(officer: Callable[..., Officer], settings: Any) -> Officer:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    made = officer()
    made.set_password(PASSWORD)
    made.save()
    return made


def try_to_sign_in(person: Officer, password: str, network: str, now: dt.datetime) -> Any:
    return check_password(
        username=person.username, password=password, device="", peer=peer_from_forwarded(network), now=now
    )


def exhaust_attempts(person: Officer, now: dt.datetime) -> None:
    for _ in range(NAME_BUDGET.count):
        spend_budget(sessions._budget(person.username.casefold()), now=now)


def attack_account(person: Officer, now: dt.datetime) -> None:
    """Send eleven rounds of wrong passwords over four minutes; the owner on a new machine tries once in each."""
    for n in range(11):
        moment = now + dt.timedelta(seconds=24 * n)
        while try_to_sign_in(person, f"sai-{n}", STRANGER, moment) is None:
            pass
        assert try_to_sign_in(person, PASSWORD, HOME, moment) == person


@pytest.mark.django_db
def test_a_stranger_cannot_lock_out_the_owner_on_a_new_machine(person: Officer, now: dt.datetime) -> None:
    attack_account(person, now)


@pytest.mark.django_db
def test_nor_does_a_stranger_with_many_networks(person: Officer, now: dt.datetime) -> None:
    for n in range(NAME_BUDGET.count):
        assert try_to_sign_in(person, "sai", f"192.0.2.{n}", now) is None
    assert is_budget_spent(sessions._budget(person.username.casefold()), now=now)
    attack_account(person, now)


@pytest.mark.django_db
def test_control_counted_by_name_alone_the_owner_is_locked_out(
    person: Officer, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = sessions._pair
    monkeypatch.setattr(sessions, "_pair", lambda name, network: pair(name, ""))
    with pytest.raises(AssertionError):
        attack_account(person, now)


@pytest.mark.django_db
def test_a_known_device_is_accepted_from_any_network(person: Officer, now: dt.datetime) -> None:
    exhaust_attempts(person, now)
    while not isinstance(try_to_sign_in(person, "sai", HOME, now), RetryLater):
        pass
    assert isinstance(try_to_sign_in(person, PASSWORD, HOME, now), RetryLater), "control: an unknown one waits"
    assert check_password(username=person.username, password=PASSWORD, device="d", peer=HOME, now=now) == person


def count_accepted(person: Officer, networks: Iterator[str], now: dt.datetime) -> int:
    return sum(try_to_sign_in(person, "sai", network, now) is None for network in networks)


@pytest.mark.django_db
def test_a_spent_budget_leaves_each_network_few_tries_and_an_ipv6_site_not_many_more(
    person: Officer, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    exhaust_attempts(person, now)
    assert count_accepted(person, (f"2001:db8:1:1::{n:x}" for n in range(1, 40)), now) == STRICT.free
    site = [f"2001:db8:1:{n:x}::1" for n in range(2, 80)]
    assert count_accepted(person, iter(site), now) == STRICT_SITE.free - STRICT.free
    assert try_to_sign_in(person, PASSWORD, "2001:db8:2:1::1", now) == person, "another site is accepted"
    monkeypatch.setattr(sessions, "site_of", lambda peer: "")
    assert count_accepted(person, (f"2001:db8:3:{n:x}::1" for n in range(40)), now) == 40, "control: without the /48"


@pytest.mark.django_db
def test_one_network_that_tries_many_names_is_slowed_before_the_database_is_asked(
    officer: Callable[..., Officer], person: Officer, now: dt.datetime
) -> None:
    burst = int(sessions.WRONG_OF_NETWORK.burst)
    tried = [
        check_password(username=f"ten-{n}", password="sai", device="", peer=STRANGER, now=now) for n in range(burst + 5)
    ]
    assert tried == [None] * burst + [RetryLater(30)] * 5
    assert not LoginAttempts.objects.filter(key_hash=sessions._pair(f"ten-{burst}", STRANGER)).exists()
    assert try_to_sign_in(person, PASSWORD, STRANGER, now) == RetryLater(30)
    assert try_to_sign_in(person, PASSWORD, HOME, now) == person


@pytest.mark.django_db
def test_no_address_can_be_read_out_of_the_table(person: Officer, now: dt.datetime) -> None:
    assert try_to_sign_in(person, "sai", STRANGER, now) is None
    hashes = set(LoginAttempts.objects.values_list("key_hash", flat=True))
    assert len(hashes) == 2 and sessions._pair(person.username.casefold(), STRANGER) in hashes
    assert not hashes & {sessions.hash_token(f"{person.username}|{STRANGER}"), sessions.hash_token(STRANGER)}


@pytest.mark.django_db
def test_a_long_wait_page_offers_alternatives(client: Client, person: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_page() -> str:
        form = {"username": person.username, "password": "sai"}
        return client.post(reverse("sign_in"), form, headers={"X-Forwarded-For": HOME}).content.decode()

    while "Bạn thử quá nhanh" not in read_page():
        pass
    monkeypatch.setattr(sessions, "is_budget_spent", lambda *_, **__: True)
    LoginAttempts.objects.all().delete()
    while "từ mạng lạ" not in (content := read_page()):
        assert "Tên đăng nhập hoặc mật khẩu không đúng." in content
    assert "chờ 5 phút" in content


# Guesses a day, counted with the pure rules: each network guesses as soon as an attempt is accepted.


def count_guesses(networks: list[str], now: dt.datetime, days: int) -> list[int]:
    """Count the wrong passwords for one name that are checked, day by day."""
    tries: dict[str, AttemptState] = {}
    budget: AttemptState | None = None
    guesses = [0] * days
    queue = [(now, n) for n in range(len(networks))]
    while queue:
        moment, n = heapq.heappop(queue)
        if moment >= now + days * DAY:
            continue
        strict = is_spent(budget, moment)
        site = site_of(networks[n]) if strict else ""
        keys = [(networks[n], STRICT if strict else PASSWORD_POLICY), *([(site, STRICT_SITE)] if site else [])]
        for key, brake in keys:
            claimed = register_attempt(tries.get(key), moment, brake)
            if claimed is None:
                heapq.heappush(queue, (max(tries[key].next_at, moment + dt.timedelta(seconds=1)), n))
                break
            tries[key] = claimed
        else:
            guesses[(moment - now) // DAY] += 1
            budget = spend(budget, moment)
            heapq.heappush(queue, (max(tries[networks[n]].next_at, moment + dt.timedelta(seconds=1)), n))
    return guesses


def test_guesses_of_a_day_from_one_network_many_networks_and_one_ipv6_site(now: dt.datetime) -> None:
    single_network = count_guesses([STRANGER], now, 3)
    assert max(single_network) <= 160
    many = count_guesses([f"192.0.2.{n}" for n in range(200)], now, 3)
    assert max(many) <= NAME_BUDGET.count + 11 * 200
    site = count_guesses([peer_from_forwarded(f"2001:db8:1:{n:x}::1") for n in range(200)], now, 3)
    assert max(site) <= 200


def test_control_without_the_budget_a_network_guesses_thousands_of_times(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "is_spent", lambda *_: False)
    assert count_guesses([STRANGER], now, 1)[0] > 2800


def test_a_spent_budget_stays_spent_while_failures_continue_and_recovers(now: dt.datetime) -> None:
    budget: AttemptState | None = None
    for _ in range(NAME_BUDGET.count):
        assert not is_spent(budget, now)
        budget = spend(budget, now)
    assert is_spent(budget, now) and not is_spent(budget, now + DAY / 50)
    for _ in range(500):
        budget = spend(budget, now)
    assert is_spent(budget, now + DAY - DAY / 50) and not is_spent(budget, now + DAY + DAY / 50)
