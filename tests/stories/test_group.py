"""The group: opened over Zalo's group API, read, and silent about anything confidential."""

from pathlib import Path
from typing import Any

from binhyen.areas.queries import get_directory
from binhyen.audit.models import AuditEntry
from binhyen.cases.models import Case
from binhyen.cases.tests.scene import sign_in_browser
from binhyen.channels.models import Flag, Group, Membership, Message, Outgoing
from binhyen.channels.services.groups import request_group
from binhyen.kit import clock
from tests.process_harness import ProcessHarness, run_processes, wait_until

TIP = "Thằng Hùng con ông Bảy ở TDP Phú Mậu bán ma túy cho thanh niên trong xóm"


def start_group(chief: Any) -> Group:
    commune = get_directory().communes["18568"]
    request_group(
        area_id=commune.area_id, level=Group.Level.COMMUNE, name="ANTT xã Lộc Hà", officer=chief, now=clock.now()
    )
    return wait_until(lambda: Group.objects.filter(state=Group.State.OPEN).first(), why="group open")


def join_group(stack: ProcessHarness, group: Group, citizen: str) -> None:
    stack.call_control("join", {"group": group.external_id, "citizen": citizen})
    stack.call_control("approve", {"group": group.external_id, "citizen": citizen, "accept": True})


def list_group_texts(stack: ProcessHarness, group: Group) -> list[str]:
    sent = stack.call_control(f"sent?group={group.external_id}")
    return [row.get("text", "") for row in (sent["sent"] if isinstance(sent, dict) else sent)]


def test_small_talk_stays_and_a_tip_is_led_away_without_a_word(real_db: None, tmp_path: Path, officer: Any) -> None:
    chief = officer("CHIEF", "18568")
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        group = start_group(chief)
        wait_until(lambda: any("Nội quy nhóm" in t for t in list_group_texts(stack, group)), why="rules posted")
        an, binh = stack.create_citizen("Trần Thị An"), stack.create_citizen("Lê Văn Bình")
        for citizen in (an, binh):
            join_group(stack, group, citizen)
        wait_until(lambda: Membership.objects.filter(group=group, left_at=None).count() >= 2, why="members known")
        stack.send_message(an, "Chào cả nhà, chúc mọi người ngày mới vui vẻ", group=group.external_id)
        talk = wait_until(lambda: Message.objects.filter(group=group).first(), why="small talk stored")
        assert not talk.in_case and (talk.expires_at - talk.received_at).days == 30
        before = len(list_group_texts(stack, group))
        stack.send_message(binh, TIP, group=group.external_id)
        case = wait_until(lambda: Case.objects.filter(sensitive=True).first(), why="case of the tip")
        assert case.unit_id == chief.unit_id
        invitation = wait_until(lambda: stack.list_received_texts(binh), why="invitation")[0]
        assert "kênh riêng" in invitation and not any(w in invitation for w in ("Hùng", "ma túy", "Phú Mậu", case.code))
        assert len(list_group_texts(stack, group)) == before
        assert not Outgoing.objects.filter(group=group).exclude(purpose="RULES").exists()


def test_a_bait_link_is_answered_by_a_person_and_by_nobody_else(real_db: None, tmp_path: Path, officer: Any) -> None:
    chief = officer("CHIEF", "18568")
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        group = start_group(chief)
        an = stack.create_citizen("Trần Thị An")
        join_group(stack, group, an)
        stack.send_message(an, "Nhận quà miễn phí, click ngay http://nhan-qua-tri-an.top/abc", group=group.external_id)
        flag = wait_until(lambda: Flag.objects.filter(group=group, state="OPEN").first(), why="flag")
        assert not [t for t in list_group_texts(stack, group) if "Nội quy" not in t], (
            "the program sends nothing automatically"
        )
        desk = sign_in_browser(chief)
        page = desk.get(f"/nhom/{group.public_id}").content.decode()
        assert "nhan-qua-tri-an.top" in page and flag.answer in page, "with a suggested polite answer"
        assert desk.post(f"/nhom/{group.public_id}/nhac/{flag.public_id}/gui", {"text": flag.answer}).status_code == 303
        wait_until(lambda: any(flag.answer in t for t in list_group_texts(stack, group)), why="the group receives it")
    assert AuditEntry.objects.filter(verb="group.reminded").count() == 1


def test_what_anybody_may_know_is_acknowledged_in_the_group_without_quoting(
    real_db: None, tmp_path: Path, officer: Any
) -> None:
    """The negative control of the silence above: here the group does get an answer."""
    chief = officer("CHIEF", "18568")
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        group = start_group(chief)
        an = stack.create_citizen("Trần Thị An")
        join_group(stack, group, an)
        stack.send_message(an, "Cây đổ chắn ngang đường ở thị trấn Lộc Hà, xe không qua được", group=group.external_id)
        wait_until(lambda: Case.objects.count() == 1, why="case")
        word = wait_until(
            lambda: [t for t in list_group_texts(stack, group) if "Nội quy" not in t], 10, "word in the group"
        )[0]
        assert "đã nhận được" in word and "Cây đổ" not in word
