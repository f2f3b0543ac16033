"""An officer's own chat: linked by a code, asked for the group of a forwarded message, unlinked; over webhooks."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from binhyen.audit.models import AuditEntry
from binhyen.bulletins import officer_chat
from binhyen.bulletins.models import OfficerChat, SharedMessage
from binhyen.bulletins.tests.test_coverage_and_sharing import create_manual_group
from binhyen.bulletins.tests.test_views import sign_in
from binhyen.cases.models import Case, Note
from binhyen.cases.tests import test_case_page_beside_complaint
from binhyen.cases.tests.test_case_page_beside_complaint import ZaloChat
from binhyen.channels.models import Channel, Message, Outgoing
from binhyen.channels.services import outbox
from binhyen.channels.tests.windows import fake_zalo_responses
from binhyen.intake.inbox_worker import drain_inbox
from binhyen.kit import clock
from binhyen.kit.ids import format_code
from binhyen.people.models import Officer
from binhyen.vault.models import Reporter
from tests import rls

pytestmark = pytest.mark.django_db
FORWARDED = "Có nhóm thanh niên đổ rác thải xuống kênh"
LINK_URL = "/dang-tay/lien-ket"


class OfficerZalo(ZaloChat):
    """A Zalo chat that returns the messages of the account."""

    def send(self, text: str) -> list[Outgoing]:
        """Send a message; return the messages that answer it."""
        last = Outgoing.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.send_text(text)
        return list(Outgoing.objects.filter(pk__gt=last).order_by("pk"))


def drain_as_worker() -> int:
    with rls.acting_as("worker"):
        return drain_inbox()


@pytest.fixture
def zalo(monkeypatch: pytest.MonkeyPatch) -> Iterator[OfficerZalo]:
    monkeypatch.setattr(test_case_page_beside_complaint, "drain_inbox", drain_as_worker)
    moment = clock.now().replace(hour=3, minute=0)  # ten in the morning
    monkeypatch.setattr(clock, "now", lambda: moment)
    chat = OfficerZalo()
    yield chat
    Channel.objects.filter(pk=chat.channel.pk).update(is_active=False)


def take_code(page: Client) -> str:
    (code,) = re.findall(r"liên kết (\d{6})<", page.post(LINK_URL, {"do": "code"}).content.decode())
    return str(code)


def link(page: Client, zalo: OfficerZalo) -> None:
    [answer] = zalo.send(f"Liên kết {take_code(page)}")
    assert "Đã liên kết" in answer.text


def test_a_forwarded_message_gets_its_group_and_place(
    officer: Any, unit: Any, zalo: OfficerZalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, commune = officer("OFFICER"), unit("18568")
    group, page = create_manual_group(commune, author), sign_in(author)
    assert "Lấy mã" in page.get("/dang-tay/bao-tin").content.decode()
    code = take_code(page)
    assert code not in str(OfficerChat.objects.values().get()), "only a keyed hash"
    [answer] = zalo.send(f"liên kết {code}")
    assert "Đã liên kết" in answer.text and not Case.objects.exists()
    assert Message.objects.get().text == "" and Message.objects.get().unit is None, "the code is not stored"
    assert "chưa đúng" in zalo.send(f"Liên kết {code}.")[0].text, "a code serves once"
    assert "Đã liên kết từ" in page.get("/dang-tay/bao-tin").content.decode()
    verbs = ["officer_chat.code_created", "officer_chat.linked"]
    entries = AuditEntry.objects.filter(verb__startswith="officer_chat.").order_by("pk")
    assert [entry.verb for entry in entries] == verbs and code not in str(list(entries.values()))

    *_, question = zalo.send(FORWARDED)
    case = Case.objects.get()
    assert case.commune is None and case.unit != commune
    titles, commands = zip(*question.buttons, strict=True)
    assert list(titles) == [group.name, "Nhóm khác", "Tin của tôi"] and format_code(case.code) in question.text
    [noted] = zalo.send(commands[0])
    case.refresh_from_db()
    assert case.unit == commune and case.commune == commune.area and group.name in noted.text
    note = Note.objects.get(case=case)
    assert note.text == f"Cán bộ chuyển từ nhóm tự mở: {group.name}" and note.officer == author
    assert SharedMessage.objects.get().group == group and Case.objects.count() == 1
    again = page.post("/dang-tay/bao-tin", {"text": FORWARDED, "group": str(group.public_id)})
    assert again["Location"] == "/dang-tay" and Case.objects.count() == 1, "the page knows that it was passed on"
    colleague = sign_in(officer("CHIEF"))
    shown = colleague.get(f"/vu-viec/{format_code(case.code)}").content.decode()
    assert note.text in shown and "từ nhóm nào" not in shown
    shown = colleague.get("/hop-thu-di").content.decode() + colleague.get("/tin-nhan").content.decode()
    assert "từ nhóm nào" not in shown and "Đã liên kết" not in shown
    fake_zalo_responses(monkeypatch)
    with rls.acting_as("sender"):
        outbox.deliver_due(channel_id=zalo.channel.pk)
    assert set(Outgoing.objects.filter(purpose="APART").values_list("state", flat=True)) == {"SENT"}


OTHER = "Trâu nhà ai phá nát vườn rau mới trồng từ hôm kia"


def test_each_forwarded_text_is_a_report_of_its_own(officer: Any, unit: Any, zalo: OfficerZalo) -> None:
    """They come from different people; a picture and a short addition belong to the text before them."""
    author = officer("OFFICER")
    create_manual_group(unit("18568"), author)
    link(sign_in(author), zalo)
    answers = [*zalo.send(FORWARDED), *zalo.send(OTHER)]
    assert Case.objects.count() == 2 and sum("từ nhóm nào" in row.text for row in answers) == 2
    assert not any(row.purpose == "ASK" for row in answers), "asked for the group, not also for the place"
    first, last = Case.objects.order_by("pk")
    picture = {"msg_id": "9", "attachments": [{"type": "image", "payload": {"url": "https://x.zdn.vn/1.jpg"}}]}
    zalo.receive_event("user_send_image", message=picture, hours_ago=0)
    zalo.send("ở thôn Phú Mậu ạ")
    assert [first.case_messages.count(), last.case_messages.count()] == [1, 3] and Case.objects.count() == 2


def test_control_the_texts_of_a_citizen_belong_together(officer: Any, unit: Any, zalo: OfficerZalo) -> None:
    answers = [*zalo.send(FORWARDED), *zalo.send(OTHER)]
    assert Case.objects.count() == 1 and any(row.purpose == "ASK" for row in answers)


def test_other_answers_and_other_cases(officer: Any, unit: Any, zalo: OfficerZalo) -> None:
    author = officer("OFFICER")
    groups = [create_manual_group(unit("18568"), author, name=f"Nhóm thôn {n}") for n in range(4)]
    link(sign_in(author), zalo)
    *_, question = zalo.send(f"{FORWARDED} ở xã Lộc Hà")
    titles, commands = zip(*question.buttons, strict=True)
    assert len(titles) == 5, "as many buttons as a chat message has"
    assert "tin của bạn" in zalo.send(commands[-1])[0].text and not Note.objects.exists()
    zalo.send(f"Tin từ nhóm {groups[3].name} · {format_code(Case.objects.get().code)}")
    assert groups[3].name in Note.objects.get().text, "the name may also be typed"
    zalo.send(commands[-2])
    assert "chưa ghi" in Note.objects.latest("pk").text
    foreign = create_manual_group(unit("18073"), None, name="Nhóm xã khác")
    for text in (f"Tin từ nhóm {foreign.name} · {format_code(Case.objects.get().code)}", "Tin của tôi · K7M2-9QXD"):
        assert "Không tìm thấy" in zalo.send(text)[0].text
    assert Case.objects.count() == 1 and Note.objects.count() == 2


def test_a_complaint_about_police_asks_nothing(officer: Any, unit: Any, zalo: OfficerZalo) -> None:
    author = officer("OFFICER")
    create_manual_group(unit("18568"), author)
    link(sign_in(author), zalo)
    answers = zalo.send("Cán bộ công an xã Lộc Hà đòi tôi đưa 5 triệu mới làm giấy tờ, rất hách dịch")
    case = Case.objects.get()
    assert case.is_restricted and answers and not any("từ nhóm nào" in row.text or row.buttons for row in answers)
    [answer] = zalo.send(f"Tin từ nhóm khác · {format_code(case.code)}")
    assert "đã ghi: tin từ nhóm khác" in answer.text, "as for a visible case"
    assert not Note.objects.exists() and not SharedMessage.objects.exists()


def test_wrong_expired_and_repeated_codes(
    officer: Any, unit: Any, zalo: OfficerZalo, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, now = sign_in(officer("OFFICER")), clock.now()
    code = take_code(page)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    [answer] = zalo.send(f"liên kết {wrong}")
    assert "chưa đúng" in answer.text and not Case.objects.exists(), "also the answer to a citizen"
    monkeypatch.setattr(clock, "now", lambda: now + officer_chat.CODE_LIFETIME)
    assert "hết hạn" in zalo.send(f"lien ket {code}")[0].text
    assert take_code(page) and OfficerChat.objects.count() == 1
    texts = [zalo.send(f"liên kết {wrong[:3]} {wrong[3:]}{'!' * n}")[0].text for n in range(1, 5)]
    assert ["nhiều lần quá" in text for text in texts] == [False, False, False, True]
    assert OfficerChat.objects.get().reporter is None
    [*_, receipt] = zalo.send(f"{FORWARDED} ở xã Lộc Hà")
    assert not receipt.buttons and Case.objects.count() == 1, "no link, no question"
    text = f"Tin từ nhóm Bình yên · {format_code(Case.objects.get().code)}"
    zalo.send(text)
    assert Message.objects.filter(text=text).exists(), "no command without a link"


def test_the_link_belongs_to_its_officer_and_ends(officer: Any, unit: Any, zalo: OfficerZalo) -> None:
    author, colleague = officer("OFFICER"), officer("OFFICER")
    page, other_page = sign_in(author), sign_in(colleague)
    link(page, zalo)
    for stranger in (colleague, officer("CHIEF"), officer("OFFICER", "18073"), officer("PROVINCE_DUTY", "42")):
        shown = sign_in(stranger).get("/dang-tay/bao-tin").content.decode()
        assert "Lấy mã" in shown and "Đã liên kết" not in shown
    other_page.post(LINK_URL, {"do": "unlink"})
    assert OfficerChat.objects.get(officer=author).reporter is not None, "a colleague cannot unlink it"
    with rls.acting_as("pages"):
        assert not OfficerChat.objects.exists()
    link(other_page, zalo)
    assert [row.officer for row in OfficerChat.objects.exclude(reporter=None)] == [colleague], "one officer a chat"
    other_page.post(LINK_URL, {"do": "unlink"})
    assert not OfficerChat.objects.filter(officer=colleague).exists()
    [*_, receipt] = zalo.send(f"{FORWARDED} ở xã Lộc Hà")
    assert not receipt.buttons
    assert sign_in(officer("PROVINCE_STAFF", "42")).post(LINK_URL, {"do": "code"}).status_code == 403


def test_invalid_links_are_deleted(officer: Any, unit: Any, zalo: OfficerZalo) -> None:
    now, author = clock.now(), officer("OFFICER")
    link(sign_in(author), zalo)
    take_code(sign_in(officer("OFFICER")))

    def sweep(later: dt.timedelta) -> int:
        with rls.acting_as("worker"):
            officer_chat.delete_invalid_links(now + later, 10)
        return OfficerChat.objects.count()

    assert sweep(dt.timedelta(minutes=14)) == 2 and sweep(dt.timedelta(minutes=16)) == 1
    Officer.objects.filter(pk=author.pk).update(is_active=False)
    *_, receipt = zalo.send(f"{FORWARDED} ở xã Lộc Hà")
    assert not receipt.buttons and sweep(dt.timedelta()) == 0
    Officer.objects.filter(pk=author.pk).update(is_active=True)
    link(sign_in(author), zalo)
    assert sweep(dt.timedelta()) == 1
    Reporter.objects.get(pk=OfficerChat.objects.get().reporter_id).contacts.all().delete()
    assert sweep(dt.timedelta()) == 0, "the reporter was erased"
