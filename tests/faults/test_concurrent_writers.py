"""Concurrent writers: one wins, the other sees the result; nothing is done twice, no deadlock (F15)."""

import datetime as dt
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import Popen
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from binhyen.bulletins import queries as bulletin_queries
from binhyen.bulletins import services as bulletins
from binhyen.bulletins.models import Bulletin
from binhyen.bulletins.tests.scene import DAY, create_bulletin, create_group
from binhyen.cases.choices import Grade, Outcome, State
from binhyen.cases.escalation_settings import get_alarm_delays
from binhyen.cases.models import Case, CaseEvent, CaseMessage, Report
from binhyen.cases.rules import NotAllowed, NotFound
from binhyen.cases.services import closing, linking, officer_actions, unit_of_work
from binhyen.cases.services.unit_of_work import StaleCase
from binhyen.cases.tests.scene import create_message, open_case
from binhyen.channels.models import Channel, Inbound, Membership, Message, Outgoing
from binhyen.channels.services import outbox
from binhyen.kit import clock
from binhyen.kit.database.sql_files import read_sql_file
from binhyen.people.models import Officer
from binhyen.people.services import RuleViolation
from binhyen.vault.models import DisclosureRequest, Reporter
from binhyen.vault.services import disclosure
from binhyen.vault.tests.people import restore_first_keys
from binhyen.vault.tests.test_disclosure import DisclosureScene as Asking
from tests.faults.doorway import UNRELATED_QUESTION, build_text_event, post_events
from tests.faults.phone import SEND_ENDPOINT, OutboxHarness
from tests.process_harness import ProcessHarness, get_owner_dsn, is_reachable, wait_until

pytestmark = pytest.mark.fault


@pytest.mark.django_db
def test_this_is_the_test_database() -> None:
    """Marks the module, so that pytest-django creates the test database even if this file runs alone."""


class Scene:
    """A case, another one, an unassigned message, and two officers of the same unit."""

    def __init__(self, officer: Callable[..., Officer], unit: Callable[[str], Any]) -> None:
        self.officers = [officer("CHIEF", "18568"), officer("CHIEF", "18568")]
        self.case, self.other = open_case(unit("18568")), open_case(unit("18568"))
        self.loose, more = create_message(unit("18568")), create_message(unit("18568"), is_held=True)
        self.province = unit("42")
        self.version = self.case.version
        self.held = str(Message.objects.get(case_messages__case=self.case).public_id)
        CaseMessage.objects.create(
            case=self.case, message=more, attached_at=self.case.opened_at, attached_by="system:x"
        )


Act = Callable[[Scene, Officer, dt.datetime], Any]


def build_arguments(s: Scene, o: Officer, now: dt.datetime) -> dict[str, Any]:
    return {"code": s.case.code, "officer": o, "version": s.version, "now": now}


ACTS: dict[str, Act] = {
    "acknowledge": lambda s, o, n: officer_actions.acknowledge_alarm(**build_arguments(s, o, n)),
    "take": lambda s, o, n: officer_actions.assign_to_self(**build_arguments(s, o, n)),
    "assign": lambda s, o, n: officer_actions.assign_case(**build_arguments(s, o, n), to=s.officers[1]),
    "hand_on": lambda s, o, n: officer_actions.transfer(
        **build_arguments(s, o, n), unit=s.province, reason="Vượt thẩm quyền"
    ),
    "note": lambda s, o, n: officer_actions.add_note(**build_arguments(s, o, n), text="Đã gọi điện."),
    "set_state": lambda s, o, n: officer_actions.set_case_state(**build_arguments(s, o, n), to=State.RECEIVED),
    "ask": lambda s, o, n: officer_actions.ask_reporters(**build_arguments(s, o, n), question="Ở đâu?"),
    "answer": lambda s, o, n: officer_actions.answer_reporters(**build_arguments(s, o, n), text="Đang đến."),
    "reclassify": lambda s, o, n: officer_actions.reclassify_case(
        **build_arguments(s, o, n), category="theft", urgency=2
    ),
    "grade": lambda s, o, n: officer_actions.grade_tip(**build_arguments(s, o, n), grade=Grade.VALUABLE),
    "close": lambda s, o, n: closing.close_case(
        **build_arguments(s, o, n), outcome=Outcome.ANSWERED, result="Đã kiểm tra."
    ),
    "add_evidence": lambda s, o, n: closing.add_evidence(**build_arguments(s, o, n), text="Biên bản 01"),
    "attach": lambda s, o, n: linking.attach_message(**build_arguments(s, o, n), message_id=str(s.loose.public_id)),
    "detach": lambda s, o, n: linking.detach_message(**build_arguments(s, o, n), message_id=s.held),
    "merge": lambda s, o, n: linking.merge_cases(**build_arguments(s, o, n), into=s.other.code),
    "relate": lambda s, o, n: linking.link_cases(**build_arguments(s, o, n), other=s.other.code, kind="RELATED"),
}


def run_concurrently(*functions: Callable[[], Any]) -> list[Any]:
    """Run functions concurrently, each on its own connection; return results or exceptions."""
    gate = threading.Barrier(len(functions))

    def run_one(work: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(20)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run_one, functions))


@pytest.mark.parametrize("first", ACTS)
def test_two_officers_on_one_case(real_db: None, officer: Any, unit: Any, first: str) -> None:
    """Two concurrent actions: one wins, the other gets an error that explains it and has changed nothing."""
    for second in ACTS:
        scene = Scene(officer, unit)
        before = CaseEvent.objects.count()
        now = clock.now()
        acts = zip((first, second), scene.officers, strict=True)
        ends = run_concurrently(*(partial(ACTS[act], scene, acting_officer, now) for act, acting_officer in acts))
        winners = [end for end in ends if isinstance(end, Case)]
        gone = {first, second} & {"hand_on"} and winners and winners[0].unit == scene.province
        losers = [end for end in ends if isinstance(end, NotFound if gone else StaleCase)]
        assert (len(winners), len(losers)) == (1, 1), (first, second, ends)
        check_single_effect(scene, winners[0], losers[0], before)


def check_single_effect(scene: Scene, winner: Case, loser: Any, before: int) -> None:
    case_events = [e for e in CaseEvent.objects.order_by("id")[before:] if e.case_id == scene.case.pk]
    assert len({e.officer_id for e in case_events}) == 1, "one officer's work only"
    scene.case.refresh_from_db()
    assert scene.case.version == winner.version
    if isinstance(loser, StaleCase):
        assert [e.pk for e in loser.events] == [e.pk for e in case_events], "the loser sees what happened"
        assert loser.case.version == winner.version


def test_control_without_the_version_check_both_believe_they_won(
    real_db: None, officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = unit_of_work.lock_case

    def skip_version_check(code: str, *, officer: Officer, version: int | None) -> Case:
        return lock(code, officer=officer, version=None)

    for module in (officer_actions, closing, linking):
        monkeypatch.setattr(module, "lock_case", skip_version_check)
    scene = Scene(officer, unit)
    now, (first_officer, second_officer) = clock.now(), scene.officers
    ends = run_concurrently(
        lambda: ACTS["note"](scene, first_officer, now), lambda: ACTS["close"](scene, second_officer, now)
    )
    assert not any(isinstance(end, StaleCase) for end in ends)
    assert CaseEvent.objects.filter(case=scene.case, officer__in=scene.officers).count() == 2


def test_two_people_approve_one_bulletin(
    real_db: None, officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One approves, the other hears that it moved on; the control without the lock shows that both would."""
    author, approvers = officer("OFFICER"), [officer("CHIEF"), officer("PROVINCE_STAFF", "42")]
    create_group(unit("18568"))

    def approve_at_once(code: str) -> list[bool]:
        ends = run_concurrently(
            *(partial(bulletins.approve_bulletin, code=code, officer=person, now=DAY) for person in approvers)
        )
        assert all(isinstance(end, Bulletin | RuleViolation) for end in ends), ends
        return sorted(isinstance(end, RuleViolation) for end in ends)

    rows = [create_bulletin(author, now=DAY) for _ in range(2)]
    for row in rows:
        bulletins.submit_bulletin(code=row.code, officer=author, now=DAY)
    assert approve_at_once(rows[0].code) == [False, True]

    both, read = threading.Barrier(2), bulletin_queries.get_visible_bulletin

    def read_without_lock(reader: Any, code: str, *, for_update: bool = False) -> Bulletin:
        row = read(reader, code)
        both.wait(20)
        return row

    monkeypatch.setattr(bulletin_queries, "get_visible_bulletin", read_without_lock)
    assert approve_at_once(rows[1].code) == [False, False], "control"


def test_merges_both_ways_at_once_do_not_wait_for_each_other(real_db: None, officer: Any, unit: Any) -> None:
    for _ in range(20):
        scene = Scene(officer, unit)
        a, b = scene.case.code, scene.other.code
        first_officer, second_officer = scene.officers
        ends = run_concurrently(
            partial(linking.merge_cases, code=a, into=b, officer=first_officer, version=None, now=clock.now()),
            partial(linking.merge_cases, code=b, into=a, officer=second_officer, version=None, now=clock.now()),
        )
        assert sorted(type(end).__name__ for end in ends) == ["Case", "NotAllowed"], ends
        assert Case.objects.filter(state="MERGED", pk__in=[scene.case.pk, scene.other.pk]).count() == 1


def test_control_locks_in_the_order_of_the_call_would_wait_for_each_other(
    real_db: None, officer: Any, unit: Any
) -> None:
    """Each locks its own case first and waits until the other has done so: then a deadlock follows."""
    scene, gate = Scene(officer, unit), threading.Barrier(2)

    def lock_crosswise(first: str, second: str, o: Officer) -> Any:
        with transaction.atomic():
            unit_of_work.lock_case(first, officer=o, version=None)
            gate.wait(20)
            return unit_of_work.lock_case(second, officer=o, version=None)

    a, b = scene.case.code, scene.other.code
    first_officer, second_officer = scene.officers
    ends = run_concurrently(lambda: lock_crosswise(a, b, first_officer), lambda: lock_crosswise(b, a, second_officer))
    assert any("deadlock" in str(end) for end in ends)


def test_many_hands_attach_the_same_message_once(real_db: None, officer: Any, unit: Any) -> None:
    scene = Scene(officer, unit)
    now, message = clock.now(), str(scene.loose.public_id)
    ends = run_concurrently(
        *(
            lambda o=o: linking.attach_message(
                code=scene.case.code, message_id=message, officer=o, version=None, now=now
            )
            for o in scene.officers * 2
        )
    )
    assert sum(isinstance(end, Case) for end in ends) == 1
    assert all(isinstance(end, Case | NotAllowed) for end in ends), ends
    assert CaseMessage.objects.filter(case=scene.case, message=scene.loose).count() == 1
    assert Report.objects.filter(case=scene.case).count() == 2


def promote_concurrently(scene: Scene) -> list[Any]:
    """Click «Mở vụ việc» four times under one message, by two officers, at the same moment."""
    now, message = clock.now(), str(scene.loose.public_id)
    return run_concurrently(
        *(
            lambda o=o: linking.promote_message(
                message_id=message, officer=o, category="theft", urgency=1, ladder=get_alarm_delays(), now=now
            )
            for o in scene.officers * 2
        )
    )


def test_many_taps_make_one_case_of_a_message(real_db: None, officer: Any, unit: Any) -> None:
    scene = Scene(officer, unit)
    ends = promote_concurrently(scene)
    assert sum(isinstance(end, Case) for end in ends) == 1
    assert all(isinstance(end, Case | NotAllowed) for end in ends), ends
    assert CaseMessage.objects.filter(message=scene.loose).count() == 1


def test_control_without_the_lock_a_message_becomes_several(
    real_db: None, officer: Any, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = linking.message_queries.get_visible_message
    meet = threading.Barrier(4)

    def read_unlocked(officer: Officer, public_id: str, *, for_update: bool = False) -> Message:
        message_row = plain(officer, public_id)
        meet.wait(20)  # all have read before one writes
        return message_row

    monkeypatch.setattr(linking.message_queries, "get_visible_message", read_unlocked)
    scene = Scene(officer, unit)
    assert sum(isinstance(end, Case) for end in promote_concurrently(scene)) == 4


def join_two_groups_at_once(unit: Any) -> list[bool]:
    """Add a person to a group while the transaction of their other group is open; return the marks of both."""
    groups = [create_group(unit("18568")) for _ in range(2)]
    person = Reporter.objects.create(created_at=DAY)
    insert = "INSERT INTO channels_membership (group_id, reporter_id, joined_at) VALUES (%s, %s, now())"
    with psycopg.connect(get_owner_dsn(), autocommit=True) as other:
        other.execute("SET lock_timeout = '100ms'")
        with transaction.atomic():
            Membership.objects.create(group=groups[0], reporter=person, joined_at=DAY)
            with suppress(psycopg.errors.LockNotAvailable):
                other.execute(insert, (groups[1].pk, person.pk))
        if not Membership.objects.filter(group=groups[1]).exists():
            other.execute(insert, (groups[1].pk, person.pk))
    return list(Membership.objects.filter(reporter=person).values_list("in_several_groups", flat=True))


def test_both_groups_of_a_person_who_joins_them_at_once_are_marked(real_db: None, unit: Any) -> None:
    assert join_two_groups_at_once(unit) == [True, True]


def test_control_without_the_lock_neither_group_is_marked(real_db: None, unit: Any) -> None:
    text = read_sql_file("channels", "channels_mark_several_groups")
    function, lock = (
        text[: text.index("CREATE TRIGGER")].replace("CREATE F", "CREATE OR REPLACE F"),
        "FOR NO KEY UPDATE",
    )
    with connection.cursor() as cursor:
        cursor.execute(function.replace(lock, ""))
    try:
        assert join_two_groups_at_once(unit) == [False, False]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(function)


@pytest.fixture
def asking(real_db: None, officer: Any) -> Iterator[Asking]:
    """Create a custodian with a key, two more with theirs, and a reporter."""
    now = clock.now()
    with transaction.atomic():
        scene = Asking(officer, now)
    yield scene
    with transaction.atomic():
        restore_first_keys(now)


def test_two_taps_ask_once_who_somebody_is(asking: Asking) -> None:
    ends = run_concurrently(asking.ask, asking.ask)
    assert [type(end) for end in ends if not isinstance(end, RuleViolation)] == [DisclosureRequest], ends
    assert DisclosureRequest.objects.count() == 1


def test_control_without_waiting_they_are_two(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    meet, plain = threading.Barrier(2), disclosure.list_own_requests
    monkeypatch.setattr(disclosure, "acquire_xact_lock", lambda lock: None)
    monkeypatch.setattr(disclosure, "list_own_requests", lambda *a, **k: (list(plain(*a, **k)), meet.wait(20))[0])
    assert [type(end) for end in run_concurrently(asking.ask, asking.ask)] == [DisclosureRequest, DisclosureRequest]


READER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "binhyen.settings"
import django; django.setup()
from binhyen.intake import inbox_worker
from binhyen.channels.kinds.zalo_oa.adapter import ZaloOA
inbox_worker.MAX_BATCH_ROWS = 7
parse = ZaloOA.parse
def odd(self, account, name, body):
    if b'"bad' in body: raise ZeroDivisionError
    return parse(self, account, name, body)
ZaloOA.parse = odd
print("ready", flush=True); sys.stdin.readline()
inbox_worker.drain_inbox()
"""


@pytest.fixture
def readers(oa: Channel) -> Iterator[list[Popen[str]]]:
    """Start three processes that wait for a line, then read the inbox; one message in it makes each of them fail."""
    root = str(Path(__file__).resolve().parents[2])
    more = {"DATABASE_URL": get_owner_dsn(), "PYTHONPATH": root, "BINHYEN_LOG": "CRITICAL"}
    processes = [
        Popen([sys.executable, "-c", READER], env=os.environ | more, cwd=root, stdin=-1, stdout=-1, text=True)
        for _ in range(3)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("poison", [False, True])
def test_three_readers_at_once_keep_order_and_double_nothing(
    oa: Channel, readers: list[Popen[str]], poison: bool
) -> None:
    """Ten people write two messages each; reading a second message first would give two cases or a wrong order."""
    turns = [
        build_text_event(
            f"{UNRELATED_QUESTION}. Câu {turn}.", user=f"5{sender_number}", msg_id=f"{sender_number}-{turn}"
        )
        for turn in range(12)
        for sender_number in range(10)
    ]
    if poison:
        turns[35:35] = [build_text_event(msg_id="bad1")]
    assert set(post_events(oa, *turns)) == {200}
    for process in readers:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in readers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(120) for process in readers] == [0, 0, 0]
    assert Message.objects.count() == len(turns) - poison
    assert Case.objects.count() == Outgoing.objects.count() == 10
    assert CaseMessage.objects.count() == 120
    by_person = itertools.groupby(Message.objects.order_by("reporter_id", "id"), key=lambda m: m.reporter_id)
    for _, messages in by_person:
        assert [int(m.external_id.split("-")[1]) for m in messages] == list(range(12))
    assert Inbound.objects.exclude(state="DONE").count() == poison


@pytest.fixture
def phone(real_db: None, tmp_path: Path) -> Iterator[OutboxHarness]:
    stack = ProcessHarness(tmp_path)
    try:
        stack.start_processes("emulator")
        wait_until(lambda: is_reachable(f"{stack.zalo}/_control/setup"), why="stand-in")
        yield OutboxHarness(stack)
    finally:
        stack.stop_processes("emulator")


def test_deliverers_at_once_send_once(phone: OutboxHarness) -> None:
    phone.fault("slow_drip", endpoint=SEND_ENDPOINT, seconds=0.3, count=6)
    texts = phone.queue_letters(*phone.people * 4)
    channel = phone.channel.pk
    counts = run_concurrently(*[lambda: outbox.deliver_due(channel_id=channel)] * 4)
    assert sorted(counts) == [0, 0, 0, len(texts)]
    assert phone.count_received() == dict.fromkeys(texts, 1)


def test_a_deliverer_that_lost_its_lock_still_doubles_nothing(phone: OutboxHarness) -> None:
    """Claimed rows belong to the claiming process until the lease expires, with or without the lock of the channel."""
    phone.fault("slow_drip", endpoint=SEND_ENDPOINT, seconds=0.3, count=6)
    texts = phone.queue_letters(*phone.people * 4)
    channel = phone.channel.pk
    counts = run_concurrently(*[lambda: outbox._deliver_all(channel)] * 4)
    assert sum(counts) == len(texts)
    assert phone.count_received() == dict.fromkeys(texts, 1)


def test_control_without_lock_and_claim_letters_go_out_twice(
    phone: OutboxHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Barrier(2)

    def claim_rows(channel_id: int, *, now: dt.datetime) -> list[Outgoing]:
        rows = list(Outgoing.objects.filter(state="QUEUED").select_related("conversation", "group"))
        if rows:
            gate.wait(20)
        return rows

    monkeypatch.setattr(outbox, "_claim_due", claim_rows)
    texts = phone.queue_letters(*phone.people)
    channel = phone.channel.pk
    run_concurrently(*[lambda: outbox._deliver_all(channel)] * 2)
    assert phone.count_received() == dict.fromkeys(texts, 2)
