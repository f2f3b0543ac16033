"""Rare API paths: a crash, a changed role, a case without a place, the hourly job."""

import pytest

from binhyen.api import jobs, routes
from binhyen.api.models import Answer, Token

pytestmark = pytest.mark.django_db


def test_a_crash_returns_json_without_internals(caller, monkeypatch):
    def raise_error(*_, **__):
        raise RuntimeError("số 0912345678")

    monkeypatch.setattr(routes.case_list, "get_case_page", raise_error)
    status, body = caller("CHIEF").get("/cases")
    assert (status, body["error"]) == (500, "broken")
    assert "0912345678" not in str(body)


def test_a_token_is_narrowed_when_its_officers_role_is(caller, case):
    open_case, api_client = case(), caller("CHIEF")
    type(api_client.officer).objects.filter(pk=api_client.officer.pk).update(role="VILLAGE_TEAM")
    assert set(Token.objects.get().scopes) == {"read", "write", "ledger"}
    assert api_client.get("/ledger")[1]["error"] == "forbidden"
    assert api_client.get(f"/cases/{open_case.code}")[0] == 404
    assert api_client.post(f"/cases/{open_case.code}/take", {"version": 1})[1]["error"] == "forbidden"


def test_a_case_without_a_place_has_no_commune(caller, case):
    open_case = case("42")
    assert caller("PROVINCE_DUTY", "42").get(f"/cases/{open_case.code}")[1]["commune"] is None
    assert caller("CHIEF").get(f"/cases/{open_case.code}")[0] == 404


def test_the_job_forgets_old_answers(caller, case, now):
    open_case, api_client = case(), caller("CHIEF")
    for key in "ab":
        assert api_client.post(f"/cases/{open_case.code}/note", {"text": key}, key=key)[0] == 200
    Answer.objects.filter(pk=Answer.objects.earliest("pk").pk).update(expires_at=now)
    jobs.services.delete_expired_answers(now=now)
    assert Answer.objects.count() == 1
