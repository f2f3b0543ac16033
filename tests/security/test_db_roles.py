"""Each process has its own database role, and each job of a queue can do its work with the role of its process."""

import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from binhyen.cases.models import Case
from binhyen.cases.tests.scene import open_case
from binhyen.channels.models import Attachment, Channel, Conversation, Group, Message, Outgoing
from binhyen.channels.services import async_dlp
from binhyen.conduct.models import Complaint
from binhyen.conduct.services.worker_tasks import seal_for_job
from binhyen.conduct.tests.scene import submit_complaint
from binhyen.kit import clock
from binhyen.kit.ids import generate_code, generate_uuid7
from binhyen.people.models import Officer
from binhyen.privacy.models import Request
from binhyen.rls.grants import PERIODIC_FUNCTION
from binhyen.supervisor import READER_POOLS, SENDER_POOLS
from binhyen.tips.models import Tip
from binhyen.vault.models import Reporter
from binhyen.vault.services import create_conversation_key
from tests import rls
from tests.process_harness import run_processes, wait_until

_SEEN = """SELECT usename FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'"""  # the server's own background workers have no name
OURS = sorted(name for name in app.tasks if not name.startswith(("builtin", "procrastinate")))


def get_worker_role(queue: str) -> str:
    return "sender" if queue in SENDER_POOLS[0].queues else "worker"


def list_connected_roles() -> set[str]:
    with psycopg.connect(rls.get_owner_dsn()) as owner_connection:
        return {row[0] for row in owner_connection.execute(_SEEN)}


def test_no_process_comes_in_as_the_owner(real_db: None, tmp_path: Path) -> None:
    connection.close()
    with run_processes(tmp_path) as stack:
        wanted = {"binhyen_gateway", "binhyen_pages", "binhyen_worker", "binhyen_sender"}
        connection.close()
        wait_until(lambda: open_database(stack.url), why="pages")
        wait_until(lambda: list_connected_roles() >= wanted, why=f"all logins, not only {list_connected_roles()}")
        connection.close_pool()
        # The server closes our own connections shortly after us.
        wait_until(
            lambda: list_connected_roles() == wanted, 10, f"nobody else, not also {list_connected_roles() - wanted}"
        )


def open_database(url: str) -> bool:
    try:
        asked = urllib.request.Request(f"{url}/ban-truc", headers={"Cookie": "binhyen_session=nobody"})
        urllib.request.urlopen(asked, timeout=5).close()
    except urllib.error.HTTPError as error:
        assert error.code == 503  # the pages are starting
        return False
    except TimeoutError:
        return False
    return True


@pytest.fixture
def waiting(unit: Any, now: Any) -> Channel:
    """Create a channel with something to read, fetch, send and sync."""
    channel = Channel.objects.get(kind="web")
    reporter = Reporter.objects.create(created_at=now)
    talk = Conversation.objects.create(channel=channel, reporter=reporter)
    message = Message.objects.create(
        channel=channel,
        conversation=talk,
        reporter=reporter,
        unit=unit("18568"),
        external_id=generate_code(),
        text="x",
        sent_at=now,
        received_at=now,
    )
    Attachment.objects.create(message=message, kind="file", url="https://example.invalid/x")
    Outgoing.objects.create(
        key=generate_code(),
        channel=channel,
        conversation=talk,
        unit=unit("18568"),
        purpose="ACK",
        text="x",
        created_at=now,
        due_at=now,
    )
    Group.objects.create(channel=channel, area=unit("18568").area, unit=unit("18568"), level="COMMUNE", name="x")
    return channel


@pytest.fixture
def asked_for(officer: Any, now: Any) -> None:
    """Create a handled complaint and one not taken up yet, a tip that the desk answers, a granted data request."""
    officer("PROVINCE_DUTY", "42")
    submit_complaint(now=now)
    lifted = Case.objects.get(is_restricted=True)
    tip = Tip.objects.create(
        lookup=b"l",
        page_wrapped_key=b"w",
        text_digest=b"s",
        last_word_at=now,
        last_message_at=now,
        lock=create_conversation_key(["TIPS"], now=now),
        case=open_case(lifted.unit, now=now),
    )
    assert tip.case.state == "NEW"
    untaken = open_case(lifted.unit, now=now)
    Case.objects.filter(pk=untaken.pk).update(is_restricted=True)
    reporter = Reporter.objects.latest("pk")
    talk = Conversation.objects.filter(reporter=reporter).first()
    Request.objects.create(
        reporter=reporter,
        conversation=talk,
        kind="ACCESS",
        via="LINK",
        state="GRANTED",
        asked_at=now,
        due_at=now,
        answered_at=now,
    )


def get_job_arguments(name: str, channel: Channel) -> dict[str, Any]:
    complaint, duty = Complaint.objects.first(), Officer.objects.filter(role="PROVINCE_DUTY").first()
    number, officer_id = (complaint.pk if complaint else 0), (duty.pk if duty else 0)
    return {
        "conduct.seal_case": {"case_id": (Case.objects.filter(is_restricted=True).last() or Case()).pk},
        "conduct.update_exclusions": {"case_id": (Case.objects.filter(is_restricted=True).last() or Case()).pk},
        "conduct.letter": {
            "complaint_id": number,
            "sealed": seal_for_job("Đã nhận, đang làm rõ.", complaint_id=number),
        },
        "conduct.extract": {
            "complaint_id": number,
            "sealed": seal_for_job("Mất xe máy ở xã Lộc Hà", complaint_id=number),
            "officer_id": officer_id,
            "urgency": 1,
        },
        "tips.answered": {"tip": str((Tip.objects.first() or Tip()).public_id), "officer": officer_id},
        "privacy.carry_out": {"request": (Request.objects.first() or Request()).pk},
        "privacy.channel_erasures": {"reporter": Reporter.objects.latest("pk").pk},
        "scams.collect": {"case_ids": [0]},
        "scams.answer": {"case_ids": [0]},
        "missing.match": {"record_id": 0},
        "bulletins.withdraw_recalled": {"codes": [], "reason": "Đã tìm thấy"},
        "procedures.answer": {"case_ids": [0]},
        "procedures.answer_reply": {"case_ids": [0]},
        "channels.catch_up": {"channel_id": channel.pk},
        "channels.read_plan": {"channel_id": channel.pk},
        "cases.match": {"case_ids": [1]},
        "cases.rebuild_search": {"message_ids": [1]},
        "cases.notify_disclosure": {"key": "k", "reporter_id": 1, "subject": "case:ZZZZZZZZ", "why": "x"},
        "channels.deliver": {"channel_id": channel.pk},
        "channels.deliver_push": {"channel_id": channel.pk},
        "channels.retry_push": {"keys": ["k"]},
        "channels.fetch_media": {"channel_id": channel.pk},
        "channels.create_group": {"group_id": 0},
        "channels.answer_join_requests": {"group_id": 0},
        "channels.look_at_groups": {"channel_id": channel.pk},
        "channels.store_fingerprints": list_tip_jobs() if name == "channels.store_fingerprints" else {},
        "channels.delete_fingerprints": {"sources": [str(generate_uuid7())]},
    }.get(name, {})


def list_tip_jobs() -> dict[str, Any]:
    """Return the jobs that a tip leaves for the worker."""
    async_dlp.defer_fingerprints(
        [async_dlp.ConfidentialText(generate_uuid7(), "Quán bi a nhận ghi đề", 1)], now=clock.now()
    )
    return dict(ProcrastinateJob.objects.filter(task_name="channels.store_fingerprints").latest("id").args)


def run_job(name: str, channel: Channel, process: str) -> None:
    task, given = app.tasks[name], get_job_arguments(name, channel)
    with rls.acting_as(process):
        try:
            task.func(**given)
        except Group.DoesNotExist:
            assert name in {"channels.create_group", "channels.answer_join_requests"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", OURS)
def test_a_job_may_do_its_work(name: str, waiting: Channel, asked_for: None) -> None:
    queue = app.tasks[name].queue
    assert queue in {name for pool in (*READER_POOLS, *SENDER_POOLS) for name in pool.queues}
    run_job(name, waiting, get_worker_role(queue))


@pytest.mark.django_db
def test_the_right_queue_with_the_wrong_login_is_refused(waiting: Channel) -> None:
    """The control: the same job with another role."""
    with pytest.raises(ProgrammingError):
        run_job("channels.purge", waiting, "sender")


_EVERY_SECOND = "SELECT procrastinate_defer_periodic_job_v2('urgent', NULL, 'x.look', 'x.look', 0, '', %s, '{}')"


def get_second_job_error(process: str) -> str | None:
    """Return the database's error when a periodic job is deferred while the previous one still waits."""
    with rls.acting_as(process), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_EVERY_SECOND, [1])
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            cursor.execute(_EVERY_SECOND, [2])
        transaction.set_rollback(True)
    assert isinstance(refused.value.__cause__, psycopg.errors.UniqueViolation)
    return refused.value.__cause__.diag.message_detail


@pytest.mark.django_db
@pytest.mark.parametrize("process", ["worker", "sender"])
def test_a_slow_second_does_not_end_a_worker(process: str) -> None:
    """Procrastinate exits unless it is given the name of the key that already exists."""
    assert "(x.look)" in (get_second_job_error(process) or "")


@pytest.mark.django_db
def test_control_with_its_own_rights_it_would_not_be_told() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER FUNCTION {PERIODIC_FUNCTION} SECURITY INVOKER")
    assert get_second_job_error("worker") is None


@pytest.mark.django_db
def test_pages_defer_nothing_periodic() -> None:
    with rls.acting_as("pages"), pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(_EVERY_SECOND, [1])


# The limits that docs/threat-model.md («Compromise of one process») states for a compromised process.
UNREAD = [
    ("sender", "SELECT title, snippet, search_text FROM cases_case"),
    ("sender", "SELECT text FROM channels_message"),
    ("sender", "SELECT username, password FROM people_officer"),
    ("gateway", "SELECT title FROM cases_case"),
    ("custody", "SELECT title, search_text FROM cases_case WHERE NOT is_restricted AND kind <> 'sealed_tip'"),
]


def can_read(process: str, statement: str) -> bool:
    with rls.acting_as(process), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement)
                return cursor.fetchone() is not None
        except ProgrammingError:
            return False


@pytest.mark.django_db
@pytest.mark.parametrize(("process", "statement"), UNREAD)
def test_a_process_taken_over_does_not_read(process: str, statement: str, waiting: Channel, asked_for: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.fetchone(), "there is something to read"
    assert not can_read(process, statement)


@pytest.mark.django_db
def test_control_a_right_too_many_is_found(waiting: Channel, asked_for: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("GRANT SELECT ON cases_case, people_officer TO binhyen_sender")
        cursor.execute("CREATE POLICY stray ON cases_case TO binhyen_sender USING (true)")
    assert all(can_read(*UNREAD[n]) for n in (0, 2))
