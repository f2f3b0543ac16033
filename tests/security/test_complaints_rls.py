"""Row-level security of complaints: an officer of the province who can run SQL with the pages' role finds no row of
one.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from django.db import connection

from binhyen.cases.models import Case, Note, Relation
from binhyen.channels.types import Media
from binhyen.conduct.models import Complaint
from binhyen.conduct.services import alarms, handling
from binhyen.conduct.tests.scene import BEATING, RUDE, create_handler
from binhyen.intake import web_reports
from binhyen.intake.tests.chat_reports import create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, make_picture
from binhyen.kit.ids import generate_token
from binhyen.kit.jobs import defer_once
from binhyen.kit.rls_scope import rls_scope
from binhyen.people.access import get_rls_scope
from binhyen.rls import policies
from binhyen.vault.services.disclosure import NOTIFY_JOB
from tests import rls

pytestmark = pytest.mark.django_db
# Table → the reference from its row to the complaint's case (`C`), message (`M`), conversation key (`L`) or person
# (`R`).
ROWS = {
    "cases_case": "id = {C}",
    "cases_caseevent": "case_id = {C}",
    "cases_clock": "case_id = {C}",
    "cases_casemessage": "case_id = {C}",
    "cases_report": "case_id = {C}",
    "cases_note": "case_id = {C}",
    "cases_relation": "case_id = {C}",
    "channels_message": "id = {M}",
    "channels_attachment": "message_id = {M}",
    "channels_outgoing": "case_id = {C}",
    "channels_conversation": "reporter_id = {R}",
    "conduct_complaint": "case_id = {C}",
    "conduct_desktransfer": "complaint_id = {K}",
    "conduct_complaintalarm": "complaint_id = {K}",
    "conduct_file": "complaint_id = {K}",
    "vault_sealedtext": "lock_id = {L}",
    "vault_wrappedkey": "lock_id = {L}",
    "people_conflictrule": "id = {V}",
    "procrastinate_jobs": "task_name LIKE 'conduct.%%'",
}


@pytest.fixture
def complaint_rows(
    officer: Callable[..., Any], now: dt.datetime, settings: Any, tmp_path: Any
) -> Iterator[dict[str, int]]:
    """Create a complaint of a chat and one of the web page, with rows in every dependent table; return ids of the
    first.
    """
    settings.FILES_ROOT = tmp_path
    duty = create_handler(officer, "PROVINCE_DUTY", now)
    web_reports.send_report(sending=web_reports.Submission(key=generate_token(), text=NOISE), now=now)
    ordinary = Case.objects.get()
    run_pipeline((create_person(), BEATING), media=(Media(kind="image", url="https://example.test/a.jpg"),))
    complaint = Complaint.objects.select_related("case").get()
    handling.answer_complaint(complaint=complaint, text="Đã nhận", officer=duty, now=now)
    Note.objects.create(case=complaint.case, officer=duty, text="x", at=now)
    Relation.objects.create(case=complaint.case, related_case=ordinary, kind="RELATED", at=now, officer=duty)
    web_reports.send_report(
        sending=web_reports.Submission(
            key=generate_token(), text=RUDE, photos=(web_reports.UploadedPhoto("a.jpg", make_picture().read()),)
        ),
        now=now,
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conduct_file SET complaint_id = %s", [complaint.pk])
    link = complaint.case.case_messages.get()
    report = complaint.case.reports.get()
    yield {
        "C": complaint.case_id,
        "M": link.message_id,
        "L": complaint.lock_id or 0,
        "R": report.reporter_id,
        "K": complaint.pk,
        "V": complaint.veto_id,
        "O": ordinary.pk,
    }


def find_readable_tables(complaint_rows: dict[str, int], scope: str) -> set[str]:
    """Return tables of which the pages' role reads a row of the complaint, acting for an officer."""
    shown = set()
    with rls.acting_as("pages"), rls_scope(scope), connection.cursor() as cursor:
        for table, where in ROWS.items():
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {where.format(**complaint_rows)}")
            if cursor.fetchone()[0]:
                shown.add(table)
    return shown


@contextmanager
def without_policies(*tables: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@pytest.mark.parametrize("role", ["PROVINCE_DUTY", "PROVINCE_STAFF", "INSPECTOR", "DIRECTOR", "OPERATOR", "CUSTODIAN"])
def test_no_row_of_a_complaint_is_readable(
    complaint_rows: dict[str, int], officer: Callable[..., Any], role: str
) -> None:
    readable_tables = find_readable_tables(complaint_rows, get_rls_scope(officer(role, "42")))
    # Operators monitor the delivery of outgoing messages, so they see which conversations exist, but not their subject
    # or text.
    assert readable_tables - ({"channels_conversation"} if role == "OPERATOR" else set()) == set()


@pytest.mark.parametrize("role", ["OFFICER", "CHIEF", "VILLAGE_TEAM"])
def test_nor_by_the_unit_concerned(complaint_rows: dict[str, int], officer: Callable[..., Any], role: str) -> None:
    assert find_readable_tables(complaint_rows, get_rls_scope(officer(role, "18568"))) == set()


def test_every_one_of_them_has_a_row_to_be_found(complaint_rows: dict[str, int], officer: Callable[..., Any]) -> None:
    """Controls: each table without its policy shows the row, so each policy has an effect."""
    scope = get_rls_scope(officer("PROVINCE_STAFF", "42"))
    for table in ROWS:
        assert table in policies.PAGES_POLICIES, table
        with without_policies(table):
            assert table in find_readable_tables(complaint_rows, scope), table


def test_ordinary_rows_stay_the_provinces(complaint_rows: dict[str, int], officer: Callable[..., Any]) -> None:
    scope = get_rls_scope(officer("PROVINCE_DUTY", "42"))
    with rls.acting_as("pages"), rls_scope(scope), connection.cursor() as cursor:
        for table, column in (
            ("cases_case", "id"),
            *((t, "case_id") for t in ("cases_caseevent", "cases_clock", "cases_report", "cases_casemessage")),
        ):
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [complaint_rows["O"]])
            assert cursor.fetchone()[0] > 0, table
        cursor.execute("SELECT count(*) FROM channels_message WHERE text <> ''")
        assert cursor.fetchone()[0] == 1


def test_a_summons_is_read_by_whom_it_calls_alone(complaint_rows: dict[str, int], officer: Callable[..., Any]) -> None:
    from binhyen.conduct.models import HandlerAlert
    from binhyen.people.models import Officer

    [called] = Officer.objects.filter(pk__in=HandlerAlert.objects.values("officer"))
    other = officer("PROVINCE_STAFF", "42")
    for reader, count in ((called, 1), (other, 0)):
        with rls.acting_as("pages"), rls_scope(get_rls_scope(reader)), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM conduct_handleralert")
            assert cursor.fetchone()[0] == count


def test_words_of_a_letter_do_not_lie_open_in_a_job(complaint_rows: dict[str, int], now: dt.datetime) -> None:
    from binhyen.conduct.services import worker_tasks

    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'conduct.letter'")
        [(told_to_worker,)] = cursor.fetchall()
    arguments = orjson.loads(told_to_worker)
    assert "Đã nhận" not in told_to_worker
    assert worker_tasks.open_job_text(arguments["sealed"], complaint_id=arguments["complaint_id"]) == "Đã nhận"
    assert alarms.run_alarms(now=now) == 0


def list_visible_jobs(officer: Callable[..., Any]) -> list[str]:
    with rls.acting_as("pages"), rls_scope(get_rls_scope(officer("OPERATOR", "42"))), connection.cursor() as cursor:
        cursor.execute("SELECT args->>'subject' FROM procrastinate_jobs WHERE task_name = %s", [NOTIFY_JOB])
        return sorted(row[0] for row in cursor.fetchall())


@pytest.fixture
def opened(complaint_rows: dict[str, int]) -> None:
    """Approve by two custodians, for a complaint and for an ordinary case: a job each notifies the person."""
    complaint = Complaint.objects.get(pk=complaint_rows["K"])
    for subject in (f"conduct:{complaint.public_id}", "case:K7M29QXD"):
        defer_once(
            queue="intake",
            task=NOTIFY_JOB,
            key=subject,
            arguments={"reporter_id": complaint_rows["R"], "subject": subject},
        )


def test_nor_does_a_job_say_that_an_identity_was_opened_in_one(opened: None, officer: Callable[..., Any]) -> None:
    assert list_visible_jobs(officer) == ["case:K7M29QXD"]


def test_control_the_name_of_a_job_alone_hides_it_not(opened: None, officer: Callable[..., Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP POLICY rls_pages ON procrastinate_jobs")
        cursor.execute(
            "CREATE POLICY rls_pages ON procrastinate_jobs TO binhyen_pages USING (task_name NOT LIKE 'conduct.%')"
        )
    assert len(list_visible_jobs(officer)) == 2
