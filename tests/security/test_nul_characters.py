"""A NUL in a field or an address, which PostgreSQL text cannot store: refused, never a server error."""

import pytest
from django.db.utils import DataError
from django.test import Client

from binhyen.cases.tests.scene import sign_in_browser
from binhyen.people import queries
from binhyen.ui.middleware import OwnFormCsrf

pytestmark = pytest.mark.django_db
NUL = "18568\0"
ASKED = (
    ("PROVINCE_DUTY", "get", "/lich-truc", "don-vi"),
    ("PROVINCE_STAFF", "post", "/lich-truc/them", "unit"),
    ("PROVINCE_STAFF", "post", "/quan-he/quyen-truong", "unit"),
    ("OPERATOR", "get", "/can-bo", "don-vi"),
)


@pytest.mark.parametrize(("role", "method", "address", "field"), ASKED)
def test_what_no_text_can_hold_is_refused(role, method, address, field, officer):
    answer = getattr(sign_in_browser(officer(role, "42")), method)(address, {field: NUL})
    assert answer.status_code == 400 and "script-src" in answer.headers["Content-Security-Policy"]
    assert "18568" not in answer.content.decode(), "the input is not repeated"


def test_control_without_the_rule_it_is_our_failure(officer, monkeypatch):
    monkeypatch.delattr(OwnFormCsrf, "process_exception")
    with pytest.raises(DataError, match="NUL"):
        sign_in_browser(officer("OPERATOR", "42")).get("/can-bo", {"don-vi": NUL})


def test_another_error_of_a_value_stays_ours(officer, monkeypatch):
    def raise_value_error(*_: object) -> None:
        raise DataError("integer out of range")

    monkeypatch.setattr(queries, "list_shifts", raise_value_error)
    client = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    client.raise_request_exception = False
    assert client.get("/lich-truc").status_code == 500
    assert Client().get("/bao-tin").status_code == 200
