"""Complaints about the province's leaders: the reporter is referred elsewhere; nothing is stored unless they insist."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as real
from django.test import Client

from binhyen import doctor
from binhyen.channels.models import Message, Outgoing
from binhyen.conduct import message_texts
from binhyen.conduct.complaint_store import SealedComplaintStore
from binhyen.conduct.message_texts import AuthorityAddresses
from binhyen.conduct.models import Complaint
from binhyen.conduct.tests.scene import DIRECTOR, ELSEWHERE, RUDE
from binhyen.intake.confidential import WRITE_AGAIN_TEXT
from binhyen.intake.tests.chat_reports import ChatPerson, create_group, create_person, run_pipeline
from binhyen.intake.tests.web import NOISE, make_picture, parse_form_key, parse_status_token, submit_report
from binhyen.people.access import COMPLAINT_PURPOSE
from binhyen.people.conflicts import Desk
from binhyen.tips.models import Tip
from binhyen.tips.tests import page as tips
from binhyen.vault.models import WrappedKey

pytestmark = pytest.mark.django_db
MINISTRY = "Phòng tiếp dân Bộ, 1 Phố Thử, Hà Nội"


@pytest.fixture(autouse=True)
def known_addresses(settings: Any, tmp_path: Any) -> None:
    settings.MINISTRY, settings.INSPECTORATE, settings.FILES_ROOT = MINISTRY, "", tmp_path


def list_rows() -> dict[str, int]:
    """Return rows of every table, without those that any visit to the form creates."""
    return {m._meta.db_table: m._base_manager.count() for m in apps.get_models() if m._meta.managed}


def find_tables_with_text(text: str) -> list[str]:
    """Return tables in which a stored text contains these words."""
    tables = []
    for model in apps.get_models():
        names = [f.name for f in model._meta.concrete_fields if f.get_internal_type() in ("TextField", "CharField")]
        if any(text in str(value) for row in model._base_manager.values_list(*names) for value in row) if names else 0:
            tables.append(model._meta.db_table)
    return tables


def test_on_the_page_nothing_is_stored_until_the_person_insists(client: Client, settings: Any) -> None:
    before = list_rows()
    answer = submit_report(client, DIRECTOR, name="Trần Thị An", phone="0912345678", photos=[make_picture()])
    page = answer.content.decode()
    assert answer.status_code == 422 and DIRECTOR in page and "Chưa lưu gì của bạn" in page
    assert f"Bộ Công an: {MINISTRY}." in page and 'name="insist"' in page
    assert list_rows() == before
    assert not [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()]
    answer_page = submit_report(client, DIRECTOR, key=parse_form_key(page), insist="yes")
    assert answer_page.status_code == 303
    complaint = Complaint.objects.get()
    groups = set(WrappedKey.objects.filter(lock=complaint.lock).values_list("group_key__group", flat=True))
    assert groups == {"INSPECT"} and complaint.veto.desk == Desk.INSPECTORATE
    assert find_tables_with_text("hách dịch") == []
    assert MINISTRY in client.get(f"/theo-doi/{parse_status_token(answer_page)}").content.decode()


def test_control_without_asking_it_would_be_stored(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SealedComplaintStore, "find_referral", lambda *_: None)
    before = list_rows()
    assert submit_report(client, DIRECTOR).status_code == 303
    assert list_rows() != before


def test_where_nobody_here_may_open_it_the_page_says_so(client: Client) -> None:
    page = submit_report(client, ELSEWHERE).content.decode()
    assert "ở công an tỉnh không ai được mở" in page
    assert submit_report(client, ELSEWHERE, insist="yes").status_code == 303
    complaint = Complaint.objects.get()
    assert complaint.veto.desk == Desk.OUTSIDE and not WrappedKey.objects.filter(lock=complaint.lock).exists()


def test_others_are_not_asked(client: Client) -> None:
    assert submit_report(client, RUDE).status_code == 303
    assert submit_report(client, NOISE, insist="yes").status_code == 303


def test_words_on_the_page_of_another_case_are_asked_too(client: Client) -> None:
    status_url = f"/theo-doi/{parse_status_token(submit_report(client, NOISE))}"
    before = list_rows()
    answer = client.post(status_url, {"text": DIRECTOR, "key": parse_form_key(client.get(status_url).content.decode())})
    assert answer.status_code == 422 and MINISTRY in answer.content.decode() and DIRECTOR in answer.content.decode()
    assert list_rows() == before
    assert client.post(status_url, {"text": DIRECTOR, "insist": "yes"}).status_code == 303
    assert Complaint.objects.count() == 1


def test_the_page_of_sealed_tips_asks_as_well(client: Client) -> None:
    before = list_rows()
    answer = tips.submit_tip(client, DIRECTOR)
    assert answer.status_code == 422 and MINISTRY in tips.read_page(answer) and DIRECTOR in tips.read_page(answer)
    assert list_rows() == before
    answer_page = tips.submit_tip(client, DIRECTOR, insist="yes")
    assert DIRECTOR in tips.read_page(tips.enter_code(client, tips.read_receipt(answer_page)))
    assert Tip.objects.get().case.is_restricted


def send_in_chat(sender: ChatPerson, text: str) -> list[str]:
    run_pipeline((sender, text))
    return sender.list_received()


def test_in_a_chat_nothing_is_stored_but_the_letter() -> None:
    sender = create_person()
    before = list_rows()
    [letter] = send_in_chat(sender, DIRECTOR)
    assert MINISTRY in letter and "VẪN GỬI" in letter and "chưa lưu" in letter
    after = list_rows()
    assert {t: n for t, n in after.items() if n != before[t]} == {"channels_outgoing": before["channels_outgoing"] + 1}
    assert Outgoing.objects.get().purpose == COMPLAINT_PURPOSE and find_tables_with_text("hách dịch") == []


def test_in_a_chat_the_words_are_written_again_to_insist() -> None:
    sender = create_person()
    send_in_chat(sender, DIRECTOR)
    assert send_in_chat(sender, "vẫn gửi!")[-1] == WRITE_AGAIN_TEXT and not Message.objects.exists()
    for opening in ("VẪN GỬI. ", "van gui: "):
        reply = send_in_chat(create_person(), opening + DIRECTOR)
        assert len(reply) == 1 and "Đã nhận phản ánh" in reply[0] and MINISTRY in reply[0]
    assert Complaint.objects.count() == 2 and find_tables_with_text("hách dịch") == []


def test_a_post_in_a_group_is_answered_in_private(unit: Callable[[str], Any], now: dt.datetime) -> None:
    sender, group = create_person(), create_group(unit("18568"), now)
    run_pipeline((sender, DIRECTOR), group=group)
    run_pipeline((sender, "VẪN GỬI " + DIRECTOR), group=group)  # the group is public, so insisting there has no effect
    assert not Message.objects.exists() and not Complaint.objects.exists()
    assert set(Outgoing.objects.values_list("group_id", "conversation_id")) == {(None, sender.conversation)}


def test_an_address_is_told_as_the_province_wrote_it_or_not_at_all() -> None:
    none = "\n".join(message_texts.list_referral_lines(AuthorityAddresses(), readable=True))
    assert "Bộ Công an giải quyết" in none and "Hà Nội" not in none and "Cơ quan thanh tra:" not in none
    both = message_texts.list_authorities(AuthorityAddresses("A. ", "B"))
    assert both[1:] == ("Bộ Công an: A.", "Cơ quan thanh tra: B.")
    assert not any(c.isdigit() for c in none), "no street number is made up"


def test_doctor_says_which_address_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert real.MINISTRY == MINISTRY
    monkeypatch.setattr(doctor.settings, "MINISTRY", "")
    monkeypatch.setattr(doctor.settings, "INSPECTORATE", "Thanh tra, 1 Phố Thử")
    findings = [finding.text for finding in doctor.check_outside_contacts()]
    assert "export BINHYEN_MINISTRY=" in findings[0] and findings[1].endswith(": có")
