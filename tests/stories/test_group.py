"""The group: opened over Zalo's group API, read, and silent about anything confidential."""

from pathlib import Path
from typing import Any

from binhyen.areas.queries import directory
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import browser
from binhyen.channels.models import Flag, Group, Membership, Message, Outgoing
from binhyen.channels.services.groups import open_group
from binhyen.kit import clock
from tests.process_harness import Stack, running, until

TIP = "Thằng Hùng con ông Bảy ở TDP Phú Mậu bán ma túy cho thanh niên trong xóm"


def _group(chief: Any) -> Group:
    commune = directory().communes["18568"]
    open_group(
        area_id=commune.area_id, level=Group.Level.COMMUNE, name="ANTT xã Lộc Hà", officer=chief, now=clock.now()
    )
    return until(lambda: Group.objects.filter(state=Group.State.OPEN).first(), 15, "group open")


def _join(stack: Stack, group: Group, who: str) -> None:
    stack.control("join", {"group": group.outside_id, "citizen": who})
    stack.control("approve", {"group": group.outside_id, "citizen": who, "accept": True})


def _in_group(stack: Stack, group: Group) -> list[str]:
    sent = stack.control(f"sent?group={group.outside_id}")
    return [row.get("text", "") for row in (sent["sent"] if isinstance(sent, dict) else sent)]


def test_small_talk_stays_and_a_tip_is_led_away_without_a_word(real_db: None, tmp_path: Path, officer: Any) -> None:
    chief = officer("CHIEF", "18568")
    with running(tmp_path, "emulator", "door", "worker", "courier") as stack:
        group = _group(chief)
        until(lambda: any("Nội quy nhóm" in t for t in _in_group(stack, group)), 10, "rules posted")
        an, binh = stack.citizen("Trần Thị An"), stack.citizen("Lê Văn Bình")
        for who in (an, binh):
            _join(stack, group, who)
        until(lambda: Membership.objects.filter(group=group, left_at=None).count() >= 2, 10, "members known")
        stack.say(an, "Chào cả nhà, chúc mọi người ngày mới vui vẻ", group=group.outside_id)
        talk = until(lambda: Message.objects.filter(group=group).first(), 10, "small talk stored")
        assert not talk.in_case and (talk.keep_until - talk.received_at).days == 30
        before = len(_in_group(stack, group))
        stack.say(binh, TIP, group=group.outside_id)
        case = until(lambda: Case.objects.filter(sensitive=True).first(), 10, "case of the tip")
        assert case.unit_id == chief.unit_id
        invitation = until(lambda: stack.heard(binh), 10, "invitation")[0]
        assert "kênh riêng" in invitation and not any(w in invitation for w in ("Hùng", "ma túy", "Phú Mậu", case.code))
        assert len(_in_group(stack, group)) == before
        assert not Outgoing.objects.filter(group=group).exclude(purpose="RULES").exists()


def test_a_bait_link_is_answered_by_a_person_and_by_nobody_else(real_db: None, tmp_path: Path, officer: Any) -> None:
    chief = officer("CHIEF", "18568")
    with running(tmp_path, "emulator", "door", "worker", "courier") as stack:
        group = _group(chief)
        an = stack.citizen("Trần Thị An")
        _join(stack, group, an)
        stack.say(an, "Nhận quà miễn phí, click ngay http://nhan-qua-tri-an.top/abc", group=group.outside_id)
        flag = until(lambda: Flag.objects.filter(group=group, state="OPEN").first(), 15, "flag")
        assert not [t for t in _in_group(stack, group) if "Nội quy" not in t], "the program sends nothing automatically"
        desk = browser(chief)
        page = desk.get(f"/nhom/{group.public_id}").content.decode()
        assert "nhan-qua-tri-an.top" in page and flag.answer in page, "with a suggested polite answer"
        assert desk.post(f"/nhom/{group.public_id}/nhac/{flag.public_id}/gui", {"text": flag.answer}).status_code == 303
        until(lambda: any(flag.answer in t for t in _in_group(stack, group)), 15, "the group receives it")
    assert AuditEntry.objects.filter(verb="group.reminded").count() == 1


def test_what_anybody_may_know_is_acknowledged_in_the_group_without_quoting(
    real_db: None, tmp_path: Path, officer: Any
) -> None:
    """The negative control of the silence above: here the group does get an answer."""
    chief = officer("CHIEF", "18568")
    with running(tmp_path, "emulator", "door", "worker", "courier") as stack:
        group = _group(chief)
        an = stack.citizen("Trần Thị An")
        _join(stack, group, an)
        stack.say(an, "Cây đổ chắn ngang đường ở thị trấn Lộc Hà, xe không qua được", group=group.outside_id)
        until(lambda: Case.objects.count() == 1, 10, "case")
        word = until(lambda: [t for t in _in_group(stack, group) if "Nội quy" not in t], 10, "word in the group")[0]
        assert "đã nhận được" in word and "Cây đổ" not in word
