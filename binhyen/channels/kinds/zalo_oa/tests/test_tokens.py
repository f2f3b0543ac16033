"""The single-use refresh token under a row lock, with real threads, the real database and the fake Zalo."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from binhyen.channels.kinds.zalo_oa import oauth, tokens
from binhyen.channels.kinds.zalo_oa.oauth import GrantLost, TokenPair
from binhyen.channels.kinds.zalo_oa.tests.lab import ADAPTER, FakeZalo
from binhyen.channels.models import Channel, Credential
from binhyen.channels.retry_policy import RESTORED_COPY_REASON
from binhyen.channels.services.channel_events import go_live
from binhyen.channels.types import SendFailed

# Real commits without Django's flush after each test: it would remove the areas that are loaded once for all tests.
TOKEN = "/oauth/v4/oa/access_token"
CALLERS = 20


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marked so that pytest-django creates the test database even when this file runs alone."""


@pytest.fixture
def channel(zalo: FakeZalo, real_db: None) -> Iterator[Channel]:
    setup, account = zalo.control("setup"), zalo.account()
    made = Channel.objects.create(kind="zalo_oa", name="Công an tỉnh", settings=dict(account.settings))
    row = Credential(channel=made, expires_at=zalo.now() + dt.timedelta(hours=25))
    tokens_of_setup = {name: setup[name] for name in ("access_token", "refresh_token")}
    row.update_secrets(**account.secrets, **tokens_of_setup)
    row.save()
    yield made
    made.delete()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the refresh tokens sent to Zalo, in order."""
    visited: list[str] = []
    real = oauth.refresh_tokens

    async def record_call(account: Any, refresh_token: str) -> TokenPair:
        visited.append(refresh_token)
        return await real(account, refresh_token)

    monkeypatch.setattr(oauth, "refresh_tokens", record_call)
    return visited


def get_credential(channel: Channel) -> Credential:
    return Credential.objects.get(pk=channel.pk)


def get_later_time(zalo: FakeZalo, hours: float) -> dt.datetime:
    return zalo.now() + dt.timedelta(hours=hours)


def call_concurrently(ask: Callable[[], str], callers: int = CALLERS) -> list[str | Exception]:
    """Return the results of this many threads that call at the same moment."""
    results: list[str | Exception] = []
    gate = threading.Barrier(callers, timeout=20)

    def run_scenario() -> None:
        gate.wait()
        try:
            results.append(ask())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run_scenario) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_young_token_is_given_as_it_is(zalo: FakeZalo, channel: Channel, calls: list[str]) -> None:
    assert ADAPTER.get_token(channel.pk, now=get_later_time(zalo, 19.9)) == get_credential(channel).access_token
    assert calls == []


def test_refreshed_at_twenty_hours_and_saved_before_use(zalo: FakeZalo, channel: Channel, calls: list[str]) -> None:
    before, now = get_credential(channel), get_later_time(zalo, 20.1)
    fresh = tokens.get_valid_token(channel.pk, now=now)
    after = get_credential(channel)
    assert calls == [before.refresh_token] and fresh == after.access_token != before.access_token
    assert after.refresh_token != before.refresh_token
    assert after.expires_at == now + dt.timedelta(hours=25) and after.refresh_started_at is None
    assert zalo.control("setup")["access_token"] == fresh


@pytest.mark.fault
@pytest.mark.parametrize("how", ["expired", "refused"])
def test_many_callers_make_one_refresh(zalo: FakeZalo, channel: Channel, calls: list[str], how: str) -> None:
    old = get_credential(channel).access_token
    now = get_later_time(zalo, 25.5 if how == "expired" else 1)
    results = call_concurrently(
        lambda: tokens.get_valid_token(channel.pk, now=now, rejected_token=old if how == "refused" else "")
    )
    assert len(calls) == 1
    assert results == [get_credential(channel).access_token] * CALLERS and results[0] != old


@pytest.mark.fault
def test_negative_control_without_the_lock_the_grant_is_lost(
    zalo: FakeZalo, channel: Channel, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same callers, but the row is read without FOR UPDATE and held until all have read it."""
    gate = threading.Barrier(3, timeout=20)  # each uses a connection of the pool

    def unlocked(channel_id: int) -> Credential:
        credential = Credential.objects.get(pk=channel_id)
        gate.wait()
        return credential

    monkeypatch.setattr(tokens, "_mark_refresh_started", lambda *_: None)
    monkeypatch.setattr(tokens, "_lock_credential", unlocked)
    now = get_later_time(zalo, 25.5)
    results = call_concurrently(lambda: tokens.get_valid_token(channel.pk, now=now), callers=3)
    assert len(calls) > 1
    assert any(isinstance(result, GrantLost) for result in results)


def test_callers_with_a_valid_stale_token_do_not_wait_for_the_refresh(
    zalo: FakeZalo, channel: Channel, calls: list[str]
) -> None:
    now = get_later_time(zalo, 21)
    Credential.objects.update(refresh_started_at=now - dt.timedelta(seconds=5))
    assert tokens.get_valid_token(channel.pk, now=now) == get_credential(channel).access_token and calls == []
    assert tokens.get_valid_token(channel.pk, now=now + dt.timedelta(seconds=60)) and len(calls) == 1


@pytest.mark.fault
def test_killed_between_call_and_save_means_a_lost_grant_that_is_noticed(
    zalo: FakeZalo, channel: Channel, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class ProcessKilled(BaseException):
        pass

    def die(*_: Any) -> None:
        raise ProcessKilled

    old, now = get_credential(channel), get_later_time(zalo, 25.5)
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "_save_pair", die)
        with pytest.raises(ProcessKilled):
            tokens.get_valid_token(channel.pk, now=now)
    after = get_credential(channel)
    assert after.refresh_token == old.refresh_token, "nothing partially written"
    assert after.refresh_started_at == now, "durable before the call: it records the attempt"
    with pytest.raises(GrantLost) as caught:
        tokens.get_valid_token(channel.pk, now=now)
    assert caught.value.pause_channel and not caught.value.is_permanent
    assert get_credential(channel).lost_at == now and calls == [old.refresh_token] * 2
    with pytest.raises(GrantLost):
        tokens.get_valid_token(channel.pk, now=now)
    assert len(calls) == 2, "a lost grant is not retried"


@pytest.mark.fault
def test_negative_control_killed_before_the_call_loses_nothing(
    zalo: FakeZalo, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = get_later_time(zalo, 25.5)
    with monkeypatch.context() as patch:
        patch.setattr(tokens, "_request_refresh", lambda row: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tokens.get_valid_token(channel.pk, now=now)
    assert get_credential(channel).refresh_started_at == now
    assert tokens.get_valid_token(channel.pk, now=now) == get_credential(channel).access_token
    assert get_credential(channel).lost_at is None


@pytest.mark.fault
@pytest.mark.parametrize("kind", ["reset", "wrong_json", "http_5xx"])
def test_no_readable_answer_before_zalo_took_it(zalo: FakeZalo, channel: Channel, kind: str) -> None:
    """The request had no effect: the next attempt with the same token returns the pair."""
    zalo.fault(kind, endpoint=TOKEN, count=1)
    now = get_later_time(zalo, 25.5)
    with pytest.raises(SendFailed) as caught:
        tokens.get_valid_token(channel.pk, now=now)
    assert caught.value.pause_channel and not caught.value.is_permanent
    assert not isinstance(caught.value, GrantLost)
    assert tokens.get_valid_token(channel.pk, now=now) == get_credential(channel).access_token
    assert get_credential(channel).lost_at is None and get_credential(channel).refresh_started_at is None


@pytest.mark.fault
def test_one_empty_body_does_not_cost_the_grant_and_two_do(zalo: FakeZalo, channel: Channel) -> None:
    """A gateway also returns one; before, the channel was off until an operator authorised again."""
    now = get_later_time(zalo, 25.5)
    zalo.fault("empty", endpoint=TOKEN, count=1)
    assert (
        tokens.get_valid_token(channel.pk, now=now) == get_credential(channel).access_token
        and get_credential(channel).lost_at is None
    )
    zalo.fault("empty", endpoint=TOKEN, count=2)  # control
    with pytest.raises(GrantLost):
        tokens.get_valid_token(channel.pk, now=now, rejected_token=get_credential(channel).access_token)
    assert get_credential(channel).lost_at == now


@pytest.mark.fault
def test_answer_lost_after_zalo_took_it_is_recognised(zalo: FakeZalo, channel: Channel, calls: list[str]) -> None:
    """The old token works as long as Zalo accepts it; then the empty body shows that the grant is lost."""
    zalo.fault("reset", endpoint=TOKEN, count=1, when="after")
    old, now = get_credential(channel).access_token, get_later_time(zalo, 21)
    assert tokens.get_valid_token(channel.pk, now=now) == old and get_credential(channel).lost_at is None
    with pytest.raises(GrantLost):
        tokens.get_valid_token(channel.pk, now=now, rejected_token=old)
    assert get_credential(channel).lost_at == now and get_credential(channel).access_token == "" and len(calls) == 2


@pytest.mark.fault
def test_a_refresh_that_fails_while_the_token_is_good_does_not_stop_sending(zalo: FakeZalo, channel: Channel) -> None:
    zalo.fault("http_5xx", endpoint=TOKEN)
    try:
        now = get_later_time(zalo, 21)
        assert tokens.get_valid_token(channel.pk, now=now) == get_credential(channel).access_token
        with pytest.raises(SendFailed):
            tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 25.1))
    finally:
        zalo.control("faults", method="DELETE")


def test_revoked_means_lost_and_a_new_authorisation_continues(zalo: FakeZalo, channel: Channel) -> None:
    zalo.control("tokens", {"do": "revoke"})
    now = get_later_time(zalo, 1)
    with pytest.raises(GrantLost) as caught:
        tokens.get_valid_token(channel.pk, now=now, rejected_token=get_credential(channel).access_token)
    assert caught.value.code == "-14014"
    Channel.objects.filter(pk=channel.pk).update(is_active=False, paused_until=now, paused_reason="Mất quyền")
    tokens.save_grant(channel.pk, TokenPair("access", "refresh", 90_000), now=now)
    channel.refresh_from_db()
    assert tokens.get_valid_token(channel.pk, now=now) == "access"
    assert (channel.is_active, channel.paused_until, get_credential(channel).lost_at) == (True, None, None)


def test_a_new_channel_has_no_grant_yet_and_authorising_gives_one(zalo: FakeZalo, channel: Channel) -> None:
    fresh = channel
    Credential.objects.update(ciphertext=b"", gateway_ciphertext=b"", expires_at=None)
    with pytest.raises(GrantLost) as caught:
        tokens.get_valid_token(fresh.pk, now=zalo.now())
    assert caught.value.code == "NONE"
    tokens.save_grant(fresh.pk, TokenPair("a", "r", 90_000), now=zalo.now())
    assert tokens.get_valid_token(fresh.pk, now=zalo.now()) == "a"


@pytest.mark.fault
def test_database_gone_at_the_save_does_not_cost_the_pair(
    zalo: FakeZalo, channel: Channel, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, fails = tokens._save_pair, iter([True, True, False])

    def put(*given: Any) -> None:
        if next(fails):
            raise OperationalError("server closed the connection")
        real(*given)

    monkeypatch.setattr(tokens, "_save_pair", put)
    fresh = tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 25.5))
    assert fresh == get_credential(channel).access_token == zalo.control("setup")["access_token"] and len(calls) == 1


def test_not_inside_a_transaction(zalo: FakeZalo, channel: Channel) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 25.5))


def test_secrets_stay_out_of_representations() -> None:
    assert "geheim" not in repr(TokenPair("geheim", "geheim", 1))


def test_a_restored_copy_spends_no_token(zalo: FakeZalo, channel: Channel, calls: list[str]) -> None:
    """The first refresh by a restored copy would end the grant of the running installation."""
    Channel.objects.filter(pk=channel.pk).update(is_active=False, paused_reason=RESTORED_COPY_REASON)
    for hours in (0, 24, 30):
        with pytest.raises(SendFailed):
            ADAPTER.get_token(channel.pk, now=get_later_time(zalo, hours))
    assert calls == []
    assert go_live(actor="test", now=zalo.now()) == ["Công an tỉnh"]
    assert ADAPTER.get_token(channel.pk, now=get_later_time(zalo, 24)) and len(calls) == 1, (
        "control: switched on it does"
    )


@pytest.fixture
def refusing(zalo: FakeZalo) -> Iterator[Callable[[str], None]]:
    yield lambda how: zalo.control("switches", {"token_refusal": how})
    zalo.control("switches", {"token_refusal": ""})


@pytest.mark.fault
@pytest.mark.parametrize("how", ["number", "other_number", "name_only", "oauth_words", "http_401"])
def test_every_known_wording_of_a_refusal_means_lost(
    zalo: FakeZalo, channel: Channel, calls: list[str], refusing: Callable[[str], None], how: str
) -> None:
    """Before, only -14014 and an empty body did: the others were retried every 30 s for ever."""
    refusing(how)
    now = get_later_time(zalo, 25.5)
    for _ in range(2):
        with pytest.raises(GrantLost):
            tokens.get_valid_token(channel.pk, now=now)
    assert get_credential(channel).lost_at == now and len(calls) == 1


@pytest.mark.fault
def test_unknown_errors_are_retried_for_half_an_hour_then_mean_lost(
    zalo: FakeZalo, channel: Channel, calls: list[str], refusing: Callable[[str], None]
) -> None:
    refusing("unknown_words")
    for minutes in (0, 10, 20, 29):
        with pytest.raises(oauth.RefreshRefused):
            tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 25.5 + minutes / 60))
    assert get_credential(channel).lost_at is None and get_credential(channel).refusal == "Something new"
    with pytest.raises(GrantLost):
        tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 26.01))
    with pytest.raises(GrantLost):
        tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 27))
    assert get_credential(channel).lost_at is not None and len(calls) == 5, "a lost grant is not retried"


@pytest.mark.fault
def test_control_a_refusal_that_passes_costs_nothing(
    zalo: FakeZalo, channel: Channel, refusing: Callable[[str], None]
) -> None:
    refusing("unknown_words")
    with pytest.raises(oauth.RefreshRefused):
        tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 25.5))
    refusing("")
    assert tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 26.5)) == get_credential(channel).access_token
    assert (
        get_credential(channel).lost_at,
        get_credential(channel).refused_since,
        get_credential(channel).refusal,
    ) == (None, None, "")


@pytest.mark.fault
def test_while_the_token_is_good_refusals_do_not_stop_sending_and_are_asked_seldom(
    zalo: FakeZalo, channel: Channel, calls: list[str], refusing: Callable[[str], None]
) -> None:
    refusing("unknown_words")
    good = get_credential(channel).access_token
    for minutes in range(12):
        assert tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 21 + minutes / 60)) == good
    assert len(calls) == 2, "at once and after ten minutes"


def test_which_codes_mean_lost_is_a_switch(zalo: FakeZalo, channel: Channel, refusing: Callable[[str], None]) -> None:
    refusing("other_number")
    settings = channel.settings | {"switches": {"grant_lost_codes": [-14014]}}
    Channel.objects.filter(pk=channel.pk).update(settings=settings)
    with pytest.raises(oauth.RefreshRefused):
        tokens.get_valid_token(channel.pk, now=get_later_time(zalo, 25.5))
    assert get_credential(channel).lost_at is None
