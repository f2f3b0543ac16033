"""Writes by another system: the services and refusals of the desk, idempotent under retry."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from binhyen.api import services
from binhyen.api.models import Answer
from binhyen.api.scopes import Scope
from binhyen.api.tests.conftest import Caller
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case, CaseEvent
from binhyen.channels.models import Outgoing

marked = pytest.mark.django_db
CLOSING = {"outcome": "HANDLED_ON_SITE", "result": "Đã giải tán đám đông.", "evidence": "Biên bản 4"}


@marked
def test_a_case_from_the_alarm_to_its_end(caller, case):
    open_case = case(urgency=3)
    api_client = caller("OFFICER")
    path = f"/cases/{open_case.code}"
    status, answer = api_client.post(f"{path}/acknowledge")
    assert (status, answer["state"], answer["version"]) == (200, "RECEIVED", 2)
    assert answer["acknowledged_at"]
    status, answer = api_client.post(f"{path}/take", {"version": 2})
    assert answer["assignee"] == str(api_client.officer.public_id)
    for verb, text in (("ask", "Ở đoạn nào?"), ("reply", "Đang đến"), ("note", "Gọi xã bên")):
        status, answer = api_client.post(f"{path}/{verb}", {"text": text, "version": answer["version"]})
        assert status == 200, answer
    assert answer["state"] == "WAITING"
    status, answer = api_client.post(f"{path}/state", {"state": "WORKING", "version": answer["version"]})
    assert (status, answer["state"]) == (200, "WORKING")
    status, answer = api_client.post(f"{path}/close", {**CLOSING, "version": answer["version"]})
    assert (status, answer["state"], answer["outcome"]) == (200, "CLOSED", "HANDLED_ON_SITE")
    assert [o.purpose for o in Outgoing.objects.order_by("pk")] == ["ASK", "ANSWER", "RESULT"]
    assert set(Outgoing.objects.values_list("officer", flat=True)) == {api_client.officer.pk}
    verbs = AuditEntry.objects.filter(actor__startswith="token:").values_list("verb", flat=True)
    assert " ".join(verbs.order_by("pk")) == ("api.acknowledge api.take api.ask api.reply api.note api.state api.close")


@marked
def test_strangers_cannot_write_or_learn_that_the_case_exists(caller, case):
    open_case = case()
    stranger = caller("CHIEF", "18073")
    bodies = {
        "acknowledge": {},
        "take": {"version": 1},
        "reply": {"text": "a", "version": 1},
        "note": {"text": "a"},
        "ask": {"text": "a", "version": 1},
        "state": {"state": "WORKING", "version": 1},
        "close": {**CLOSING, "version": 1},
    }
    for verb, body in bodies.items():
        answer = stranger.post(f"/cases/{open_case.code}/{verb}", body)
        assert answer == stranger.post(f"/cases/22222222/{verb}", body)
        assert answer[0] == 404
    open_case.refresh_from_db()
    assert open_case.version == 1


@marked
def test_a_read_only_role_may_not_write(caller, case):
    open_case = case()
    staff = caller("PROVINCE_STAFF", "42", scopes=frozenset({"read"}))
    assert staff.get(f"/cases/{open_case.code}")[0] == 200
    assert staff.post(f"/cases/{open_case.code}/take", {"version": 1})[1]["error"] == "scope"


@marked
def test_an_old_version_is_refused_with_the_changes(caller, case):
    open_case = case()
    first, second = caller("OFFICER"), caller("OFFICER")
    assert first.post(f"/cases/{open_case.code}/take", {"version": 1})[0] == 200
    status, body = second.post(f"/cases/{open_case.code}/reply", {"text": "Đang đến", "version": 1})
    assert (status, body["error"], body["version"]) == (409, "stale", 3)
    assert [c["verb"] for c in body["changes"]] == ["acknowledged", "assigned"]
    assert body["changes"][1]["who"] == first.officer.name
    assert second.post(f"/cases/{open_case.code}/reply", {"text": "Đang đến", "version": 3})[0] == 200


@marked
@pytest.mark.parametrize(
    ("verb", "body", "status", "error"),
    [
        ("state", {"state": "CLOSED", "version": 1}, 422, "refused"),
        ("state", {"state": "NOWHERE", "version": 1}, 422, "invalid"),
        ("state", {"state": "WORKING"}, 422, "invalid"),
        ("close", {"outcome": "CASE_OPENED", "result": "Khởi tố", "version": 1}, 422, "refused"),
        ("close", {"outcome": "RESOLVED", "result": " ", "evidence": "B", "version": 1}, 422, "refused"),
        ("close", {"outcome": "RESOLVED", "result": "Đã nhắc nhở.", "version": 1}, 422, "refused"),
        ("close", {"outcome": "RESOLVED", "result": "Đã nhắc nhở.", "evidence": " ", "version": 1}, 422, "refused"),
        ("reply", {"text": "  \u200b ", "version": 1}, 422, "refused"),
        ("reply", {"text": "x" * 4001, "version": 1}, 422, "invalid"),
        ("reply", {"text": "a", "version": 0}, 422, "invalid"),
        ("reply", {"text": "a", "version": 10**20}, 422, "invalid"),
        ("reply", {"text": "a", "version": 1, "cc": "b"}, 422, "invalid"),
        ("reply", "not json", 400, "bad_request"),
        ("reply", "[1]", 422, "invalid"),
        ("note", {"text": "\x00\x00"}, 422, "refused"),
    ],
)
def test_an_action_refused_by_the_rules_changes_nothing(caller, case, verb, body, status, error):
    open_case = case()
    answer = caller("CHIEF").post(f"/cases/{open_case.code}/{verb}", body)
    assert (answer[0], answer[1]["error"]) == (status, error), answer
    assert answer[1]["message"]
    open_case.refresh_from_db()
    assert open_case.version == 1


@marked
def test_a_wrong_body_is_not_sent_back(caller, case):
    open_case = case()
    _, body = caller("CHIEF").post(
        f"/cases/{open_case.code}/reply", {"text": "số của bà ấy 0912345678", "version": "x"}
    )
    assert "0912345678" not in str(body)
    assert body["fields"] == ["body.version"]


@marked
def test_the_same_key_does_it_once_and_answers_the_same(caller, case):
    open_case = case()
    api_client, other = caller("OFFICER"), caller("OFFICER")
    path, body = f"/cases/{open_case.code}/reply", {"text": "Đang đến", "version": 1}
    first = api_client.post(path, body, key="k1")
    assert first == api_client.post(path, body, key="k1")
    assert first[1]["version"] == 3  # received and answered
    assert Outgoing.objects.count() == 1
    assert AuditEntry.objects.filter(verb="api.reply").count() == 1
    again = api_client.post(path, {**body, "text": "Khác"}, key="k1")
    assert (again[0], again[1]["error"]) == (409, "key_reused")
    assert api_client.post(f"/cases/{open_case.code}/ask", body, key="k1")[1]["error"] == "key_reused"
    # negative control: without an idempotency key it is another write
    assert api_client.post(path, body)[1]["error"] == "stale"
    assert other.post(path, {**body, "version": 3}, key="k1")[0] == 200  # a key belongs to its token


@marked
def test_a_refused_write_leaves_its_key_free(caller, case):
    open_case = case()
    api_client = caller("OFFICER")
    assert api_client.post(f"/cases/{open_case.code}/take", {"version": 7}, key="k")[0] == 409
    assert not Answer.objects.exists()
    assert api_client.post(f"/cases/{open_case.code}/take", {"version": 1}, key="k")[0] == 200


@marked
def test_keys_are_hashed_and_forgotten_after_a_day(caller, case, now):
    open_case = case()
    api_client = caller("OFFICER")
    api_client.post(f"/cases/{open_case.code}/note", {"text": "Bí mật"}, key="khóa-lạ")
    row = Answer.objects.get()
    stored_row = str([row.key_hash, row.body_hash, row.answer])
    assert "khóa-lạ" not in stored_row
    assert "Bí mật" not in stored_row
    assert services.delete_expired_answers(now=now) == 0
    Answer.objects.update(expires_at=now - dt.timedelta(seconds=1))
    assert api_client.post(f"/cases/{open_case.code}/note", {"text": "Lời khác"}, key="khóa-lạ")[0] == 200
    assert services.delete_expired_answers(now=now + dt.timedelta(days=2)) == 1


@marked
def test_a_write_takes_few_statements(caller, case, django_assert_max_num_queries):
    open_case = case()
    api_client = caller("OFFICER")
    with django_assert_max_num_queries(26):  # the first answer is also the receipt
        assert api_client.post(f"/cases/{open_case.code}/reply", {"text": "Đang đến", "version": 1}, key="k")[0] == 200
    with django_assert_max_num_queries(7):
        assert api_client.post(f"/cases/{open_case.code}/reply", {"text": "Đang đến", "version": 1}, key="k")[0] == 200


def test_one_idempotency_key_used_concurrently(real_db, caller, case):
    open_case, api_client = case(), caller("OFFICER")
    gate = Barrier(4)

    def send(_: int):
        try:
            own_caller = Caller(Client(), api_client.value)
            connection.ensure_connection()
            gate.wait(timeout=20)
            return own_caller.post(f"/cases/{open_case.code}/note", {"text": "Một lần"}, key="k")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert answers == [answers[0]] * 4
    assert answers[0][0] == 200
    assert CaseEvent.objects.filter(case=open_case, verb="noted").count() == 1


def test_one_version_used_concurrently_allows_one_write(real_db, caller, case):
    open_case, api_client = case(), caller("OFFICER")
    gate = Barrier(4)

    def send(number: int):
        try:
            own_caller = Caller(Client(), api_client.value)
            connection.ensure_connection()
            gate.wait(timeout=20)
            return own_caller.post(f"/cases/{open_case.code}/reply", {"text": f"Lời {number}", "version": 1})[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [200, 409, 409, 409]
    assert Case.objects.get().version == 3  # received and answered


@marked
@pytest.mark.parametrize("verb", ["reply", "ask"])
def test_an_answer_without_a_recipient_is_refused(caller, case, verb):
    lonely = case()
    lonely.reports.update(conversation=None)
    answer = caller("CHIEF").post(f"/cases/{lonely.code}/{verb}", {"text": "Đang đến", "version": 1})
    assert (answer[0], answer[1]["error"]) == (422, "refused"), answer
    lonely.refresh_from_db()
    assert (lonely.version, Outgoing.objects.filter(case=lonely).count()) == (1, 0)


def count_read_entries(api_client: Caller, reported_case: Case) -> int:
    audit_entries = AuditEntry.objects.filter(
        actor__startswith="token:", verb="api.case.read", object=f"case:{reported_case.code}"
    )
    return audit_entries.count()


@marked
def test_a_stale_write_response_is_audited_as_read(caller, case):
    """Its response reports changes of the case, also to a token without `read`."""
    open_case, api_client = case(), caller(scopes=frozenset({Scope.WRITE}))
    status, answer = api_client.post(f"/cases/{open_case.code}/take", {"version": 9})
    assert (status, answer["error"]) == (409, "stale") and count_read_entries(api_client, open_case) == 1
    assert caller("CHIEF", "18073").post(f"/cases/{open_case.code}/take", {"version": 9})[0] == 404
    assert count_read_entries(api_client, open_case) == 1


@marked
def test_control_an_unaudited_stale_response_is_detected(caller, case, monkeypatch):
    monkeypatch.setattr("binhyen.api.errors.record_api_read", lambda *args, **more: None)
    with pytest.raises(AssertionError):
        test_a_stale_write_response_is_audited_as_read(caller, case)
