"""D.4, the province's leaders: the reporter is referred elsewhere; nothing is stored unless they insist."""

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
from binhyen.conduct.complaint_store import ComplaintKeeper
from binhyen.conduct.message_texts import Addresses
from binhyen.conduct.models import Complaint
from binhyen.conduct.tests.scene import DIRECTOR, ELSEWHERE, RUDE
from binhyen.intake.referral import WRITE_AGAIN
from binhyen.intake.tests.telling import Person, group_of, person, say
from binhyen.intake.tests.web import NOISE, key_of, link, picture, tell
from binhyen.people.access import APART
from binhyen.people.conflicts import Desk
from binhyen.tips.models import Tip
from binhyen.tips.tests import page as tips
from binhyen.vault.models import LockCopy

pytestmark = pytest.mark.django_db
MINISTRY = "Phòng tiếp dân Bộ, 1 Phố Thử, Hà Nội"


@pytest.fixture(autouse=True)
def known_addresses(settings: Any, tmp_path: Any) -> None:
    settings.MINISTRY, settings.INSPECTORATE, settings.FILES_ROOT = MINISTRY, "", tmp_path


def rows() -> dict[str, int]:
    """Return rows of every table, without those that any visit to the form creates."""
    return {m._meta.db_table: m._base_manager.count() for m in apps.get_models() if m._meta.managed}


def words_somewhere(text: str) -> list[str]:
    """Return tables in which a stored text contains these words."""
    found = []
    for model in apps.get_models():
        names = [f.name for f in model._meta.concrete_fields if f.get_internal_type() in ("TextField", "CharField")]
        if any(text in str(value) for row in model._base_manager.values_list(*names) for value in row) if names else 0:
            found.append(model._meta.db_table)
    return found


def test_on_the_page_nothing_is_stored_until_the_person_insists(client: Client, settings: Any) -> None:
    before = rows()
    answer = tell(client, DIRECTOR, name="Trần Thị An", phone="0912345678", photos=[picture()])
    page = answer.content.decode()
    assert answer.status_code == 422 and DIRECTOR in page and "Chưa lưu gì của bạn" in page
    assert f"Bộ Công an: {MINISTRY}." in page and 'name="insist"' in page
    assert rows() == before
    assert not [p for p in settings.FILES_ROOT.rglob("*") if p.is_file()]
    told = tell(client, DIRECTOR, key=key_of(page), insist="yes")
    assert told.status_code == 303
    complaint = Complaint.objects.get()
    groups = set(LockCopy.objects.filter(lock=complaint.lock).values_list("group_key__group", flat=True))
    assert groups == {"INSPECT"} and complaint.veto.desk == Desk.INSPECTORATE
    assert words_somewhere("hách dịch") == []
    assert MINISTRY in client.get(f"/theo-doi/{link(told)}").content.decode()


def test_control_without_asking_it_would_be_stored(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ComplaintKeeper, "refers", lambda *_: None)
    before = rows()
    assert tell(client, DIRECTOR).status_code == 303
    assert rows() != before


def test_where_nobody_here_may_open_it_the_page_says_so(client: Client) -> None:
    page = tell(client, ELSEWHERE).content.decode()
    assert "ở công an tỉnh không ai được mở" in page
    assert tell(client, ELSEWHERE, insist="yes").status_code == 303
    complaint = Complaint.objects.get()
    assert complaint.veto.desk == Desk.OUTSIDE and not LockCopy.objects.filter(lock=complaint.lock).exists()


def test_others_are_not_asked(client: Client) -> None:
    assert tell(client, RUDE).status_code == 303
    assert tell(client, NOISE, insist="yes").status_code == 303


def test_words_on_the_page_of_another_case_are_asked_too(client: Client) -> None:
    at = f"/theo-doi/{link(tell(client, NOISE))}"
    before = rows()
    answer = client.post(at, {"text": DIRECTOR, "key": key_of(client.get(at).content.decode())})
    assert answer.status_code == 422 and MINISTRY in answer.content.decode() and DIRECTOR in answer.content.decode()
    assert rows() == before
    assert client.post(at, {"text": DIRECTOR, "insist": "yes"}).status_code == 303
    assert Complaint.objects.count() == 1


def test_the_page_of_sealed_tips_asks_as_well(client: Client) -> None:
    before = rows()
    answer = tips.tell(client, DIRECTOR)
    assert answer.status_code == 422 and MINISTRY in tips.page_of(answer) and DIRECTOR in tips.page_of(answer)
    assert rows() == before
    told = tips.tell(client, DIRECTOR, insist="yes")
    assert DIRECTOR in tips.page_of(tips.enter(client, tips.receipt(told)))
    assert Tip.objects.get().case.apart


def in_chat(who: Person, text: str) -> list[str]:
    say((who, text))
    return who.heard()


def test_in_a_chat_nothing_is_stored_but_the_letter() -> None:
    who = person()
    before = rows()
    [letter] = in_chat(who, DIRECTOR)
    assert MINISTRY in letter and "VẪN GỬI" in letter and "chưa lưu" in letter
    after = rows()
    assert {t: n for t, n in after.items() if n != before[t]} == {"channels_outgoing": before["channels_outgoing"] + 1}
    assert Outgoing.objects.get().purpose == APART and words_somewhere("hách dịch") == []


def test_in_a_chat_the_words_are_written_again_to_insist() -> None:
    who = person()
    in_chat(who, DIRECTOR)
    assert in_chat(who, "vẫn gửi!")[-1] == WRITE_AGAIN and not Message.objects.exists()
    for opening in ("VẪN GỬI. ", "van gui: "):
        heard = in_chat(person(), opening + DIRECTOR)
        assert len(heard) == 1 and "Đã nhận phản ánh" in heard[0] and MINISTRY in heard[0]
    assert Complaint.objects.count() == 2 and words_somewhere("hách dịch") == []


def test_a_post_in_a_group_is_answered_in_private(unit: Callable[[str], Any], now: dt.datetime) -> None:
    who, group = person(), group_of(unit("18568"), now)
    say((who, DIRECTOR), group=group)
    say((who, "VẪN GỬI " + DIRECTOR), group=group)  # the group is public, so insisting there has no effect
    assert not Message.objects.exists() and not Complaint.objects.exists()
    assert set(Outgoing.objects.values_list("group_id", "conversation_id")) == {(None, who.conversation)}


def test_an_address_is_told_as_the_province_wrote_it_or_not_at_all() -> None:
    none = "\n".join(message_texts.elsewhere(Addresses(), readable=True))
    assert "Bộ Công an giải quyết" in none and "Hà Nội" not in none and "Cơ quan thanh tra:" not in none
    both = message_texts.turn_to(Addresses("A. ", "B"))
    assert both[1:] == ("Bộ Công an: A.", "Cơ quan thanh tra: B.")
    assert not any(c.isdigit() for c in none), "no street number is made up"


def test_doctor_says_which_address_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert real.MINISTRY == MINISTRY
    monkeypatch.setattr(doctor.settings, "MINISTRY", "")
    monkeypatch.setattr(doctor.settings, "INSPECTORATE", "Thanh tra, 1 Phố Thử")
    said = [finding.text for finding in doctor.outside.told_elsewhere()]
    assert "export BINHYEN_MINISTRY=" in said[0] and said[1].endswith(": có")
