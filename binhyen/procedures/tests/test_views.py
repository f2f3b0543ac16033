"""Pages of procedures: two eyes, owner, colleague, stranger, province; the public page; bad input."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from binhyen.cases.tests.scene import sign_in_browser
from binhyen.kit import clock
from binhyen.procedures.models import Procedure, UnansweredQuestion
from binhyen.procedures.tests.scene import FIELDS, QUESTION, create_draft, put_in_use
from tests import rls

pytestmark = pytest.mark.django_db
LIBRARY = "/thu-vien-thu-tuc"


def test_from_the_editor_to_the_public_page_and_out_without_script(officer: Any) -> None:
    author, staff = sign_in_browser(officer("OFFICER")), sign_in_browser(officer("PROVINCE_STAFF", "42"))
    citizen = Client()
    reply = author.post(f"{LIBRARY}/soan", FIELDS)
    assert reply.status_code == 303
    row, url = Procedure.objects.get(), reply["Location"]
    public = f"/thu-tuc/{row.key}"
    assert citizen.get(public).status_code == 404
    author.post(f"{url}/gui-duyet")
    author.post(f"{url}/duyet")
    row.refresh_from_db()
    assert row.state == "SUBMITTED"
    assert f"{url}/duyet" in staff.get(url).content.decode()
    staff.post(f"{url}/tra-lai", {"note": "Ghi rõ nơi nộp."})
    assert "Ghi rõ nơi nộp." in author.get(url).content.decode()
    author.post(f"{url}/luu", FIELDS | {"place": "Quầy số 2, công an xã"})
    author.post(f"{url}/gui-duyet")
    staff.post(f"{url}/duyet")
    page = citizen.get(f"{public}?chon=1").content.decode()
    assert "Quầy số 2" in page and "chủ vườn ký đơn" in page and row.source in page
    assert row.title in citizen.get("/thu-tuc").content.decode()
    answer = citizen.post("/thu-tuc", {"text": QUESTION}).content.decode()
    assert "Thủ tục bạn hỏi" in answer and public in answer

    draft_url = author.post(f"{url}/ban-moi")["Location"]
    assert draft_url != url and author.post(f"{url}/ban-moi")["Location"] == draft_url
    author.post(f"{draft_url}/luu", FIELDS | {"place": "Quầy số 5"})
    author.post(f"{draft_url}/gui-duyet")
    staff.post(f"{draft_url}/duyet")
    assert "Quầy số 5" in citizen.get(public).content.decode()
    row.refresh_from_db()
    assert row.state == "REPLACED"
    staff.post(f"{draft_url}/rut", {"reason": "Luật đã đổi."})
    gone = citizen.get(public)
    assert gone.status_code == 410 and "Quầy" not in gone.content.decode()


def test_who_sees_and_changes_a_draft(officer: Any) -> None:
    row = create_draft(officer("OFFICER"))
    url = f"{LIBRARY}/{row.public_id}"
    colleague, staff = sign_in_browser(officer("CHIEF")), sign_in_browser(officer("PROVINCE_STAFF", "42"))
    stranger, team = sign_in_browser(officer("CHIEF", "18073")), sign_in_browser(officer("VILLAGE_TEAM"))
    assert colleague.get(url).status_code == staff.get(url).status_code == 200
    assert stranger.get(url).status_code == 404 and row.title not in stranger.get(LIBRARY).content.decode()
    assert team.get(LIBRARY).status_code == 403
    for action in ("luu", "gui-duyet", "duyet", "rut", "ban-moi", "khong-co"):
        assert stranger.post(f"{url}/{action}", FIELDS | {"reason": "Không thích"}).status_code == 404
    colleague.post(f"{url}/gui-duyet")
    colleague.post(f"{url}/duyet")
    row.refresh_from_db()
    assert row.state == "SUBMITTED", "a chief of a commune does not approve for the province"
    with rls.acting_as("pages"):  # the database's own copy of the rule
        assert not Procedure.objects.exists()
    assert stranger.get(f"{LIBRARY}/cau-hoi").status_code == 403


def test_approved_ones_are_read_by_all_and_withdrawn_by_the_province(officer: Any) -> None:
    row = put_in_use(officer("OFFICER"), officer("PROVINCE_DUTY", "42"))
    stranger, url = sign_in_browser(officer("CHIEF", "18073")), f"{LIBRARY}/{row.public_id}"
    page = stranger.get(url).content.decode()
    assert row.title in page and f"{url}/rut" not in page
    stranger.post(f"{url}/rut", {"reason": "Không thích"})
    row.refresh_from_db()
    assert row.state == "APPROVED"
    with rls.acting_as("pages"):
        assert Procedure.objects.count() == 1


BAD_FIELDS: tuple[dict[str, str], ...] = (
    {"source": ""},
    {"source_url": "vbpl.vn"},
    {"source_on": "hôm qua"},
    {"valid_from": "2026-12-01", "valid_to": "2026-11-30"},
    {"variants": "thiếu"},
    {"questions": "a"},
    {"valid_to": "9999-12-31"},
)


def test_bad_input_comes_back_with_what_was_typed(officer: Any) -> None:
    client = sign_in_browser(officer("OFFICER"))
    for changes in BAD_FIELDS:
        answer = client.post(f"{LIBRARY}/soan", FIELDS | changes)
        assert answer.status_code == 422 and FIELDS["steps"].splitlines()[0] in answer.content.decode(), changes
    assert not Procedure.objects.exists()
    assert client.post(f"{LIBRARY}/soan", FIELDS | {"source_on": "2/1/2020"}).status_code == 303, "no date field"
    assert f"{Procedure.objects.get().source_on:%d/%m/%Y}" == "02/01/2020"


def test_a_question_on_the_page(officer: Any) -> None:
    put_in_use(officer("OFFICER"), officer("PROVINCE_STAFF", "42"))
    citizen = Client()
    long = citizen.post("/thu-tuc", {"text": "tạm trú " * 1300})
    assert long.status_code == 422 and "1.000 chữ cái" in long.content.decode()
    page = citizen.post("/thu-tuc", {"text": "bò nhà em 0912345678 đi lạc phải khai sao"}).content.decode()
    assert "Chưa có câu trả lời sẵn" in page or "Chưa chắc" in page
    assert 'name="text" value="bò nhà em' in page and 'name="switch"' in page, "an officer is asked the same words"
    row = UnansweredQuestion.objects.get()
    assert "0912345678" not in row.text
    assert citizen.get("/thu-tuc/khong-co").status_code == 404
    staff = sign_in_browser(officer("PROVINCE_STAFF", "42"))
    assert "bò nhà em" in staff.get(f"{LIBRARY}/cau-hoi").content.decode()
    staff.post(f"{LIBRARY}/cau-hoi/{row.public_id}/xong")
    assert not UnansweredQuestion.objects.exists()


def test_an_answer_past_its_date_is_never_given(officer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row = put_in_use(officer("OFFICER"), officer("PROVINCE_STAFF", "42"))
    citizen = Client()
    assert citizen.get(f"/thu-tuc/{row.key}").status_code == 200
    assert row.valid_to is not None
    later = clock.now() + dt.timedelta(days=366)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert citizen.get(f"/thu-tuc/{row.key}").status_code == 410
    assert row.title not in citizen.get("/thu-tuc").content.decode()
    assert "Thủ tục bạn hỏi" not in citizen.post("/thu-tuc", {"text": QUESTION}).content.decode()
