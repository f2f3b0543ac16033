"""A fire reported by three people in three ways is one case; other fires, the one in the same hamlet too, and a lost
purse stay separate; an officer undoes it.
"""

from pathlib import Path
from typing import Any

from binhyen.cases.models import Case, CaseMessage
from binhyen.cases.services import officer_actions
from binhyen.cases.tests.scene import build_case_url, sign_in_browser
from binhyen.kit import clock
from tests.process_harness import run_processes, wait_until

FIRE_REPORTS = (
    "Cháy nhà trọ Hoa Sim ở TDP Phú Mậu xã Lộc Hà, lửa to lắm cứu với",
    "chay to qua o nha tro hoa sim tdp phu mau loc ha, goi cuu hoa di",
    "Công an ơi nhà trọ Hoa Sim tổ dân phố Phú Mậu xã Lộc Hà đang bốc cháy, khói mù mịt",
)
OTHER_REPORTS = (
    "Cháy nhà bà Thìn ở TDP Phú Mậu xã Lộc Hà, bà còn trong nhà, cứu với",
    "Cháy rừng trên núi ở thôn Nam Sơn xã Thạch Hà, khói mù mịt",
    "Tôi đánh rơi ví da nâu ở TDP Phú Mậu xã Lộc Hà sáng nay",
)


def test_three_tell_of_one_fire(real_db: None, tmp_path: Path, officer: Any) -> None:
    duty = officer("OFFICER", "18568")
    with run_processes(tmp_path, "emulator", "gateway", "worker", "sender") as stack:
        people = [stack.create_citizen(f"Người {n}") for n in range(6)]
        for reporter, text in zip(people, (*FIRE_REPORTS, *OTHER_REPORTS), strict=True):
            stack.send_message(reporter, text)
        wait_until(lambda: CaseMessage.objects.count() == 6, why="all heard")
        assert Case.objects.count() == 4, list(Case.objects.values_list("title", flat=True))
        case = CaseMessage.objects.get(message__text=FIRE_REPORTS[0]).case
        assert (case.reports.count(), case.events.filter(verb="witnessed").count()) == (3, 2)
        first = [
            wait_until(lambda reporter=reporter: stack.list_received_texts(reporter), why="receipt")[0]
            for reporter in people[:3]
        ]
        assert len(set(first)) == 1, "no reporter can detect that they were not the first"
        case.refresh_from_db()
        officer_actions.answer_reporters(
            code=case.code, officer=duty, text="Xe cứu hỏa đang đến.", version=None, now=clock.now()
        )
        for reporter in people[:3]:
            wait_until(
                lambda reporter=reporter: any("Xe cứu hỏa" in t for t in stack.list_received_texts(reporter)),
                15,
                "all receive the answer",
            )
        assert not any("Xe cứu hỏa" in t for reporter in people[3:] for t in stack.list_received_texts(reporter))
        last = case.case_messages.latest("pk").message
        desk = sign_in_browser(duty)
        case.refresh_from_db()
        page = desk.get(build_case_url(case)).content.decode()
        assert "và 2 người khác cùng báo" in page and "Tách thành vụ riêng" in page
        answer = desk.post(build_case_url(case, "tach-rieng"), {"version": case.version, "tin": str(last.public_id)})
        assert (answer.status_code, Case.objects.count(), case.reports.count()) == (303, 5, 2)
        teller = people[FIRE_REPORTS.index(last.text)]
        wait_until(
            lambda: any("nay có số tin" in t for t in stack.list_received_texts(teller)), 15, "and receives its code"
        )
