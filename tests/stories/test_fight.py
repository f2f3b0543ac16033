"""A fight in Phú Mậu: from the citizen's message to the desk, the alarm and the answer."""

from pathlib import Path
from typing import Any

import pytest

from binhyen.cases.models import Alarm, Case
from binhyen.cases.services import officer_actions
from binhyen.channels.models import Outgoing
from binhyen.kit import clock
from binhyen.kit.models import LiveEvent
from tests.process_harness import run_processes, wait_until

FIGHT = "Có nhóm thanh niên cầm dao đánh nhau ở TDP Phú Mậu"


def test_message_becomes_an_urgent_case_of_loc_ha_and_is_answered(real_db: None, tmp_path: Path, officer: Any) -> None:
    duty = officer("OFFICER", "18568")
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        an = stack.create_citizen("Trần Thị An")
        stack.send_message(an, FIGHT)
        case = wait_until(lambda: Case.objects.filter(category="violence").first(), why="case")
        assert (case.unit.name, case.urgency, case.state) == ("Công an xã Lộc Hà", 3, "NEW")
        assert case.title.endswith("Phú Mậu")
        assert Alarm.objects.get(case=case).escalation_level == 0
        assert LiveEvent.objects.filter(name="alarm", data__case=case.code).exists()
        first = wait_until(lambda: stack.list_received_texts(an), why="first answer")[0]
        assert first.startswith("Nếu nguy hiểm") and "113" in first.splitlines()[0]
        officer_actions.acknowledge_alarm(code=case.code, officer=duty, now=clock.now())
        officer_actions.answer_reporters(
            code=case.code, officer=duty, text="Tổ công tác đang đến.", version=None, now=clock.now()
        )
        wait_until(lambda: any("Tổ công tác đang đến." in t for t in stack.list_received_texts(an)), why="answer")
        wait_until(lambda: Outgoing.objects.filter(state__in=["SENT", "DELIVERED", "SEEN"]).count() == 2, why="marks")
        stack.send_message(an, "Họ chạy về phía cầu rồi")
        wait_until(lambda: case.case_messages.count() == 2, why="second word joins the case")
        assert Case.objects.count() == 1


@pytest.mark.parametrize("stage", [1, 2])
def test_an_alarm_nobody_acknowledges_goes_up(real_db: None, tmp_path: Path, stage: int) -> None:
    quick = {"BINHYEN_ALARM_CHIEF": "1", "BINHYEN_ALARM_PROVINCE": "2"}
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender", environment=quick) as stack:
        stack.send_message(stack.create_citizen("Lê Văn Bình"), FIGHT)
        case = wait_until(Case.objects.first, why="case")  # the worker starts meanwhile
        wait_until(lambda: Alarm.objects.get(case=case).escalation_level >= stage, why="escalation")
        steps = case.events.filter(verb="alarmed").order_by("id").values_list("data__stage", flat=True)
        assert list(steps)[:stage] == list(range(1, stage + 1))
