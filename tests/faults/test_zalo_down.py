"""Zalo down, slow, malformed or refusing: nothing is lost, web intake continues, each letter is sent once (F9)."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from binhyen.cases.models import Case
from binhyen.channels import queries
from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
from binhyen.channels.models import Channel, Outgoing
from binhyen.channels.retry_policy import MAX_SEND_ATTEMPTS, RETRY_DELAYS
from binhyen.channels.services import outbox
from binhyen.channels.services.messages import get_or_create_conversations
from binhyen.channels.types import IncomingMessage, SendFailed
from binhyen.intake import pipeline
from binhyen.kit import clock
from binhyen.vault.services import create_reporter
from tests.faults.doorway import UNRELATED_QUESTION
from tests.faults.phone import SEND_ENDPOINT, OutboxHarness
from tests.process_harness import ProcessHarness, is_reachable, wait_until

pytestmark = pytest.mark.fault


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


@pytest.fixture(scope="module")
def stand_in(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any
) -> Iterator[ProcessHarness]:
    with django_db_blocker.unblock():
        stack = ProcessHarness(tmp_path_factory.mktemp("down"))
    try:
        stack.start_processes("emulator")
        wait_until(lambda: is_reachable(f"{stack.zalo}/_control/setup"), why="stand-in")
        yield stack
    finally:
        stack.stop_processes("emulator")


@pytest.fixture
def phone(real_db: None, stand_in: ProcessHarness) -> OutboxHarness:
    return OutboxHarness(stand_in)


def report_by_web(now: dt.datetime) -> Case:
    """Report on our own page."""
    web = Channel.objects.get(kind="web")
    reporter = create_reporter(now=now)
    talk = get_or_create_conversations(web.pk, [reporter])[reporter]
    message = IncomingMessage(external_id=f"web{reporter}", sender="", text=UNRELATED_QUESTION, sent_at=now)
    (result,) = pipeline.process_items(
        [pipeline.InboundItem(web.pk, reporter, talk.pk, message, wants_case=True)], now=now
    )
    assert result.case is not None
    return result.case


@pytest.mark.parametrize("kind", ["reset", "http_5xx", "timeout", "wrong_json", "empty", "half_close"])
def test_an_hour_without_zalo(phone: OutboxHarness, officer: Any, kind: str) -> None:
    operator, stranger = officer("OPERATOR", "42"), officer("OFFICER", "18073")
    phone.fault(kind)
    texts = phone.queue_letters(*phone.people)
    waited, tries = 0, 0
    while waited < 3600:
        assert phone.deliver_due() == 0
        case = report_by_web(clock.now())
        assert case.outgoing.get().state == "SENT", "a web reporter reads the answer there"
        waited += RETRY_DELAYS[min(tries, len(RETRY_DELAYS) - 1)]
        tries += 1
        phone.expire_waits()
    Outgoing.objects.update(created_at=clock.now() - dt.timedelta(hours=1))
    stuck = queries.get_stuck_page(operator, now=clock.now()).rows
    assert {(row.text, row.state) for row in stuck} == {(text, "QUEUED") for text in texts}
    assert all(row.reason and row.code and row.attempts == tries for row in stuck), "the page shows the reason"
    assert not queries.list_stuck(stranger, now=clock.now()).exists()
    assert not phone.count_received() & Counter(texts)
    phone.clear_faults()
    assert phone.deliver_due() == len(texts)
    assert phone.count_received() == Counter(texts)
    assert phone.deliver_due() == 0
    assert not queries.list_stuck(operator, now=clock.now()).exists()


@pytest.mark.parametrize("kind", ["http_429", "rate_limit"])
def test_a_limit_pauses_the_channel_and_costs_no_try(phone: OutboxHarness, kind: str) -> None:
    phone.fault(kind)
    texts = phone.queue_letters(*phone.people)
    for _ in range(MAX_SEND_ATTEMPTS + 2):
        assert phone.deliver_due() == 0
        channel = phone.channel
        assert channel.paused_until is not None and channel.paused_until > clock.now() and channel.paused_reason
        hits = phone.count_hits()
        Outgoing.objects.update(due_at=clock.now())
        assert phone.deliver_due() == 0
        assert phone.count_hits() == hits, "a paused channel makes no calls"
        assert phone.rows("state", "attempts") == {("QUEUED", 0)}
        phone.expire_waits()
    phone.clear_faults()
    phone.deliver_due()
    assert phone.count_received() == Counter(texts)


def test_control_a_limit_taken_for_a_failure_kills_the_letters(
    phone: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = ZaloOA.send

    async def send_and_fail(*args: Any) -> Any:
        try:
            return await send(*args)
        except SendFailed as failed:
            failed.pause_channel = False
            raise

    monkeypatch.setattr(ZaloOA, "send", send_and_fail)
    phone.fault("rate_limit")
    phone.queue_letters(phone.people[0])
    for _ in range(MAX_SEND_ATTEMPTS):
        phone.deliver_due()
        phone.expire_waits()
    assert phone.rows("state") == {("DEAD",)}


def test_an_expired_token_is_renewed_once_for_everybody(phone: OutboxHarness) -> None:
    before = phone.get_credential.access_token
    grants = len(phone.stack.call_control("tokens", {"do": "expire_access"})["grants"])
    texts = phone.queue_letters(*phone.people * 4)
    assert phone.deliver_due() == len(texts)
    assert phone.count_received() == Counter(texts)
    now = phone.stack.call_control("tokens", {"do": "expire_access"})["grants"]
    assert len(now) == grants + 1
    assert phone.get_credential.access_token == now[-1]["access_token"] != before


def test_a_lost_grant_pauses_with_its_reason_until_somebody_authorises(phone: OutboxHarness, officer: Any) -> None:
    operator = officer("OPERATOR", "42")
    texts = phone.queue_letters(*phone.people)
    phone.stack.call_control("tokens", {"do": "revoke"})
    for _ in range(MAX_SEND_ATTEMPTS + 1):
        assert phone.deliver_due() == 0
        assert phone.channel.paused_reason and phone.channel.paused_until is not None
        assert phone.get_credential.lost_at is not None
        assert phone.rows("state", "attempts") == {("QUEUED", 0)}
        assert phone.channel.pk in {t.channel.pk for t in queries.list_troubled_channels(operator, now=clock.now())}
        phone.expire_waits()
    phone.authorise_account()
    assert phone.deliver_due() == len(texts)
    assert phone.count_received() == Counter(texts)


LOST_ANSWER = ["reset", "timeout", "http_5xx", "wrong_json", "empty", "half_close"]


@pytest.mark.parametrize("kind", LOST_ANSWER)
def test_a_lost_receipt_is_not_sent_again(phone: OutboxHarness, kind: str) -> None:
    phone.fault(kind, endpoint=SEND_ENDPOINT, when="after", count=3)
    texts = phone.queue_letters(*phone.people)
    assert phone.deliver_due() == 3
    assert phone.count_received() == Counter(texts), "they arrived, and three answers were lost"
    phone.expire_waits()
    assert phone.deliver_due() == 3
    assert phone.count_received() == Counter(texts)
    assert phone.rows("state") == {("SENT",)}
    assert all(ids for (ids,) in Outgoing.objects.values_list("external_ids"))


def test_control_without_asking_a_lost_receipt_is_sent_twice(
    phone: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(ZaloOA, "find_sent", find_nothing)
    phone.fault("reset", endpoint=SEND_ENDPOINT, when="after", count=1)
    (text,) = phone.queue_letters(phone.people[0])
    phone.deliver_due()
    phone.expire_waits()
    phone.deliver_due()
    assert phone.count_received()[text] == 2


def test_the_doubt_about_a_receipt_outlives_a_lost_token_and_a_limit(phone: OutboxHarness) -> None:
    (text,) = phone.queue_letters(phone.people[0])
    phone.fault("reset", endpoint=SEND_ENDPOINT, when="after", count=1)
    assert phone.deliver_due() == 0
    phone.expire_waits()
    phone.stack.call_control("tokens", {"do": "expire_access"})
    phone.fault("http_5xx", endpoint="/oauth/*", count=1)  # delivery cannot be checked
    assert phone.deliver_due() == 0
    phone.expire_waits()
    phone.fault("rate_limit", endpoint="*conversation*", count=1)
    assert phone.deliver_due() == 0
    assert phone.rows("state", "attempts", "delivery_unknown") == {("QUEUED", 1, True)}
    phone.expire_waits()
    assert phone.deliver_due() == 1
    assert phone.count_received()[text] == 1


def test_a_dead_letter_that_may_have_arrived_is_asked_for_before_an_officer_sends_it_again(
    phone: OutboxHarness, officer: Any
) -> None:
    (text,) = phone.queue_letters(phone.people[0])
    phone.fault("reset", endpoint=SEND_ENDPOINT, when="after", count=1)
    phone.fault("http_5xx", endpoint="*conversation*")
    for _ in range(MAX_SEND_ATTEMPTS):
        phone.deliver_due()
        phone.expire_waits()
    assert phone.rows("state") == {("DEAD",)}
    phone.clear_faults()
    row = Outgoing.objects.get()
    outbox.retry_message(public_id=str(row.public_id), officer=officer("OPERATOR", "42"), now=clock.now())
    assert phone.deliver_due() == 1
    assert phone.count_received()[text] == 1


def test_a_closed_window_is_dead_with_its_reason_and_holds_up_nobody(phone: OutboxHarness) -> None:
    silent, *others = phone.people
    long_ago = int((clock.now() - dt.timedelta(days=8)).timestamp() * 1000)
    phone.stack.call_control("citizen", {"citizen": silent, "last_interaction": long_ago})
    (lost, *texts) = phone.queue_letters(silent, *others)
    assert phone.deliver_due() == len(texts)
    assert phone.count_received() == Counter(texts)
    row = Outgoing.objects.get(text=lost)
    assert (row.state, row.code, row.attempts) == ("DEAD", "-230", 1)
    assert row.reason.startswith("Zalo chỉ cho gửi tới ai đã nhắn riêng")


def plan_faults(chance: random.Random, phone: OutboxHarness) -> int:
    """Generate a sequence of faults; return how many calls they spoil. No grant is lost permanently."""
    spoiled = 0
    for _ in range(chance.randint(1, 4)):
        count = chance.randint(1, 3)
        kind = chance.choice(
            [*LOST_ANSWER, "slow_drip", "http_429", "rate_limit", "token_expired", "token_revoked", "error"]
        )
        endpoint = chance.choice([SEND_ENDPOINT, SEND_ENDPOINT, "*conversation*", "/openapi/*"])
        when = "after" if kind in LOST_ANSWER else "before"
        phone.fault(kind, endpoint=endpoint, when=chance.choice(["before", when]), count=count)
        spoiled += count
    if chance.random() < 0.3:
        phone.stack.call_control("tokens", {"do": "expire_access"})
        if chance.random() < 0.5:
            phone.fault(chance.choice(["reset", "http_5xx", "timeout"]), endpoint="/oauth/*", count=1)
            spoiled += 1
    return spoiled


def test_two_hundred_scripts_of_trouble_lose_and_double_nothing(phone: OutboxHarness) -> None:
    chance = random.Random(2026)
    fault_counts: Counter[str] = Counter()
    for number in range(200):
        spoiled = plan_faults(chance, phone)
        fault_counts.update(phone.queue_letters(*chance.sample(phone.people, 2)))
        for _ in range(spoiled + 3):
            phone.deliver_due()
            if not Outgoing.objects.filter(state__in=["QUEUED", "SENDING"]).exists():
                break
            phone.expire_waits()
        assert phone.rows("state") == {("SENT",)}, f"script {number}"
        phone.clear_faults()
        Outgoing.objects.all().delete()
        if number % 20 == 19:
            assert phone.count_received() == fault_counts, f"script {number}"
    assert phone.count_received() == fault_counts
    assert phone.get_credential.lost_at is None
